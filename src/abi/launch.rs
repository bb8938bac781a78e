//! Launching processes, and what can be done to a process by its id.

use std::ffi::c_char;

use super::boundary::{self, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::process::pie_process;
use super::process_list::pie_process_list;
use super::types::*;
use crate::wait::Deadline;

/// Starts a process of an installed inferlet. Its events may be received before the call returns: route them by tag.
///
/// When time is up and the engine's answer comes later, the library terminates the process.
///
/// @param client      Borrowed.
/// @param inferlet    "name@major.minor.patch", from 0.5 on also "name" for the newest; copied.
/// @param options     Borrowed, copied; NULL = all zeros.
/// @param timeout_ms  For the engine's answer, in milliseconds; PIE_FOREVER. An engine may have to download and compile.
/// @param out         Set to the process, which the caller frees with pie_process_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_UNSUPPORTED: a token budget on 0.5. PIE_E_TOO_LARGE: the
///         input is. PIE_E_ABI_MISMATCH: options->struct_size. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED,
///         PIE_E_AUTH, PIE_E_PROTOCOL, PIE_E_INVALID_ARGUMENT (the input is not JSON, among others), PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_process(
    client: *mut pie_client,
    inferlet: *const c_char,
    options: *const pie_launch_options,
    timeout_ms: i64,
    out: *mut *mut pie_process,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let connection = connection(client)?;
        let inferlet = text(inferlet, "inferlet")?;
        let options = pie_launch_options::copy(options)?;
        let launch = options.launch()?;
        let process = connection.launch_process(inferlet, &launch, Deadline::after_ms(timeout_ms)?)?;
        *out = pie_process::into_handle(process);
        Ok(PIE_OK)
    })
}

/// Asks for the running processes: on 0.4 those of the user, on 0.5 everybody's.
///
/// @param client      Borrowed.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param out         Set to the list, which the caller frees with pie_process_list_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, PIE_E_PROTOCOL (the answer is no list), PIE_E_REJECTED, PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
///         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_list_processes(
    client: *mut pie_client,
    timeout_ms: i64,
    out: *mut *mut pie_process_list,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let list = connection(client)?.list_processes(Deadline::after_ms(timeout_ms)?)?;
        *out = pie_process_list::into_handle(list);
        Ok(PIE_OK)
    })
}

/// Sends a process a text, as pie_process_signal does, by its id. Engines drop it without a word unless the process was
/// launched or attached on this connection.
///
/// @param client      Borrowed.
/// @param process_id  Copied.
/// @param message     Copied.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: handed to the connection; engines do not acknowledge signals. PIE_E_BUSY: the outgoing buffer is
///         full, nothing was sent. PIE_E_TOO_LARGE, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_signal_process(
    client: *mut pie_client,
    process_id: *const c_char,
    message: *const c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        connection.signal(text(process_id, "process_id")?, text(message, "message")?)?;
        Ok(PIE_OK)
    })
}

/// Has the engine end a process by its id. On 0.5 that may be anybody's.
///
/// @param client      Borrowed.
/// @param process_id  Copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: there is no such process, or it is not ours. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
///         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_terminate_process(
    client: *mut pie_client,
    process_id: *const c_char,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        connection.terminate(text(process_id, "process_id")?, Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}
