//! The event queue: producers never wait, and there are four ways out of it: a receive that waits on a condition
//! variable, a descriptor to poll, a wakeup, a callback.
//!
//! Each producer has a [`Lane`] in the queue, with a budget of its own, so that what one leaves unread is never charged
//! to another. A queue lives on without handles as long as a producer knows it, but then keeps nothing.

mod callback;
mod lane;
#[cfg(unix)]
mod ready_fd;
mod room;
mod state;
#[cfg(test)]
mod tests;
mod wakeup;

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

pub use callback::Mode;
pub use lane::Lane;
pub use wakeup::{Wake, Wakes, Wakeup};

use crate::error::{Code, Error, Result};
use crate::runtime::{Member, Owner};
use crate::wait::{Deadline, lock, wait};
use state::State;

/// A first-in first-out queue of `T`.
#[derive(Debug)]
pub struct Queue<T> {
    state: Mutex<State<T>>,
    /// For receives, and for the thread of a callback.
    ready: Arc<Condvar>,
    /// For those who wait until a callback has come back, or has gone.
    quiet: Condvar,
    /// The largest budget of a lane.
    lane_budget: usize,
}

/// What a receive came back with.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// The oldest item.
    Item(T),
    /// Nothing came in time.
    Empty,
    /// Somebody interrupted the receive.
    Interrupted,
    /// Nothing is there and nothing will come.
    Ended,
    /// A callback takes what comes.
    Taken,
    /// The library was shut down.
    Shut,
}

impl<T> Queue<T> {
    /// A queue with one handle.
    pub fn with_handle() -> QueueHandle<T> {
        Self::with_lanes_of(usize::MAX)
    }

    /// A queue with one handle that keeps only what is pushed whether there is room or not.
    pub fn without_room() -> QueueHandle<T> {
        Self::with_lanes_of(0)
    }

    fn with_lanes_of(lane_budget: usize) -> QueueHandle<T> {
        let state = State::new();
        let (ready, quiet) = (Arc::default(), Condvar::new());
        Self::handle(&Arc::new(Self { state: Mutex::new(state), ready, quiet, lane_budget }))
    }

    /// A producer's part of the queue, whose items may take up this many bytes; held, nobody gets them before a release.
    pub fn lane(&self, owner: Owner, budget: usize, held: bool) -> Arc<Lane> {
        let budget = budget.min(self.lane_budget);
        if held { Lane::held(owner, budget) } else { Lane::new(owner, budget) }
    }

    /// One more handle; the first one after none has the queue keep items again.
    pub fn handle(self: &Arc<Self>) -> QueueHandle<T> {
        self.lock().handles += 1;
        QueueHandle(Arc::clone(self))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }

    /// Appends. Without a handle, or when the lane was closed, the value is dropped.
    pub fn push(&self, lane: &Arc<Lane>, value: T, bytes: usize) -> Wake {
        let state = self.lock();
        self.append(state, |state| state.push(lane, value, bytes))
    }

    /// Appends, if there is memory for it, and a little more for what has to be appended whether there is or not.
    pub fn offer(&self, lane: &Arc<Lane>, value: T, bytes: usize) -> Option<Wake> {
        let mut state = self.lock();
        let has_memory = state.has_memory();
        has_memory.then(|| self.append(state, |state| state.push(lane, value, bytes)))
    }

    /// Appends the last value there will be, so that who takes it finds the end right behind it.
    pub fn push_last(&self, lane: &Arc<Lane>, value: T, bytes: usize) -> Wake {
        let mut state = self.lock();
        state.ended = true;
        self.append(state, |state| state.push(lane, value, bytes))
    }

    /// Appends, unless something of this lane waits already.
    pub fn push_unless_waiting(&self, lane: &Arc<Lane>, value: impl FnOnce() -> T) -> Wake {
        let state = self.lock();
        self.append(state, |state| if lane.is_empty() { state.push(lane, value(), 0) } else { None })
    }

