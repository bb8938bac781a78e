//! Asynchronous calls about processes.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{self, bytes, kept, optional_out, optional_text, optional_texts, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::op::{Target, pie_op};
use super::process::{pie_process, shared};
use super::queue::pie_queue;
use super::types::*;
use crate::client::{Outcome, Source};
use crate::wait::Deadline;

/// Starts a process of an installed inferlet, as pie_client_launch_process does.
///
/// DONE bears the process: pie_event_take_process. Where its events go to the same queue, they come behind DONE.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param inferlet  Copied.
/// @param options  Borrowed, copied; NULL = all zeros.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_launch_process. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_process_async(
    client: *mut pie_client,
    inferlet: *const c_char,
    options: *const pie_launch_options,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let inferlet = text(inferlet, "inferlet")?.to_owned();
        let options = pie_launch_options::copy(options)?;
        let target = Target::new(queue, tag)?;
        let launch = options.launch()?.kept(target.queue());
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let process = connection.launch_process(&inferlet, &launch.lent(), deadline).await?;
            Ok(Outcome::Process(process.into()))
        })
    })
}

/// Starts one process for each input, all of them or none, as pie_client_launch_processes does.
///
/// DONE bears the processes, and their number in `current`: pie_event_take_processes. Where their events go to the same
/// queue, they come behind DONE.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param inferlet  Copied.
/// @param inputs  Copied; `count` JSON texts, each of which may be NULL = {}. NULL only when `count` is 0.
/// @param count  How many processes.
/// @param options  As for pie_client_launch_processes; copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_launch_processes. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_processes_async(
    client: *mut pie_client,
    inferlet: *const c_char,
    inputs: *const *const c_char,
    count: usize,
    options: *const pie_launch_options,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let inferlet = text(inferlet, "inferlet")?.to_owned();
        let inputs = owned(&optional_texts(inputs, count, "inputs")?);
        let options = pie_launch_options::copy(options)?;
        options.only(&["flags", "token_budget", "tag", "queue"], "launch_processes")?;
        let target = Target::new(queue, tag)?;
        let launch = options.launch()?.kept(target.queue());
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let (inputs, launch) = (lent(&inputs), launch.lent());
            let processes = connection.launch_processes(&inferlet, &inputs, &launch, deadline).await?;
            Ok(Outcome::Processes(processes.into_iter().map(Into::into).collect()))
        })
    })
}

/// Runs one process for each input, as pie_client_run_processes does.
///
/// DONE bears the JSON array in `data`. Cancelled, it ends the processes.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param inferlet  Copied.
/// @param inputs  As for pie_client_launch_processes_async.
/// @param count  How many processes.
/// @param options  As for pie_client_run_processes; copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_run_processes. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_run_processes_async(
    client: *mut pie_client,
    inferlet: *const c_char,
    inputs: *const *const c_char,
    count: usize,
    options: *const pie_launch_options,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let inferlet = text(inferlet, "inferlet")?.to_owned();
        let inputs = owned(&optional_texts(inputs, count, "inputs")?);
        let options = pie_launch_options::copy(options)?;
        options.only(&["token_budget"], "run_processes")?;
        let token_budget = options.token_budget;
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let inputs = lent(&inputs);
            connection.run_processes(&inferlet, &inputs, token_budget, deadline).await.map(Outcome::Text)
        })
    })
}

/// Makes the events of a running process this client's, as pie_client_attach_process does.
///
/// DONE bears the process: pie_event_take_process. Where its events go to the same queue, they come behind DONE.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param process_id  Copied.
/// @param options  As for pie_client_attach_process; copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_attach_process. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_attach_process_async(
    client: *mut pie_client,
    process_id: *const c_char,
    options: *const pie_launch_options,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let process_id = text(process_id, "process_id")?.to_owned();
        let options = pie_launch_options::copy(options)?;
        options.only(&["tag", "queue"], "attach_process")?;
        let target = Target::new(queue, tag)?;
        let launch = options.launch()?.kept(target.queue());
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let process = connection.attach_process(&process_id, &launch.lent(), deadline).await?;
            Ok(Outcome::Process(process.into()))
        })
    })
}

/// Asks for the running processes, as pie_client_list_processes does.
///
/// DONE bears the list: pie_event_take_process_list.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_list_processes. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_list_processes_async(
    client: *mut pie_client,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.list_processes(deadline).await.map(Outcome::List)
        })
    })
}

/// Has the engine end a process by its id, as pie_client_terminate_process does.
///
/// DONE bears nothing.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param process_id  Copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_terminate_process. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_terminate_process_async(
    client: *mut pie_client,
    process_id: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let process_id = text(process_id, "process_id")?.to_owned();
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.terminate(&process_id, deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}

/// Has the engine serve HTTP by an inferlet, as pie_client_launch_daemon does.
///
/// DONE bears nothing.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param inferlet  Copied.
/// @param port  1 to 65535.
/// @param input  Copied; NULL = {}.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_launch_daemon. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_daemon_async(
    client: *mut pie_client,
    inferlet: *const c_char,
    port: u32,
    input: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let inferlet = text(inferlet, "inferlet")?.to_owned();
        let input = optional_text(input, "input")?.map(str::to_owned);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.launch_daemon(&inferlet, port, input.as_deref(), deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}

/// Sends the process a file from memory, as pie_process_transfer_file does.
///
/// DONE bears nothing; PROGRESS events tell how far the upload has come.
///
/// @param process  Borrowed; the call goes on when it is freed.
/// @param data  Copied before the call returns; may be NULL when `size` is 0.
/// @param size  In bytes; 0 is a file too.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_process_transfer_file. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_transfer_file_async(
    process: *mut pie_process,
    data: *const c_void,
    size: usize,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let process = shared(process)?;
        let source = Source::Owned(kept(bytes(data, size, "data")?)?);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let connection = Arc::clone(process.connection());
        target.start_upload(&connection, op, deadline, |told| async move {
            process.transfer(source, deadline, Some(told)).await
        })
    })
}

/// Sends the process a file from disk, as pie_process_transfer_path does.
///
/// DONE bears nothing; PROGRESS events tell how far the upload has come.
///
/// @param process  Borrowed; the call goes on when it is freed.
/// @param path  Copied. The file is read while it is sent.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_process_transfer_path. Otherwise none comes.
/// @threads Any.
/// @waits For the disk, to open the file.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_transfer_path_async(
    process: *mut pie_process,
    path: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let process = shared(process)?;
        let path = text(path, "path")?.to_owned();
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let connection = Arc::clone(process.connection());
        target.start_upload(&connection, op, deadline, |told| async move {
            process.transfer_path(&path, deadline, Some(told)).await
        })
    })
}

/// Has the engine end the process, as pie_process_terminate does.
///
/// DONE bears nothing.
///
/// @param process  Borrowed; the call goes on when it is freed.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_process_terminate. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_terminate_async(
    process: *mut pie_process,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let process = shared(process)?;
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(process.connection()), op, deadline, async move {
            process.terminate(deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}

fn owned(texts: &[Option<&str>]) -> Vec<Option<String>> {
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}

fn lent(texts: &[Option<String>]) -> Vec<Option<&str>> {
    texts.iter().map(Option::as_deref).collect()
}
