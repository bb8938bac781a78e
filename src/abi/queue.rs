//! Queues: where events arrive. One queue may serve many processes; any number of threads may receive from it, and each
//! event comes to one of them.

use std::sync::Arc;

use super::boundary::{self, Handle, handle, out};
use super::error::pie_error;
use super::event;
use super::types::*;
use crate::client::{Event, EventQueue, EventQueueHandle};
use crate::error::{Code, Error, Result};
use crate::queue::Received;
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
        Received::Shut => Err(Error::new(Code::Closed, "pie_shutdown ended the wait")),
    }
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
        let member: Arc<dyn Member> = Arc::clone(share.queue()) as _;
        runtime::enroll(Arc::downgrade(&member));
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
            Received::Shut => Err(Error::new(Code::Closed, "pie_shutdown ended the wait")),
        }
    })
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
