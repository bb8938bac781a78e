//! The way out of a queue by a wakeup: the host is told, and receives by itself.

use std::fmt;
use std::sync::Arc;

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

/// The host's wakeup, if what was pushed calls for it: to be fired when no lock is held.
#[derive(Debug, Default)]
#[must_use]
pub struct Wake(pub(super) Option<Wakeup>);

impl Wake {
    /// Runs it.
    pub fn fire(self) {
        self.0.iter().for_each(|wakeup| (wakeup.0)());
    }

    /// Both, which are one: that of the same queue.
    pub fn and(&mut self, other: Self) {
        if self.0.is_none() {
            self.0 = other.0;
        }
    }
}
