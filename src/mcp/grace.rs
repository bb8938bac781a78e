//! How much time servers have to end.

use std::time::{Duration, Instant};

/// How long a killed process is waited for: only one that hangs within the kernel takes longer.
pub const REAPING_TIME: Duration = Duration::from_secs(1);

/// The longest pause between two looks at a server that is ending.
pub const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How a process is made to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// It is asked to: SIGTERM, where there are signals.
    Ask,
    /// It is not asked any more: SIGKILL.
    Kill,
}

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
    /// What it should have got by now.
    pub fn due(self, now: Instant) -> Option<Push> {
        if now >= self.kill { Some(Push::Kill) } else { (now >= self.term).then_some(Push::Ask) }
    }
}

/// Short at first: most servers end at once.
pub fn pauses() -> impl Iterator<Item = Duration> {
    (0..).map(|n| Duration::from_millis(1 << n)).take_while(|pause| *pause < LONGEST_PAUSE)
}
