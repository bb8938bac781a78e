//! Clients: connections to engines.

use std::ffi::{c_char, c_void};
use std::path::Path;
use std::sync::Arc;

use super::boundary::{self, Handle, bytes, give_text, optional_handle, optional_out, optional_text, out, text};
use super::error::pie_error;
use super::key::pie_private_key;
use super::options::pie_options;
use super::process::pie_process;
use super::process_list::pie_process_list;
use super::types::*;
use crate::client::{self, Client, Connection, Source};
use crate::error::{Code, Error, Result};
use crate::options::Options;
use crate::runtime::Birth;
use crate::wait::Deadline;
use crate::wire::Generation;

/// One connection to an engine.
pub struct pie_client {
    client: Client,
}

impl Handle for pie_client {
    fn birth(&self) -> Birth {
        self.client.birth()
    }
}

unsafe fn connection<'a>(client: *const pie_client) -> Result<&'a Arc<Connection>> {
    // SAFETY: NULL or a handle that was not freed.
    Ok(unsafe { boundary::handle(client, "client") }?.client.connection())
}

/// Connects to an engine and finds out its generation, unless the option `generation` names it.
///
/// @param uri         "ws://host:port"; copied. Without a path, the path is the one that the engine's generation serves.
/// @param options     Borrowed, copied; NULL = all defaults.
/// @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
/// @param out         Set to the client, which the caller frees with pie_client_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_CONNECT: nobody listens there, or not a Pie engine. PIE_E_TIMED_OUT. PIE_E_UNSUPPORTED: wss://.
///         PIE_E_DISCONNECTED: lost right away. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED, PIE_E_CLOSED (options made before
///         pie_shutdown, or pie_shutdown meanwhile).
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1. Engines 0.4.0 accept one connection after another: one that hangs in its handshake holds up all others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_connect(
    uri: *const c_char,
    options: *const pie_options,
    timeout_ms: i64,
    out: *mut *mut pie_client,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let uri = text(uri, "uri")?;
        let defaults = Options::default();
        let options = optional_handle(options, "options")?.map_or(&defaults, |options| &options.options);
        let client = client::connect(uri, options, Deadline::after_ms(timeout_ms)?)?;
        *out = Box::into_raw(Box::new(pie_client { client }));
        Ok(PIE_OK)
    })
}

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

/// Sends a ping to the engine and waits for its answer. A busy engine answers late: this measures it, it is no test of
/// the connection.
///
/// @param client      Borrowed.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param rtt_ns      Set to the time to the answer in nanoseconds, 0 on any status but PIE_OK; may be NULL.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_REJECTED,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_ping(
    client: *mut pie_client,
    timeout_ms: i64,
    rtt_ns: *mut i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let rtt_ns = optional_out(rtt_ns);
        let rtt = connection(client)?.ping(Deadline::after_ms(timeout_ms)?)?;
        if let Some(rtt_ns) = rtt_ns {
            *rtt_ns = i64::try_from(rtt.as_nanos()).unwrap_or(i64::MAX);
        }
        Ok(PIE_OK)
    })
}

/// Asks the engine for a fact, such as "model_status" (the record is ignored), whose answer is a JSON object.
///
/// @param client      Borrowed.
/// @param subject     What is asked for; copied. Engines 0.4 never answer a subject that they do not know.
/// @param record      About what; copied; "" where the subject needs none.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param out         Set to the answer, which the caller frees with pie_string_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_query(
    client: *mut pie_client,
    subject: *const c_char,
    record: *const c_char,
    timeout_ms: i64,
    out: *mut *mut c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let connection = connection(client)?;
        let (subject, record) = (text(subject, "subject")?, text(record, "record")?);
        *out = give_text(&connection.query(subject, record, Deadline::after_ms(timeout_ms)?)?);
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
        let wasm = optional_text(wasm_path, "wasm_path")?.map(Path::new);
        let manifest = optional_text(manifest_path, "manifest_path")?.map(Path::new);
        let deadline = Deadline::after_ms(timeout_ms)?;
        *exists = i32::from(connection.check_program(inferlet, wasm, manifest, deadline)?);
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
/// @param force_overwrite  0 or 1.
/// @param timeout_ms       For the upload and the engine's answer, in milliseconds; PIE_FOREVER. The engine compiles
///                         before it answers.
/// @param error            Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_IO: a file cannot be read, or changed while it was being
///         sent. PIE_E_TOO_LARGE: the manifest is. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
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
        let program = Source::open("program_path", Path::new(program))?;
        let manifest = Source::open("manifest_path", Path::new(manifest))?.read_text()?;
        connection.install(program, &manifest, force_overwrite != 0, deadline)?;
        Ok(PIE_OK)
    })
}

/// Installs a program from memory, as pie_client_install_program does.
///
/// @param client           Borrowed.
/// @param program          The program; borrowed until the call returns.
/// @param size             Its size in bytes.
/// @param manifest         The manifest's text (TOML); copied.
/// @param force_overwrite  0 or 1.
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
        let manifest = text(manifest, "manifest")?;
        connection.install(program, manifest, force_overwrite != 0, Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}

