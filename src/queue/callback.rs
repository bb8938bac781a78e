//! The way out of a queue by a callback: one at a time, in order, and no lock is held while it runs.

use std::fmt;
use std::sync::{Arc, MutexGuard};

use super::Queue;
use super::state::{Item, State};
use crate::error::{Code, Error, Result};
use crate::runtime::{self, Owner, this_thread};
use crate::wait::{Deadline, wait};

/// Takes an item. What it holds of the host's is given back when it is dropped.
pub type Take<T> = Arc<dyn Fn(T) + Send + Sync>;

/// Who runs a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Whoever dispatches.
    Manual,
    /// A thread of the queue's own.
    Thread,
}

/// A callback, from its registration until it is gone.
pub(super) struct Callback<T> {
    id: u64,
    mode: Mode,
    /// Nothing while it is being dropped.
    take: Option<Take<T>>,
    running: Option<Running>,
    /// It is to run no more, and goes when it has come back.
    is_leaving: bool,
    has_thread: bool,
}

struct Running {
    thread: usize,
    /// Whose item it has.
    owner: Option<Owner>,
}

impl<T> fmt::Debug for Callback<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("id", &self.id).field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl<T> Callback<T> {
    fn runs_here(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.thread == this_thread())
    }

    /// Nobody is about to run or remove it.
    fn is_idle(&self) -> bool {
        self.running.is_none() && !self.has_thread && self.take.is_some()
    }
}

type Locked<'a, T> = MutexGuard<'a, State<T>>;

/// What came of an attempt to give an item to a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gave {
    /// It had one.
    One,
    /// What waited was abandoned and is gone; something may have come meanwhile.
    Unwanted,
    /// Nothing waited.
    Nothing,
}

impl<T> Queue<T> {
    /// Nobody has a handle any more: the callback goes, now or when it has come back.
    pub(super) fn leave_callback(&self, mut state: Locked<'_, T>) {
        let Some(callback) = &mut state.callback else { return };
        callback.is_leaving = true;
        if callback.is_idle() {
            let id = callback.id;
            self.remove(state, id);
        } else {
            drop(state);
            self.ready.notify_all();
        }
    }

    /// Drops the callback without the lock; it counts as there, and as running here, until that is done.
    fn remove(&self, mut state: Locked<'_, T>, id: u64) {
        set_running(&mut state, id, true);
        let take =
            state.callback.as_mut().filter(|callback| callback.id == id).and_then(|callback| callback.take.take());
        drop(state);
        drop(take);
        let gone = self.lock().callback.take_if(|callback| callback.id == id);
        drop(gone);
        self.quiet.notify_all();
    }
}

