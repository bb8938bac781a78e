//! Events.

use std::ffi::CString;
use std::mem::size_of;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::boundary::{self, Handle};
use super::error::pie_error;
use super::process::pie_process;
use super::types::*;
use crate::client::{Data, Event, McpRequest, Outcome, Process};
use crate::error::{Error, Result};
use crate::memory;
use crate::runtime::Birth;

/// An event as the host sees it, and what it points to.
#[repr(C)]
struct Owned {
    event: pie_event,
    birth: Birth,
    request: Option<Arc<McpRequest>>,
    outcome: Outcome,
    _process: Option<Arc<Process>>,
    data: Data,
    _name: Option<CString>,
    _error: Option<Box<pie_error>>,
}

impl Handle for Owned {
    fn birth(&self) -> Birth {
        self.birth
    }
}

/// Hands an event over to the host.
pub(super) fn into_handle(event: Event) -> *mut pie_event {
    // Only an engine's event of an unknown kind may have a long name.
    let name = event.name.filter(|name| memory::need(name.len() + 1).is_ok()).and_then(|name| CString::new(name).ok());
    memory::done();
    let error = event.failure.as_ref().map(|failure| Box::new(pie_error::new(failure)));
    let seen = pie_event {
        struct_size: size_of::<pie_event>() as u32,
        kind: event.kind as i32,
        status: event.failure.map_or(PIE_OK, |failure| failure.code() as pie_status),
        flags: 0,
        tag: event.tag,
        sequence: event.sequence,
        current: event.progress.map_or(event.current, |newest| newest.load(Ordering::Relaxed)),
        total: event.total,
        process: event.process.as_ref().map_or(ptr::null_mut(), pie_process::identity),
        data: ptr::null(),
        size: event.data.len(),
        name: name.as_ref().map_or(ptr::null(), |name| name.as_ptr()),
        error: error.as_deref().map_or(ptr::null(), ptr::from_ref),
    };
    let owned = Owned {
        event: seen,
        birth: event.birth,
        request: event.request,
        outcome: event.result,
        _process: event.process,
        data: event.data,
        _name: name,
        _error: error,
    };
    let owned = Box::into_raw(Box::new(owned));
    // SAFETY: it was just made, and nobody else has it. What is short lies in the box itself.
    unsafe { (*owned).event.data = (*owned).data.with_nul().as_ptr().cast() };
    owned.cast()
}

/// What an event wants to have answered.
pub(super) unsafe fn mcp_request<'a>(event: *const pie_event) -> Result<&'a McpRequest> {
    // SAFETY: NULL or an event that was not freed, which is the first field of its Owned.
    let owned = unsafe { boundary::handle(event.cast::<Owned>(), "event") }?;
    owned.request.as_deref().ok_or_else(|| {
        Error::argument(format!("event: it is no PIE_EVENT_MCP_REQUEST (its kind is {})", owned.event.kind))
    })
}

/// What an asynchronous call has made, and nobody has taken yet.
pub(super) unsafe fn outcome<'a>(event: *mut pie_event) -> Option<&'a mut Outcome> {
    let owned: *mut Owned = event.cast();
    // SAFETY: NULL or an event that was not freed, which is the first field of its Owned and belongs to one thread.
    unsafe { boundary::is_ours(owned).then(|| &mut (*owned).outcome) }
}

unsafe fn free(event: *mut pie_event) {
    let owned: *mut Owned = event.cast();
    // SAFETY: NULL or an event that was not freed, which is the first field of its Owned; nobody else owns it.
    unsafe {
        if boundary::is_ours(owned) {
            drop(Box::from_raw(owned));
        }
    }
}

/// Frees an event, and with it all that it points to.
///
/// @param event  Taken over; NULL does nothing.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_event_free(event: *mut pie_event) {
    // SAFETY: as `free` wants it.
    boundary::value((), || unsafe { free(event) });
}

/// Frees the events of an array, and sets each place to NULL. The array itself stays the caller's.
///
/// @param events  Borrowed; its events are taken over. NULL does nothing, and so does each NULL in it.
/// @param count   How many places the array has.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_events_free(events: *mut *mut pie_event, count: usize) {
    boundary::value((), || {
        for index in if events.is_null() { 0..0 } else { 0..count } {
            // SAFETY: the array has `count` places, each NULL or an event that was not freed.
            unsafe { free(events.add(index).replace(ptr::null_mut())) };
        }
    });
}
