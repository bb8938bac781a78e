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
    /// The largest budget of a lane.
    lane_budget: usize,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<Item<T>>,
    abandoned: Abandoned,
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

/// What stands among the items and is skipped, since its lane was abandoned.
#[derive(Debug, Default)]
struct Abandoned {
    items: usize,
    weight: usize,
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
        Self::with_lanes_of(usize::MAX)
    }

    /// A queue with one handle that keeps only what is pushed whether there is room or not.
    pub fn without_room() -> QueueHandle<T> {
        Self::with_lanes_of(0)
    }

    fn with_lanes_of(lane_budget: usize) -> QueueHandle<T> {
        let state = State {
            items: VecDeque::new(),
            abandoned: Abandoned::default(),
            interrupted: false,
            ended: false,
            shut: false,
            handles: 0,
        };
        Self::handle(&Arc::new(Self { state: Mutex::new(state), ready: Condvar::new(), lane_budget }))
    }

    /// A producer's part of the queue, whose items may take up this many bytes.
    pub fn lane(&self, budget: usize) -> Arc<Lane> {
        Lane::new(budget.min(self.lane_budget))
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
        let mut skipped = Vec::new();
        match self.wait_for_item(deadline) {
            Ok(mut state) => state.take(&mut skipped).map_or(Received::Empty, Received::Item),
            Err(other) => other,
        }
    }

    /// Waits for the first item and takes up to `most` that are there then.
    pub fn receive_batch(&self, deadline: Deadline, most: usize) -> Received<Vec<T>> {
        let mut skipped = Vec::new();
        match self.wait_for_item(deadline) {
            Ok(mut state) => {
                let count = most.min(state.count());
                Received::Item((0..count).filter_map(|_| state.take(&mut skipped)).collect())
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
            } else if state.count() > 0 {
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

    /// Like `close_lane`, but what waits is dropped some time before it outweighs what is left in the queue: to look for
    /// it each time would take as long as everything that waits.
    pub fn abandon_lane(&self, lane: &Arc<Lane>) {
        let swept = self.lock().abandon(lane);
        drop(swept);
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

    /// How many can be taken.
    fn count(&self) -> usize {
        self.items.len() - self.abandoned.items
    }

    /// Takes the oldest item; abandoned ones before it are put aside, to be dropped without the lock.
    fn take(&mut self, skipped: &mut Vec<T>) -> Option<T> {
        loop {
            let item = self.items.pop_front()?;
            if !item.lane.is_closed() {
                item.lane.remove(item.bytes);
                return Some(item.value);
            }
            self.abandoned.items -= 1;
            skipped.push(item.value);
        }
    }

    fn take_all(&mut self) -> VecDeque<Item<T>> {
        self.items.iter().for_each(|item| item.lane.clear());
        self.abandoned = Abandoned::default();
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

    /// What is abandoned stays as long as it weighs less than the places of what can be taken: so a sweep, which looks at
    /// all of them, is paid for by what it drops.
    fn abandon(&mut self, lane: &Lane) -> VecDeque<Item<T>> {
        let Abandoned { items, weight } = &mut self.abandoned;
        *items += lane.len();
        *weight = weight.saturating_add(lane.weight());
        lane.close();
        lane.clear();
        if self.abandoned.weight < Lane::charge(0).saturating_mul(self.count()) {
            return VecDeque::new();
        }
        self.abandoned = Abandoned::default();
        let (gone, kept) = std::mem::take(&mut self.items).into_iter().partition(|item| item.lane.is_closed());
        self.items = kept;
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
