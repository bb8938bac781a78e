//! Where a program that is started begins: libraries that are safe have no call for it.

use std::ffi::CStr;
use std::io;
use std::ptr;

use nix::spawn::PosixSpawnFileActions;

type AddFolder = unsafe extern "C" fn(*mut libc::posix_spawn_file_actions_t, *const libc::c_char) -> libc::c_int;

/// glibc has it since 2.29, and the library runs with older ones too: so it is looked up.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn add_folder() -> io::Result<AddFolder> {
    // SAFETY: the name is a text, and what has it has been of this type since there was one.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"posix_spawn_file_actions_addchdir_np".as_ptr());
        std::mem::transmute::<*mut libc::c_void, Option<AddFolder>>(found)
    }
    .ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "a working_directory needs glibc 2.29 or newer"))
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn add_folder() -> io::Result<AddFolder> {
    Ok(libc::posix_spawn_file_actions_addchdir_np)
}

/// Has a program begin in a folder, from which what follows in `actions` is seen too.
pub(super) fn enter(actions: &mut PosixSpawnFileActions, folder: &CStr) -> io::Result<()> {
    let actions = ptr::from_mut(actions).cast::<libc::posix_spawn_file_actions_t>();
    // SAFETY: nix's type is a transparent wrapper around libc's, initialised since it exists; the text is copied.
    match unsafe { add_folder()?(actions, folder.as_ptr()) } {
        0 => Ok(()),
        failure => Err(io::Error::from_raw_os_error(failure)),
    }
}
