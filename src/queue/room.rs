//! Room for producers that wait for it, instead of dropping what does not fit.

use std::sync::{Arc, MutexGuard};

use tokio::sync::Notify;

use super::state::State;
use super::{Lane, Queue};

/// A producer that waits until its lane has room for so many bytes.
#[derive(Debug)]
pub(super) struct Waiting {
    lane: Arc<Lane>,
    bytes: usize,
    room: Arc<Notify>,
}

/// Producers that have room now, to be told without a lock: it may be a system call.
#[must_use]
pub(super) struct Freed(Vec<Waiting>);

impl Freed {
    pub(super) fn tell(self) {
        self.0.iter().for_each(|waiting| waiting.room.notify_one());
    }
}

impl<T> Queue<T> {
    /// Whether the lane has room for an item of this charge; if not, `room` is notified when it has.
    pub fn has_room_or_tells(&self, lane: &Arc<Lane>, bytes: usize, room: &Arc<Notify>) -> bool {
        let mut state = self.lock();
        // Under the lock, which every take holds: none comes between this look and the note.
        if lane.has_room(bytes) {
            return true;
        }
        state.waiting.retain(|waiting| !Arc::ptr_eq(&waiting.lane, lane));
        state.waiting.push(Waiting { lane: Arc::clone(lane), bytes, room: Arc::clone(room) });
        false
    }

    /// Whether nobody has shown yet that he will empty it: no receive, no other way out, no further handle.
    pub fn is_untouched(&self) -> bool {
        let state = self.lock();
        #[cfg(unix)]
        let has_fd = state.ready_fd.is_some();
        #[cfg(not(unix))]
        let has_fd = false;
        let is_asked = state.is_received || state.callbacks > 0 || state.wakeup.is_some() || has_fd;
        !is_asked && state.handles <= 1
    }

    /// Lets go of the lock after something has left, and tells who waited for that.
    pub(super) fn taken_from(&self, mut state: MutexGuard<'_, State<T>>) {
        state.show();
        let freed = state.freed();
        drop(state);
        freed.tell();
    }
}

impl<T> State<T> {
    /// Who waits no more.
    pub(super) fn freed(&mut self) -> Freed {
        let has_room = |waiting: &mut Waiting| waiting.lane.has_room(waiting.bytes);
        Freed(self.waiting.extract_if(.., has_room).collect())
    }
}
