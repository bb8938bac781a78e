//! A child process with a group of its own, and its end: no signal handler, no thread that waits for it.
//!
//! The group is ended before its leader is reaped: until then nobody else can have its number.

use std::io;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process, waitid};
use tokio::runtime::Handle;

use super::super::grace::{Push, REAPING_TIME};
use super::super::spec::Spec;
use super::spawn::Ends;
use crate::error::{Code, Error, Result};
use crate::fork::PerProcess;
use crate::wait::lock;

/// How long a process that somebody else has reaped may take to be gone for everybody.
const VANISHING_TIME: Duration = Duration::from_millis(100);

/// Children that were killed and did not end: nobody waits for them, but once they do end they must not stay zombies.
static LEFT: PerProcess<Mutex<Vec<Child>>> = PerProcess::new(Mutex::new(Vec::new()), || Mutex::new(Vec::new()));

/// Reaps those that were left and have ended meanwhile. Never waits.
pub fn reap_left() {
    lock(LEFT.get()).retain_mut(|child| child.look().is_none());
}

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
    pub fn start(spec: &Spec, _: &Handle) -> Result<(Self, Ends)> {
        reap_left();
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

    /// Lets go of it, dead or not: it is looked at again at each later start of a server, close and shutdown.
    pub fn leave(&mut self) {
        if self.gone.is_none() {
            lock(LEFT.get()).push(Self { pid: self.pid, gone: None, lost: self.lost });
            self.gone = Some("it was killed and does not end".to_owned());
        }
    }

    /// Has the whole group end.
    pub fn push(&self, how: Push) {
        self.signal(match how {
            Push::Ask => Signal::TERM,
            Push::Kill => Signal::KILL,
        });
    }

    /// Sends a signal to the whole group, unless its leader was reaped already.
    fn signal(&self, signal: Signal) {
        if self.gone.is_none() && self.lost.is_none() {
            // A group that has just gone needs no signal.
            let _ = kill_process_group(self.pid, signal);
        }
    }
}

impl Drop for Child {
    /// Only a runtime that ends comes here before the child's own end, or a start that failed: nobody has more time to
    /// give.
    fn drop(&mut self) {
        let until = Instant::now() + REAPING_TIME;
        if self.look().is_none() {
            self.signal(Signal::KILL);
        }
        while self.look().is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Child {
        let args = vec!["1000".to_owned()];
        let spec = Spec { command: "sleep".into(), args, env: vec![], working_directory: None, native: |_, _| Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Child::start(&spec, runtime.handle()).unwrap().0
    }

    #[test]
    fn a_child_that_was_left_is_reaped_once_it_has_ended() {
        let mut child = sleeper();
        let pid = child.pid;
        child.leave();
        drop(child);
        reap_left();
        assert!(test_kill_process(pid).is_ok(), "it was neither killed nor waited for");
        kill_process_group(pid, Signal::KILL).unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        // A zombie still has its number.
        while test_kill_process(pid).is_ok() {
            assert!(Instant::now() < until);
            reap_left();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_child_that_is_dropped_is_killed_and_reaped() {
        let child = sleeper();
        let pid = child.pid;
        drop(child);
        assert!(test_kill_process(pid).is_err());
    }
}