    /// Appends a value, and behind it what lanes were held for it to come first.
    pub fn push_and_release(&self, lane: &Arc<Lane>, value: T, held: &[Arc<Lane>]) -> Wake {
        let state = self.lock();
        self.append(state, |state| {
            let refused = state.push(lane, value, 0);
            state.release(held);
            refused
        })
    }

    fn append(&self, mut state: MutexGuard<'_, State<T>>, with: impl FnOnce(&mut State<T>) -> Option<T>) -> Wake {
        let (before, had_ended) = (state.count(), state.ended);
        let refused = with(&mut state);
        state.show();
        let is_first = before == 0 && state.count() > 0;
        let wakeup = if is_first { state.wakeup.clone() } else { None };
        let rouse = if had_ended { usize::MAX } else { state.count() - before };
        let count = state.rouse(rouse);
        drop(state);
        drop(refused);
        Wake { receivers: (count > 0).then(|| (Arc::clone(&self.ready), count)), wakeup }
    }

    /// From now on an empty queue is at its end.
    pub fn end(&self) {
        self.lock().ended = true;
        self.ready.notify_all();
    }

    /// Has one receive, waiting or the next, come back without an item.
    pub fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = true;
        state.show();
        drop(state);
        self.ready.notify_one();
    }

    /// Takes the oldest item, waiting for it until the deadline.
    pub fn receive(&self, deadline: Deadline) -> Received<T> {
        let mut skipped = Vec::new();
        match self.wait_for_item(deadline) {
            Ok(mut state) => {
                let item = state.take(&mut skipped);
                self.taken_from(state);
                item.map_or(Received::Empty, |item| Received::Item(item.value))
            }
            Err(other) => other,
        }
    }

    /// Waits for the first item and takes up to `most` that are there then.
    pub fn receive_batch(&self, deadline: Deadline, most: usize) -> Received<Vec<T>> {
        let mut skipped = Vec::new();
        match self.wait_for_item(deadline) {
            Ok(mut state) => {
                let mut batch = Vec::new();
                let wanted = most.min(state.count());
                // With less memory than that, fewer.
                let count = if batch.try_reserve_exact(wanted).is_ok() { wanted } else { 1 };
                batch.extend((0..count).filter_map(|_| state.take(&mut skipped)).map(|item| item.value));
                self.taken_from(state);
                Received::Item(batch)
            }
            Err(other) => other,
        }
    }

    fn wait_for_item<U>(&self, deadline: Deadline) -> Result<MutexGuard<'_, State<T>>, Received<U>> {
        let mut state = self.lock();
        state.is_received = true;
        loop {
            if state.shut {
                return Err(Received::Shut);
            } else if state.callback.is_some() {
                return Err(Received::Taken);
            } else if std::mem::take(&mut state.interrupted) {
                state.show();
                return Err(Received::Interrupted);
            } else if state.count() > 0 {
                return Ok(state);
            } else if state.ended {
                return Err(Received::Ended);
            } else if deadline.is_over() {
                return Err(Received::Empty);
            }
            state = self.await_ready(state, deadline);
        }
    }

    /// Waits until something may be there, or the deadline.
    fn await_ready<'a>(&self, mut state: MutexGuard<'a, State<T>>, deadline: Deadline) -> MutexGuard<'a, State<T>> {
        state.receivers += 1;
        state = wait(&self.ready, state, deadline);
        state.receivers -= 1;
        // Whoever has woken counts as woken, whatever has woken him: so these are never more than there are.
        state.woken = state.woken.saturating_sub(1);
        state
    }

    /// Whether a callback takes what comes.
    pub fn has_callback(&self) -> bool {
        self.lock().callback.is_some()
    }

    /// Has the host woken each time the queue turns non-empty, and at once if it is not empty; `None`: no more.
    pub fn set_wakeup(&self, wakeup: Option<Wakeup>) -> Result<()> {
        let mut state = self.lock();
        if state.shut {
            return Err(Error::new(Code::Closed, "the library was shut down"));
        }
        let wakeup_now = if state.count() == 0 { None } else { wakeup.clone() };
        let former = std::mem::replace(&mut state.wakeup, wakeup);
        drop(state);
        drop(former);
        Wake { receivers: None, wakeup: wakeup_now }.fire();
        Ok(())
    }

    /// A descriptor that is readable while an item or an interrupt waits.
    #[cfg(unix)]
    pub fn ready_fd(&self) -> Result<std::os::fd::RawFd> {
        let mut state = self.lock();
        if state.ready_fd.is_none() {
            let made = ready_fd::ReadyFd::new().map_err(|error| Error::io("pie_queue_fd", &error))?;
            state.ready_fd = Some(made);
            state.show();
        }
        Ok(state.ready_fd.as_ref().map_or(-1, ready_fd::ReadyFd::raw))
    }

    /// Drops the oldest of this lane until no more than `most` wait.
    pub fn keep_newest(&self, lane: &Arc<Lane>, most: usize) {
        let mut gone = Vec::new();
        let mut state = self.lock();
        while lane.len() > most {
            let oldest = state.items.iter().position(|item| Arc::ptr_eq(&item.lane, lane));
            let Some(item) = oldest.and_then(|at| state.items.remove(at)) else { break };
            lane.remove(item.bytes);
            gone.push(item);
        }
        drop(state);
        drop(gone);
    }

    /// Drops what waits of this lane.
    pub fn discard(&self, lane: &Arc<Lane>) {
        let mut state = self.lock();
        let discarded = state.discard(lane);
        self.taken_from(state);
        drop(discarded);
    }

    /// Drops what waits of this lane and whatever comes of it later.
    pub fn close_lane(&self, lane: &Arc<Lane>) {
        let mut state = self.lock();
        lane.close();
        let discarded = state.discard(lane);
        self.taken_from(state);
        drop(discarded);
    }

    /// Like `close_lane`, but what waits is dropped some time before it outweighs what is left in the queue: to look for
    /// it each time would take as long as everything that waits.
    pub fn abandon_lane(&self, lane: &Arc<Lane>) {
        let mut state = self.lock();
        let swept = state.abandon(lane);
        self.taken_from(state);
        drop(swept);
    }

    fn drop_handle(&self) {
        let mut state = self.lock();
        state.handles -= 1;
        if state.handles > 0 {
            return;
        }
        let (items, wakeup) = (state.take_all(), state.wakeup.take());
        let freed = state.freed();
        #[cfg(unix)]
        drop(state.ready_fd.take());
        self.leave_callback(state);
        freed.tell();
        drop((items, wakeup));
    }
}

impl<T: Send + 'static> Member for Queue<T> {
    fn shut_down(&self) {
        let mut state = self.lock();
        state.shut = true;
        state.show();
        drop(state);
        self.ready.notify_all();
    }

    fn runs_here(&self) -> bool {
        Self::runs_here(self)
    }

    fn remove_callback(&self, deadline: Deadline) -> bool {
        self.finish_callback(deadline)
    }

    fn owes_here(&self, owner: Owner) -> bool {
        Self::owes_here(self, owner)
    }

    fn has_delivered(&self, owner: Owner, deadline: Deadline) -> bool {
        self.await_delivery(owner, deadline)
    }
}

/// A share in what a queue keeps: when the last one is dropped, what waits is dropped too.
#[derive(Debug)]
pub struct QueueHandle<T>(Arc<Queue<T>>);

impl<T> QueueHandle<T> {
    /// The queue itself, to feed it: this is no share in what it keeps.
    pub fn queue(&self) -> &Arc<Queue<T>> {
        &self.0
    }
}

impl<T> Clone for QueueHandle<T> {
    fn clone(&self) -> Self {
        self.0.handle()
    }
}

impl<T> Drop for QueueHandle<T> {
    fn drop(&mut self) {
        self.0.drop_handle();
    }
}