/// Starts a process of an installed inferlet. Its events may be received before the call returns: route them by tag.
///
/// When time is up and the engine's answer comes later, the library terminates the process.
///
/// @param client      Borrowed.
/// @param inferlet    "name@major.minor.patch", from 0.5 on also "name" for the newest; copied.
/// @param options     Borrowed, copied; NULL = all zeros.
/// @param timeout_ms  For the engine's answer, in milliseconds; PIE_FOREVER. An engine may have to download and compile.
/// @param out         Set to the process, which the caller frees with pie_process_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_UNSUPPORTED: a token budget on 0.5. PIE_E_TOO_LARGE: the
///         input is. PIE_E_ABI_MISMATCH: options->struct_size. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED,
///         PIE_E_AUTH, PIE_E_PROTOCOL, PIE_E_INVALID_ARGUMENT (the input is not JSON, among others), PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_launch_process(
    client: *mut pie_client,
    inferlet: *const c_char,
    options: *const pie_launch_options,
    timeout_ms: i64,
    out: *mut *mut pie_process,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let connection = connection(client)?;
        let inferlet = text(inferlet, "inferlet")?;
        let options = pie_launch_options::copy(options)?;
        let launch = options.launch()?;
        let process = connection.launch_process(inferlet, &launch, Deadline::after_ms(timeout_ms)?)?;
        *out = pie_process::into_handle(process);
        Ok(PIE_OK)
    })
}

/// Asks for the running processes: on 0.4 those of the user, on 0.5 everybody's.
///
/// @param client      Borrowed.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param out         Set to the list, which the caller frees with pie_process_list_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, PIE_E_PROTOCOL (the answer is no list), PIE_E_REJECTED, PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
///         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_list_processes(
    client: *mut pie_client,
    timeout_ms: i64,
    out: *mut *mut pie_process_list,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let out = boundary::out(out, "out")?;
        let list = connection(client)?.list_processes(Deadline::after_ms(timeout_ms)?)?;
        *out = pie_process_list::into_handle(list);
        Ok(PIE_OK)
    })
}

/// Sends a process a text, as pie_process_signal does, by its id. Engines drop it without a word unless the process was
/// launched or attached on this connection.
///
/// @param client      Borrowed.
/// @param process_id  Copied.
/// @param message     Copied.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: handed to the connection; engines do not acknowledge signals. PIE_E_BUSY: the outgoing buffer is
///         full, nothing was sent. PIE_E_TOO_LARGE, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_signal_process(
    client: *mut pie_client,
    process_id: *const c_char,
    message: *const c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        connection.signal(text(process_id, "process_id")?, text(message, "message")?)?;
        Ok(PIE_OK)
    })
}

/// Has the engine end a process by its id. On 0.5 that may be anybody's.
///
/// @param client      Borrowed.
/// @param process_id  Copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_REJECTED: there is no such process, or it is not ours. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
///         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_terminate_process(
    client: *mut pie_client,
    process_id: *const c_char,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        connection.terminate(text(process_id, "process_id")?, Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}

/// Tells the generation of the engine.
///
/// @param client  Borrowed; NULL gives PIE_GENERATION_UNKNOWN.
/// @return PIE_GENERATION_*.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_generation(client: *const pie_client) -> i32 {
    boundary::value(PIE_GENERATION_UNKNOWN, || {
        // SAFETY: NULL or a handle that was not freed.
        unsafe { connection(client) }.map_or(PIE_GENERATION_UNKNOWN, |connection| number(connection.generation()))
    })
}

fn number(generation: Generation) -> i32 {
    match generation {
        Generation::G1 => PIE_GENERATION_0_4,
        Generation::G2 => PIE_GENERATION_0_5,
    }
}

/// Closes the connection. Every request under way ends with PIE_E_CLOSED, and every running process's stream with an
/// ERROR event of that status; what waits in queues stays there. Engines 0.5 then end the processes that this client
/// launched with capture.
///
/// @param client      Borrowed: it must still be freed.
/// @param timeout_ms  In milliseconds; 0 = begin only; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also the second time. PIE_E_TIMED_OUT: it goes on, call again to wait for it.
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any; may be called while other threads use the client, and ends their calls.
/// @waits Up to `timeout_ms`, and never longer than the option close_timeout_ms: engines do not answer a goodbye.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_close(
    client: *mut pie_client,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        connection.close(Deadline::after_ms(timeout_ms)?)?;
        Ok(PIE_OK)
    })
}

/// Frees a client, and closes it if it is still open: that goes on by itself. Its processes' handles stay valid.
///
/// @param client  Taken over; NULL does nothing. No call may be using this handle.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_free(client: *mut pie_client) {
    // SAFETY: NULL or a handle that was not freed; nobody else owns it.
    boundary::value((), || unsafe {
        if boundary::is_ours(client) {
            drop(Box::from_raw(client));
        }
    });
}
