//! Processes.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{self, Handle, bytes, give_text, text};
use super::error::pie_error;
use super::event;
use super::queue::{clear_callback, pie_queue, received, set_callback};
use super::types::*;
use crate::client::{Process, Source};
use crate::error::Result;
use crate::memory;
use crate::queue::Mode;
use crate::runtime::Birth;
use crate::wait::{Deadline, block_on};

/// One running or ended inferlet.
pub struct pie_process {
    _opaque: [u8; 0],
}

impl Handle for Process {
    fn birth(&self) -> Birth {
        Self::birth(self)
    }
}

impl pie_process {
    pub(super) fn into_handle(process: Arc<Process>) -> *mut Self {
        Arc::into_raw(process).cast_mut().cast()
    }

    /// The handle's pointer, without a share in what it points to.
    pub(super) fn identity(process: &Arc<Process>) -> *mut Self {
        Arc::as_ptr(process).cast_mut().cast()
    }
}

/// A process's handle points to a `Process`.
pub(super) unsafe fn handle<'a>(process: *const pie_process) -> Result<&'a Process> {
    // SAFETY: NULL or a handle that was not freed.
    unsafe { boundary::handle(process.cast::<Process>(), "process") }
}

/// A share in the process.
pub(super) unsafe fn shared(process: *const pie_process) -> Result<Arc<Process>> {
    // SAFETY: as the caller's; a handle that passes is that of an Arc.
    unsafe {
        handle(process)?;
        Arc::increment_strong_count(process.cast::<Process>());
        Ok(Arc::from_raw(process.cast()))
    }
}

/// Gives the process's id.
///
/// @param process  Borrowed; NULL gives "".
/// @return The id as the engine spells it; "" where the engine tells none (0.5 with PIE_LAUNCH_NO_CAPTURE). Never NULL;
///         lives as long as the handle.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_id(process: *const pie_process) -> *const c_char {
    boundary::value(c"".as_ptr(), || {
        // SAFETY: NULL or a handle that was not freed.
        unsafe { process.cast::<Process>().as_ref() }.map_or(c"".as_ptr(), |process| process.id().as_ptr())
    })
}

/// Takes the oldest event of a process that was launched without a queue.
///
/// When the connection is lost, the stream ends with an ERROR of PIE_E_DISCONNECTED. With the option reconnect=on and an
/// engine 0.4 it stays open, and goes on when the process is attached again; if the engine refuses that, as released ones
/// do, the ERROR comes then, and its text has the engine's words. What the engine had to say in between and does not
/// keep is not counted.
///
/// @param process     Borrowed.
/// @param timeout_ms  How long to wait for one, in milliseconds; 0 = only what is there; PIE_FOREVER.
/// @param out         Set to the event, which the caller frees with pie_event_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK; PIE_EMPTY when time is up; PIE_INTERRUPTED; PIE_END after the last event, each time, and at once
///         where the launch had PIE_LAUNCH_NO_CAPTURE, whether or not it named a queue. PIE_E_INVALID_STATE: the launch
///         named a queue, receive there. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_CLOSED after pie_shutdown.
/// @threads Any, several at once: each event comes to one of them.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_recv(
    process: *mut pie_process,
    timeout_ms: i64,
    out: *mut *mut pie_event,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let process = handle(process)?;
        let (status, event) = received(process.receive(Deadline::after_ms(timeout_ms)?)?)?;
        *out = event.map_or(std::ptr::null_mut(), event::into_handle);
        Ok(status)
    })
}

/// Sends the process a text, which it receives in the order of the calls. Engines drop it without a word where
/// the process was launched with PIE_LAUNCH_NO_CAPTURE and its id is known (0.4): attach it, and use that handle.
///
/// @param process  Borrowed.
/// @param message  Copied.
/// @param error    Set on failure; may be NULL.
/// @return PIE_OK: handed to the connection; engines do not acknowledge signals. PIE_E_BUSY: the outgoing buffer is
///         full, nothing was sent. PIE_E_INVALID_STATE: the process has ended (of one with PIE_LAUNCH_NO_CAPTURE nobody
///         tells that: PIE_OK). PIE_E_UNSUPPORTED: it has no id. PIE_E_TOO_LARGE, PIE_E_DISCONNECTED, PIE_E_CLOSED,
///         PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_signal(
    process: *mut pie_process,
    message: *const c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let process = handle(process)?;
        process.signal(text(message, "message")?)?;
        Ok(PIE_OK)
    })
}

/// Sends the process a file from memory. Uploads of one client go one at a time, in the order of the calls.
///
/// Engines drop a file without a word unless the inferlet is waiting for one: have it send a message when it is ready,
/// and send the file then (seen with 0.4.0 and 0.5.2). They also drop it where the process was launched with
/// PIE_LAUNCH_NO_CAPTURE: attach it, and use that handle; and where it is larger than they take, 256 MiB unless they are
/// configured otherwise.
///
/// @param process     Borrowed.
/// @param data        Borrowed until the call returns; may be NULL when `size` is 0.
/// @param size        In bytes; 0 is a file too.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: handed to the connection; engines do not acknowledge files. PIE_E_TIMED_OUT: only a part was sent,
///         and the engine drops it. PIE_E_INVALID_STATE: the process has ended (as for pie_process_signal).
///         PIE_E_UNSUPPORTED: it has no id.
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits While more than the option upload_window_bytes waits to be sent, and for the uploads before it; up to
///        `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_transfer_file(
    process: *mut pie_process,
    data: *const c_void,
    size: usize,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let process = handle(process)?;
        let data = bytes(data, size, "data")?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        block_on(process.transfer(Source::Memory(data), deadline, None), deadline)?;
        Ok(PIE_OK)
    })
}

