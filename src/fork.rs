//! Globals that a forked child does not inherit.
//!
//! In a child the I/O thread is gone and any lock may be held for ever. So each process, and each forked descendant, has
//! its own copy of what is global here, found by counting forks, and never looks at an inherited one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the process that loaded the library and this one.
pub fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// To be called in the child after each fork.
#[cfg(unix)]
pub fn note() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// A global of which each forked child has a fresh one.
pub struct PerProcess<T> {
    value: T,
    fresh: fn() -> T,
    next: OnceLock<Box<Self>>,
}

impl<T> PerProcess<T> {
    /// The global of the first process, and how a child makes its own.
    pub const fn new(value: T, fresh: fn() -> T) -> Self {
        Self { value, fresh, next: OnceLock::new() }
    }

    /// This process's own.
    pub fn get(&self) -> &T {
        let mut global = self;
        for _ in 0..count() {
            global = global.next.get_or_init(|| Box::new(Self::new((self.fresh)(), self.fresh)));
        }
        &global.value
    }
}
