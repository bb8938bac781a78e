//! The I/O task of a connection: reads until the end, tells everybody, lets the socket go.

use std::sync::Arc;
use std::time::Duration;

use super::reconnect::live;
use super::{Connection, keepalive};
use crate::error::{Code, Error, Result};
use crate::transport::{Frame, Reader};
use crate::wait::lock;

/// How many frames are handled before other connections have their turn.
const BURST: usize = 64;

/// The I/O task of a connection: reads until the end, tells everybody, lets the socket go.
pub(super) fn run(connection: Arc<Connection>, reader: Reader) -> impl Future<Output = ()> + Send {
    // Made here, not in the task: a runtime that ends drops tasks that never began.
    let mut ending = Ending { connection, reader: Some(reader) };
    async move {
        let Some(reader) = ending.reader.take() else { return };
        tokio::select! {
            () = live(&ending.connection, reader) => {}
            () = goodbye(&ending.connection) => {}
        }
    }
}

/// Runs whatever happens to the task: its end, a panic, the end of the runtime.
struct Ending {
    connection: Arc<Connection>,
    reader: Option<Reader>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        drop(self.reader.take());
        self.connection.finish(&if std::thread::panicking() {
            Error::new(Code::Internal, "a defect of the library ended this connection; please report it")
        } else {
            Error::new(Code::Closed, "the library was shut down")
        });
        lock(&self.connection.state).task_ended = true;
        self.connection.ended.notify_waiters();
    }
}

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

/// Handles what has arrived; tells whether there may be more.
fn read_burst(connection: &Arc<Connection>, reader: &Reader) -> Result<bool> {
    // What arrived before the connection broke is read first.
    let flushed = reader.flush();
    for _ in 0..BURST {
        match reader.next_frame()? {
            Some(Frame::Part) => return Ok(true),
            Some(frame) => connection.on_frame(frame),
            None => return flushed.map(|()| false),
        }
        if connection.is_paused() {
            break;
        }
    }
    Ok(true)
}

/// Ends when the engine has had its time to answer the goodbye.
async fn goodbye(connection: &Connection) {
    connection.closing.notified().await;
    if !connection.is_up() {
        return;
    }
    tokio::time::sleep(Duration::from_millis(connection.options.close_timeout_ms)).await;
}
