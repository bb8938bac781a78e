//! Starting a program: with pipes, a group of its own, no signal blocked, and the common ones not ignored.
//!
//! The standard library's way inherits the signal mask of the calling thread, which in many hosts blocks what a server
//! needs, and waits for a child whose program cannot be run, which panics in a host that ignores SIGCHLD.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsString};
use std::io::{self, PipeReader, PipeWriter, pipe};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf, absolute};

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;
pub use tokio::net::unix::pipe::{Receiver, Sender};

use super::super::spec::Spec;
use crate::descriptors::above_standard;
use crate::error::Result;

/// Where programs are looked for when nobody says where.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// What a host may ignore and a server is ended by, or needs itself.
const NOT_IGNORED: [Signal; 6] =
    [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGPIPE, Signal::SIGCHLD];

/// Has a program begin in a folder.
pub type Native = fn(&mut PosixSpawnFileActions, &CStr) -> io::Result<()>;

/// The host's ends of a child's pipes.
#[derive(Debug)]
pub struct Ends {
    /// Its standard input.
    pub input: OwnedFd,
    /// Its standard output.
    pub output: OwnedFd,
    /// Its standard error.
    pub errors: OwnedFd,
}

impl Ends {
    /// For the runtime, within which this is to be called: input, output, errors.
    pub fn open(self) -> io::Result<(Sender, Receiver, Receiver)> {
        let outputs = (Receiver::from_owned_fd(self.output)?, Receiver::from_owned_fd(self.errors)?);
        Ok((Sender::from_owned_fd(self.input)?, outputs.0, outputs.1))
    }
}

/// What a server wrote right before its end may be in the pipe before the runtime has noticed it, so the pipe is asked
/// then too.
pub fn read_now(pipe: &Receiver, part: &mut [u8]) -> io::Result<usize> {
    match pipe.try_read(part) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(rustix::io::read(pipe, part)?),
        result => result,
    }
}

/// Lets the runtime notice what is in the pipes already: `read_now` needs that nowhere.
#[allow(clippy::unused_async)]
pub async fn settle() {}

impl Spec {
    /// Starts it; tells its process id.
    pub(super) fn spawn(&self) -> Result<(i32, Ends)> {
        self.check_folder()?;
        let program = self.program().ok_or_else(|| self.not_found(self.command.contains('/')))?;
        let (pid, ends) = self.spawn_program(&program).map_err(|error| self.refused(&error))?;
        Ok((pid.as_raw(), ends))
    }

    fn spawn_program(&self, program: &Path) -> io::Result<(Pid, Ends)> {
        let (theirs, ours) = pipes()?;
        let mut actions = PosixSpawnFileActions::init()?;
        for (number, pipe) in (0..).zip(&theirs) {
            actions.add_dup2(pipe.as_raw_fd(), number)?;
        }
        if let Some(folder) = &self.working_directory {
            (self.native)(&mut actions, &text(folder.as_str())?)?;
        }
        let words = [&self.command].into_iter().chain(&self.args);
        let words = words.map(|word| text(word.as_str())).collect::<io::Result<Vec<_>>>()?;
        Ok((posix_spawn(program, &actions, &attributes()?, &words, &self.environment()?)?, ours))
    }

    /// The host's environment with what is added to it.
    fn environment(&self) -> io::Result<Vec<CString>> {
        let added = self.env.iter().map(|(name, value)| (name.into(), value.into()));
        let all: BTreeMap<OsString, OsString> = std::env::vars_os().chain(added).collect();
        all.into_iter().map(|(name, value)| text([name, value].join("=".as_ref()))).collect()
    }

    /// The program's file.
    fn program(&self) -> Option<PathBuf> {
        let of_child = self.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, path)| path.into());
        let path: OsString = of_child.or_else(|| std::env::var_os("PATH")).unwrap_or_else(|| DEFAULT_PATH.into());
        let folders = if self.command.contains('/') {
            vec![self.working_directory.as_ref().map_or(PathBuf::new(), PathBuf::from)]
        } else {
            std::env::split_paths(&path).collect()
        };
        // It is started from another folder than it was found from.
        let mut found = folders.iter().filter_map(|folder| absolute(folder.join(&self.command)).ok());
        found.find(|path| is_program(path))
    }
}

/// A group of its own, and signals as they are at the start of any program.
fn attributes() -> io::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF,
    )?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    attributes.set_sigmask(&SigSet::empty())?;
    attributes.set_sigdefault(&NOT_IGNORED.into_iter().collect())?;
    Ok(attributes)
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

fn text(text: impl Into<OsString>) -> io::Result<CString> {
    Ok(CString::new(text.into().into_vec())?)
}

/// The child's ends, in the order of its descriptors, and ours. None is where a standard descriptor of the child will be.
fn pipes() -> io::Result<([OwnedFd; 3], Ends)> {
    let (input, output, errors): ((PipeReader, PipeWriter), _, _) = (pipe()?, pipe()?, pipe()?);
    let theirs = [above_standard(input.0)?, above_standard(output.1)?, above_standard(errors.1)?];
    let ours =
        Ends { input: above_standard(input.1)?, output: above_standard(output.0)?, errors: above_standard(errors.0)? };
    Ok((theirs, ours))
}
