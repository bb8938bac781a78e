//! What holds for whatever the library gives out.

use std::ffi::CStr;

use crate::abi::*;
use crate::fuzzing::frames::check_name;

/// A status and its error, which is freed.
pub(super) unsafe fn status(status: pie_status, error: *mut pie_error) -> pie_status {
    assert_ne!(status, PIE_E_INTERNAL, "a defect");
    assert!((-40..=3).contains(&status));
    assert_eq!(error.is_null(), status >= 0, "{status}");
    // SAFETY: the error of a call that failed, freed once.
    unsafe {
        if !error.is_null() {
            assert_eq!(pie_error_status(error), status);
            message(error);
            pie_error_free(error);
        }
    }
    status
}

unsafe fn message(error: *const pie_error) {
    // SAFETY: the caller's error is alive.
    let text = unsafe { CStr::from_ptr(pie_error_message(error)) }.to_str().unwrap();
    assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
}

/// An event that nobody has changed.
pub(super) unsafe fn event(event: *mut pie_event) {
    // SAFETY: an event that was taken and not freed.
    let event = unsafe { &*event };
    assert_eq!(event.struct_size as usize, size_of::<pie_event>());
    assert!(matches!(event.kind, 1..=8 | 16..=19), "kind {}", event.kind);
    assert_eq!(event.error.is_null(), event.status >= 0);
    assert!(!event.data.is_null());
    // SAFETY: as the header promises.
    unsafe {
        assert_eq!(*event.data.add(event.size), 0);
        if !event.error.is_null() {
            assert_eq!(pie_error_status(event.error), event.status);
            assert_ne!(event.status, PIE_E_INTERNAL, "a defect");
            message(event.error);
        }
        if event.kind == PIE_EVENT_FILE {
            if !event.name.is_null() {
                check_name(CStr::from_ptr(event.name).to_str().unwrap());
            }
            assert!(event.size <= super::FILE_BYTES);
        } else {
            std::str::from_utf8(std::slice::from_raw_parts(event.data.cast(), event.size)).unwrap();
        }
    }
}
