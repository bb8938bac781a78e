//! One producer's part of a queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::runtime::Owner;

/// The smallest charge for an item, so that empty items are bounded too.
const MIN_BYTES: usize = 32;

/// What of one producer waits in a queue. The counters of what waits change only under the queue's lock.
#[derive(Debug)]
pub struct Lane {
    owner: Owner,
    budget: usize,
    bytes: AtomicUsize,
    items: AtomicUsize,
    /// The size of its last item, which is not charged.
    last: AtomicUsize,
    closed: AtomicBool,
    held: AtomicBool,
}

impl Lane {
    /// A lane whose items may take up this many bytes; with 0, it has room for nothing.
    pub fn new(owner: Owner, budget: usize) -> Arc<Self> {
        Arc::new(Self::made(owner, budget, false))
    }

    /// The same, but nobody gets its items until it is released.
    pub fn held(owner: Owner, budget: usize) -> Arc<Self> {
        Arc::new(Self::made(owner, budget, true))
    }

    fn made(owner: Owner, budget: usize, held: bool) -> Self {
        Self {
            owner,
            budget,
            bytes: AtomicUsize::new(0),
            items: AtomicUsize::new(0),
            last: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            held: AtomicBool::new(held),
        }
    }

    /// Whose items these are.
    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// What an item of this size is charged.
    pub fn charge(size: usize) -> usize {
        size.max(MIN_BYTES)
    }

    /// Whether an item of this charge is within the budget; one alone always is.
    pub fn has_room(&self, bytes: usize) -> bool {
        let used = self.bytes.load(Ordering::Relaxed);
        (used == 0 && self.has_budget()) || used.saturating_add(bytes) <= self.budget
    }

    /// Whether there ever is room in it.
    pub fn has_budget(&self) -> bool {
        self.budget > 0
    }

    /// The last item that there will be is uncharged, and has this size.
    pub fn note_last(&self, size: usize) {
        self.last.store(size, Ordering::Relaxed);
    }

    /// What waits of it, in bytes, the uncharged last item and the places of all in the queue counted.
    pub(super) fn weight(&self) -> usize {
        let last = if self.is_empty() { 0 } else { self.last.load(Ordering::Relaxed) };
        let places = self.len().saturating_mul(MIN_BYTES);
        self.bytes.load(Ordering::Relaxed).saturating_add(last).saturating_add(places)
    }

    /// What waits of it, in bytes as they are charged.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether nothing of it waits.
    pub fn is_empty(&self) -> bool {
        self.items.load(Ordering::Relaxed) == 0
    }

    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.items.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.items.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.items.store(0, Ordering::Relaxed);
    }

    pub(super) fn len(&self) -> usize {
        self.items.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Whether nobody takes its items any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(super) fn release(&self) {
        self.held.store(false, Ordering::Relaxed);
    }

    /// Whether nobody gets its items yet.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }
}