/// Sends the process a file from disk, as pie_process_transfer_file does; it is read chunk by chunk while it is sent.
///
/// @param process     Borrowed.
/// @param path        The file's path; copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return As pie_process_transfer_file; PIE_E_IO: the file cannot be read, or changed while it was being sent.
/// @threads Any.
/// @waits As pie_process_transfer_file, and for the disk.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_transfer_path(
    process: *mut pie_process,
    path: *const c_char,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let process = handle(process)?;
        let path = text(path, "path")?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        block_on(process.transfer_path(path, deadline, None), deadline)?;
        Ok(PIE_OK)
    })
}

/// Has the engine end the process. Its last event is then an ERROR with the status PIE_E_CANCELLED, unless it ended by
/// itself first.
///
/// @param process     Borrowed.
/// @param timeout_ms  How long to wait for the engine's answer, in milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also when the process has ended already, but not where the launch had PIE_LAUNCH_NO_CAPTURE: nobody
///         tells of that end, and then the engine's answer is PIE_E_REJECTED, `Process not found`. PIE_E_REJECTED: the
///         engine refused. PIE_E_UNSUPPORTED: the process has no id. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED,
///         PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_terminate(
    process: *mut pie_process,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let process = handle(process)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        process.connection().block_on(process.terminate(deadline), deadline)?;
        Ok(PIE_OK)
    })
}

/// Waits until the process ends, whoever takes its events, and gives what it returned. Once the end is known, what waits
/// in the process's own queue is dropped; when time is up, nothing is. Asked again, it gives the same answer.
///
/// With the option overflow=pause, a process whose events nobody takes would never come to its end. So while this call
/// waits, the process's own queue drops what has no room, as overflow=drop does, provided that nobody has received from it,
/// set a callback or wakeup, asked for its descriptor, or has another handle of it. Otherwise whoever has begun to take its
/// events has to go on; if that is not done, or in a callback of that queue, this call waits until its time is up, and the
/// error says which process holds everything up.
///
/// @param process     Borrowed.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param out         Set to the text of the RETURN event, which the caller frees with pie_string_free (a NUL in it
///                    becomes U+FFFD); NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_PROCESS: the inferlet failed, its text is in the error's. PIE_E_CANCELLED: it was terminated by
///         this client. PIE_E_DISCONNECTED, PIE_E_CLOSED: it is out of reach. PIE_E_TIMED_OUT: it has not ended.
///         PIE_E_UNSUPPORTED: launched with PIE_LAUNCH_NO_CAPTURE. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any, several at once.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_result(
    process: *mut pie_process,
    timeout_ms: i64,
    out: *mut *mut c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let returned = handle(process)?.result(Deadline::after_ms(timeout_ms)?)?;
        memory::need(returned.len())?;
        *out = give_text(&String::from_utf8_lossy(&returned))?;
        Ok(PIE_OK)
    })
}

/// Has a callback take the process's events, as pie_queue_set_callback with PIE_DISPATCH_THREAD on its own queue does.
///
/// @param process    Borrowed.
/// @param fn         The callback; it owns each event and frees it.
/// @param user_data  Given to it; NULL is fine.
/// @param drop       As for pie_queue_set_callback; at the latest it runs when the process's handle and those of its queue
///                   are freed. May be NULL.
/// @param error      Set on failure; may be NULL.
/// @return As pie_queue_set_callback; PIE_E_INVALID_STATE also when the launch named a queue: set its callback.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_set_callback(
    process: *mut pie_process,
    r#fn: pie_event_fn,
    user_data: *mut c_void,
    drop: pie_drop_fn,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, { set_callback(handle(process)?.own_queue()?, Mode::Thread, r#fn, user_data, drop) })
}

/// Removes the callback of the process's own queue, as pie_queue_clear_callback does.
///
/// @param process     Borrowed.
/// @param timeout_ms  In milliseconds; 0 = begin, do not wait; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return As pie_queue_clear_callback; PIE_E_INVALID_STATE when the launch named a queue.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_clear_callback(
    process: *mut pie_process,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, { clear_callback(handle(process)?.own_queue()?, Deadline::after_ms(timeout_ms)?) })
}

/// Gives the queue that the process's events arrive in.
///
/// @param process  Borrowed; NULL gives NULL.
/// @return A new handle, freed with pie_queue_free by the caller. The queue of a process's own ends with PIE_END after
///         the last event, and right away when the process's handle is freed.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_queue(process: *mut pie_process) -> *mut pie_queue {
    boundary::value(std::ptr::null_mut(), || {
        // SAFETY: NULL or a handle that was not freed.
        unsafe { handle(process) }
            .map_or(std::ptr::null_mut(), |process| pie_queue::into_handle(process.queue().handle()))
    })
}

/// Lets go of a process. The inferlet runs on until it ends, or until an engine ends it with the connection; no receive
/// yields its events any more.
///
/// @param process  Taken over; NULL does nothing. No call may be using this handle.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_free(process: *mut pie_process) {
    let process: *const Process = process.cast_const().cast();
    // SAFETY: NULL or a handle that was not freed; nobody else owns this share.
    boundary::value((), || unsafe {
        if boundary::is_ours(process) {
            Arc::from_raw(process).release();
        }
    });
}
