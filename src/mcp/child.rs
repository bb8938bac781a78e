//! A child process with a group of its own, and its end: no signal handler, no thread that waits for it.
//!
//! The group is ended before its leader is reaped: until then nobody else can have its number.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::error::{Code, Error, Result};

/// How long a killed process is waited for: only one that hangs within the kernel takes longer.
pub const REAPING_TIME: Duration = Duration::from_secs(1);

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// A program: its path, or its name to be looked for in PATH.
    pub command: String,
    /// What it is given.
    pub args: Vec<String>,
    /// Environment variables, added to the host's.
    pub env: Vec<(String, String)>,
    /// Where it runs; `None` = where the host does.
    pub working_directory: Option<String>,
}

/// The host's ends of a child's pipes.
#[derive(Debug)]
pub struct Ends {
    /// Its standard input.
    pub input: ChildStdin,
    /// Its standard output.
    pub output: ChildStdout,
    /// Its standard error.
    pub errors: ChildStderr,
}

/// A child process. Dropped, it and its group are killed.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    /// How it ended, once it is reaped.
    gone: Option<String>,
}

impl Spec {
    /// Starts it. Rust gives a child an empty signal mask and SIGPIPE's default, whatever those of this thread are.
    pub fn spawn(&self) -> Result<(Child, Ends)> {
        use std::os::unix::process::CommandExt;
        let failed = |why: String| Error::new(Code::Mcp, format!("server: command {:?} {why}", self.command));
        if let Some(folder) = self.working_directory.as_ref().filter(|folder| !Path::new(folder).is_dir()) {
            return Err(failed(format!("cannot be started: the working_directory {folder:?} is no directory")));
        }
        let program = self.program().ok_or_else(|| failed("was not found in PATH".into()))?;
        let mut command = Command::new(program);
        command.arg0(&self.command).args(&self.args).process_group(0);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = &self.working_directory {
            command.current_dir(folder);
        }
        let mut child = command.spawn().map_err(|error| failed(format!("cannot be started: {error}")))?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        match (pid, child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(pid), Some(input), Some(output), Some(errors)) => {
                Ok((Child { pid, gone: None }, Ends { input, output, errors }))
            }
            _ => Err(Error::new(Code::Internal, "a child process has no pipes")),
        }
    }

    /// Looked for here: where the child's PATH differs from ours, the standard library would look for it behind a fork,
    /// and panic when it finds nothing in a host that ignores SIGCHLD.
    fn program(&self) -> Option<PathBuf> {
        let is_path = self.command.contains('/');
        let path = self.env.iter().rev().find(|(name, _)| name == "PATH").filter(|_| !is_path);
        let Some((_, path)) = path else { return Some(PathBuf::from(&self.command)) };
        std::env::split_paths(path).map(|folder| folder.join(&self.command)).find(|path| is_program(path))
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

impl Child {
    /// How it ended, if it did. Then its group is gone too.
    pub fn look(&mut self) -> Option<&str> {
        if self.gone.is_none() {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
            let how = match self.wait(options | WaitIdOptions::NOWAIT) {
                Ok(None) => return None,
                Ok(Some(how)) => how,
                // A host that ignores SIGCHLD, or reaps whatever child it finds, was there first.
                Err(_) => "its exit status is not known".into(),
            };
            self.signal(Signal::KILL);
            // It is there to be reaped, or was reaped by the host this very moment.
            let _ = self.wait(options);
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

    /// Sends a signal to the whole group, unless its leader was reaped already.
    pub fn signal(&self, signal: Signal) {
        if self.gone.is_none() {
            // A group that has just gone needs no signal.
            let _ = kill_process_group(self.pid, signal);
        }
    }
}

impl Drop for Child {
    /// Only a runtime that ends comes here before the child's own end: nobody has more time to give.
    fn drop(&mut self) {
        let until = Instant::now() + REAPING_TIME;
        self.signal(Signal::KILL);
        while self.look().is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
