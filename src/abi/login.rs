//! Logging in. Engines 0.4 need it before anything else, also where they know no users; 0.5 need none, and say yes to
//! everybody. Where an engine wants a signature, it is made by a key, by a function of the host, or by an SSH agent. One
//! login at a time goes on for each client: a second one waits for the first. Once a client is logged in, it stays that user:
//! a further login under any name gives PIE_OK and changes nothing.
//!
//! What is signed is the engine's challenge: 48 random bytes. Nothing of another length and no text is signed
//! (PIE_E_PROTOCOL). An engine can pass on the challenge of another engine: whoever logs in to an engine lets it log in
//! as them wherever the same key is known. Have a key of its own for each domain of trust.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{self, optional_handle, optional_text, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::key::pie_private_key;
use super::types::*;
use crate::auth::{Signer, Wanted};
use crate::error::{Code, Error, Result};
use crate::runtime::Birth;
use crate::wait::{Deadline, block_on};

/// What a signer's room is; the header promises 1024 at least.
const SIGNATURE_ROOM: usize = 4096;

/// Logs in under a user's name. With the option reconnect=on the client keeps the name and its own share in the key, to
/// repeat the login when a lost connection is made again, until the client is closed, freed or lost for good, or logs
/// in otherwise on a later connection; then they are wiped. An engine that refuses the repeated login ends the attempts.
///
/// @param client      Borrowed.
/// @param username    Copied.
/// @param key         Borrowed; it may be freed when the call has returned. NULL: for an engine whose login is off.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also when logged in already. PIE_E_AUTH: the engine refused, or wants a key and `key` is NULL.
///         PIE_E_PROTOCOL: its challenge makes no sense. PIE_E_KEY: the key cannot sign. PIE_E_TIMED_OUT,
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_WOULD_DEADLOCK from inside a
///         signer of the same client.
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
        let key = optional_handle(key, "key")?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        match key {
            Some(key) => {
                block_on(connection.authenticate_with_key(username, Arc::clone(key.key()), deadline), deadline)
            }
            None => block_on(connection.authenticate(username, deadline), deadline),
        }?;
        Ok(PIE_OK)
    })
}

/// Logs in under a user's name, with signatures that a function of the host makes: a hardware token, a key service.
///
/// `fn` is not asked again when the option reconnect makes a lost connection again: calls then give PIE_E_AUTH until
/// the host logs in once more, processes of the lost connection are out of reach, and their streams end.
///
/// @param client      Borrowed.
/// @param username    Copied.
/// @param fn          Called once on the calling thread, and not at all where the engine wants no signature. It may take
///                    its time, but when `timeout_ms` has passed meanwhile, its signature is not sent. Of this client it
///                    may call anything but a login, even pie_client_free: the call then gives PIE_E_CLOSED. If it forks
///                    and returns in the child too, the call gives PIE_E_FORKED there, and sends nothing.
/// @param user_data   Passed to `fn`; not looked at.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also when logged in already. PIE_E_KEY: `fn` returned another number than 0, or a length of 0 or above
///         its room; nothing was sent then. PIE_E_AUTH: the engine refused. PIE_E_PROTOCOL: its challenge makes no sense.
///         PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED;
///         PIE_E_WOULD_DEADLOCK from inside a signer of the same client.
/// @threads Any.
/// @waits Up to `timeout_ms`, and for `fn`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_authenticate_with_signer(
    client: *mut pie_client,
    username: *const c_char,
    r#fn: pie_sign_fn,
    user_data: *mut c_void,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        // The signer may free the client.
        let connection = Arc::clone(connection(client)?);
        let username = text(username, "username")?;
        let mut signer = HostSigner { sign: r#fn.ok_or_else(|| boundary::null("fn"))?, user_data };
        let deadline = Deadline::after_ms(timeout_ms)?;
        block_on(connection.authenticate_with(username, &mut signer, deadline), deadline)?;
        Ok(PIE_OK)
    })
}

