//! Status and errors.

use std::ffi::{CStr, CString, c_char};

use super::boundary;
use super::types::*;
use crate::error::Error;
use crate::memory;

/// Why a call failed. Owned by whom the call gave it to, freed with pie_error_free.
pub struct pie_error {
    status: pie_status,
    message: CString,
    is_retriable: bool,
}

impl pie_error {
    pub(super) fn new(error: &Error) -> Self {
        let text = error.message();
        // The status alone is better than none.
        let text =
            if memory::need(text.len() + 1).is_ok() { text } else { "there is no memory for the text of this error" };
        let message = CString::new(text).unwrap_or_default();
        memory::done();
        Self { status: error.code() as pie_status, message, is_retriable: error.is_retriable() }
    }

    pub(super) fn into_handle(error: Error) -> *mut Self {
        Box::into_raw(Box::new(Self::new(&error)))
    }
}

/// Gives the name of a status.
///
/// @param status  Any number.
/// @return "PIE_E_TIMED_OUT" for PIE_E_TIMED_OUT, and so on; "PIE_UNKNOWN_STATUS" for other numbers. Never NULL; lives for ever.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub extern "C" fn pie_status_name(status: pie_status) -> *const c_char {
    boundary::value(c"PIE_E_INTERNAL", || name(status)).as_ptr()
}

fn name(status: pie_status) -> &'static CStr {
    match status {
        PIE_OK => c"PIE_OK",
        PIE_EMPTY => c"PIE_EMPTY",
        PIE_INTERRUPTED => c"PIE_INTERRUPTED",
        PIE_END => c"PIE_END",
        PIE_E_INVALID_ARGUMENT => c"PIE_E_INVALID_ARGUMENT",
        PIE_E_NO_MEMORY => c"PIE_E_NO_MEMORY",
        PIE_E_INTERNAL => c"PIE_E_INTERNAL",
        PIE_E_FORKED => c"PIE_E_FORKED",
        PIE_E_WOULD_DEADLOCK => c"PIE_E_WOULD_DEADLOCK",
        PIE_E_UNSUPPORTED => c"PIE_E_UNSUPPORTED",
        PIE_E_IO => c"PIE_E_IO",
        PIE_E_TIMED_OUT => c"PIE_E_TIMED_OUT",
        PIE_E_CANCELLED => c"PIE_E_CANCELLED",
        PIE_E_CLOSED => c"PIE_E_CLOSED",
        PIE_E_TOO_LARGE => c"PIE_E_TOO_LARGE",
        PIE_E_ABI_MISMATCH => c"PIE_E_ABI_MISMATCH",
        PIE_E_INVALID_STATE => c"PIE_E_INVALID_STATE",
        PIE_E_BUSY => c"PIE_E_BUSY",
        PIE_E_CONNECT => c"PIE_E_CONNECT",
        PIE_E_TLS => c"PIE_E_TLS",
        PIE_E_DISCONNECTED => c"PIE_E_DISCONNECTED",
        PIE_E_PROTOCOL => c"PIE_E_PROTOCOL",
        PIE_E_KEY => c"PIE_E_KEY",
        PIE_E_AUTH => c"PIE_E_AUTH",
        PIE_E_REJECTED => c"PIE_E_REJECTED",
        PIE_E_REGISTRY => c"PIE_E_REGISTRY",
        PIE_E_MCP => c"PIE_E_MCP",
        PIE_E_PROCESS => c"PIE_E_PROCESS",
        _ => c"PIE_UNKNOWN_STATUS",
    }
}

/// Gives the status that came with an error.
///
/// @param error  Borrowed; NULL gives PIE_OK.
/// @return A negative status, or PIE_OK.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_error_status(error: *const pie_error) -> pie_status {
    // SAFETY: NULL or an error that was not freed.
    boundary::value(PIE_E_INTERNAL, || unsafe { error.as_ref() }.map_or(PIE_OK, |error| error.status))
}

/// Gives the text of an error: one line that says what was wrong and what to do, with the engine's own words in it.
///
/// @param error  Borrowed; NULL gives "".
/// @return UTF-8, never NULL; lives as long as the error.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_error_message(error: *const pie_error) -> *const c_char {
    // SAFETY: NULL or an error that was not freed.
    boundary::value(c"".as_ptr(), || unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr()))
}

/// Tells whether the same call may succeed later without any other change.
///
/// @param error  Borrowed; NULL gives 0.
/// @return 1 for PIE_E_TIMED_OUT, PIE_E_BUSY, PIE_E_CONNECT, PIE_E_REGISTRY, PIE_E_DISCONNECTED of pie_client_connect or of a
///         client that is being connected again (the option reconnect), and PIE_E_IO and PIE_E_NO_MEMORY where the system
///         has no descriptor or thread left, unless the cause is one that stays (an HTTP status below 500, a message above a limit, an answer that makes
///         no sense, an attach that was sent and may still be done); otherwise 0: a client that was lost for good stays lost.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_error_is_retriable(error: *const pie_error) -> i32 {
    // SAFETY: NULL or an error that was not freed.
    boundary::value(0, || unsafe { error.as_ref() }.map_or(0, |error| i32::from(error.is_retriable)))
}

/// Frees an error.
///
/// @param error  Taken over; NULL does nothing. Never the error of an event, which lives with the event.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_error_free(error: *mut pie_error) {
    boundary::value((), || {
        if !error.is_null() {
            // SAFETY: an error that was not freed; nobody else owns it.
            drop(unsafe { Box::from_raw(error) });
        }
    });
}
