//! Reading from an engine, until the connection is lost.

use std::sync::Arc;

use super::{Connection, keepalive};
use crate::error::{Error, Result};
use crate::queue::Wakes;
use crate::transport::{Reader, Rest};

/// How many frames are handled before other connections have their turn: what one read brings of small ones.
const BURST: usize = 256;

/// Serves a connection until its end.
pub(super) async fn serve(connection: &Arc<Connection>, reader: &Reader) -> Error {
    tokio::select! {
        biased;
        why = read_until_end(connection, reader) => why,
        why = keepalive::watch(connection, reader) => why,
    }
}

async fn read_until_end(connection: &Arc<Connection>, reader: &Reader) -> Error {
    loop {
        connection.until_room(reader).await;
        match read_burst(connection, reader) {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => {
                if let Err(why) = reader.ready().await {
                    return why;
                }
            }
            Err(why) => return why,
        }
    }
}

/// Handles what one read brings, and then tells those who wait for events; tells whether there may be more.
fn read_burst(connection: &Arc<Connection>, reader: &Reader) -> Result<bool> {
    reader.look_for_end();
    // What arrived before the connection broke is read first.
    let flushed = reader.flush();
    // Fired when the turn is over.
    let mut wakes = Wakes::default();
    let Some(mut turn) = reader.turn(flushed.is_ok()) else { return Ok(false) };
    for _ in 0..BURST {
        let look = turn.look()?;
        look.frame.map_or(Ok(()), |frame| connection.on_frame(frame, &mut wakes))?;
        if connection.is_paused() {
            break;
        }
        match look.rest {
            Rest::Here => {}
            Rest::Unread => break,
            Rest::Away => return flushed.map(|()| false),
        }
    }
    Ok(true)
}
