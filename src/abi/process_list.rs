//! Lists of processes.

use std::ffi::CString;
use std::mem::size_of;
use std::ptr;

use super::boundary;
use super::types::*;
use crate::client::ProcessInfo;
use crate::error::Result;
use crate::memory;

/// What pie_client_list_processes gave. Read-only, and so fit for any number of threads.
pub struct pie_process_list {
    entries: Vec<pie_process_info>,
    /// What the entries point into.
    _texts: Vec<ProcessInfo>,
}

impl pie_process_list {
    pub(super) fn into_handle(texts: Vec<ProcessInfo>) -> Result<*mut Self> {
        let mut entries = Vec::new();
        let bytes = texts.len().saturating_mul(size_of::<pie_process_info>());
        entries.try_reserve_exact(texts.len()).map_err(|_| memory::none_for(bytes))?;
        entries.extend(texts.iter().map(entry));
        Ok(Box::into_raw(Box::new(Self { entries, _texts: texts })))
    }
}

fn entry(info: &ProcessInfo) -> pie_process_info {
    let text = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    pie_process_info {
        struct_size: size_of::<pie_process_info>() as u32,
        flags: 0,
        elapsed_secs: info.elapsed_secs,
        id: text(&info.id),
        username: text(&info.username),
        program: text(&info.program),
        input: text(&info.input),
    }
}

/// Tells how many processes a list has.
///
/// @param list  Borrowed; NULL gives 0.
/// @return The number.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_list_size(list: *const pie_process_list) -> usize {
    // SAFETY: NULL or a list that was not freed.
    boundary::value(0, || unsafe { list.as_ref() }.map_or(0, |list| list.entries.len()))
}

/// Gives one process of a list.
///
/// @param list   Borrowed; NULL gives NULL.
/// @param index  From 0.
/// @return The process, or NULL past the end; lives as long as the list.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_list_get(list: *const pie_process_list, index: usize) -> *const pie_process_info {
    boundary::value(ptr::null(), || {
        // SAFETY: NULL or a list that was not freed.
        unsafe { list.as_ref() }.and_then(|list| list.entries.get(index)).map_or(ptr::null(), ptr::from_ref)
    })
}

/// Frees a list.
///
/// @param list  Taken over; NULL does nothing.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_process_list_free(list: *mut pie_process_list) {
    boundary::value((), || {
        if !list.is_null() {
            // SAFETY: a list that was not freed; nobody else owns it.
            drop(unsafe { Box::from_raw(list) });
        }
    });
}
