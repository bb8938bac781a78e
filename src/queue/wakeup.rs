//! The way out of a queue by a wakeup: the host is told, and receives by itself. And all that a push wakes.

use std::fmt;
use std::sync::{Arc, Condvar};

/// Tells the host that a queue has something. What it holds of the host's is given back when it is dropped.
#[derive(Clone)]
pub struct Wakeup(Arc<dyn Fn() + Send + Sync>);

impl Wakeup {
    /// Calls a function.
    pub fn new(signal: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(signal))
    }
}

impl fmt::Debug for Wakeup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wakeup")
    }
}

/// Who is to be told of what was pushed, when no lock is held: those who wait in a receive, and the host by its wakeup.
/// Dropped, it fires.
#[derive(Debug, Default)]
#[must_use]
pub struct Wake {
    pub(super) receivers: Option<(Arc<Condvar>, usize)>,
    pub(super) wakeup: Option<Wakeup>,
}

impl Wake {
    /// Tells them.
    pub fn fire(self) {}

    /// Whether nobody is to be told.
    pub fn is_nobodys(&self) -> bool {
        self.receivers.is_none() && self.wakeup.is_none()
    }

    /// Both, which are one: of the same queue.
    pub fn and(&mut self, mut other: Self) {
        match (&mut self.receivers, &mut other.receivers) {
            (Some((_, count)), Some((_, more))) => *count += std::mem::take(more),
            (none @ None, more) => *none = more.take(),
            (Some(_), None) => {}
        }
        let wakeup = other.wakeup.take();
        self.wakeup = self.wakeup.take().or(wakeup);
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some((receivers, count)) = &self.receivers {
            (0..*count).for_each(|_| receivers.notify_one());
        }
        self.wakeup.iter().for_each(|wakeup| (wakeup.0)());
    }
}

/// Wakes that are fired together, when all is there that they are about; at the latest when this is dropped.
#[derive(Debug, Default)]
pub struct Wakes(Vec<Wake>);

impl Wakes {
    /// Whether nobody is to be told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more.
    pub fn add(&mut self, wake: Wake) {
        if !wake.is_nobodys() {
            self.0.push(wake);
        }
    }
}