impl<T: Send + 'static> Queue<T> {
    /// Has a callback take every item from now on; receives are refused.
    pub fn set_callback(self: &Arc<Self>, mode: Mode, take: Take<T>) -> Result<()> {
        let mut state = self.lock();
        if state.shut {
            return Err(Error::new(Code::Closed, "the library was shut down"));
        } else if state.callback.is_some() {
            let text = "this queue has a callback already; remove it with pie_queue_clear_callback first";
            return Err(Error::new(Code::InvalidState, text));
        }
        state.callbacks += 1;
        let (id, has_thread) = (state.callbacks, mode == Mode::Thread);
        let of_thread = has_thread.then(|| Arc::clone(&take));
        state.callback = Some(Callback { id, mode, take: Some(take), running: None, is_leaving: false, has_thread });
        drop(state);
        // Receives that wait have to see it.
        self.ready.notify_all();
        let Some(take) = of_thread else { return Ok(()) };
        let queue = Arc::clone(self);
        runtime::spawn("pie-callback", move || queue.serve(id, take)).inspect_err(|_| {
            let failed = self.lock().callback.take_if(|callback| callback.id == id);
            drop(failed);
        })
    }

    /// Removes the callback; tells whether it is gone in time. It does not run any more then.
    pub fn clear_callback(&self, deadline: Deadline) -> Result<bool> {
        let mut state = self.lock();
        let Some(callback) = &mut state.callback else { return Ok(true) };
        if callback.runs_here() && !deadline.is_over() {
            let text = "called from the callback that is to be removed, which it would wait for";
            return Err(Error::new(Code::WouldDeadlock, text));
        }
        callback.is_leaving = true;
        let id = callback.id;
        self.ready.notify_all();
        Ok(self.await_removal(state, id, deadline))
    }

    /// Waits until a callback that is leaving has gone.
    fn await_removal(&self, mut state: Locked<'_, T>, id: u64, deadline: Deadline) -> bool {
        loop {
            match &state.callback {
                Some(callback) if callback.id == id => {
                    if callback.is_idle() {
                        self.remove(state, id);
                        return true;
                    }
                }
                _ => return true,
            }
            if deadline.is_over() {
                return false;
            }
            state = self.wait_quiet(state, deadline);
        }
    }

    fn wait_quiet<'a>(&self, mut state: Locked<'a, T>, deadline: Deadline) -> Locked<'a, T> {
        state.waits_for_quiet += 1;
        state = wait(&self.quiet, state, deadline);
        state.waits_for_quiet -= 1;
        state
    }

    /// Gives one item to the callback, without the lock.
    fn give_one<'a>(&'a self, mut state: Locked<'a, T>, id: u64, take: &Take<T>) -> (Locked<'a, T>, Gave) {
        let mut skipped = Vec::new();
        let taken = state.take(&mut skipped);
        if taken.is_none() && skipped.is_empty() {
            return (state, Gave::Nothing);
        }
        state.show();
        let freed = state.freed();
        let Some(item) = taken else {
            drop(state);
            freed.tell();
            drop(skipped);
            return (self.lock(), Gave::Unwanted);
        };
        if let Some(running) = state.callback.as_mut().and_then(|callback| callback.running.as_mut()) {
            running.owner = Some(item.lane.owner());
        }
        drop(state);
        freed.tell();
        drop(skipped);
        take(item.value);
        let mut state = self.lock();
        if let Some(callback) = state.callback.as_mut().filter(|callback| callback.id == id)
            && let Some(running) = &mut callback.running
        {
            running.owner = None;
        }
        if state.waits_for_quiet > 0 {
            self.quiet.notify_all();
        }
        (state, Gave::One)
    }

    /// The thread of a callback.
    fn serve(&self, id: u64, take: Take<T>) {
        let mut state = self.lock();
        loop {
            let Some(callback) = state.callback.as_mut().filter(|callback| callback.id == id) else { return };
            if callback.is_leaving {
                break;
            }
            set_running(&mut state, id, true);
            let gave;
            (state, gave) = self.give_one(state, id, &take);
            set_running(&mut state, id, false);
            if gave != Gave::Nothing {
                continue;
            } else if state.finishing {
                break;
            } else if state.ended {
                // The last one is that of the callback itself, so that its `drop` runs where that is removed.
                drop(take);
                return self.retire(state);
            }
            state = self.await_ready(state, Deadline::Never);
        }
        drop(take);
        self.remove(state, id);
    }

    /// Nothing will come any more: the callback stays, without its thread.
    fn retire(&self, mut state: Locked<'_, T>) {
        state.callback.iter_mut().for_each(|callback| callback.has_thread = false);
        drop(state);
        self.quiet.notify_all();
    }

    /// Runs the callback for up to `most` items that wait (0: as many as wait now); tells for how many it ran.
    pub fn dispatch(&self, most: usize) -> Result<usize> {
        let mut state = self.lock();
        let waiting = state.count();
        let callback = state.callback.as_mut().filter(|callback| callback.mode == Mode::Manual && !callback.is_leaving);
        let Some(callback) = callback else {
            let text = "this queue has no callback of the mode PIE_DISPATCH_MANUAL";
            return Err(Error::new(Code::InvalidState, text));
        };
        if callback.runs_here() {
            let text = "called from the callback that it would run";
            return Err(Error::new(Code::WouldDeadlock, text));
        }
        let (id, Some(take)) = (callback.id, callback.take.clone()) else { return Ok(0) };
        if callback.running.is_some() {
            return Ok(0);
        }
        let (most, mut count) = (if most == 0 { waiting } else { most }, 0);
        set_running(&mut state, id, true);
        while count < most && !state.shut && !state.is_leaving() {
            let gave;
            (state, gave) = self.give_one(state, id, &take);
            match gave {
                Gave::One => count += 1,
                Gave::Unwanted => {}
                Gave::Nothing => break,
            }
        }
        set_running(&mut state, id, false);
        drop(take);
        if state.is_leaving() {
            self.remove(state, id);
        } else {
            drop(state);
            self.quiet.notify_all();
        }
        Ok(count)
    }

    /// Has the callback take what waits and then removes it; tells whether that was done in time.
    pub(super) fn finish_callback(&self, deadline: Deadline) -> bool {
        let mut state = self.lock();
        let wakeup = state.wakeup.take();
        state.finishing = true;
        let id = state.callback.as_mut().map(|callback| {
            // A thread leaves when nothing waits any more.
            callback.is_leaving |= !callback.has_thread;
            callback.id
        });
        self.ready.notify_all();
        let is_gone = id.is_none_or(|id| self.await_removal(state, id, deadline));
        drop(wakeup);
        is_gone
    }

    /// Whether the callback's own thread has taken, in time, all that waits of this owner.
    pub(super) fn await_delivery(&self, owner: Owner, deadline: Deadline) -> bool {
        let mut state = self.lock();
        while state.owes(owner) {
            if deadline.is_over() {
                return false;
            }
            state = self.wait_quiet(state, deadline);
        }
        true
    }

    /// Whether this thread is inside the callback.
    pub fn runs_here(&self) -> bool {
        self.lock().callback.as_ref().is_some_and(Callback::runs_here)
    }

    /// Whether this thread is the one that has to take what comes.
    pub fn is_served_here(&self) -> bool {
        self.lock().callback.as_ref().is_some_and(|callback| callback.mode == Mode::Thread && callback.runs_here())
    }

    /// Whether this thread has to come back before all of this owner is delivered.
    pub fn owes_here(&self, owner: Owner) -> bool {
        self.is_served_here() && self.lock().owes(owner)
    }
}

/// Notes that this thread is inside the callback, or that it has come back.
fn set_running<T>(state: &mut State<T>, id: u64, running: bool) {
    if let Some(callback) = state.callback.as_mut().filter(|callback| callback.id == id) {
        callback.running = running.then(|| Running { thread: this_thread(), owner: None });
    }
}

impl<T> State<T> {
    fn is_leaving(&self) -> bool {
        self.callback.as_ref().is_none_or(|callback| callback.is_leaving)
    }

    /// Whether a thread of the library is still to take something of this owner, or has not come back with it.
    fn owes(&self, owner: Owner) -> bool {
        let Some(callback) = self.callback.as_ref().filter(|callback| callback.has_thread) else { return false };
        let runs = callback.running.as_ref().is_some_and(|running| running.owner == Some(owner));
        let is_owners = |item: &Item<T>| item.lane.owner() == owner && !item.lane.is_closed();
        runs || (!callback.is_leaving && self.items.iter().chain(&self.held).any(is_owners))
    }
}
