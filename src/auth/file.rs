//! Private keys in files.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{PrivateKey, parse, refuse, unusable, wiping};
use crate::error::{Error, Result};

/// More than any key has, and little enough to read whatever the file is.
const MAX_BYTES: u64 = 1 << 20;

/// The first private key of a file.
pub fn from_file(path: &str, passphrase: Option<&str>) -> Result<PrivateKey> {
    wiping(|| read_and_parse(path, passphrase))
}

fn read_and_parse(path: &str, passphrase: Option<&str>) -> Result<PrivateKey> {
    let path = expand(path)?;
    let what = format!("path: {}", path.display());
    let mut bytes = read(&path).map_err(|problem| problem.told(&what))?;
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

/// `~` is the home directory.
fn expand(path: &str) -> Result<PathBuf> {
    let rest = match path.strip_prefix('~') {
        _ if path.is_empty() => return Err(Error::argument("path: it is empty; give the path of a private key")),
        None => return Ok(path.into()),
        Some(rest) => rest,
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(Error::argument(format!(
            "path: {path}: another user's home directory (~user) is not found out; give the whole path, or ./{path} for \
             a file of this name"
        )));
    }
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).ok_or_else(|| {
        Error::argument(
            "path: ~ cannot be expanded, since the environment variable HOME is not set; give the whole path",
        )
    })?;
    let home = PathBuf::from(home);
    Ok(match rest.trim_start_matches('/') {
        "" => home,
        rest => home.join(rest),
    })
}

/// Why a file was not read.
enum Problem {
    Refused(io::Error),
    NotAKey(&'static str),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

impl Problem {
    fn told(self, what: &str) -> Error {
        match self {
            Self::Refused(error) => Error::io(what, &error),
            Self::NotAKey(why) => unusable(format!("{what}: {why}")),
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut file = open(path)?;
    let size = check(&file.metadata()?)?;
    // Made in its final size, and read by hand: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(vec![0; size + 1]);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Opening a pipe waits for its other end, and opening a terminal may make it ours, unless told otherwise.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// The size of a file that may be read.
fn check(metadata: &Metadata) -> Result<usize, Problem> {
    if metadata.is_dir() {
        Err(Problem::NotAKey("a directory; give the path of a private key in it"))
    } else if !metadata.is_file() {
        Err(Problem::NotAKey("not a regular file (a pipe or a device); give the path of a file"))
    } else if metadata.len() > MAX_BYTES {
        Err(Problem::NotAKey("larger than 1 MiB, and so not a private key"))
    } else {
        Ok(usize::try_from(metadata.len()).unwrap_or_default())
    }
}
