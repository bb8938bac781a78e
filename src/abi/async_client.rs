//! Asynchronous calls of a client: to connect, log in, ask, close. Each takes what the waiting call takes, a queue and a tag,
//! and reports to that queue.

use std::ffi::c_char;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::boundary::{self, optional_handle, optional_out, optional_text, text};
use super::client::{connection, pie_client};
use super::error::pie_error;
use super::key::pie_private_key;
use super::op::{Target, pie_op};
use super::options::pie_options;
use super::queue::pie_queue;
use super::types::*;
use crate::auth::Wanted;
use crate::client::{self, Outcome};
use crate::options::Options;
use crate::runtime::{Runtime, offload};
use crate::wait::Deadline;

/// Connects to an engine, as pie_client_connect does.
///
/// DONE bears the client: pie_event_take_client. Behind it the queue gets the client's CONNECTION events, with the same tag.
///
/// @param uri  As for pie_client_connect; copied.
/// @param options  Borrowed, copied; NULL = the defaults.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_connect. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_connect_async(
    uri: *const c_char,
    options: *const pie_options,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let uri = text(uri, "uri")?.to_owned();
        let options = optional_handle(options, "options")?.map_or_else(Options::default, |it| it.options.clone());
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        let (runtime, news) = (Runtime::acquire()?, Some((Arc::clone(target.queue()), tag)));
        let of_call = Arc::clone(&runtime);
        target.start_beside(&runtime, op, deadline, async move {
            client::connect(&uri, &options, deadline, of_call, news).await.map(Outcome::Client)
        })
    })
}

/// Logs in under a name, as pie_client_authenticate does.
///
/// DONE bears nothing.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param username  Copied.
/// @param key  Borrowed, kept by the call as long as it needs it; NULL = no key.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_authenticate. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_authenticate_async(
    client: *mut pie_client,
    username: *const c_char,
    key: *const pie_private_key,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let username = text(username, "username")?.to_owned();
        let key = optional_handle(key, "key")?.map(|key| Arc::clone(key.key()));
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            match key {
                Some(key) => connection.authenticate_with_key(&username, key, deadline).await,
                None => connection.authenticate(&username, deadline).await,
            }?;
            Ok(Outcome::Nothing)
        })
    })
}

/// Logs in with the keys of an SSH agent, as pie_client_authenticate_with_agent does.
///
/// DONE bears nothing. A thread of the library waits for the agent meanwhile.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param username  Copied.
/// @param public_key  As for pie_client_authenticate_with_agent; copied; NULL = any key.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_authenticate_with_agent. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_authenticate_with_agent_async(
    client: *mut pie_client,
    username: *const c_char,
    public_key: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let username = text(username, "username")?.to_owned();
        let wanted = Wanted::parse(optional_text(public_key, "public_key")?)?;
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let login = move || connection.authenticate_with_agent(&username, wanted, deadline);
            offload(login).await??;
            Ok(Outcome::Nothing)
        })
    })
}

/// Logs in with the engine's internal token, as pie_client_auth_by_token does.
///
/// DONE bears nothing.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param token  Copied, and wiped when it has been sent.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_auth_by_token. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_auth_by_token_async(
    client: *mut pie_client,
    token: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let token = Zeroizing::new(text(token, "token")?.to_owned());
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.auth_by_token(&token, deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}

/// Measures the time from a request to the engine's answer, as pie_client_ping does.
///
/// DONE bears the nanoseconds in `current`.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_ping. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_ping_async(
    client: *mut pie_client,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            let rtt = connection.ping(deadline).await?;
            Ok(Outcome::Number(u64::try_from(rtt.as_nanos()).unwrap_or(u64::MAX)))
        })
    })
}

/// Asks the engine for a fact, as pie_client_query does.
///
/// DONE bears the answer in `data`.
///
/// @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
/// @param subject  Copied.
/// @param record  Copied.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_query. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_query_async(
    client: *mut pie_client,
    subject: *const c_char,
    record: *const c_char,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let (subject, record) = (text(subject, "subject")?.to_owned(), text(record, "record")?.to_owned());
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        target.start(&Arc::clone(&connection), op, deadline, async move {
            connection.query(&subject, &record, deadline).await.map(Outcome::Text)
        })
    })
}

/// Closes the connection, as pie_client_close does. It works inside every callback.
///
/// DONE bears nothing; it comes when all other calls of the client have reported, and every stream has its last event.
///
/// @param client  Borrowed: it must still be freed, which may be at once.
/// @param timeout_ms  In milliseconds; PIE_FOREVER.
/// @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
/// @param tag         Comes back in DONE.
/// @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
///                    NULL: not wanted.
/// @param error       Set on failure; may be NULL.
/// @return PIE_OK: exactly one DONE comes, its status as of pie_client_close. Otherwise none comes.
/// @threads Any.
/// @waits No.
/// @since 1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pie_client_close_async(
    client: *mut pie_client,
    timeout_ms: i64,
    queue: *mut pie_queue,
    tag: u64,
    op: *mut *mut pie_op,
    error: *mut *mut pie_error,
) -> pie_status {
    boundary::call!(error, {
        let op = optional_out(op);
        let connection = Arc::clone(connection(client)?);
        let target = Target::new(queue, tag)?;
        let deadline = Deadline::after_ms(timeout_ms)?;
        if deadline.is_over() {
            connection.begin_close();
        }
        let runtime = Arc::clone(connection.runtime());
        target.start_beside(&runtime, op, deadline, async move {
            connection.close_async(deadline).await?;
            Ok(Outcome::Nothing)
        })
    })
}
