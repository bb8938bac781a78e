//! Where a program that is started begins: libraries that are safe have no call for it.

use std::ffi::CStr;
use std::io;
use std::ptr;

use nix::spawn::PosixSpawnFileActions;

/// Has a program begin in a folder, from which what follows in `actions` is seen too.
pub(super) fn enter(actions: &mut PosixSpawnFileActions, folder: &CStr) -> io::Result<()> {
    let actions = ptr::from_mut(actions).cast::<libc::posix_spawn_file_actions_t>();
    // SAFETY: nix's type is a transparent wrapper around libc's, initialised since it exists; the text is copied.
    match unsafe { libc::posix_spawn_file_actions_addchdir_np(actions, folder.as_ptr()) } {
        0 => Ok(()),
        failure => Err(io::Error::from_raw_os_error(failure)),
    }
}
