//! The library as a whole.

use std::ffi::{CString, c_char, c_void};

use super::boundary;
use super::error::pie_error;
use super::types::*;
use crate::error::Result;
use crate::mcp::reap_left;
use crate::wait::Deadline;
use crate::{log_sink, runtime};

/// Gives the version of the interface that the loaded library has; compare it with PIE_ABI_VERSION.
///
/// @return A number that grows whenever something is added.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub extern "C" fn pie_abi_version() -> u32 {
    boundary::value(0, || PIE_ABI_VERSION)
}

/// Gives the version of the library.
///
/// @return "major.minor.patch"; never NULL, lives for ever.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub extern "C" fn pie_version() -> *const c_char {
    boundary::value(c"".as_ptr(), || concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast())
}

/// Sends the library's log lines to a function. Without one the library is silent.
///
/// @param max_level  The most detailed level wanted, PIE_LOG_*.
/// @param fn         Called for each line; NULL for none.
/// @param user_data  Given to `fn`; must stay valid until another function is set or pie_shutdown returned PIE_OK.
/// @threads Any. When it returns, the former function does not run any more.
/// @waits For lines that are being logged at this moment.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_set_log_callback(max_level: i32, r#fn: pie_log_fn, user_data: *mut c_void) {
    boundary::value((), || log_sink::set(max_level, r#fn.map(|call| host_sink(call, UserData(user_data)))));
}

struct UserData(*mut c_void);
// SAFETY: the host is told that its function runs on any thread, with this pointer.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

type LogFn = unsafe extern "C-unwind" fn(i32, *const c_char, *const c_char, *mut c_void);

fn host_sink(call: LogFn, user_data: UserData) -> log_sink::Sink {
    Box::new(move |level, target, message| {
        let text = |text: &str| CString::new(text.replace(char::is_control, " ")).unwrap_or_default();
        let (target, message) = (text(target), text(message));
        // SAFETY: the host gave this function and its data for this use.
        boundary::hosts(|| unsafe { call(level, target.as_ptr(), message.as_ptr(), user_data.get()) })
    })
}

/// Ends the library's work in this process: closes every client, ends every wait with PIE_E_CLOSED, has callbacks that run on
/// threads of the library take what waits, removes every callback, wakeup and the log callback, runs every `drop`, and ends
/// the library's threads. Handles must still be freed; other calls on them give PIE_E_CLOSED. New clients start a new life.
///
/// @param timeout_ms  How long to wait for the threads, in milliseconds; 0 = begin only; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: nothing of the library runs any more, but for a thread in the system's name resolver, which nothing
///         can break off and which touches nothing of the host's. PIE_E_TIMED_OUT: it goes on, call again.
///         PIE_E_WOULD_DEADLOCK: called from a callback; nothing has changed.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_shutdown(timeout_ms: i64, error: *mut *mut pie_error) -> pie_status {
    boundary::call!(error, { shut_down(timeout_ms) })
}

fn shut_down(timeout_ms: i64) -> Result<pie_status> {
    runtime::shutdown(Deadline::after_ms(timeout_ms)?)?;
    reap_left();
    log_sink::set(PIE_LOG_OFF, None);
    Ok(PIE_OK)
}

/// Frees a text that a call of this library gave.
///
/// @param text  Taken over; NULL does nothing.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_string_free(text: *mut c_char) {
    boundary::value((), || {
        if !text.is_null() {
            // SAFETY: made by CString::into_raw and not freed yet.
            drop(unsafe { CString::from_raw(text) });
        }
    });
}
