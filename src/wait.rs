//! Time limits, and waiting until one of them: on a condition variable, or as a future that any executor polls.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};

/// When a wait has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Only the end of what is waited for ends the wait.
    Never,
    /// The wait ends at this moment.
    At(Instant),
    /// There is no wait.
    Past,
}

impl Deadline {
    /// The moment `timeout_ms` from now; -1 is never, and so is what no clock can hold.
    pub fn after_ms(timeout_ms: i64) -> Result<Self> {
        match u64::try_from(timeout_ms) {
            Ok(0) => Ok(Self::Past),
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
            Self::Past => Some(Duration::ZERO),
            Self::At(end) => Some(end.saturating_duration_since(Instant::now())),
        }
    }

    /// What is left of it, but no more than this.
    pub fn at_most(self, time: Duration) -> Duration {
        self.left().map_or(time, |left| left.min(time))
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

/// A value that one waits for and another delivers, once.
#[derive(Debug)]
pub struct Promise<T> {
    state: Mutex<Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    value: Option<T>,
    waits: Option<Waker>,
}

impl<T> Promise<T> {
    /// A promise that nobody has kept yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(Kept { value: None, waits: None }) })
    }

    /// Delivers the value.
    pub fn keep(&self, value: T) {
        self.deliver(value).into_iter().for_each(Waker::wake);
    }

    /// Delivers the value, and gives who is to be woken for it: under no lock, since he may want that at once.
    #[must_use]
    pub fn deliver(&self, value: T) -> Option<Waker> {
        let mut state = lock(&self.state);
        state.value = Some(value);
        state.waits.take()
    }

    /// The value, if it is there.
    pub fn take(&self) -> Option<T> {
        lock(&self.state).value.take()
    }

    /// The value, or nothing when time is up first. For one at a time.
    pub async fn until(&self, deadline: Deadline) -> Option<T> {
        poll_fn(|context| {
            let mut state = lock(&self.state);
            if state.value.is_some() || deadline.is_over() {
                return Poll::Ready(state.value.take());
            }
            state.waits = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// The same on this thread.
    pub fn wait(&self, deadline: Deadline) -> Option<T> {
        block_on(self.until(deadline), deadline)
    }
}

/// What the future gives, or nothing when time is up first. Who polls it has to look again when time is up.
pub async fn within<T>(deadline: Deadline, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if deadline.is_over() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// How often a future is polled whose time is up.
const OVERTIME: Duration = Duration::from_millis(25);

/// Polls a future on this thread until it is ready. It is polled when the deadline comes and now and then from there on,
/// and has to look at the deadline by itself.
pub fn block_on<T>(future: impl Future<Output = T>, deadline: Deadline) -> T {
    block_on_with(future, deadline, Parked::wait)
}

/// The same, with `park` for the way to wait: until the waker was called, or until a moment.
pub fn block_on_with<T>(future: impl Future<Output = T>, deadline: Deadline, park: impl Fn(&Parked, Deadline)) -> T {
    let mut future = pin!(future);
    let parked = Arc::new(Parked::default());
    let waker = Waker::from(Arc::clone(&parked));
    let mut context = Context::from_waker(&waker);
    let mut limit = deadline;
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        park(&parked, limit);
        if limit.is_over() {
            limit = Deadline::after(OVERTIME);
        }
    }
}

/// A thread that polls a future.
#[derive(Debug, Default)]
pub struct Parked {
    state: Mutex<Parking>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct Parking {
    is_woken: bool,
    /// A notification that nobody waits for would be a system call for nothing.
    waits: bool,
}

impl Parked {
    /// Whether its waker was called since it last waited to the end.
    pub fn is_woken(&self) -> bool {
        lock(&self.state).is_woken
    }

    /// Waits until its waker is called, or the deadline.
    pub fn wait(&self, deadline: Deadline) {
        let mut state = lock(&self.state);
        state.waits = true;
        while !state.is_woken && !deadline.is_over() {
            state = wait(&self.woken, state, deadline);
        }
        *state = Parking::default();
    }
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        state.is_woken = true;
        let waits = state.waits;
        drop(state);
        if waits {
            self.woken.notify_one();
        }
    }
}

/// What opens once, for any number of threads that wait.
#[derive(Debug, Default)]
pub struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Lets everybody through.
    pub fn open(&self) {
        *lock(&self.is_open) = true;
        self.opened.notify_all();
    }

    /// Waits until it is open; tells whether it is.
    pub fn wait(&self, deadline: Deadline) -> bool {
        let mut is_open = lock(&self.is_open);
        while !*is_open && !deadline.is_over() {
            is_open = wait(&self.opened, is_open, deadline);
        }
        *is_open
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
    fn a_future_that_takes_more_time_than_it_has_is_polled_until_it_is_done() {
        let (deadline, later) = (Deadline::after(OVERTIME), Deadline::after(3 * OVERTIME));
        block_on(poll_fn(|_| if later.is_over() { Poll::Ready(()) } else { Poll::Pending }), deadline);
        assert!(later.is_over());
    }

    #[test]
    fn a_kept_promise_is_seen_even_when_time_is_up() {
        let promise = Promise::new();
        promise.keep(7);
        assert_eq!(promise.wait(Deadline::after(Duration::ZERO)), Some(7));
    }
}
