//! `overflow=pause`: as long as what came of a process has no room in its queue, the connection reads nothing.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::{Connection, Process};
use crate::error::Error;
use crate::transport::Reader;
use crate::wait::lock;

/// Why a connection does not read, if it does not.
#[derive(Debug, Default)]
pub struct Pause {
    /// Those whose events have no room. Changed under the lock of their streams, so that it is always what these say.
    stalled: Mutex<Vec<Arc<Process>>>,
    /// There may be room.
    room: Arc<Notify>,
}

impl Connection {
    /// What is notified when a queue has room again, if that is waited for.
    pub(super) fn room_for_events(&self) -> Option<Arc<Notify>> {
        self.options.pauses.then(|| Arc::clone(&self.pause.room))
    }

    /// Whether nothing is read at the moment, so that an engine's silence says nothing about it.
    pub(super) fn is_paused(&self) -> bool {
        self.options.pauses && !lock(&self.pause.stalled).is_empty()
    }

    /// The events of a process have no room any more, or have it again.
    pub(super) fn note_stalled(&self, process: &Arc<Process>, is_stalled: bool) {
        let mut stalled = lock(&self.pause.stalled);
        if is_stalled {
            stalled.push(Arc::clone(process));
        } else {
            stalled.retain(|other| !Arc::ptr_eq(other, process));
        }
    }

    /// Has the reader look whether it can go on.
    pub(super) fn look_for_room(&self) {
        self.pause.room.notify_one();
    }

    /// Waits until what has come has room. What waits to be sent goes on meanwhile. A connection that turns out to be
    /// broken is left to the reader, which first finds what has arrived before.
    pub(super) async fn until_room(&self, reader: &Reader) {
        let mut is_writable = true;
        while self.is_paused() {
            let stalled = lock(&self.pause.stalled).clone();
            stalled.iter().for_each(Process::resume);
            drop(stalled);
            if !self.is_paused() {
                return;
            }
            tokio::select! {
                () = self.pause.room.notified() => {}
                () = reader.wants_flush(), if is_writable => is_writable = reader.flush().is_ok(),
            }
        }
    }

    /// The same error; in a pause, with the process that holds everything up.
    pub(super) fn explain_pause(&self, error: Error) -> Error {
        let stalled = lock(&self.pause.stalled).first().cloned();
        let Some(process) = stalled else { return error };
        let (id, bytes) = (process.id().to_string_lossy(), process.lane().bytes());
        error.but(format_args!(
            "the connection is paused: process {id} has {bytes} bytes unread in its queue (overflow=pause); take its \
             events, or free it"
        ))
    }
}
