//! Asynchronous calls. For each waiting call of this list there is a twin with `_async` behind its name: connect,
//! authenticate, authenticate_with_agent, auth_by_token, ping, query, resolve_version, check_program, install_program,
//! install_program_bytes, launch_process, launch_processes, run_processes, attach_process, list_processes,
//! terminate_process, launch_daemon, register_mcp_server, register_mcp_handler and close of a client; transfer_file,
//! transfer_path and terminate of a process.
//!
//! A twin takes the same inputs without the outs, and then a time limit, a queue, a tag, and room for a pie_op. It returns at
//! once. When it returns PIE_OK, exactly one DONE event comes to the queue, possibly before the call returns, whatever
//! happens: answered, refused, timed out, cancelled, closed, shut down. (After pie_shutdown nobody can receive it any more;
//! a callback gets it before that.) When it fails on the spot, for a wrong argument, a time limit of 0, or on a client
//! that is closed, lost or not logged in, it returns the error and no DONE comes; whatever the engine says comes as DONE. What
//! DONE bears is taken from it with a pie_event_take function; what nobody takes is released
//! with the event: a client is closed, a process let go of.

use std::sync::Arc;

use super::boundary::{self, Handle, handle};
use super::client::pie_client;
use super::event::outcome;
use super::process::pie_process;
use super::process_list::pie_process_list;
use super::queue::pie_queue;
use super::types::*;
use crate::client::{Connection, EventQueue, Op, Outcome, Report, Told, start};
use crate::error::Result;
use crate::runtime::{Birth, Runtime};
use crate::wait::Deadline;

/// An asynchronous call under way.
pub struct pie_op {
    op: Op,
}

impl Handle for pie_op {
    fn birth(&self) -> Birth {
        self.op.birth()
    }
}

/// Where an asynchronous call is to report.
pub(super) struct Target {
    queue: Arc<EventQueue>,
    tag: u64,
}

impl Target {
    pub unsafe fn new(queue: *mut pie_queue, tag: u64) -> Result<Self> {
        // SAFETY: NULL or a handle that was not freed.
        Ok(Self { queue: Arc::clone(unsafe { handle(queue, "queue") }?.share.queue()), tag })
    }

    pub fn queue(&self) -> &Arc<EventQueue> {
        &self.queue
    }

    /// Begins a call of a connection.
    pub fn start(
        self,
        connection: &Arc<Connection>,
        op: Option<&mut *mut pie_op>,
        deadline: Deadline,
        call: impl Future<Output = Result<Outcome>> + Send + 'static,
    ) -> Result<pie_status> {
        let report = Report::new(Some(connection), self.queue, self.tag);
        begin(connection.runtime(), report, op, deadline, call)
    }

    /// Begins an upload of a connection.
    pub fn start_upload<F>(
        self,
        connection: &Arc<Connection>,
        op: Option<&mut *mut pie_op>,
        deadline: Deadline,
        upload: impl FnOnce(Told) -> F,
    ) -> Result<pie_status>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let report = Report::new(Some(connection), self.queue, self.tag);
        let upload = upload(report.progress());
        begin(connection.runtime(), report, op, deadline, async move {
            upload.await?;
            Ok(Outcome::Nothing)
        })
    }

    /// Begins a call that a close does not wait for.
    pub fn start_beside(
        self,
        runtime: &Arc<Runtime>,
        op: Option<&mut *mut pie_op>,
        deadline: Deadline,
        call: impl Future<Output = Result<Outcome>> + Send + 'static,
    ) -> Result<pie_status> {
        begin(runtime, Report::new(None, self.queue, self.tag), op, deadline, call)
    }
}

fn begin(
    runtime: &Arc<Runtime>,
    report: Report,
    op: Option<&mut *mut pie_op>,
    deadline: Deadline,
    call: impl Future<Output = Result<Outcome>> + Send + 'static,
) -> Result<pie_status> {
    let begun = start(runtime, report, deadline, call)?;
    if let Some(op) = op {
        *op = Box::into_raw(Box::new(pie_op { op: begun }));
    }
    Ok(PIE_OK)
}

/// Asks an asynchronous call to end. Its DONE comes with PIE_E_CANCELLED, unless the outcome was there; what it asked the
/// engine for may still be done, but for a launch, whose processes are then terminated.
///
/// @param op  Borrowed; NULL does nothing, and so does a call that has ended.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_op_cancel(op: *mut pie_op) {
    boundary::value((), || {
        // SAFETY: NULL or a handle that was not freed.
        if let Ok(op) = unsafe { handle(op, "op") } {
            op.op.cancel();
        }
    });
}

