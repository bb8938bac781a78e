//! Queues: where events arrive. One queue may serve many processes and asynchronous calls; any number of threads may
//! receive from it, and each event comes to one of them. There are four ways to empty a queue: receives that wait or do not
//! (pie_queue_recv, pie_queue_recv_batch); a descriptor for poll, epoll or kqueue (pie_queue_fd); a wakeup that tells an
//! event loop of another kind to come and receive (pie_queue_set_wakeup); a callback (pie_queue_set_callback), run by a
//! thread of the queue's own or by the host's own loop (pie_queue_dispatch).

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::boundary::{self, Handle, handle, out};
use super::error::pie_error;
use super::event;
use super::types::*;
use crate::client::{Event, EventQueue, EventQueueHandle};
use crate::error::{Code, Error, Result};
use crate::queue::{Mode, Received, Wakeup};
use crate::runtime::{self, Birth, Member};
use crate::wait::Deadline;

/// A share in a queue. What waits in the queue is dropped when the last share is freed.
pub struct pie_queue {
    pub(super) share: EventQueueHandle,
    birth: Birth,
}

impl Handle for pie_queue {
    fn birth(&self) -> Birth {
        self.birth
    }
}

impl pie_queue {
    pub(super) fn into_handle(share: EventQueueHandle) -> *mut Self {
        Box::into_raw(Box::new(Self { share, birth: Birth::now() }))
    }
}

/// What a receive gives, and its event if it is one.
pub(super) fn received(received: Received<Event>) -> Result<(pie_status, Option<Event>)> {
    match received {
        Received::Item(event) => Ok((PIE_OK, Some(event))),
        Received::Empty => Ok((PIE_EMPTY, None)),
        Received::Interrupted => Ok((PIE_INTERRUPTED, None)),
        Received::Ended => Ok((PIE_END, None)),
        Received::Taken => Err(taken()),
        Received::Shut => Err(Error::new(Code::Closed, "pie_shutdown ended the wait")),
    }
}

fn taken() -> Error {
    let text = "a callback takes the events of this queue; remove it with pie_queue_clear_callback to receive";
    Error::new(Code::InvalidState, text)
}

/// Makes a queue. Launches name it, and the events of their processes arrive in it.
///
/// @return A handle, freed with pie_queue_free; NULL only when memory ran out. The queue itself lives on while a process
///         feeds it. It never ends: receives give PIE_EMPTY, not PIE_END, when nothing is left.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub extern "C" fn pie_queue_new() -> *mut pie_queue {
    boundary::value(std::ptr::null_mut(), || {
        let share = EventQueue::with_handle();
        enroll(share.queue());
        pie_queue::into_handle(share)
    })
}

/// Takes the oldest event.
///
/// @param queue       Borrowed.
/// @param timeout_ms  How long to wait for one, in milliseconds; 0 = only what is there; PIE_FOREVER.
/// @param out         Set to the event, which the caller frees with pie_event_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK; PIE_EMPTY when time is up; PIE_INTERRUPTED; PIE_END from the queue of one process after its last
///         event, each time. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_CLOSED after pie_shutdown. The loss of a
///         connection is no error here: it comes as each process's last event.
/// @threads Any, several at once.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_recv(
    queue: *mut pie_queue,
    timeout_ms: i64,
    out: *mut *mut pie_event,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let queue = handle(queue, "queue")?.share.queue();
        let (status, event) = received(queue.receive(Deadline::after_ms(timeout_ms)?))?;
        *out = event.map_or(std::ptr::null_mut(), event::into_handle);
        Ok(status)
    })
}

/// Takes up to `capacity` events. Waits for the first one only.
///
/// @param queue       Borrowed.
/// @param timeout_ms  How long to wait for the first, in milliseconds; 0 = only what is there; PIE_FOREVER.
/// @param events      Room for `capacity` pointers; the first `*count` are set to events, which the caller frees (see
///                    pie_events_free), the others to NULL.
/// @param capacity    At least 1.
/// @param count       Set to the number of events; 0 on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return As pie_queue_recv.
/// @threads Any, several at once.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_recv_batch(
    queue: *mut pie_queue,
    timeout_ms: i64,
    events: *mut *mut pie_event,
    capacity: usize,
    count: *mut usize,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let places = if events.is_null() { 0 } else { capacity };
        (0..places).for_each(|index| events.add(index).write(std::ptr::null_mut()));
        let count = out(count, "count")?;
        let queue = handle(queue, "queue")?.share.queue();
        if events.is_null() {
            return Err(boundary::null("events"));
        } else if capacity == 0 {
            return Err(Error::argument("capacity: it is 0; give room for one event at least"));
        }
        match queue.receive_batch(Deadline::after_ms(timeout_ms)?, capacity) {
            Received::Item(batch) => {
                *count = batch.len();
                batch
                    .into_iter()
                    .enumerate()
                    .for_each(|(index, item)| events.add(index).write(event::into_handle(item)));
                Ok(PIE_OK)
            }
            Received::Empty => Ok(PIE_EMPTY),
            Received::Interrupted => Ok(PIE_INTERRUPTED),
            Received::Ended => Ok(PIE_END),
            Received::Taken => Err(taken()),
            Received::Shut => Err(Error::new(Code::Closed, "pie_shutdown ended the wait")),
        }
    })
}

