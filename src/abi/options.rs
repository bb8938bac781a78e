//! Options of a connection: text keys and values. docs/options.md and pie_options_describe list them all.

use std::ffi::c_char;

use super::boundary::{self, Handle, handle, text};
use super::error::pie_error;
use super::types::*;
use crate::options::{self, Options};
use crate::runtime::Birth;

/// Connection settings. Belongs to one thread at a time; a client keeps a copy.
pub struct pie_options {
    pub(super) options: Options,
    birth: Birth,
}

impl Handle for pie_options {
    fn birth(&self) -> Birth {
        self.birth
    }
}

/// Makes options with every value at its default.
///
/// @return A handle, freed with pie_options_free; NULL only when memory ran out.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub extern "C" fn pie_options_new() -> *mut pie_options {
    boundary::value(std::ptr::null_mut(), || {
        Box::into_raw(Box::new(pie_options { options: Options::default(), birth: Birth::now() }))
    })
}

/// Sets one option.
///
/// @param options  Borrowed.
/// @param key      The option's name, such as "queue_max_bytes" or "header.authorization".
/// @param value    Its value as text: numbers in decimal digits.
/// @param error    Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_INVALID_ARGUMENT: no such key, or a value that is not allowed; the text lists what is.
///         PIE_E_UNSUPPORTED: a value whose feature this version lacks. The former value stays on every failure.
/// @threads One at a time for one handle.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_options_set(
    options: *mut pie_options,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        handle(options, "options")?;
        let (key, value) = (text(key, "key")?, text(value, "value")?);
        (*options).options.set(key, value)?;
        Ok(PIE_OK)
    })
}

/// Describes every option.
///
/// @return JSON text: an array of objects with key, type, default, range, meaning, and served (which values this version
///         can serve, or "all"). Never NULL; lives for ever.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub extern "C" fn pie_options_describe() -> *const c_char {
    boundary::value(c"[]".as_ptr(), || options::describe().as_ptr().cast())
}

/// Frees options.
///
/// @param options  Taken over; NULL does nothing. Clients made with them are not touched.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_options_free(options: *mut pie_options) {
    // SAFETY: NULL or options that were not freed; nobody else owns them.
    boundary::value((), || unsafe {
        if boundary::is_ours(options) {
            drop(Box::from_raw(options));
        }
    });
}
