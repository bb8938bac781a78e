//! A descriptor that is readable while a queue has something: for hosts that poll.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::io::{read, write};

use crate::descriptors::above_standard;

/// Level-triggered. Each change is one system call; to set what is set already is none.
#[derive(Debug)]
pub struct ReadyFd {
    polled: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    other_end: OwnedFd,
    is_readable: bool,
}

impl ReadyFd {
    /// One that is not readable.
    #[cfg(target_os = "linux")]
    pub fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let polled = above_standard(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)?;
        Ok(Self { polled, is_readable: false })
    }

    /// One that is not readable.
    #[cfg(not(target_os = "linux"))]
    pub fn new() -> io::Result<Self> {
        let (polled, other_end) = rustix::pipe::pipe()?;
        for end in [&polled, &other_end] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(end, true)?;
        }
        Ok(Self { polled: above_standard(polled)?, other_end: above_standard(other_end)?, is_readable: false })
    }

    /// What a host polls.
    pub fn raw(&self) -> RawFd {
        self.polled.as_raw_fd()
    }

    /// Has it be readable, or not.
    pub fn set(&mut self, readable: bool) {
        if readable != self.is_readable {
            self.is_readable = readable;
            // It has room for what is written and holds what is read, so neither fails.
            let _ = if readable { self.fill() } else { self.empty() };
        }
    }

    #[cfg(target_os = "linux")]
    fn fill(&self) -> rustix::io::Result<usize> {
        write(&self.polled, &1_u64.to_ne_bytes())
    }

    #[cfg(not(target_os = "linux"))]
    fn fill(&self) -> rustix::io::Result<usize> {
        write(&self.other_end, &[1])
    }

    fn empty(&self) -> rustix::io::Result<usize> {
        read(&self.polled, &mut [0; 8])
    }
}
