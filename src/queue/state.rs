//! What a queue holds, and what its lock protects.

use std::collections::VecDeque;
use std::sync::Arc;

use super::callback::Callback;
#[cfg(unix)]
use super::ready_fd;
use super::room::Waiting;
use super::{Lane, Wakeup};

/// For how many items that have to be appended there is to be memory when one that need not be is. A queue with few items
/// needs none: what it grows by is not more than the memory that a program cannot go on without.
const HEADROOM: usize = 64;

#[derive(Debug)]
pub(super) struct State<T> {
    pub(super) items: VecDeque<Item<T>>,
    /// What came of lanes that are held.
    pub(super) held: Vec<Item<T>>,
    pub(super) abandoned: Abandoned,
    pub(super) interrupted: bool,
    pub(super) ended: bool,
    pub(super) shut: bool,
    /// Somebody has received, or tried to.
    pub(super) is_received: bool,
    /// Producers that wait for room.
    pub(super) waiting: Vec<Waiting>,
    /// The callback goes when nothing waits any more.
    pub(super) finishing: bool,
    pub(super) handles: usize,
    pub(super) callback: Option<Callback<T>>,
    /// How many callbacks there have been.
    pub(super) callbacks: u64,
    pub(super) wakeup: Option<Wakeup>,
    #[cfg(unix)]
    pub(super) ready_fd: Option<ready_fd::ReadyFd>,
    /// How many wait at `ready`, and at `quiet`: a notification that nobody waits for is a system call for nothing.
    pub(super) receivers: usize,
    pub(super) waits_for_quiet: usize,
    /// How many of the receivers are being woken already.
    pub(super) woken: usize,
}

#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) lane: Arc<Lane>,
    pub(super) bytes: usize,
    pub(super) value: T,
}

/// What stands among the items and is skipped, since its lane was abandoned.
#[derive(Debug, Default)]
pub(super) struct Abandoned {
    items: usize,
    weight: usize,
}

impl<T> State<T> {
    pub(super) fn new() -> Self {
        Self {
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
            woken: 0,
        }
    }

    /// Appends, or gives back what nobody wants, to be dropped without the lock.
    pub(super) fn push(&mut self, lane: &Arc<Lane>, value: T, bytes: usize) -> Option<T> {
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

    /// How many more of those who wait are to be woken, of this many at most. One who is being woken and has not looked
    /// yet is not woken again: each notification is a system call.
    pub(super) fn rouse(&mut self, most: usize) -> usize {
        let count = most.min(self.receivers.saturating_sub(self.woken));
        self.woken += count;
        count
    }

    /// Whether there is memory for a few more items.
    pub(super) fn has_memory(&mut self) -> bool {
        let (items, held) = (HEADROOM.min(self.items.len()), HEADROOM.min(self.held.len()));
        self.items.try_reserve(items).is_ok() && self.held.try_reserve(held).is_ok()
    }

    pub(super) fn release(&mut self, lanes: &[Arc<Lane>]) {
        lanes.iter().for_each(|lane| lane.release());
        let (free, held) = std::mem::take(&mut self.held).into_iter().partition(|item| !item.lane.is_held());
        self.held = held;
        let free: Vec<_> = free;
        self.items.extend(free);
    }

    /// How many can be taken.
    pub(super) fn count(&self) -> usize {
        self.items.len() - self.abandoned.items
    }

    /// Takes the oldest item; abandoned ones before it are put aside, to be dropped without the lock.
    pub(super) fn take(&mut self, skipped: &mut Vec<T>) -> Option<Item<T>> {
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

    pub(super) fn take_all(&mut self) -> Vec<Item<T>> {
        let all: Vec<_> = std::mem::take(&mut self.items).into_iter().chain(self.held.drain(..)).collect();
        all.iter().for_each(|item| item.lane.clear());
        self.abandoned = Abandoned::default();
        all
    }

    pub(super) fn discard(&mut self, lane: &Arc<Lane>) -> Vec<Item<T>> {
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
    pub(super) fn show(&mut self) {
        #[cfg(unix)]
        if self.ready_fd.is_some() {
            let is_ready = self.count() > 0 || self.interrupted || self.shut;
            self.ready_fd.iter_mut().for_each(|ready_fd| ready_fd.set(is_ready));
        }
    }

    /// What is abandoned stays as long as it weighs less than the places of what can be taken: so a sweep, which looks at
    /// all of them, is paid for by what it drops.
    pub(super) fn abandon(&mut self, lane: &Arc<Lane>) -> Vec<Item<T>> {
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
