//! An agent's named pipe, on a runtime of its own: there is no other safe way to wait for one for a limited time.

use std::ffi::{OsStr, OsString};
use std::io;
use std::thread::sleep;
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::error::Result;

/// What to ask who cannot reach it.
pub(super) const HINT: &str = "is the service ssh-agent running (Start-Service ssh-agent)?";

/// Where OpenSSH's agent is, unless the environment names another pipe. Those of other systems' tools are no pipes.
const USUAL_PLACE: &str = r"\\.\pipe\openssh-ssh-agent";
/// All its instances are taken.
const ERROR_PIPE_BUSY: i32 = 231;
/// How long to let a busy one be.
const PAUSE: Duration = Duration::from_millis(20);

/// Our end. What it does not get done in the time that it is given fails in a way that says so.
pub(super) struct End {
    pipe: Option<NamedPipeClient>,
    place: OsString,
    runtime: Runtime,
}

impl End {
    /// Where the agent is.
    pub fn place() -> Result<OsString> {
        let named = std::env::var_os("SSH_AUTH_SOCK");
        Ok(named.filter(|path| path.to_string_lossy().starts_with(r"\\")).unwrap_or_else(|| USUAL_PLACE.into()))
    }

    /// Not connected yet.
    pub fn new(place: &OsStr) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        Ok(Self { pipe: None, place: place.to_owned(), runtime })
    }

    pub fn connect(&mut self, time: Duration) -> io::Result<()> {
        let _within = self.runtime.enter();
        match ClientOptions::new().open(&self.place) {
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => {
                sleep(time.min(PAUSE));
                Err(io::ErrorKind::WouldBlock.into())
            }
            opened => opened.map(|pipe| self.pipe = Some(pipe)),
        }
    }

    pub fn send(&mut self, bytes: &[u8], time: Duration) -> io::Result<usize> {
        let pipe = connected(self.pipe.as_ref())?;
        let sent = async {
            pipe.writable().await?;
            pipe.try_write(bytes)
        };
        self.runtime.block_on(async { timeout(time, sent).await })?
    }

    pub fn receive(&mut self, room: &mut [u8], time: Duration) -> io::Result<usize> {
        let pipe = connected(self.pipe.as_ref())?;
        let received = async {
            pipe.readable().await?;
            pipe.try_read(room)
        };
        self.runtime.block_on(async { timeout(time, received).await })?
    }
}

fn connected(pipe: Option<&NamedPipeClient>) -> io::Result<&NamedPipeClient> {
    pipe.ok_or_else(|| io::ErrorKind::NotConnected.into())
}
