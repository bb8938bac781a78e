//! How much time servers have to end.

use std::time::{Duration, Instant};

use rustix::process::Signal;

/// The longest pause between two looks at a server that is ending.
pub const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How much time a server has to end by itself: one half after the end of its input, the other after SIGTERM.
#[derive(Clone, Copy, Debug)]
pub struct Grace(pub Duration);

impl Grace {
    /// Where nobody waits for it.
    pub const AMPLE: Self = Self(Duration::from_secs(4));
}

/// When a server that is to end gets SIGTERM and SIGKILL.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// SIGTERM.
    pub term: Instant,
    /// SIGKILL.
    pub kill: Instant,
}

impl Times {
    /// The signal that it should have got by now.
    pub fn due(self, now: Instant) -> Option<Signal> {
        if now >= self.kill { Some(Signal::KILL) } else { (now >= self.term).then_some(Signal::TERM) }
    }
}

/// Short at first: most servers end at once.
pub fn pauses() -> impl Iterator<Item = Duration> {
    (0..).map(|n| Duration::from_millis(1 << n)).take_while(|pause| *pause < LONGEST_PAUSE)
}
