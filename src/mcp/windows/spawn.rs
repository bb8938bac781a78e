//! Starting a program: with pipes, a job of its own, and no window.

use std::ffi::OsString;
use std::io;
use std::os::windows::io::OwnedHandle;
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command};

use tokio::runtime::Handle;

use super::super::spec::Spec;
use super::pipe::{Receiver, Sender, Way, pipe};
use crate::error::Result;

/// CREATE_NO_WINDOW and CREATE_NEW_PROCESS_GROUP: Ctrl+C in the host's console is not the server's.
const FLAGS: u32 = 0x0800_0000 | 0x0000_0200;
/// What a program's name may lack at its end.
const EXTENSIONS: [&str; 5] = ["", ".exe", ".com", ".cmd", ".bat"];

/// What holds a program and all that it starts together; dropped, it ends them.
pub type Native = fn(&Child) -> io::Result<OwnedHandle>;

/// The host's ends of a child's pipes.
#[derive(Debug)]
pub struct Ends {
    input: Sender,
    output: Receiver,
    errors: Receiver,
}

impl Ends {
    /// For the runtime: input, output, errors.
    pub fn open(self) -> io::Result<(Sender, Receiver, Receiver)> {
        Ok((self.input, self.output, self.errors))
    }
}

impl Spec {
    /// Starts it, with pipes of this runtime.
    pub(super) fn spawn(&self, runtime: &Handle) -> Result<(Child, OwnedHandle, Ends)> {
        self.check_folder()?;
        let program = self.program().ok_or_else(|| self.not_found(self.is_path()))?;
        let _within = runtime.enter();
        self.spawn_program(&program).map_err(|error| self.refused(&error))
    }

    fn spawn_program(&self, program: &Path) -> io::Result<(Child, OwnedHandle, Ends)> {
        let ((input, stdin), (output, stdout), (errors, stderr)) =
            (pipe(Way::ToChild)?, pipe(Way::ToUs)?, pipe(Way::ToUs)?);
        let mut command = Command::new(program);
        command.args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(stdin).stdout(stdout).stderr(stderr).creation_flags(FLAGS);
        if let Some(folder) = &self.working_directory {
            command.current_dir(folder);
        }
        let mut child = command.spawn()?;
        match (self.native)(&child) {
            Ok(job) => Ok((child, job, Ends { input, output, errors })),
            Err(error) => {
                // It may be gone.
                let _ = child.kill();
                Err(error)
            }
        }
    }

    fn is_path(&self) -> bool {
        self.command.contains(['/', '\\', ':'])
    }

    /// The program's file.
    fn program(&self) -> Option<PathBuf> {
        let of_child = self.env.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case("PATH"));
        let path: OsString = of_child.map(|(_, path)| path.into()).or_else(|| std::env::var_os("PATH"))?;
        let folders = if self.is_path() {
            vec![self.working_directory.as_ref().map_or(PathBuf::new(), PathBuf::from)]
        } else {
            std::env::split_paths(&path).collect()
        };
        let names = EXTENSIONS.map(|extension| format!("{}{extension}", self.command));
        // It is started from another folder than it was found from.
        let mut found =
            folders.iter().flat_map(|folder| names.iter().filter_map(|name| absolute(folder.join(name)).ok()));
        found.find(|path| path.is_file())
    }
}