/// Has a callback take the events of a queue from now on, those that wait already first. While it is set, receives on the
/// queue return PIE_E_INVALID_STATE, those that are waiting included. See pie_event_fn for what it may do.
///
/// @param queue      Borrowed. The callback stays when this handle is freed, as long as another one is there.
/// @param mode       PIE_DISPATCH_MANUAL: it runs inside pie_queue_dispatch alone. PIE_DISPATCH_THREAD: it runs on a thread
///                   of this queue's own, which the library starts.
/// @param fn         The callback; it owns each event and frees it.
/// @param user_data  Given to it; NULL is fine.
/// @param drop       Called once with `user_data`, on any thread, when the callback will not run any more; not when this call
///                   fails. May be NULL.
/// @param error      Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_INVALID_STATE: the queue has a callback. PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED (after
///         pie_shutdown), PIE_E_FORKED, PIE_E_NO_MEMORY (no thread could be started).
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_set_callback(
    queue: *mut pie_queue,
    mode: i32,
    r#fn: pie_event_fn,
    user_data: *mut c_void,
    drop: pie_drop_fn,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let queue = handle(queue, "queue")?.share.queue();
        let mode = match mode {
            PIE_DISPATCH_MANUAL => Mode::Manual,
            PIE_DISPATCH_THREAD => Mode::Thread,
            other => {
                let known = "give PIE_DISPATCH_MANUAL (1) or PIE_DISPATCH_THREAD (2)";
                return Err(Error::argument(format!("mode: {other} is none; {known}")));
            }
        };
        set_callback(queue, mode, r#fn, user_data, drop)
    })
}

/// Gives a queue a callback of the host's.
pub(super) fn set_callback(
    queue: &Arc<EventQueue>,
    mode: Mode,
    function: pie_event_fn,
    user_data: *mut c_void,
    drop: pie_drop_fn,
) -> Result<pie_status> {
    let function = function.ok_or_else(|| boundary::null("fn"))?;
    let data = HostData::new(user_data, drop);
    let of_callback = Arc::clone(&data);
    enroll(queue);
    // SAFETY: the host gave this function and its data for this use.
    let take = move |event| boundary::hosts(|| unsafe { function(event::into_handle(event), of_callback.get()) });
    queue.set_callback(mode, Arc::new(take))?;
    data.keep();
    Ok(PIE_OK)
}

/// Removes the callback of a queue. Events that it has not got stay in the queue.
///
/// @param queue       Borrowed.
/// @param timeout_ms  How long to wait until the callback has come back, in milliseconds; 0 = begin, do not wait;
///                    PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: it does not run any more, and its `drop` has run; also when there was none. PIE_E_TIMED_OUT: it is still
///         running and goes when it comes back; call again to wait. PIE_E_WOULD_DEADLOCK: called from the callback itself;
///         nothing has changed (with 0, it begins there too). PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_clear_callback(
    queue: *mut pie_queue,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let queue = handle(queue, "queue")?.share.queue();
        clear_callback(queue, Deadline::after_ms(timeout_ms)?)
    })
}

/// Removes a queue's callback.
pub(super) fn clear_callback(queue: &Arc<EventQueue>, deadline: Deadline) -> Result<pie_status> {
    if queue.clear_callback(deadline)? {
        return Ok(PIE_OK);
    }
    Err(Error::new(Code::TimedOut, "clear_callback: the callback is still running; call again to wait for its end"))
}

/// Runs the callback of a queue, on the calling thread, for events that wait. For a host's own loop: once a frame, or when
/// pie_queue_fd or the wakeup says so.
///
/// @param queue  Borrowed.
/// @param max    For how many events at most; 0 = as many as wait now, so that it comes back though more arrive.
/// @param count  Set to the number of events that it ran for; may not be NULL.
/// @param error  Set on failure; may be NULL.
/// @return PIE_OK; also, with 0 events, while another thread dispatches this queue. PIE_E_INVALID_STATE: the queue has no
///         callback of the mode PIE_DISPATCH_MANUAL. PIE_E_WOULD_DEADLOCK: called from the callback itself.
///         PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED, PIE_E_FORKED.
/// @threads Any.
/// @waits No, but for the callback itself.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_dispatch(
    queue: *mut pie_queue,
    max: usize,
    count: *mut usize,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let count = out(count, "count")?;
        // The callback may free the queue's last handle.
        let queue = Arc::clone(handle(queue, "queue")?.share.queue());
        *count = queue.dispatch(max)?;
        Ok(PIE_OK)
    })
}

