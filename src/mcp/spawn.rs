//! Starting a program: with pipes, a group of its own, and signals as they are at the start of any program.
//!
//! The standard library's way inherits the signal mask of the calling thread, which in many hosts blocks what a server
//! needs, and waits for a child whose program cannot be run, which panics in a host that ignores SIGCHLD.

use std::ffi::{CString, OsString};
use std::io::{PipeReader, PipeWriter, pipe};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;

use crate::error::{Code, Error, Result};

/// Where programs are looked for when nobody says where.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// What takes a program to another folder: there is no portable other way without a fork.
const SHELL: &str = "/bin/sh";
const IN_FOLDER: &str = "cd -- \"$0\" && exec \"$@\"";
/// Descriptors below are those of standard input, output and error.
const FIRST_FREE: i32 = 3;

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
    pub input: OwnedFd,
    /// Its standard output.
    pub output: OwnedFd,
    /// Its standard error.
    pub errors: OwnedFd,
}

impl Spec {
    /// Starts it; tells its process id.
    pub(super) fn spawn(&self) -> Result<(i32, Ends)> {
        let failed = |why: String| Error::new(Code::Mcp, format!("server: command {:?} {why}", self.command));
        if let Some(folder) = self.working_directory.as_ref().filter(|folder| !Path::new(folder).is_dir()) {
            return Err(failed(format!("cannot be started: the working_directory {folder:?} is no directory")));
        }
        let program = self.program().ok_or_else(|| failed(self.why_not()))?;
        let (pid, ends) = self.spawn_program(program).map_err(|error| failed(format!("cannot be started: {error}")))?;
        Ok((pid.as_raw(), ends))
    }

    fn spawn_program(&self, program: PathBuf) -> std::io::Result<(Pid, Ends)> {
        let (theirs, ours) = pipes()?;
        let mut actions = PosixSpawnFileActions::init()?;
        for (number, pipe) in theirs.iter().enumerate() {
            actions.add_dup2(pipe.as_raw_fd(), i32::try_from(number).unwrap_or(FIRST_FREE))?;
        }
        let (shown, args) = (text(self.command.as_str())?, self.args.iter().map(|arg| text(arg.as_str())));
        let args = args.collect::<std::io::Result<Vec<_>>>()?;
        let pid = match &self.working_directory {
            None => self.exec(Path::new(&program), &actions, [vec![shown], args].concat()),
            Some(folder) => {
                let shell = [text("sh")?, text("-c")?, text(IN_FOLDER)?, text(folder.as_str())?, text(program)?];
                self.exec(Path::new(SHELL), &actions, [shell.to_vec(), args].concat())
            }
        }?;
        Ok((pid, ours))
    }

    fn exec(&self, path: &Path, actions: &PosixSpawnFileActions, args: Vec<CString>) -> std::io::Result<Pid> {
        let mut attributes = PosixSpawnAttr::init()?;
        attributes.set_flags(
            PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
                | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
                | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF,
        )?;
        attributes.set_pgroup(Pid::from_raw(0))?;
        attributes.set_sigmask(&SigSet::empty())?;
        attributes.set_sigdefault(&[Signal::SIGPIPE, Signal::SIGCHLD].into_iter().collect())?;
        Ok(posix_spawn(path, actions, &attributes, &args, &self.environment()?)?)
    }

    /// The host's environment with what is added to it.
    fn environment(&self) -> std::io::Result<Vec<CString>> {
        let is_replaced = |name: &OsString| self.env.iter().any(|(added, _)| **added == **name);
        let of_host = std::env::vars_os().filter(|(name, _)| !is_replaced(name));
        let added = self.env.iter().map(|(name, value)| (name.into(), value.into()));
        of_host.chain(added).map(|(name, value): (OsString, OsString)| text([name, value].join("=".as_ref()))).collect()
    }

    /// The program's file.
    fn program(&self) -> Option<PathBuf> {
        let folder = self.working_directory.as_ref().map_or(Path::new(""), Path::new);
        if self.command.contains('/') {
            return Some(PathBuf::from(&self.command)).filter(|path| is_program(&folder.join(path)));
        }
        let of_child = self.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, path)| path.into());
        let path = of_child.or_else(|| std::env::var_os("PATH")).unwrap_or_else(|| DEFAULT_PATH.into());
        std::env::split_paths(&path).map(|folder| folder.join(&self.command)).find(|path| is_program(path))
    }

    fn why_not(&self) -> String {
        let why = if self.command.contains('/') { "is no program that can be run" } else { "was not found in PATH" };
        why.to_owned()
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

fn text(text: impl Into<OsString>) -> std::io::Result<CString> {
    Ok(CString::new(text.into().into_vec())?)
}

/// The child's ends, in the order of its descriptors, and ours.
fn pipes() -> std::io::Result<([OwnedFd; 3], Ends)> {
    let (input, output, errors): ((PipeReader, PipeWriter), _, _) = (pipe()?, pipe()?, pipe()?);
    let theirs = [above_standard(input.0)?, above_standard(output.1)?, above_standard(errors.1)?];
    Ok((theirs, Ends { input: input.1.into(), output: output.0.into(), errors: errors.0.into() }))
}

/// The same, out of the way of the child's standard descriptors, which a host may have closed.
fn above_standard(pipe: impl Into<OwnedFd>) -> std::io::Result<OwnedFd> {
    let pipe = pipe.into();
    if pipe.as_raw_fd() < FIRST_FREE { pipe.try_clone() } else { Ok(pipe) }
}