/// Frees the handle of an asynchronous call, which goes on: this does not cancel it.
///
/// @param op  Taken over; NULL does nothing.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_op_free(op: *mut pie_op) {
    // SAFETY: NULL or a handle that was not freed; nobody else owns it.
    boundary::value((), || unsafe {
        if boundary::is_ours(op) {
            drop(Box::from_raw(op));
        }
    });
}

/// Takes out of an event what `pick` wants of it; what that does not want stays there.
unsafe fn take<T>(event: *mut pie_event, pick: impl FnOnce(Outcome) -> Result<T, Outcome>) -> Option<T> {
    // SAFETY: NULL or an event that was not freed.
    let place = unsafe { outcome(event) }?;
    match pick(std::mem::take(place)) {
        Ok(picked) => Some(picked),
        Err(other) => {
            *place = other;
            None
        }
    }
}

/// Takes the client that a DONE event bears.
///
/// @param event  The event of a pie_client_connect_async, borrowed; NULL gives NULL.
/// @return The client, freed with pie_client_free by the caller; NULL where the event bears none (any more).
/// @threads That of the event.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_event_take_client(event: *mut pie_event) -> *mut pie_client {
    boundary::value(std::ptr::null_mut(), || {
        // SAFETY: NULL or an event that was not freed.
        let taken = unsafe {
            take(event, |outcome| match outcome {
                Outcome::Client(client) => Ok(pie_client::into_handle(client)),
                other => Err(other),
            })
        };
        taken.unwrap_or(std::ptr::null_mut())
    })
}

/// Takes the process that a DONE event bears.
///
/// @param event  The event of a pie_client_launch_process_async or pie_client_attach_process_async, borrowed; NULL gives NULL.
/// @return The process, freed with pie_process_free by the caller; NULL where the event bears none (any more).
/// @threads That of the event.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_event_take_process(event: *mut pie_event) -> *mut pie_process {
    boundary::value(std::ptr::null_mut(), || {
        // SAFETY: NULL or an event that was not freed.
        let taken = unsafe {
            take(event, |outcome| match outcome {
                Outcome::Process(process) => Ok(process.claim().map_or(std::ptr::null_mut(), pie_process::into_handle)),
                other => Err(other),
            })
        };
        taken.unwrap_or(std::ptr::null_mut())
    })
}

/// Takes the processes that a DONE event bears.
///
/// @param event     The event of a pie_client_launch_processes_async, borrowed; NULL gives 0.
/// @param out       Room for `capacity` handles, set in the order of the inputs, each freed with pie_process_free by the
///                  caller; NULL only to ask for the number.
/// @param capacity  How many places there are.
/// @return How many processes the event bears. When that is more than `capacity`, none is taken; 0 where it bears none (any
///         more).
/// @threads That of the event.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_event_take_processes(
    event: *mut pie_event,
    out: *mut *mut pie_process,
    capacity: usize,
) -> usize {
    boundary::value(0, || {
        let room = if out.is_null() { 0 } else { capacity };
        // SAFETY: NULL or an event that was not freed.
        let count = match unsafe { outcome(event) } {
            Some(Outcome::Processes(processes)) => processes.len(),
            _ => 0,
        };
        if count > room {
            return count;
        }
        // SAFETY: as above.
        let taken = unsafe {
            take(event, |outcome| match outcome {
                Outcome::Processes(processes) => Ok(processes),
                other => Err(other),
            })
        };
        let taken =
            taken.into_iter().flatten().map(|it| it.claim().map_or(std::ptr::null_mut(), pie_process::into_handle));
        // SAFETY: there is room for all of them.
        taken.enumerate().for_each(|(at, process)| unsafe { out.add(at).write(process) });
        count
    })
}

/// Takes the list of processes that a DONE event bears.
///
/// @param event  The event of a pie_client_list_processes_async, borrowed; NULL gives NULL.
/// @return The list, freed with pie_process_list_free by the caller; NULL where the event bears none (any more), and where
///         there is no memory for it.
/// @threads That of the event.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_event_take_process_list(event: *mut pie_event) -> *mut pie_process_list {
    boundary::value(std::ptr::null_mut(), || {
        // SAFETY: NULL or an event that was not freed.
        let taken = unsafe {
            take(event, |outcome| match outcome {
                Outcome::List(list) => Ok(pie_process_list::into_handle(list)),
                other => Err(other),
            })
        };
        taken.and_then(Result::ok).unwrap_or(std::ptr::null_mut())
    })
}
