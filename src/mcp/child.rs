//! A child process with a group of its own, and its end: no signal handler, no thread that waits for it.
//!
//! The group is ended before its leader is reaped: until then nobody else can have its number.

use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process, waitid};

use super::spawn::{Ends, Spec};
use crate::error::{Code, Error, Result};

/// How long a killed process is waited for: only one that hangs within the kernel takes longer.
pub const REAPING_TIME: Duration = Duration::from_secs(1);
/// How long a process that somebody else has reaped may take to be gone for everybody.
const VANISHING_TIME: Duration = Duration::from_millis(100);

/// A child process. Dropped, it and its group are killed.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    /// How it ended, once it is reaped.
    gone: Option<String>,
    /// Since when it is no child of ours any more, though we have not reaped it.
    lost: Option<Instant>,
}

impl Child {
    /// Starts a program.
    pub fn start(spec: &Spec) -> Result<(Self, Ends)> {
        let (pid, ends) = spec.spawn()?;
        let pid = Pid::from_raw(pid).ok_or_else(|| Error::new(Code::Internal, "a child process has no id"))?;
        Ok((Self { pid, gone: None, lost: None }, ends))
    }

    /// How it ended, if it did. Then its group is gone too.
    pub fn look(&mut self) -> Option<&str> {
        if self.gone.is_none() {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
            let how = match self.wait(options | WaitIdOptions::NOWAIT) {
                Ok(None) => return None,
                Ok(Some(how)) => {
                    self.signal(Signal::KILL);
                    // It is there to be reaped, or was reaped by the host this very moment.
                    let _ = self.wait(options);
                    how
                }
                Err(_) if self.is_vanishing() => return None,
                Err(_) => "its exit status is not known".to_owned(),
            };
            self.gone = Some(how);
        }
        self.gone.as_deref()
    }

    fn wait(&self, options: WaitIdOptions) -> io::Result<Option<String>> {
        loop {
            match waitid(WaitId::Pid(self.pid), options) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(None) => return Ok(None),
                Ok(Some(status)) => {
                    let by_signal = status.terminating_signal().map(|number| format!("killed by signal {number}"));
                    let code = status.exit_status().unwrap_or_default();
                    return Ok(Some(by_signal.unwrap_or_else(|| format!("exit status {code}"))));
                }
            }
        }
    }

    /// A host that ignores SIGCHLD, or reaps whatever child it finds, was there first. While anything is left of the group,
    /// nobody else can have its number; later somebody may: so it is ended now or never.
    fn is_vanishing(&mut self) -> bool {
        if self.lost.is_none() {
            self.signal(Signal::KILL);
        }
        let since = self.lost.get_or_insert_with(Instant::now);
        since.elapsed() < VANISHING_TIME && test_kill_process(self.pid).is_ok()
    }

    /// Sends a signal to the whole group, unless its leader was reaped already.
    pub fn signal(&self, signal: Signal) {
        if self.gone.is_none() && self.lost.is_none() {
            // A group that has just gone needs no signal.
            let _ = kill_process_group(self.pid, signal);
        }
    }
}

impl Drop for Child {
    /// Only a runtime that ends comes here before the child's own end: nobody has more time to give.
    fn drop(&mut self) {
        let until = Instant::now() + REAPING_TIME;
        if self.look().is_none() {
            self.signal(Signal::KILL);
        }
        while self.look().is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
