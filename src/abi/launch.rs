//! Launching processes and daemons, attaching to processes, and what can be done to a process by its id.

use std::ffi::c_char;

use super::boundary::{self, give_text, optional_text, optional_texts, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::process::pie_process;
use super::process_list::pie_process_list;
use super::types::*;
use crate::wait::{Deadline, block_on};

/// Starts a process of an installed inferlet. Its events may be received before the call returns: route them by tag.
///
/// When time is up and the engine's answer comes later, the library terminates the process.
///
/// A busy engine may lose the first words of a process, and the return of one that ends at once: what comes before it
/// has noted who launched the process (0.5.2: 5 of 4000 and 3 of 9000, right after an install). One whose return was
/// lost stays listed, and silent, until pie_process_terminate. So an inferlet should begin by waiting for a signal or
/// for some 25 ms; where it does not, a receive needs a limit.
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
        let (launch, deadline) = (options.launch()?, Deadline::after_ms(timeout_ms)?);
        let process = connection.block_on(connection.launch_process(inferlet, &launch, deadline), deadline)?;
        *out = pie_process::into_handle(process);
        Ok(PIE_OK)
    })
}

/// Starts one process for each input: all of them, or none. The requests leave together, and are answered one by one.
/// Engines run fewer at once than they accept: 8 on 2 cores (0.5.2).
///
/// All inputs are checked before anything is sent. When one cannot be started, those that were are terminated, and so are
/// those whose answers come later. (0.5 tells no id of a PIE_LAUNCH_NO_CAPTURE process: such a one runs on.)
///
/// @param client      Borrowed.
/// @param inferlet    As for pie_client_launch_process.
/// @param inputs      Borrowed; `count` JSON texts, each of which may be NULL = {}. NULL only when `count` is 0.
/// @param count       How many processes; 0 starts none.
/// @param options     Borrowed, copied; NULL = all zeros. `input` must be NULL; the i-th process has the tag `tag` + i.
/// @param timeout_ms  For all answers together, in milliseconds; PIE_FOREVER.
/// @param out         Not NULL, also when `count` is 0. Room for `count` handles, in the order of the inputs, each freed with pie_process_free by the caller;
///                    all NULL on any status but PIE_OK.
/// @param error       Set on failure; its text tells which input; may be NULL.
/// @return As pie_client_launch_process. PIE_E_TIMED_OUT: not all were answered in time.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_processes(
    client: *mut pie_client,
    inferlet: *const c_char,
    inputs: *const *const c_char,
    count: usize,
    options: *const pie_launch_options,
    timeout_ms: i64,
    out: *mut *mut pie_process,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::outs(out, count, "out")?;
        let connection = connection(client)?;
        let inferlet = text(inferlet, "inferlet")?;
        let inputs = optional_texts(inputs, count, "inputs")?;
        let options = pie_launch_options::copy(options)?;
        options.only(&["flags", "token_budget", "tag", "queue"], "launch_processes")?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let launch = options.launch()?;
        let processes = block_on(connection.launch_processes(inferlet, &inputs, &launch, deadline), deadline)?;
        out.iter_mut().zip(processes).for_each(|(place, process)| *place = pie_process::into_handle(process));
        Ok(PIE_OK)
    })
}

/// Runs one process for each input and gives what they returned. Other calls and processes of the client go on
/// meanwhile.
///
/// When one fails, the others are terminated, since nobody would receive what they return; to keep those results,
/// launch with pie_client_launch_processes into one queue.
///
/// @param client      Borrowed.
/// @param inferlet    As for pie_client_launch_process.
/// @param inputs      As for pie_client_launch_processes.
/// @param count       How many processes; 0 gives [].
/// @param options     Borrowed, copied; NULL = all zeros. Only `token_budget` may be set; it is for each process.
/// @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
/// @param out_json    Set to a JSON array of the texts that the processes returned (strings, also where they are JSON
///                    themselves: an inferlet that returned {} gives "{}"), in the order of the inputs, which the
///                    caller frees with pie_string_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; its text tells which input; may be NULL.
/// @return As pie_client_launch_processes. PIE_E_PROCESS: an inferlet ended with an error. PIE_E_TIMED_OUT: not all had
///         ended in time; those are terminated.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_run_processes(
    client: *mut pie_client,
    inferlet: *const c_char,
    inputs: *const *const c_char,
    count: usize,
    options: *const pie_launch_options,
    timeout_ms: i64,
    out_json: *mut *mut c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out_json = boundary::out(out_json, "out_json")?;
        let connection = connection(client)?;
        let inferlet = text(inferlet, "inferlet")?;
        let inputs = optional_texts(inputs, count, "inputs")?;
        let options = pie_launch_options::copy(options)?;
        options.only(&["token_budget"], "run_processes")?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let run = connection.run_processes(inferlet, &inputs, options.token_budget, deadline);
        *out_json = give_text(&block_on(run, deadline)?)?;
        Ok(PIE_OK)
    })
}

