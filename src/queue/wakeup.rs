//! The way out of a queue by a wakeup: the host is told, and receives by itself. And all that a push wakes.

use std::fmt;
use std::sync::{Arc, Condvar};

/// Tells the host that a queue has something. What it holds of the host's is given back when it is dropped.
#[derive(Clone)]
pub struct Wakeup(Arc<dyn Fn() + Send + Sync>);

impl Wakeup {
    /// Tells the host.
    pub fn fire(&self) {
        (self.0)();
    }

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
}

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some((receivers, count)) = &self.receivers {
            (0..*count).for_each(|_| receivers.notify_one());
        }
        self.wakeup.iter().for_each(Wakeup::fire);
    }
}

/// Wakes that are fired together, when all is there that they are about; at the latest when this is dropped.
#[derive(Debug, Default)]
#[must_use]
pub struct Wakes(Vec<Wake>);

impl Wakes {
    /// Tells them all.
    pub fn fire(self) {}

    /// One more.
    pub fn add(&mut self, wake: Wake) {
        if !wake.is_nobodys() {
            self.0.push(wake);
        }
    }

    /// All of these, too.
    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Tells those who wait in a receive; the host's wakeups are left.
    pub fn into_wakeups(mut self) -> Vec<Wakeup> {
        self.0.iter_mut().filter_map(|wake| wake.wakeup.take()).collect()
    }
}
