//! Programs: what an engine has installed.

use std::ffi::{c_char, c_void};

use super::boundary::{self, bytes, give_text, optional_text, out, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::types::*;
use crate::client::{Source, read_text};
use crate::wait::{Deadline, block_on};

/// Asks a registry which version an inferlet has. The engine is not asked: the call works before a login, and when the
/// connection to the engine is lost. Certificates are checked against what the system trusts (on Linux its store, or
/// SSL_CERT_FILE and SSL_CERT_DIR). Proxies, also those of the environment, are not used.
///
/// @param client        Borrowed.
/// @param name          The inferlet's name; copied. One with an @ comes back as it is, and nobody is asked.
/// @param registry_url  "https://host:port/path" or "http:...", port and path as needed; copied. NULL: that of the Pie
///                      project, `https://registry.pie-project.org/`.
/// @param timeout_ms    For all of it, in milliseconds; PIE_FOREVER.
/// @param out           Set to "name@version", the form that launches take, which the caller frees with
///                      pie_string_free: the newest version that is not yanked, or the newest if all are. NULL on any
///                      status but PIE_OK.
/// @param error         Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REGISTRY: the registry does not know the inferlet, or its answer is no use: the text says what
///         was asked and what came; an answer may have 8 MiB, and 10 redirects may lead to it, none from https to http.
///         PIE_E_TLS: the text says which check failed. PIE_E_CONNECT: nobody listens there. PIE_E_TIMED_OUT.
///         PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any. It reads the environment, which no thread may change meanwhile.
/// @waits Up to `timeout_ms`, and for the disk, which the system's certificates are read from for https: neither the
///        limit nor a close ends that part.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_resolve_version(
    client: *mut pie_client,
    name: *const c_char,
    registry_url: *const c_char,
    timeout_ms: i64,
    out: *mut *mut c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let connection = connection(client)?;
        let (name, url) = (text(name, "name")?, optional_text(registry_url, "registry_url")?);
        *out = give_text(&connection.resolve_version(name, url, Deadline::after_ms(timeout_ms)?)?)?;
        Ok(PIE_OK)
    })
}

/// Asks whether a program is installed. Engines look at its name and version alone: they ignore the hashes of its files
/// (0.4.0) or take none (0.5), so a 1 does not mean that the installed bytes are these.
///
/// @param client         Borrowed.
/// @param inferlet       "name@major.minor.patch"; copied.
/// @param wasm_path      The program's file, to be hashed; copied; may be NULL.
/// @param manifest_path  The manifest's file, to be hashed; copied; may be NULL.
/// @param timeout_ms     In milliseconds; PIE_FOREVER.
/// @param exists         Set to 1 or 0; 0 on any status but PIE_OK.
/// @param error          Set on failure; may be NULL.
/// @return PIE_OK, PIE_E_IO (a file cannot be read), PIE_E_REJECTED, PIE_E_PROTOCOL, PIE_E_TIMED_OUT,
///         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`, and for the disk.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_check_program(
    client: *mut pie_client,
    inferlet: *const c_char,
    wasm_path: *const c_char,
    manifest_path: *const c_char,
    timeout_ms: i64,
    exists: *mut i32,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let exists = out(exists, "exists")?;
        let connection = connection(client)?;
        let inferlet = text(inferlet, "inferlet")?;
        let wasm = optional_text(wasm_path, "wasm_path")?;
        let manifest = optional_text(manifest_path, "manifest_path")?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        *exists = block_on(connection.check_program(inferlet, wasm, manifest, deadline), deadline)?.into();
        Ok(PIE_OK)
    })
}

/// Installs a program from files: a WebAssembly component, or (0.5) a Python or JavaScript script.
///
/// Without `force_overwrite` an engine keeps an installed program of the same name and version, drops this one, and says
/// PIE_OK all the same (seen with 0.4.0 and 0.5.2): after a rebuild under the same version, overwrite. A program that the
/// engine cannot compile may stay registered and fail at its launch.
///
/// @param client           Borrowed.
/// @param program_path     The program's file; copied. It is read chunk by chunk while it is sent.
/// @param manifest_path    The manifest's file (TOML, UTF-8); copied.
/// @param force_overwrite  0, or another number for yes.
/// @param timeout_ms       For the upload and the engine's answer, in milliseconds; PIE_FOREVER. The engine compiles
///                         before it answers.
/// @param error            Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_IO: a file cannot be read, or changed while it was being
///         sent. PIE_E_TOO_LARGE: the manifest is larger than the engine's largest message. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`, for the disk, and within that for the uploads before it.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_install_program(
    client: *mut pie_client,
    program_path: *const c_char,
    manifest_path: *const c_char,
    force_overwrite: i32,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let (program, manifest) = (text(program_path, "program_path")?, text(manifest_path, "manifest_path")?);
        let deadline = Deadline::after_ms(timeout_ms)?;
        let program = Source::open("program_path", program)?;
        let manifest = read_text("manifest_path", manifest, connection.generation())?;
        block_on(connection.install(program, manifest, force_overwrite != 0, deadline, None), deadline)?;
        Ok(PIE_OK)
    })
}

/// Installs a program from memory, as pie_client_install_program does.
///
/// @param client           Borrowed.
/// @param program          The program; borrowed until the call returns; may be NULL when `size` is 0.
/// @param size             Its size in bytes.
/// @param manifest         The manifest's text (TOML); copied.
/// @param force_overwrite  0, or another number for yes.
/// @param timeout_ms       As pie_client_install_program.
/// @param error            Set on failure; may be NULL.
/// @return As pie_client_install_program, but for PIE_E_IO.
/// @threads Any.
/// @waits Up to `timeout_ms`, within that for the uploads before it.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_install_program_bytes(
    client: *mut pie_client,
    program: *const c_void,
    size: usize,
    manifest: *const c_char,
    force_overwrite: i32,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let program = Source::Memory(bytes(program, size, "program")?);
        let manifest = text(manifest, "manifest")?.to_owned();
        let deadline = Deadline::after_ms(timeout_ms)?;
        block_on(connection.install(program, manifest, force_overwrite != 0, deadline, None), deadline)?;
        Ok(PIE_OK)
    })
}
