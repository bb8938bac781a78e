//! An agent's socket. None of this raises SIGPIPE.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::super::unusable;
use crate::descriptors::above_standard;
use crate::error::Result;

/// What to ask who cannot reach it.
pub(super) const HINT: &str = "is it running?";

#[cfg(any(target_os = "macos", target_os = "ios"))]
const FLAGS: i32 = 0; // the socket has SO_NOSIGPIPE
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
const FLAGS: i32 = libc::MSG_NOSIGNAL;

/// Our end. What it does not get done in the time that it is given fails in a way that says so.
pub(super) struct End {
    socket: Socket,
    address: SockAddr,
}

impl End {
    /// Where the agent is, as the environment names it.
    pub fn place() -> Result<OsString> {
        std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).ok_or_else(|| {
            unusable("the environment variable SSH_AUTH_SOCK is not set; start an SSH agent (eval \"$(ssh-agent)\")")
        })
    }

    /// Not connected yet.
    pub fn new(place: &OsStr) -> io::Result<Self> {
        let address = SockAddr::unix(place)?;
        let socket = above_standard(Socket::new(Domain::UNIX, Type::STREAM, None)?)?.into();
        Ok(Self { socket, address })
    }

    pub fn connect(&mut self, time: Duration) -> io::Result<()> {
        self.limit(time)?;
        self.socket.connect(&self.address)
    }

    pub fn send(&mut self, bytes: &[u8], time: Duration) -> io::Result<usize> {
        self.limit(time)?;
        self.socket.send_with_flags(bytes, FLAGS)
    }

    pub fn receive(&mut self, room: &mut [u8], time: Duration) -> io::Result<usize> {
        self.limit(time)?;
        self.socket.read(room)
    }

    /// Only a time limit of zero can be refused.
    fn limit(&self, time: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(time)).and(self.socket.set_write_timeout(Some(time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_wait_is_no_endless_one() {
        let (socket, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        let mut end = End { socket, address: SockAddr::unix("unused").unwrap() };
        end.limit(Duration::from_millis(1)).unwrap();
        assert!(end.socket.read_timeout().unwrap().is_some());
        assert!(end.receive(&mut [0], Duration::from_millis(1)).is_err());
    }
}
