//! A child process in a job of its own, which ends with the last handle of it.

use std::os::windows::io::OwnedHandle;
use std::process;
use std::time::Instant;

use tokio::runtime::Handle;

use super::super::grace::{Push, REAPING_TIME, pauses};
use super::super::spec::Spec;
use super::spawn::Ends;
use crate::error::Result;

/// Nobody has to look after a process that was ended and goes on.
pub fn reap_left() {}

/// A child process. Dropped, it and all that it has started are ended.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    /// Closed, it ends all that is in it.
    job: Option<OwnedHandle>,
    /// How it ended.
    gone: Option<String>,
}

impl Child {
    /// Starts a program.
    pub fn start(spec: &Spec, runtime: &Handle) -> Result<(Self, Ends)> {
        let (process, job, ends) = spec.spawn(runtime)?;
        Ok((Self { process, job: Some(job), gone: None }, ends))
    }

    /// How it ended, if it did. Then what it has started is gone too.
    pub fn look(&mut self) -> Option<&str> {
        if self.gone.is_none() {
            let how = match self.process.try_wait() {
                Ok(None) => return None,
                Ok(Some(status)) => format!("exit status {}", status.code().unwrap_or_default()),
                Err(_) => "its exit status is not known".to_owned(),
            };
            self.job = None;
            self.gone = Some(how);
        }
        self.gone.as_deref()
    }

    /// Has it and all that it has started end. There is nothing that asks a program without a window to.
    pub fn push(&mut self, how: Push) {
        if how == Push::Kill {
            self.job = None;
        }
    }

    /// Lets go of it, dead or not.
    pub fn leave(&mut self) {
        self.push(Push::Kill);
        self.gone.get_or_insert_with(|| "it was killed and does not end".to_owned());
    }
}

impl Drop for Child {
    /// Only a runtime that ends comes here before the child's own end, or a start that failed.
    fn drop(&mut self) {
        let until = Instant::now() + REAPING_TIME;
        self.push(Push::Kill);
        let mut pauses = pauses();
        while self.look().is_none() && Instant::now() < until {
            std::thread::sleep(pauses.next().unwrap_or(super::super::grace::LONGEST_PAUSE));
        }
    }
}