/// Makes the events of a running process this client's. From then on its messages, its files and its end arrive; what it
/// sent before is lost, and what it writes to its standard output never comes (0.4.0, 0.5.2).
///
/// What can be attached, by what real engines did: a process launched with PIE_LAUNCH_NO_CAPTURE, once. A process whose
/// connection was lost cannot: 0.4 keeps it attached to the lost one and says `Process not found`, 0.5 has ended it.
/// Take care on 0.5: an attach to a running process that is refused ends that process as soon as this client's
/// connection ends, whoever it belongs to (0.5.2). A process that this client has let go of stays attached to it, and
/// cannot be attached again.
///
/// @param client      Borrowed.
/// @param process_id  The id, as pie_process_id or pie_client_list_processes tell it; copied.
/// @param options     Borrowed, copied; NULL = all zeros. Only `tag` and `queue` may be set.
/// @param timeout_ms  For the engine's answer, in milliseconds; PIE_FOREVER. When time is up and the engine attaches it
///                    later, nobody has a handle of it, its events are dropped, and it cannot be attached again: 0.4
///                    keeps it attached, 0.5 ends it with this client's connection. Allow enough time.
/// @param out         Set to the process, which the caller frees with pie_process_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused; the text says what that may mean. PIE_E_INVALID_STATE: the process
///         is attached to this client already, by its launch or an attach. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
///         PIE_E_ABI_MISMATCH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_attach_process(
    client: *mut pie_client,
    process_id: *const c_char,
    options: *const pie_launch_options,
    timeout_ms: i64,
    out: *mut *mut pie_process,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let connection = connection(client)?;
        let process_id = text(process_id, "process_id")?;
        let options = pie_launch_options::copy(options)?;
        options.only(&["tag", "queue"], "attach_process")?;
        let (launch, deadline) = (options.launch()?, Deadline::after_ms(timeout_ms)?);
        let process = connection.block_on(connection.attach_process(process_id, &launch, deadline), deadline)?;
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
        let connection = connection(client)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let list = connection.block_on(connection.list_processes(deadline), deadline)?;
        *out = pie_process_list::into_handle(list)?;
        Ok(PIE_OK)
    })
}

/// Sends a process a text, as pie_process_signal does, by its id. Engines drop it without a word unless the process was
/// launched with capture, or attached, on this connection.
///
/// @param client      Borrowed.
/// @param process_id  Copied; "" is PIE_E_INVALID_ARGUMENT.
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
/// @param process_id  Copied; "" is PIE_E_INVALID_ARGUMENT.
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
        let (process_id, deadline) = (text(process_id, "process_id")?, Deadline::after_ms(timeout_ms)?);
        connection.block_on(connection.terminate(process_id, deadline), deadline)?;
        Ok(PIE_OK)
    })
}

/// Has the engine serve HTTP by an inferlet, on the engine's machine at 127.0.0.1 and this port. Engines 0.4 only.
///
/// The engine says PIE_OK before it listens, and also when it cannot because the port is taken (0.4.0): try a request.
/// It has no way to list or stop a daemon; one lives until the engine ends, and is no process of the list.
///
/// @param client      Borrowed.
/// @param inferlet    "name@major.minor.patch"; copied.
/// @param port        1 to 65535.
/// @param input       JSON text, checked before it is sent; copied; NULL = {}. Engines 0.4.0 ignore it.
/// @param timeout_ms  In milliseconds; PIE_FOREVER. An engine may have to download and compile.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_UNSUPPORTED: the generation has no daemons. PIE_E_TIMED_OUT,
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_daemon(
    client: *mut pie_client,
    inferlet: *const c_char,
    port: u32,
    input: *const c_char,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let (inferlet, input) = (text(inferlet, "inferlet")?, optional_text(input, "input")?);
        let deadline = Deadline::after_ms(timeout_ms)?;
        connection.block_on(connection.launch_daemon(inferlet, port, input, deadline), deadline)?;
        Ok(PIE_OK)
    })
}
