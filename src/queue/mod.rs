//! The event queue: producers never wait, consumers wait on a condition variable.
//!
//! Each producer has a [`Lane`] in the queue, with a budget of its own, so that what one leaves unread is never charged
//! to another. A queue lives on without handles as long as a producer knows it, but then keeps nothing.

mod lane;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

pub use lane::Lane;

use crate::runtime::Member;
use crate::wait::{Deadline, lock, wait};

/// A first-in first-out queue of `T`.
#[derive(Debug)]
pub struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<Item<T>>,
    interrupted: bool,
    ended: bool,
    shut: bool,
    handles: usize,
}

#[derive(Debug)]
struct Item<T> {
    lane: Arc<Lane>,
    bytes: usize,
    value: T,
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
    /// The library was shut down.
    Shut,
}

impl<T> Queue<T> {
    /// A queue with one handle.
    pub fn with_handle() -> QueueHandle<T> {
        let state = State { items: VecDeque::new(), interrupted: false, ended: false, shut: false, handles: 0 };
        Self::handle(&Arc::new(Self { state: Mutex::new(state), ready: Condvar::new() }))
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
    pub fn push(&self, lane: &Arc<Lane>, value: T, bytes: usize) {
        let refused = self.lock().push(lane, value, bytes);
        drop(refused);
        self.ready.notify_one();
    }

    /// Appends the last value there will be, so that who takes it finds the end right behind it.
    pub fn push_last(&self, lane: &Arc<Lane>, value: T, bytes: usize) {
        let mut state = self.lock();
        let refused = state.push(lane, value, bytes);
        state.ended = true;
        drop(state);
        drop(refused);
        self.ready.notify_all();
    }

    /// From now on an empty queue is at its end.
    pub fn end(&self) {
        self.lock().ended = true;
        self.ready.notify_all();
    }

    /// Has one receive, waiting or the next, come back without an item.
    pub fn interrupt(&self) {
        self.lock().interrupted = true;
        self.ready.notify_one();
    }

    /// Takes the oldest item, waiting for it until the deadline.
    pub fn receive(&self, deadline: Deadline) -> Received<T> {
        match self.wait_for_item(deadline) {
            Ok(mut state) => state.take().map_or(Received::Empty, Received::Item),
            Err(other) => other,
        }
    }

    /// Waits for the first item and takes up to `most` that are there then.
    pub fn receive_batch(&self, deadline: Deadline, most: usize) -> Received<Vec<T>> {
        match self.wait_for_item(deadline) {
            Ok(mut state) => {
                let count = most.min(state.items.len());
                Received::Item((0..count).filter_map(|_| state.take()).collect())
            }
            Err(other) => other,
        }
    }

    fn wait_for_item<U>(&self, deadline: Deadline) -> Result<MutexGuard<'_, State<T>>, Received<U>> {
        let mut state = self.lock();
        loop {
            if state.shut {
                return Err(Received::Shut);
            } else if std::mem::take(&mut state.interrupted) {
                return Err(Received::Interrupted);
            } else if !state.items.is_empty() {
                return Ok(state);
            } else if state.ended {
                return Err(Received::Ended);
            } else if deadline.is_over() {
                return Err(Received::Empty);
            }
            state = wait(&self.ready, state, deadline);
        }
    }

    /// Drops what waits of this lane.
    pub fn discard(&self, lane: &Arc<Lane>) {
        let discarded = self.lock().discard(lane);
        drop(discarded);
    }

    /// Drops what waits of this lane and whatever comes of it later.
    pub fn close_lane(&self, lane: &Arc<Lane>) {
        let mut state = self.lock();
        lane.close();
        let discarded = state.discard(lane);
        drop(state);
        drop(discarded);
    }

    fn drop_handle(&self) {
        let mut state = self.lock();
        state.handles -= 1;
        let items = if state.handles == 0 { state.take_all() } else { VecDeque::new() };
        drop(state);
        drop(items);
    }
}

impl<T> State<T> {
    /// Appends, or gives back what nobody wants, to be dropped without the lock.
    fn push(&mut self, lane: &Arc<Lane>, value: T, bytes: usize) -> Option<T> {
        if self.handles == 0 || lane.is_closed() {
            return Some(value);
        }
        lane.add(bytes);
        self.items.push_back(Item { lane: Arc::clone(lane), bytes, value });
        None
    }

    fn take(&mut self) -> Option<T> {
        let item = self.items.pop_front()?;
        item.lane.remove(item.bytes);
        Some(item.value)
    }

    fn take_all(&mut self) -> VecDeque<Item<T>> {
        self.items.iter().for_each(|item| item.lane.clear());
        std::mem::take(&mut self.items)
    }

    fn discard(&mut self, lane: &Arc<Lane>) -> VecDeque<Item<T>> {
        if lane.is_empty() {
            return VecDeque::new();
        }
        let (gone, kept) = std::mem::take(&mut self.items).into_iter().partition(|item| Arc::ptr_eq(&item.lane, lane));
        self.items = kept;
        lane.clear();
        gone
    }
}

impl<T: Send> Member for Queue<T> {
    fn shut_down(&self) {
        self.lock().shut = true;
        self.ready.notify_all();
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
