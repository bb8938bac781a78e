//! What every exported function shares: no panic leaves it, no NULL, no broken text and no inherited handle gets past it.

use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_void};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use bytes::Bytes;

use super::error::pie_error;
use super::types::pie_status;
use crate::error::{Code, Error, Result};
use crate::memory;
use crate::runtime::Birth;

/// The body of an exported function that returns a status; an error goes into `*error`. The body may do what is unsafe:
/// its pointers come from the host and are as the contract says, and what could be wrong with them is checked by the
/// functions of this module.
macro_rules! call {
    ($error:ident, $body:block) => {
        // SAFETY: as above.
        unsafe { $crate::abi::boundary::run($error, || $body) }
    };
}
pub(super) use call;

/// Runs a body; an error goes into `*error`.
pub(super) unsafe fn run(error: *mut *mut pie_error, body: impl FnOnce() -> Result<pie_status>) -> pie_status {
    let (status, failure) = match guarded(body) {
        Ok(status) => (status, None),
        Err(failure) => (failure.code() as pie_status, Some(failure)),
    };
    if !error.is_null() {
        // SAFETY: the caller gives NULL or room for a pointer.
        unsafe { error.write(failure.map_or(ptr::null_mut(), pie_error::into_handle)) };
    }
    status
}

/// Runs the body of a function that returns a plain value: `fallback` when it panics.
pub(super) fn value<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    guarded(|| Ok(body())).unwrap_or(fallback)
}

fn guarded<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    watch_forks();
    stay();
    let settled = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(internal(&*panic)));
    memory::done();
    settled
}

/// Runs a function of the host's. What it throws would tear through the library, and through frames that know nothing of it:
/// the program is ended here instead.
pub(super) fn hosts<T>(call: impl FnOnce() -> T) -> T {
    struct Left;
    impl Drop for Left {
        #[cold]
        fn drop(&mut self) {
            // Nobody may listen.
            let _ = writeln!(io::stderr(), "libpie_client: an exception left a callback, which has to return normally");
            std::process::abort();
        }
    }
    let left = Left;
    let returned = call();
    std::mem::forget(left);
    returned
}

fn internal(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::new(
        Code::Internal,
        format!("a defect of the library, please report it: {}", text.unwrap_or("a panic without text")),
    )
}

/// Has each child process know that it is one.
#[cfg(unix)]
fn watch_forks() {
    static WATCHING: std::sync::Once = std::sync::Once::new();
    extern "C" fn in_child() {
        crate::fork::note();
    }
    WATCHING.call_once(|| {
        // SAFETY: the handler only adds to an atomic number, which is safe between fork and exec. Out of memory, the
        // one failure there is, leaves children unaware.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

#[cfg(not(unix))]
fn watch_forks() {}

/// Keeps the library mapped: its I/O thread may still run when a plugin is unloaded. On Linux the linker says so (`build.rs`).
#[cfg(windows)]
fn stay() {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };
    static STAYING: std::sync::Once = std::sync::Once::new();
    STAYING.call_once(|| {
        let (flags, here) = (GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, stay as fn());
        let mut module = ptr::null_mut();
        // SAFETY: with these flags it takes any address of a module, and `module` is to be written.
        let _ = unsafe { GetModuleHandleExW(flags, here as *const u16, &raw mut module) };
    });
}

#[cfg(not(windows))]
fn stay() {}

/// A type behind an opaque pointer.
pub(super) trait Handle {
    /// When and in which process it was made.
    fn birth(&self) -> Birth;
}

/// A handle that belongs to this process and to the time since the last shutdown.
pub(super) unsafe fn handle<'a, T: Handle>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: not NULL, and so a handle of this type that was not freed.
    let handle = unsafe { pointer.as_ref() }.ok_or_else(|| null(name))?;
    handle.birth().check()?;
    Ok(handle)
}

/// The same for one that may be NULL.
pub(super) unsafe fn optional_handle<'a, T: Handle>(pointer: *const T, name: &str) -> Result<Option<&'a T>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller's.
    unsafe { handle(pointer, name) }.map(Some)
}

/// Whether a handle is to be freed: not NULL, and not a parent process's, whose locks and sockets are not ours.
pub(super) unsafe fn is_ours<T: Handle>(pointer: *const T) -> bool {
    // SAFETY: NULL or a handle of this type that was not freed.
    unsafe { pointer.as_ref() }.is_some_and(|handle| !handle.birth().is_inherited())
}

/// Where a result goes; set to nothing at once, so that it is nothing on every failure.
pub(super) unsafe fn out<'a, T: Nothing>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: NULL or room for a T.
    unsafe { optional_out(pointer) }.ok_or_else(|| null(name))
}

/// The same for a result that the caller may not want.
pub(super) unsafe fn optional_out<'a, T: Nothing>(pointer: *mut T) -> Option<&'a mut T> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: room for a T, which need not hold one yet.
    unsafe {
        pointer.write(T::NOTHING);
        Some(&mut *pointer)
    }
}

/// What an out parameter is set to when there is no result.
pub(super) trait Nothing {
    /// NULL or 0.
    const NOTHING: Self;
}

impl<T> Nothing for *mut T {
    const NOTHING: Self = ptr::null_mut();
}

impl Nothing for i32 {
    const NOTHING: Self = 0;
}

impl Nothing for i64 {
    const NOTHING: Self = 0;
}

impl Nothing for usize {
    const NOTHING: Self = 0;
}

impl Nothing for isize {
    const NOTHING: Self = 0;
}

