//! MCP: servers that inferlets use through this client. Engines 0.4 pass on what their processes ask; 0.5 have no MCP.
//!
//! A server is a program that the library starts, or a handler within the host. Each request of the engine gets exactly
//! one answer as long as the connection lives: an error where there is no other. Params, results and error objects go
//! through as the JSON texts that they are.

use std::ffi::c_char;
use std::sync::Arc;

use super::boundary::{self, handle, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::event::mcp_request;
use super::queue::pie_queue;
use super::types::*;
use crate::error::Error;
use crate::mcp::{check_error_object, check_json};
use crate::wait::{Deadline, block_on};

/// Starts a program that is an MCP server, does the handshake with it, and offers it to the engine's processes under a
/// name. From then on the library passes their requests on to it.
///
/// The program gets a process group of its own, the host's environment and an empty signal mask; what it writes to its
/// standard error is logged (PIE_LOG_DEBUG). The engine learns the name alone. A server that dies, closes its output or
/// writes a line over the option max_message_bytes is ended; requests are answered with an error then, and the name may
/// be registered again. A request that is not answered within the option mcp_timeout_ms is answered with an error.
///
/// At its end (close, free, unregister, shutdown, loss of the connection for good, failure of this call) its standard input is
/// closed; SIGTERM and then SIGKILL follow to its whole group, after 2 and 4 seconds, but with a close or free after one
/// half and all of the option close_timeout_ms, and with a shutdown SIGKILL at once.
///
/// @param client      Borrowed.
/// @param name        What inferlets call it; copied; not empty.
/// @param server      How it is started; borrowed, copied.
/// @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_MCP: it cannot be started, exited, or refused the handshake: the text says which, with its
///         last line on standard error. PIE_E_INVALID_STATE: the name is in use, or was unregistered meanwhile.
///         PIE_E_UNSUPPORTED: another transport, or the engine's generation has no MCP. PIE_E_REJECTED: the engine
///         refused. PIE_E_TIMED_OUT, PIE_E_ABI_MISMATCH, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED. On failure the program is ended and the name free.
/// @threads Any. It reads the environment: no thread may change that meanwhile.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_register_mcp_server(
    client: *mut pie_client,
    name: *const c_char,
    server: *const pie_mcp_server,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let name = text(name, "name")?;
        let spec = pie_mcp_server::spec(server)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        block_on(connection.register_mcp_server(name, Arc::new(spec), deadline), deadline)?;
        Ok(PIE_OK)
    })
}

/// Offers the engine's processes an MCP server within the host. Each of their requests comes as an event of kind
/// PIE_EVENT_MCP_REQUEST, and is answered with pie_event_mcp_respond.
///
/// A request is answered with an error when its event is freed unanswered, when it is not answered within the option
/// mcp_timeout_ms, when 4096 of this handler are under way, and when those that wait in the queue take up more than
/// queue_max_bytes.
///
/// @param client        Borrowed.
/// @param name          What inferlets call it; copied; not empty.
/// @param requests      Where its requests go; borrowed. The registration keeps the queue itself, not this handle: while
///                      the queue has none, requests are answered with an error at once.
/// @param requests_tag  Comes back in each event.
/// @param timeout_ms    For the engine's answer, in milliseconds; PIE_FOREVER.
/// @param error         Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_INVALID_STATE: the name is in use, or was unregistered meanwhile. PIE_E_UNSUPPORTED: the
///         engine's generation has no MCP. PIE_E_REJECTED: the engine refused. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
///         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED. On failure the name is free.
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_register_mcp_handler(
    client: *mut pie_client,
    name: *const c_char,
    requests: *mut pie_queue,
    requests_tag: u64,
    timeout_ms: i64,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let connection = connection(client)?;
        let name = text(name, "name")?;
        let queue = Arc::clone(handle(requests, "requests")?.share.queue());
        let deadline = Deadline::after_ms(timeout_ms)?;
        block_on(connection.register_mcp_handler(name, queue, requests_tag, deadline), deadline)?;
        Ok(PIE_OK)
    })
}

/// Offers an MCP server of either kind no longer. Its program is ended, requests under way and later ones are answered
/// with an error, and so are those that wait in a handler's queue; events that were taken may still be answered. Engines
/// are not told: they cannot forget a name.
///
/// @param client  Borrowed.
/// @param name    Copied.
/// @param error   Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_INVALID_STATE: no such server is registered. PIE_E_DISCONNECTED, PIE_E_CLOSED,
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any.
/// @waits No: the program ends by itself.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_unregister_mcp_server(
    client: *mut pie_client,
    name: *const c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        connection(client)?.unregister_mcp_server(text(name, "name")?)?;
        Ok(PIE_OK)
    })
}

/// Answers a PIE_EVENT_MCP_REQUEST. Once: the first answer counts. The event must still be freed.
///
/// @param event  Borrowed.
/// @param ok     Not 0: json is the result. 0: json is an error object, {"code":-32000,"message":"…","data":…} with data where
///               it is wanted, or a JSON string, which becomes the message under the code -32000.
/// @param json   JSON text, sent as it is; copied.
/// @param error  Set on failure; may be NULL.
/// @return PIE_OK: handed to the connection. PIE_E_INVALID_ARGUMENT (the event is no request, the text no JSON or no
///         error object) and PIE_E_TOO_LARGE (more than the engine takes in one message): the request stays open.
///         PIE_E_INVALID_STATE: answered already. PIE_E_TIMED_OUT: the engine has got an error meanwhile.
///         PIE_E_DISCONNECTED: the connection that it came on is lost, even if there is another one by now; nobody waits
///         for the answer. PIE_E_CLOSED, PIE_E_FORKED.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_event_mcp_respond(
    event: *mut pie_event,
    ok: i32,
    json: *const c_char,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let request = mcp_request(event)?;
        let json = text(json, "json")?;
        let refused = |why: String| Error::argument(format!("json: {why}"));
        if ok != 0 {
            check_json(json).map_err(refused)?;
            request.respond(true, json)?;
        } else {
            request.respond(false, &check_error_object(json).map_err(refused)?)?;
        }
        Ok(PIE_OK)
    })
}
