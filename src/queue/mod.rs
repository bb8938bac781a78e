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
#[cfg(test)]
mod tests;
mod wakeup;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

pub use callback::Mode;
pub use lane::Lane;
pub use wakeup::{Wake, Wakeup};

use crate::error::{Code, Error, Result};
use crate::runtime::{Member, Owner};
use crate::wait::{Deadline, lock, wait};
use callback::Callback;
use room::Waiting;

/// For how many items that have to be appended there is to be memory when one that need not be is.
const HEADROOM: usize = 64;

/// A first-in first-out queue of `T`.
#[derive(Debug)]
pub struct Queue<T> {
    state: Mutex<State<T>>,
    /// For receives, and for the thread of a callback.
    ready: Condvar,
    /// For those who wait until a callback has come back, or has gone.
    quiet: Condvar,
    /// The largest budget of a lane.
    lane_budget: usize,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<Item<T>>,
    /// What came of lanes that are held.
    held: Vec<Item<T>>,
    abandoned: Abandoned,
    interrupted: bool,
    ended: bool,
    shut: bool,
    /// Somebody has received, or tried to.
    is_received: bool,
    /// Producers that wait for room.
    waiting: Vec<Waiting>,
    /// The callback goes when nothing waits any more.
    finishing: bool,
    handles: usize,
    callback: Option<Callback<T>>,
    /// How many callbacks there have been.
    callbacks: u64,
    wakeup: Option<Wakeup>,
    #[cfg(unix)]
    ready_fd: Option<ready_fd::ReadyFd>,
    /// How many wait at `ready`, and at `quiet`: a notification that nobody waits for is a system call for nothing.
    receivers: usize,
    waits_for_quiet: usize,
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
        let state = State {
            items: VecDeque::new(),
            held: Vec::new(),
            abandoned: Abandoned::default(),
            interrupted: false,
            ended: false,
            shut: false,
            is_received: false,
            waiting: Vec::new(),
            finishing: false,
            handles: 0,
            callback: None,
            callbacks: 0,
            wakeup: None,
            #[cfg(unix)]
            ready_fd: None,
            receivers: 0,
            waits_for_quiet: 0,
        };
        let (ready, quiet) = (Condvar::new(), Condvar::new());
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
        let wake = if is_first { state.wakeup.clone() } else { None };
        let (receivers, added) = (state.receivers, state.count() - before);
        drop(state);
        drop(refused);
        match (receivers, added) {
            (0, _) => {}
            (_, ..=1) if !had_ended => self.ready.notify_one(),
            _ => self.ready.notify_all(),
        }
        Wake(wake)
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
            state.receivers += 1;
            state = wait(&self.ready, state, deadline);
            state.receivers -= 1;
        }
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
        let wake = if state.count() == 0 { None } else { wakeup.clone() };
        let former = std::mem::replace(&mut state.wakeup, wakeup);
        drop(state);
        drop(former);
        Wake(wake).fire();
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

impl<T> State<T> {
    /// Appends, or gives back what nobody wants, to be dropped without the lock.
    fn push(&mut self, lane: &Arc<Lane>, value: T, bytes: usize) -> Option<T> {
        if self.handles == 0 || lane.is_closed() {
            return Some(value);
        }
        lane.add(bytes);
        let item = Item { lane: Arc::clone(lane), bytes, value };
        if lane.is_held() {
            self.held.push(item);
        } else {
            self.items.push_back(item);
        }
        None
    }

    /// Whether there is memory for a few more items.
    fn has_memory(&mut self) -> bool {
        self.items.try_reserve(HEADROOM).is_ok() && self.held.try_reserve(HEADROOM).is_ok()
    }

    fn release(&mut self, lanes: &[Arc<Lane>]) {
        lanes.iter().for_each(|lane| lane.release());
        let (free, held) = std::mem::take(&mut self.held).into_iter().partition(|item| !item.lane.is_held());
        self.held = held;
        let free: Vec<_> = free;
        self.items.extend(free);
    }

    /// How many can be taken.
    fn count(&self) -> usize {
        self.items.len() - self.abandoned.items
    }

    /// Takes the oldest item; abandoned ones before it are put aside, to be dropped without the lock.
    fn take(&mut self, skipped: &mut Vec<T>) -> Option<Item<T>> {
        loop {
            let item = self.items.pop_front()?;
            if !item.lane.is_closed() {
                item.lane.remove(item.bytes);
                return Some(item);
            }
            self.abandoned.items -= 1;
            skipped.push(item.value);
        }
    }

    fn take_all(&mut self) -> Vec<Item<T>> {
        let all: Vec<_> = std::mem::take(&mut self.items).into_iter().chain(self.held.drain(..)).collect();
        all.iter().for_each(|item| item.lane.clear());
        self.abandoned = Abandoned::default();
        all
    }

    fn discard(&mut self, lane: &Arc<Lane>) -> Vec<Item<T>> {
        if lane.is_empty() {
            return Vec::new();
        }
        let is_its = |item: &Item<T>| Arc::ptr_eq(&item.lane, lane);
        let (mut gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.items).into_iter().partition(is_its);
        self.items = kept.into();
        gone.extend(self.held.extract_if(.., |item| is_its(item)));
        lane.clear();
        gone
    }

    /// Has the descriptor, if somebody asked for it, say what is so now.
    fn show(&mut self) {
        #[cfg(unix)]
        if self.ready_fd.is_some() {
            let is_ready = self.count() > 0 || self.interrupted || self.shut;
            self.ready_fd.iter_mut().for_each(|ready_fd| ready_fd.set(is_ready));
        }
    }

    /// What is abandoned stays as long as it weighs less than the places of what can be taken: so a sweep, which looks at
    /// all of them, is paid for by what it drops.
    fn abandon(&mut self, lane: &Arc<Lane>) -> Vec<Item<T>> {
        lane.close();
        let mut gone: Vec<_> = self.held.extract_if(.., |item| Arc::ptr_eq(&item.lane, lane)).collect();
        gone.iter().for_each(|item| item.lane.remove(item.bytes));
        let Abandoned { items, weight } = &mut self.abandoned;
        *items += lane.len();
        *weight = weight.saturating_add(lane.weight());
        lane.clear();
        if self.abandoned.weight >= Lane::charge(0).saturating_mul(self.count()) {
            self.abandoned = Abandoned::default();
            let (swept, kept): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.items).into_iter().partition(|item| item.lane.is_closed());
            self.items = kept.into();
            gone.extend(swept);
        }
        gone
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
