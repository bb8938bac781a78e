//! Logging in.

use std::ffi::c_char;

use super::boundary::{self, optional_handle, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::key::pie_private_key;
use super::types::*;
use crate::error::{Code, Error};
use crate::wait::Deadline;

/// Logs in under a user's name. Engines 0.4 need it before anything else, also where they know no users; 0.5 need none.
///
/// @param client      Borrowed.
/// @param username    Copied.
/// @param key         NULL: this version of the library has no keys, so the engine's login must be off.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also when logged in already. PIE_E_AUTH: the engine refused, or wants a key. PIE_E_TIMED_OUT,
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_authenticate(
    client: *mut pie_client,
    username: *const c_char,
    key: *const pie_private_key,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let username = text(username, "username")?;
        if optional_handle(key, "key")?.is_some() {
            return Err(Error::new(
                Code::Unsupported,
                "key: this version of the library has no private keys; pass NULL",
            ));
        }
        connection.authenticate(username, Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}

/// Logs in with the engine's internal token, as the user `internal`. Engines 0.4 only.
///
/// @param client      Borrowed.
/// @param token       Copied; never logged, never part of an error.
/// @param timeout_ms  In milliseconds; PIE_FOREVER. An engine takes 1 to 3 s to refuse a wrong token (0.4.0).
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_AUTH: the engine refused. PIE_E_UNSUPPORTED: the generation has no tokens. PIE_E_TIMED_OUT,
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_auth_by_token(
    client: *mut pie_client,
    token: *const c_char,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        connection.auth_by_token(text(token, "token")?, Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}
