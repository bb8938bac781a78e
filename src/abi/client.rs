//! Clients: connections to engines.

use std::ffi::c_char;
use std::sync::Arc;

use super::boundary::{self, Handle, give_text, optional_handle, optional_out, text};
use super::error::pie_error;
use super::options::pie_options;
use super::queue::pie_queue;
use super::types::*;
use crate::client::{self, Client, Connection};
use crate::error::Result;
use crate::options::Options;
use crate::runtime::{Birth, Runtime};
use crate::wait::{Deadline, block_on};
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

impl pie_client {
    pub(super) fn into_handle(client: Client) -> *mut Self {
        Box::into_raw(Box::new(Self { client }))
    }
}

pub(super) unsafe fn connection<'a>(client: *const pie_client) -> Result<&'a Arc<Connection>> {
    // SAFETY: NULL or a handle that was not freed.
    Ok(unsafe { boundary::handle(client, "client") }?.client.connection())
}

/// Connects to an engine and finds out its generation, unless the option `generation` names it. Engines 0.4.0 accept one
/// connection after another: one that hangs in its handshake holds up all others.
///
/// Over TLS the engine's certificate is checked against the platform's roots, or those of the option tls_ca_file, which are
/// read anew each time.
///
/// This call tries once. With the option reconnect=on, a connection that it made and that is lost later is made again:
/// after pauses of 250 ms at most, then twice as long each time up to reconnect_max_delay_ms, random by half, for up to
/// reconnect_max_attempts attempts, each of which may take 20 s to connect and 20 s for the login and what follows it. A
/// connection that held for 10 s begins anew with the first pause. Meanwhile every call fails at once with
/// PIE_E_DISCONNECTED, may be tried again later, and sends nothing; what was under way ends in the same way, and is never
/// sent a second time: it may or may not have been done. The login is repeated, MCP servers are offered again, and
/// processes are attached again where the engine allows it (documented 0.4; no released engine).
///
/// @param uri         "ws://host:port", or "wss://host:port" for TLS; copied. Without a path, the path is the one that the
///                    engine's generation serves.
/// @param options     Borrowed, copied; NULL = all defaults.
/// @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
/// @param out         Set to the client, which the caller frees with pie_client_free; NULL on any status but PIE_OK.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK. PIE_E_CONNECT: nobody listens there, or not a Pie engine. PIE_E_TIMED_OUT. PIE_E_TLS: the
///         text says which check failed. PIE_E_IO: a file of a tls_ option cannot be read, or the system has no
///         descriptor left. PIE_E_NO_MEMORY: it has no thread left. PIE_E_DISCONNECTED: lost right away.
///         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED, PIE_E_CLOSED (options made before
///         pie_shutdown, or pie_shutdown meanwhile).
/// @threads Any.
/// @waits Up to `timeout_ms`.
/// @since 1
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
        let deadline = Deadline::after_ms(timeout_ms)?;
        let client = block_on(client::connect(uri, options, deadline, Runtime::acquire()?, None), deadline)?;
        *out = pie_client::into_handle(client);
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
        let connection = connection(client)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let rtt = connection.block_on(connection.ping(deadline), deadline)?;
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
        let deadline = Deadline::after_ms(timeout_ms)?;
        *out = give_text(&connection.block_on(connection.query(subject, record, deadline), deadline)?)?;
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

/// Gives the queue of a client's own: what happens to its connection arrives there, as PIE_EVENT_CONNECTION. It is kept
/// from the connect on, whenever this is called; of what nobody takes, the 64 newest.
///
/// @param client  Borrowed; NULL gives NULL.
/// @return A new handle, freed with pie_queue_free by the caller; NULL also after pie_shutdown and in a forked child. The
///         queue ends with PIE_END behind the event that the client was closed.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_queue(client: *mut pie_client) -> *mut pie_queue {
    boundary::value(std::ptr::null_mut(), || {
        // SAFETY: NULL or a handle that was not freed.
        unsafe { connection(client) }
            .map_or(std::ptr::null_mut(), |connection| pie_queue::into_handle(connection.news()))
    })
}

/// Closes the connection. Every request under way ends with PIE_E_CLOSED, and every running process's stream with an
/// ERROR event of that status; what waits in queues that the host empties stays there. After PIE_OK all of them have, and
/// callbacks that run on threads of the library have had all events of this client. MCP servers are ended:
/// their input is closed, SIGTERM follows after half of the option close_timeout_ms, SIGKILL after all of it. Engines
/// 0.5 then end the processes that this client launched with capture or attached.
///
/// @param client      Borrowed: it must still be freed.
/// @param timeout_ms  In milliseconds; 0 = begin only; PIE_FOREVER.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK, also the second time. PIE_E_TIMED_OUT: it goes on, call again to wait for it. PIE_E_WOULD_DEADLOCK:
///         called on the thread of a callback that this client's events go to; nothing has changed (call
///         pie_client_close_async there, or give 0). PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
/// @threads Any; may be called while other threads use the client, and ends their calls.
/// @waits Up to `timeout_ms`, and never longer than the option close_timeout_ms, as engines do not answer a goodbye, what
///        the system takes to end MCP servers that were killed, and what callbacks take for the events that wait.
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
/// @param client  Taken over; NULL does nothing. No call may be using this handle, but for a login from inside its signer.
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