/// How often a text may be in memory beside the caller's, and what one of an array takes without its characters.
const COPIES: usize = 2;
const TEXT_BYTES: usize = 64;

/// A text parameter.
pub(super) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: NULL or a text that ends with a NUL.
    unsafe { optional_text(pointer, name) }?.ok_or_else(|| null(name))
}

/// A text parameter that may be NULL.
pub(super) unsafe fn optional_text<'a>(pointer: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and so a text that ends with a NUL.
    let text = unsafe { CStr::from_ptr(pointer) };
    memory::need(text.count_bytes().saturating_mul(COPIES))?;
    text.to_str().map(Some).map_err(|error| Error::argument(format!("{name}: not valid UTF-8 ({error})")))
}

/// A parameter that is an array of texts, each of which may be NULL.
pub(super) unsafe fn optional_texts<'a>(
    array: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<Option<&'a str>>> {
    if count > 0 && array.is_null() {
        return Err(null(name));
    }
    check_count::<*const c_char>(count, name)?;
    memory::need(count.saturating_mul(TEXT_BYTES))?;
    // SAFETY: not NULL, and so an array of `count` places, each NULL or a text that ends with a NUL.
    (0..count).map(|at| unsafe { optional_text(array.add(at).read(), &format!("{name}[{at}]")) }).collect()
}

/// The same where none may be NULL.
pub(super) unsafe fn texts<'a>(array: *const *const c_char, count: usize, name: &str) -> Result<Vec<&'a str>> {
    // SAFETY: as the caller's.
    let texts = unsafe { optional_texts(array, count, name) }?;
    let given = |(at, text): (usize, Option<&'a str>)| text.ok_or_else(|| null(&format!("{name}[{at}]")));
    texts.into_iter().enumerate().map(given).collect()
}

/// Where `count` handles go; all set to NULL at once, so that they are on every failure.
pub(super) unsafe fn outs<'a, T>(array: *mut *mut T, count: usize, name: &str) -> Result<&'a mut [*mut T]> {
    if array.is_null() {
        return Err(null(name));
    }
    check_count::<*mut T>(count, name)?;
    // SAFETY: not NULL, and so room for `count` pointers, which need not hold any yet.
    unsafe {
        (0..count).for_each(|at| array.add(at).write(ptr::null_mut()));
        Ok(std::slice::from_raw_parts_mut(array, count))
    }
}

fn check_count<T>(count: usize, name: &str) -> Result<()> {
    if count > isize::MAX as usize / size_of::<T>() {
        return Err(Error::argument(format!("{name}: {count} places are more than memory can hold")));
    }
    Ok(())
}

/// A parameter of bytes.
pub(super) unsafe fn bytes<'a>(data: *const c_void, size: usize, name: &str) -> Result<&'a [u8]> {
    if size == 0 {
        return Ok(&[]);
    } else if data.is_null() {
        return Err(null(name));
    } else if isize::try_from(size).is_err() {
        return Err(Error::argument(format!("size: {size} bytes are more than memory can hold")));
    }
    // SAFETY: not NULL, and `size` bytes that stay until the call returns.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), size) })
}

/// A copy of a structure that the caller filled and that begins with its size: later fields than the caller's header
/// knew are as in `zeros`, and all of it is where the pointer is NULL.
pub(super) unsafe fn structure<T>(pointer: *const T, first_size: usize, zeros: T, name: &str) -> Result<T> {
    let mut copy = zeros;
    if pointer.is_null() {
        return Ok(copy);
    }
    let known = size_of::<T>();
    // SAFETY: not NULL, and so as many readable bytes as its first field, a u32, says.
    unsafe {
        let size = pointer.cast::<u32>().read() as usize;
        let has_more = || (known..size).any(|at| pointer.cast::<u8>().add(at).read() != 0);
        let why = if size < first_size {
            format!("less than the {first_size} of version 1")
        } else if has_more() {
            format!("and a field beyond the {known} bytes that this library knows is set")
        } else {
            ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut copy).cast(), size.min(known));
            return Ok(copy);
        };
        let hint = "set it to sizeof, and use the header of this library";
        Err(Error::new(Code::AbiMismatch, format!("{name}: struct_size is {size}, {why}; {hint}")))
    }
}

/// A copy of bytes for a call that goes on when this one has returned.
pub(super) fn kept(bytes: &[u8]) -> Result<Bytes> {
    memory::copy(bytes).map(Bytes::from).map_err(|error| error.of("size"))
}

/// The refusal of a NULL.
pub(super) fn null(name: &str) -> Error {
    Error::argument(format!("{name}: it is NULL, which is not allowed here"))
}

/// A text for the caller to free with pie_string_free. A NUL within it, which C could not see past, becomes U+FFFD.
pub(super) fn give_text(text: &str) -> Result<*mut c_char> {
    memory::need(text.len().saturating_mul(COPIES))?;
    Ok(CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default().into_raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{PIE_E_INTERNAL, pie_error_free, pie_error_message};

    #[test]
    fn a_panic_becomes_an_error_with_its_text() {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is room for a pointer, and then a handle.
        unsafe {
            let status = run(&raw mut error, || panic!("number {}", 7));
            assert_eq!(status, PIE_E_INTERNAL);
            assert!(CStr::from_ptr(pie_error_message(error)).to_str().unwrap().contains("number 7"));
            pie_error_free(error);
        }
        assert_eq!(value(5, || panic!("no value")), 5);
    }
}
