//! Asynchronous calls about programs and MCP servers.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{self, bytes, handle, kept, optional_out, optional_text, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::op::{Target, pie_op};
use super::queue::pie_queue;
use super::types::*;
use crate::client::{Outcome, Source, read_text};
use crate::runtime::offload;
use crate::wait::Deadline;

/// Asks a registry which version an inferlet has, as pie_client_resolve_version does.
///
/// DONE bears "name@version" in `data`. A thread of the library reads the system's certificates for https.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param name  Copied.
/// @param registry_url  Copied; NULL: that of the Pie project.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_resolve_version. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_resolve_version_async(
    client: *mut pie_client,
    name: *const c_char,
    registry_url: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let name = text(name, "name")?.to_owned();
        let url = optional_text(registry_url, "registry_url")?.map(str::to_owned);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let resolve = move || connection.resolve_version(&name, url.as_deref(), deadline);
            offload(resolve).await?.map(Outcome::Text)
        })
    })
}

/// Asks whether a program is installed, as pie_client_check_program does.
///
/// DONE bears 1 or 0 in `current`.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param inferlet  Copied.
/// @param wasm_path  Copied; may be NULL.
/// @param manifest_path  Copied; may be NULL.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_check_program. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_check_program_async(
    client: *mut pie_client,
    inferlet: *const c_char,
    wasm_path: *const c_char,
    manifest_path: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let inferlet = text(inferlet, "inferlet")?.to_owned();
        let wasm = optional_text(wasm_path, "wasm_path")?.map(str::to_owned);
        let manifest = optional_text(manifest_path, "manifest_path")?.map(str::to_owned);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let check = connection.check_program(&inferlet, wasm.as_deref(), manifest.as_deref(), deadline);
            check.await.map(|exists| Outcome::Number(exists.into()))
        })
    })
}

/// Installs a program from files, as pie_client_install_program does.
///
/// DONE bears nothing; PROGRESS events tell how far the upload has come.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param program_path  Copied. The file is read while it is sent.
/// @param manifest_path  Copied. The file is read at once.
/// @param force_overwrite  0, or another number for yes.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_install_program. Otherwise none comes.
/// @threads Any.
/// @waits For the disk, to open the file and to read the manifest.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_install_program_async(
    client: *mut pie_client,
    program_path: *const c_char,
    manifest_path: *const c_char,
    force_overwrite: i32,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let (program, manifest) = (text(program_path, "program_path")?, text(manifest_path, "manifest_path")?);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let program = Source::open("program_path", program)?;
        let manifest = read_text("manifest_path", manifest, connection.generation())?;
        target.start_upload(&Arc::clone(&connection), op, deadline, |told| async move {
            connection.install(program, manifest, force_overwrite != 0, deadline, Some(told)).await
        })
    })
}

/// Installs a program from memory, as pie_client_install_program_bytes does.
///
/// DONE bears nothing; PROGRESS events tell how far the upload has come.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param program  Copied before the call returns; may be NULL when `size` is 0.
/// @param size  Its size in bytes.
/// @param manifest  Copied.
/// @param force_overwrite  0, or another number for yes.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_install_program_bytes. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_install_program_bytes_async(
    client: *mut pie_client,
    program: *const c_void,
    size: usize,
    manifest: *const c_char,
    force_overwrite: i32,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let program = Source::Owned(kept(bytes(program, size, "program")?)?);
        let manifest = text(manifest, "manifest")?.to_owned();
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start_upload(&Arc::clone(&connection), op, deadline, |told| async move {
            connection.install(program, manifest, force_overwrite != 0, deadline, Some(told)).await
        })
    })
}

/// Starts a program that is an MCP server, as pie_client_register_mcp_server does.
///
/// DONE bears nothing.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param name  Copied.
/// @param server  Borrowed, copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_register_mcp_server. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_register_mcp_server_async(
    client: *mut pie_client,
    name: *const c_char,
    server: *const pie_mcp_server,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let name = text(name, "name")?.to_owned();
        let spec = Arc::new(pie_mcp_server::spec(server)?);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.register_mcp_server(&name, spec, deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}

/// Offers an MCP server within the host, as pie_client_register_mcp_handler does.
///
/// DONE bears nothing.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param name  Copied.
/// @param requests  Where requests come; borrowed, the handler keeps the queue itself.
/// @param requests_tag  The tag of the requests.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_register_mcp_handler. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_register_mcp_handler_async(
    client: *mut pie_client,
    name: *const c_char,
    requests: *mut pie_queue,
    requests_tag: u64,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let name = text(name, "name")?.to_owned();
        let requests = Arc::clone(handle(requests, "requests")?.share.queue());
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.register_mcp_handler(&name, requests, requests_tag, deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}
