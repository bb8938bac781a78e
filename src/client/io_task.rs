//! The I/O task of a connection: from its beginning to its end, which everybody is told.

use std::sync::Arc;
use std::time::Duration;

use super::Connection;
use super::reconnect::live;
use crate::error::{Code, Error};
use crate::transport::Reader;
use crate::wait::lock;

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

/// Ends when the engine has had its time to answer the goodbye.
async fn goodbye(connection: &Connection) {
    connection.closing.notified().await;
    if !connection.is_up() {
        return;
    }
    tokio::time::sleep(Duration::from_millis(connection.options.close_timeout_ms)).await;
}
