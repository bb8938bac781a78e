//! Private keys in files.

use std::path::{PathBuf, is_separator};

use super::{PrivateKey, parse, refuse, unusable};
use crate::error::{Error, Result};
use crate::file::{Unread, read};
use crate::wipe::wiping;

/// More than any key has, and little enough to read whatever the file is.
const MAX_BYTES: u64 = 1 << 20;

/// The first private key of a file.
pub fn from_file(path: &str, passphrase: Option<&str>) -> Result<PrivateKey> {
    wiping(|| read_and_parse(path, passphrase))
}

fn read_and_parse(path: &str, passphrase: Option<&str>) -> Result<PrivateKey> {
    let path = expand(path)?;
    let what = format!("path: {}", path.display());
    let mut bytes = read(&path, MAX_BYTES).map_err(|problem| told(problem, &what))?;
    spell_out(&mut bytes);
    let parsed = match std::str::from_utf8(&bytes) {
        Ok(text) => parse(text, passphrase),
        Err(_) => Err(unusable(refuse::bytes(&bytes))),
    };
    parsed.map_err(|error| error.of(what))
}

/// What stands around a key may be in any encoding of text, such as the owner's name in Latin-1; the key itself is ASCII.
fn spell_out(bytes: &mut [u8]) {
    const BEGIN: &[u8] = b"-----BEGIN";
    if std::str::from_utf8(bytes).is_err() && bytes.windows(BEGIN.len()).any(|part| part == BEGIN) {
        bytes.iter_mut().filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b'?');
    }
}

/// What tells the user's home directory.
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// `~` is the home directory.
fn expand(path: &str) -> Result<PathBuf> {
    let rest = match path.strip_prefix('~') {
        _ if path.is_empty() => return Err(Error::argument("path: it is empty; give the path of a private key")),
        None => return Ok(path.into()),
        Some(rest) => rest,
    };
    if !rest.is_empty() && !rest.starts_with(is_separator) {
        return Err(Error::argument(format!(
            "path: {path}: another user's home directory (~user) is not found out; give the whole path, or ./{path} for \
             a file of this name"
        )));
    }
    let home = std::env::var_os(HOME).filter(|home| !home.is_empty()).ok_or_else(|| {
        Error::argument(format!(
            "path: ~ cannot be expanded, since the environment variable {HOME} is not set; give the whole path"
        ))
    })?;
    let home = PathBuf::from(home);
    Ok(match rest.trim_start_matches(is_separator) {
        "" => home,
        rest => home.join(rest),
    })
}

fn told(problem: Unread, what: &str) -> Error {
    let why = match problem {
        Unread::Refused(error) => return Error::io(what, &error),
        Unread::Directory => "a directory; give the path of a private key in it",
        Unread::Special => "not a regular file (a pipe or a device); give the path of a file",
        Unread::TooLarge => "larger than 1 MiB, and so not a private key",
    };
    unusable(format!("{what}: {why}"))
}
