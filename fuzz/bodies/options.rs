//! Options through the C interface: keys and values, and first of all a URI, each ended by a NUL.

use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;

use super::memory;
use crate::abi::*;
use crate::transport::Address;

pub fn options(input: &[u8]) {
    memory::within(64 * 1024 + 64 * input.len(), || {
        let mut texts = input.split(|&byte| byte == 0).map(|text| CString::new(text).unwrap());
        address(&texts.next().unwrap_or_default());
        let options = pie_options_new();
        while let (Some(key), value) = (texts.next(), texts.next().unwrap_or_default()) {
            set(options, &key, &value);
        }
        // SAFETY: made above.
        unsafe { pie_options_free(options) };
    });
}

fn address(uri: &CStr) {
    let Ok(uri) = uri.to_str() else { return };
    if let Ok(address) = Address::parse(uri) {
        assert!(!address.host().is_empty() && address.port() > 0 && address.path().starts_with('/'));
        assert_eq!(Address::parse(&address.uri()).as_ref().ok(), Some(&address), "{uri:?}");
    }
}

fn set(options: *mut pie_options, key: &CStr, value: &CStr) {
    let mut error = null_mut();
    // SAFETY: the options are alive, the texts end with a NUL, and the error is freed once.
    unsafe {
        let status = pie_options_set(options, key.as_ptr(), value.as_ptr(), &raw mut error);
        assert!(matches!(status, PIE_OK | PIE_E_INVALID_ARGUMENT | PIE_E_UNSUPPORTED), "{status}");
        assert_eq!(error.is_null(), status == PIE_OK);
        if status != PIE_OK {
            check_message(pie_error_message(error), key.count_bytes() + value.count_bytes());
            pie_error_free(error);
        }
    }
}

/// One line in UTF-8 of sensible size. It may repeat what was given, escaped.
unsafe fn check_message(message: *const c_char, given: usize) {
    // SAFETY: the text of an error that is alive.
    let text = unsafe { CStr::from_ptr(message) }.to_str().unwrap();
    assert!(!text.is_empty() && !text.contains('\n') && text.len() < 2000 + 8 * given, "{text:?}");
}