/// Logs in under a user's name, with a key that the SSH agent of this session holds. Keys that cannot log in are passed
/// over: DSA, ECDSA P-521, FIDO security keys (sk-), RSA below 2048 bits, certificates. With the option reconnect=on the
/// agent is asked again whenever a lost connection is made again; only the name and `public_key` are kept for that.
///
/// @param client      Borrowed.
/// @param username    Copied.
/// @param public_key  Copied; which key to use: a line as in a .pub file ("ssh-ed25519 AAAA... comment"), or a fingerprint
///                    as `ssh-add -l` prints it ("SHA256:..."). NULL: the agent's keys in its order, until the engine
///                    accepts one.
/// @param timeout_ms  In milliseconds; PIE_FOREVER. It bounds the agent too, which may ask its user for confirmation.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also when logged in already; the agent is asked only where the engine wants a signature. PIE_E_KEY: no
///         agent at the environment variable SSH_AUTH_SOCK, or it is locked, holds no fitting key, or does not sign.
///         PIE_E_AUTH: the engine accepted none of the keys. PIE_E_PROTOCOL: its challenge makes no sense.
///         PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_UNSUPPORTED
///         where there are no Unix sockets; PIE_E_WOULD_DEADLOCK from inside a signer of the same client.
/// @threads Any. It reads the environment: no thread may change that meanwhile.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_authenticate_with_agent(
    client: *mut pie_client,
    username: *const c_char,
    public_key: *const c_char,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let username = text(username, "username")?;
        let wanted = Wanted::parse(optional_text(public_key, "public_key")?)?;
        connection.authenticate_with_agent(username, wanted, Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}

/// Logs in with the engine's internal token, as the user `internal`. Engines 0.4 only.
///
/// @param client      Borrowed.
/// @param token       Borrowed; never logged, never part of an error; what is copied of it is wiped: at once, or with the
///                    option reconnect=on, to repeat the login, when the client is closed, freed or lost for good.
/// @param timeout_ms  In milliseconds; PIE_FOREVER. An engine takes 1 to 3 s to refuse a wrong token (0.4.0).
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_AUTH: the engine refused. PIE_E_UNSUPPORTED: the generation has no tokens. PIE_E_TIMED_OUT,
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_WOULD_DEADLOCK from inside a
///         signer of the same client.
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
        let (token, deadline) = (text(token, "token")?, Deadline::after_ms(timeout_ms)?);
        block_on(connection.auth_by_token(token, deadline), deadline)?;
        Ok(PIE_OK)
    })
}

/// The host's own function as a signer.
struct HostSigner {
    sign: unsafe extern "C-unwind" fn(
        *const u8,
        size: usize,
        signature: *mut u8,
        size: *mut usize,
        user_data: *mut c_void,
    ) -> i32,
    user_data: *mut c_void,
}

impl Signer for HostSigner {
    fn sign(&mut self, challenge: &[u8]) -> Result<Vec<u8>> {
        let (mut signature, mut size) = (vec![0; SIGNATURE_ROOM], SIGNATURE_ROOM);
        let birth = Birth::now();
        let (from, to) = (challenge.as_ptr(), signature.as_mut_ptr());
        // SAFETY: the host's function, which returns normally; it gets what its type says.
        let returned =
            boundary::hosts(|| unsafe { (self.sign)(from, challenge.len(), to, &raw mut size, self.user_data) });
        // It may have forked, and return in the child too.
        birth.check()?;
        let failed = |what: String| Err(Error::new(Code::Key, format!("fn: the signer {what}; nothing was sent")));
        if returned != 0 {
            return failed(format!("returned {returned}, which means that it did not sign"));
        } else if size == 0 || size > SIGNATURE_ROOM {
            return failed(format!(
                "set *signature_size to {size}; 1 to {SIGNATURE_ROOM} is the length of a signature"
            ));
        }
        signature.truncate(size);
        Ok(signature)
    }

    fn tried(&self) -> String {
        "the signer's signature".into()
    }
}