/// Has a function tell the host that events wait: at once if some do, then each time the queue turns from empty to not
/// empty. So receive until PIE_EMPTY, or dispatch until nothing is left, and then wait for the next one. It may be set
/// beside a callback of the mode PIE_DISPATCH_MANUAL.
///
/// @param queue      Borrowed.
/// @param fn         See pie_wakeup_fn. It takes the place of a former one; NULL removes that.
/// @param user_data  Given to it; NULL is fine.
/// @param drop       Called once with `user_data`, on any thread, when `fn` will not run any more (which may be shortly after
///                   it was removed); not when this call fails. May be NULL.
/// @param error      Set on failure; may be NULL.
/// @return PIE_OK, PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED (after pie_shutdown), PIE_E_FORKED.
/// @threads Any. `fn` runs on the library's I/O thread, or on a host thread within a call that closes a client (so hold no
///          lock there that `fn` wants), or within this call.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_set_wakeup(
    queue: *mut pie_queue,
    r#fn: pie_wakeup_fn,
    user_data: *mut c_void,
    drop: pie_drop_fn,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let queue = handle(queue, "queue")?.share.queue();
        let data = HostData::new(user_data, drop);
        let of_wakeup = Arc::clone(&data);
        enroll(queue);
        let wakeup = r#fn.map(|call| Wakeup::new(move || boundary::hosts(|| call(of_wakeup.get()))));
        queue.set_wakeup(wakeup)?;
        data.keep();
        Ok(PIE_OK)
    })
}

/// Gives a descriptor that is readable while an event or an interrupt waits, and after pie_shutdown: for poll, epoll, kqueue
/// and the event loops built on them. It costs nothing until it is asked for; from then on one system call each time the
/// queue turns from empty to not empty or back, however many events there are.
///
/// @param queue  Borrowed.
/// @param fd     Set to the descriptor; 0 on any status but PIE_OK. Only to be polled: never read, write or close it. It is
///               closed with the queue's last handle: take it out of the loop before that.
/// @param error  Set on failure; may be NULL.
/// @return PIE_OK; asked again, the same descriptor. PIE_E_UNSUPPORTED on Windows. PIE_E_IO: the system has no descriptor
///         left. PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED, PIE_E_FORKED.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_fd(queue: *mut pie_queue, fd: *mut isize, error: *mut *mut pie_error) -> pie_status {
    boundary::call!(error, {
        let fd = out(fd, "fd")?;
        let queue = handle(queue, "queue")?.share.queue();
        *fd = ready_fd(queue)?;
        Ok(PIE_OK)
    })
}

#[cfg(unix)]
fn ready_fd(queue: &EventQueue) -> Result<isize> {
    Ok(queue.ready_fd()? as isize)
}

#[cfg(not(unix))]
fn ready_fd(_queue: &EventQueue) -> Result<isize> {
    Err(Error::new(Code::Unsupported, "pie_queue_fd: this system has no such descriptor; use pie_queue_set_wakeup"))
}

/// Has pie_shutdown and pie_client_close find the queue.
fn enroll(queue: &Arc<EventQueue>) {
    let member: Arc<dyn Member> = Arc::clone(queue) as _;
    runtime::enroll(Arc::downgrade(&member));
}

/// What a host gave for its function to work with; given back, once it is kept, when it is dropped.
struct HostData {
    user_data: *mut c_void,
    drop: pie_drop_fn,
    is_kept: AtomicBool,
    birth: Birth,
}

// SAFETY: the host is told that its functions run on any thread, with this pointer.
unsafe impl Send for HostData {}
// SAFETY: as above; one at a time, or only to signal.
unsafe impl Sync for HostData {}

impl HostData {
    fn new(user_data: *mut c_void, drop: pie_drop_fn) -> Arc<Self> {
        Arc::new(Self { user_data, drop, is_kept: AtomicBool::new(false), birth: Birth::now() })
    }

    fn get(&self) -> *mut c_void {
        self.user_data
    }

    fn keep(&self) {
        self.is_kept.store(true, Ordering::Release);
    }
}

impl Drop for HostData {
    fn drop(&mut self) {
        if let Some(drop) = self.drop.filter(|_| *self.is_kept.get_mut() && !self.birth.is_inherited()) {
            // SAFETY: the host gave this function for this data, and nobody uses that any more.
            boundary::hosts(|| unsafe { drop(self.user_data) });
        }
    }
}

/// Ends one receive: one that waits now or, if none does, the next one clears the interrupt and returns PIE_INTERRUPTED.
/// No event is lost. Interrupts that meet no receive count as one.
///
/// @param queue  Borrowed; NULL does nothing.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_interrupt(queue: *mut pie_queue) {
    boundary::value((), || {
        // SAFETY: NULL or a queue that was not freed.
        if let Ok(queue) = unsafe { handle(queue, "queue") } {
            queue.share.queue().interrupt();
        }
    });
}

/// Frees a queue's handle. When it was the last one, what waits in the queue is freed, and so is what arrives later.
///
/// @param queue  Taken over; NULL does nothing. No call may be using this handle.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_queue_free(queue: *mut pie_queue) {
    // SAFETY: NULL or a handle that was not freed; nobody else owns it.
    boundary::value((), || unsafe {
        if boundary::is_ours(queue) {
            drop(Box::from_raw(queue));
        }
    });
}
