//! Private keys. A key belongs to no client: one key may log in any number of clients, from any number of threads at
//! once, and may be freed as soon as those calls have returned.
//!
//! Keys are read in the forms OpenSSH, PKCS#8 (version 1 and 2), PKCS#1 (RSA) and SEC1 (ECDSA), as PEM text. They are
//! Ed25519, RSA of 2048 to 8192 bits (released engines take 4096 at most), ECDSA P-256 or ECDSA P-384. Encrypted ones are
//! opened in the form OpenSSH (up to 1000 rounds of bcrypt) and as PKCS#8 with PBES2 (AES in CBC mode; up to 10 000 000
//! rounds of PBKDF2, or scrypt with up to 256 MiB), but not in the older form `Proc-Type: 4,ENCRYPTED`.

use std::ffi::{CString, c_char};
use std::sync::Arc;

use super::boundary::{self, Handle, optional_text, text};
use super::error::pie_error;
use super::types::*;
use crate::auth::{self, PrivateKey};
use crate::runtime::Birth;
use crate::wipe::wiping;

/// A private key.
pub struct pie_private_key {
    key: Arc<PrivateKey>,
    algorithm: CString,
    birth: Birth,
}

impl pie_private_key {
    fn into_handle(key: PrivateKey) -> *mut Self {
        let algorithm = CString::new(key.algorithm()).unwrap_or_default();
        Box::into_raw(Box::new(Self { key: Arc::new(key), algorithm, birth: Birth::now() }))
    }

    pub(super) fn key(&self) -> &Arc<PrivateKey> {
        &self.key
    }
}

impl Handle for pie_private_key {
    fn birth(&self) -> Birth {
        self.birth
    }
}

/// Reads the first private key of a file.
///
/// @param path        Copied. `~` and `~/` at its start stand for the environment variable HOME; `~user` is refused. The
///                    file is a regular one of up to 1 MiB; nothing else is waited for.
/// @param passphrase  Borrowed, nothing of it is kept; NULL = none. Not looked at where the key is not encrypted.
/// @param out         Set to the key, which the caller frees with pie_private_key_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_IO: the operating system refuses the file. PIE_E_KEY: it holds no key that engines take, or the
///         passphrase is missing or wrong; the text says which, and what to do. PIE_E_INVALID_ARGUMENT, also where `~`
///         cannot be expanded.
/// @threads Any. It reads the environment where the path begins with `~`: no thread may change that meanwhile.
/// @waits No; an encrypted key takes as long to open as its maker wanted, usually less than a second.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_private_key_from_file(
    path: *const c_char,
    passphrase: *const c_char,
    out: *mut *mut pie_private_key,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let key = auth::from_file(text(path, "path")?, optional_text(passphrase, "passphrase")?)?;
        *out = pie_private_key::into_handle(key);
        Ok(PIE_OK)
    })
}

/// Reads the first private key of a text.
///
/// @param text        Borrowed; what is copied of it is wiped. What stands around the key, the ends of its lines,
///                    blanks and a byte order mark do not matter.
/// @param passphrase  Borrowed, nothing of it is kept; NULL = none. Not looked at where the key is not encrypted.
/// @param out         Set to the key, which the caller frees with pie_private_key_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_KEY: there is no key that engines take, or the passphrase is missing or wrong; the text says
///         which, and what to do. PIE_E_INVALID_ARGUMENT.
/// @threads Any.
/// @waits No; an encrypted key takes as long to open as its maker wanted, usually less than a second.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_private_key_parse(
    text: *const c_char,
    passphrase: *const c_char,
    out: *mut *mut pie_private_key,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let (text, passphrase) = (boundary::text(text, "text")?, optional_text(passphrase, "passphrase")?);
        let key = auth::parse(text, passphrase).map_err(|error| error.of("text"))?;
        *out = pie_private_key::into_handle(key);
        Ok(PIE_OK)
    })
}

/// Tells what kind of key it is: "ed25519", "rsa-3072" (with its bits), "ecdsa-p256" or "ecdsa-p384".
///
/// @param key  Borrowed; NULL gives "".
/// @return The text; lives as long as the key.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_private_key_algorithm(key: *const pie_private_key) -> *const c_char {
    boundary::value(c"".as_ptr(), || {
        // SAFETY: NULL or a key that was not freed.
        unsafe { key.as_ref() }.map_or(c"".as_ptr(), |key| key.algorithm.as_ptr())
    })
}

/// Frees a key and wipes it.
///
/// @param key  Taken over; NULL does nothing. No call may be using it; a client that it has logged in does not need it.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_private_key_free(key: *mut pie_private_key) {
    boundary::value((), || {
        // SAFETY: NULL or a key that was not freed.
        if unsafe { boundary::is_ours(key) } {
            // SAFETY: as above, and nobody else owns it.
            wiping(|| drop(unsafe { Box::from_raw(key) }));
        }
    });
}
