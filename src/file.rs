//! Reading files that a host names, which may be anything.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// Why a file was not read.
#[derive(Debug)]
pub enum Unread {
    /// The operating system refused.
    Refused(io::Error),
    /// It is a directory.
    Directory,
    /// It is a pipe, a device or a socket.
    Special,
    /// It is larger than what was asked for may be.
    TooLarge,
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

/// All of a regular file of this size at most; wiped when it is dropped.
pub fn read(path: &Path, max_bytes: u64) -> Result<Zeroizing<Vec<u8>>, Unread> {
    let mut file = open(path)?;
    let size = check(&about(&file)?, max_bytes)?;
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

/// Opening a pipe waits for its other end, and opening a terminal may make it ours, unless told otherwise. As its standard
/// input, a host may read from it too.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    Ok(crate::descriptors::above_standard(opened)?.into())
}

/// Without this flag a directory is refused as if its owner did not want it to be read.
#[cfg(windows)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    OpenOptions::new().read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

#[cfg(unix)]
fn about(file: &File) -> Result<Metadata, Unread> {
    Ok(file.metadata()?)
}

/// Consoles, pipes and other devices have nothing to tell.
#[cfg(windows)]
fn about(file: &File) -> Result<Metadata, Unread> {
    file.metadata().map_err(|_| Unread::Special)
}

/// The size of a file that may be read.
fn check(metadata: &Metadata, max_bytes: u64) -> Result<usize, Unread> {
    if metadata.is_dir() {
        Err(Unread::Directory)
    } else if !metadata.is_file() {
        Err(Unread::Special)
    } else if metadata.len() > max_bytes {
        Err(Unread::TooLarge)
    } else {
        Ok(usize::try_from(metadata.len()).unwrap_or_default())
    }
}
