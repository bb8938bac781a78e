//! How a server is started, on every system.

use std::fmt;
use std::io;
use std::path::Path;

use super::system::Native;
use crate::error::{Code, Error, Result, remedy};

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Spec {
    /// A program: its path, or its name to be looked for in PATH.
    pub command: String,
    /// What it is given.
    pub args: Vec<String>,
    /// Environment variables, added to the host's.
    pub env: Vec<(String, String)>,
    /// Where it runs; `None` = where the host does.
    pub working_directory: Option<String>,
    /// A step of the start that takes a call that has no safe form.
    pub native: Native,
}

impl Spec {
    /// Why it does not start.
    pub(super) fn failed(&self, why: impl fmt::Display) -> Error {
        Error::new(Code::Mcp, format!("server: command {:?} {why}", self.command))
    }

    /// The same, in the operating system's words.
    pub(super) fn refused(&self, error: &io::Error) -> Error {
        self.failed(format_args!("cannot be started: {error}{}", remedy(error)))
    }

    /// Refuses a folder that is none.
    pub(super) fn check_folder(&self) -> Result<()> {
        match self.working_directory.as_ref().filter(|folder| !Path::new(folder).is_dir()) {
            Some(folder) => {
                Err(self.failed(format_args!("cannot be started: the working_directory {folder:?} is no directory")))
            }
            None => Ok(()),
        }
    }

    /// There is no such program. `is_path`: it was not looked for in PATH.
    pub(super) fn not_found(&self, is_path: bool) -> Error {
        self.failed(if is_path { "is no program that can be run" } else { "was not found in PATH" })
    }
}
