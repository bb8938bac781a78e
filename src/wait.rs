//! Time limits, and waiting on a condition variable until one of them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};

/// When a wait has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Only the end of what is waited for ends the wait.
    Never,
    /// The wait ends at this moment.
    At(Instant),
}

impl Deadline {
    /// The moment `timeout_ms` from now; -1 is never, and so is what no clock can hold.
    pub fn after_ms(timeout_ms: i64) -> Result<Self> {
        match u64::try_from(timeout_ms) {
            Ok(ms) => Ok(Self::after(Duration::from_millis(ms))),
            Err(_) if timeout_ms == -1 => Ok(Self::Never),
            Err(_) => {
                Err(Error::argument(format!("timeout_ms is {timeout_ms}: give milliseconds, 0, or PIE_FOREVER (-1)")))
            }
        }
    }

    /// The moment `time` from now.
    pub fn after(time: Duration) -> Self {
        Instant::now().checked_add(time).map_or(Self::Never, Self::At)
    }

    /// What is left of it: `None` for never.
    pub fn left(self) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::At(end) => Some(end.saturating_duration_since(Instant::now())),
        }
    }

    /// Whether its moment has come.
    pub fn is_over(self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }
}

/// Locks; a panic in another thread that held the lock does not spread.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification or the deadline, whichever comes first.
pub fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, deadline: Deadline) -> MutexGuard<'a, T> {
    match deadline.left() {
        None => condition.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(left) => condition.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0,
    }
}

/// A value that one thread waits for and another delivers, once.
#[derive(Debug)]
pub struct Promise<T> {
    value: Mutex<Option<T>>,
    kept: Condvar,
}

impl<T> Promise<T> {
    /// A promise that nobody has kept yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { value: Mutex::new(None), kept: Condvar::new() })
    }

    /// Delivers the value.
    pub fn keep(&self, value: T) {
        *lock(&self.value) = Some(value);
        self.kept.notify_all();
    }

    /// The value, or nothing when time was up first.
    pub fn wait(&self, deadline: Deadline) -> Option<T> {
        let mut value = lock(&self.value);
        loop {
            if value.is_some() || deadline.is_over() {
                return value.take();
            }
            value = wait(&self.kept, value, deadline);
        }
    }
}

/// The error of a request whose time is up.
pub fn timed_out(what: &str) -> Error {
    Error::new(Code::TimedOut, format!("{what}: no answer within the time limit; it may still be carried out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_below_minus_one_is_refused() {
        assert_eq!(Deadline::after_ms(-2).unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(Deadline::after_ms(-1).unwrap(), Deadline::Never);
    }

    #[test]
    fn zero_is_over_at_once_and_the_largest_number_never() {
        assert!(Deadline::after_ms(0).unwrap().is_over());
        assert!(!Deadline::after_ms(i64::MAX).unwrap().is_over());
    }

    #[test]
    fn a_kept_promise_is_seen_even_when_time_is_up() {
        let promise = Promise::new();
        promise.keep(7);
        assert_eq!(promise.wait(Deadline::after(Duration::ZERO)), Some(7));
    }
}
