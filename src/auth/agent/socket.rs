//! The socket of an agent, on the caller's thread: bounded in time and memory, ended by a close, without SIGPIPE.

use std::io::{self, Read};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::super::unusable;
use crate::descriptors::above_standard;
use crate::error::{Code, Error, Result, remedy};
use crate::wait::Deadline;

/// What OpenSSH's own programs take.
const MAX_BYTES: usize = 256 << 10;
/// How often a wait looks whether it was ended from another thread.
const SLICE: Duration = Duration::from_millis(100);
/// What the system would round to zero, it would take for "for ever".
const MIN_SLICE: Duration = Duration::from_millis(1);

#[cfg(any(target_os = "macos", target_os = "ios"))]
const FLAGS: i32 = 0; // the socket has SO_NOSIGPIPE
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
const FLAGS: i32 = libc::MSG_NOSIGNAL;

/// A connection to the agent.
pub(super) struct Link<'a> {
    socket: Socket,
    deadline: Deadline,
    check_open: &'a dyn Fn() -> Result<()>,
}

impl<'a> Link<'a> {
    /// To the agent that the environment names.
    pub fn connect(deadline: Deadline, check_open: &'a dyn Fn() -> Result<()>) -> Result<Self> {
        let path = std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).ok_or_else(|| {
            unusable("the environment variable SSH_AUTH_SOCK is not set; start an SSH agent (eval \"$(ssh-agent)\")")
        })?;
        let refused = |error: io::Error| {
            let shown = path.display();
            unusable(format!(
                "the SSH agent at {shown} (SSH_AUTH_SOCK) cannot be reached: {error}{}; is it running?",
                remedy(&error)
            ))
        };
        let address = SockAddr::unix(&path).map_err(refused)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(refused)?;
        let socket = above_standard(socket).map_err(refused)?.into();
        let link = Self { socket, deadline, check_open };
        // A backlog that is full makes it wait too.
        link.step(|socket| socket.connect(&address))?.map_err(refused)?;
        Ok(link)
    }

    /// Sends a request and reads the answer, both without their lengths.
    pub fn ask(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        let length = u32::try_from(request.len()).unwrap_or(u32::MAX);
        self.write(&[&length.to_be_bytes(), request].concat())?;
        let mut length = [0; 4];
        self.read(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if !(1..=MAX_BYTES).contains(&length) {
            return Err(unusable(format!(
                "the agent announces an answer of {length} bytes, and 1 to {MAX_BYTES} make sense; is SSH_AUTH_SOCK the \
                 socket of an SSH agent?"
            )));
        }
        let mut answer = vec![0; length];
        self.read(&mut answer)?;
        Ok(answer)
    }

    fn write(&self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.step(|socket| socket.send_with_flags(bytes, FLAGS))? {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    fn read(&self, mut room: &mut [u8]) -> Result<()> {
        while !room.is_empty() {
            match self.step(|mut socket| socket.read(room))? {
                Ok(0) => return Err(broken(&io::ErrorKind::UnexpectedEof.into())),
                Ok(more) => room = &mut room[more..],
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    /// Does something that may wait, slice by slice.
    fn step<T>(&self, mut act: impl FnMut(&Socket) -> io::Result<T>) -> Result<io::Result<T>> {
        loop {
            (self.check_open)()?;
            let slice = slice(self.deadline.left()).ok_or_else(too_late)?;
            // Only a time limit of zero can be refused.
            let limited = self.socket.set_read_timeout(Some(slice)).and(self.socket.set_write_timeout(Some(slice)));
            match limited.and_then(|()| act(&self.socket)) {
                Err(error) if goes_on(&error) => {}
                done => return Ok(done),
            }
        }
    }
}

/// How long to wait at a time; nothing where no time is left.
fn slice(left: Option<Duration>) -> Option<Duration> {
    match left {
        Some(Duration::ZERO) => None,
        left => Some(left.unwrap_or(SLICE).clamp(MIN_SLICE, SLICE)),
    }
}

fn goes_on(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn too_late() -> Error {
    let text =
        "the SSH agent (SSH_AUTH_SOCK) did not answer within the time limit; does it wait for its user to confirm?";
    Error::new(Code::TimedOut, text)
}

fn broken(error: &io::Error) -> Error {
    unusable(match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            "the SSH agent (SSH_AUTH_SOCK) ended the connection without an answer".to_owned()
        }
        _ => format!("the connection to the SSH agent (SSH_AUTH_SOCK) broke: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_wait_is_no_endless_one() {
        assert_eq!(slice(Some(Duration::ZERO)), None);
        assert_eq!(slice(None), Some(SLICE));
        let (socket, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        socket.set_read_timeout(slice(Some(Duration::from_nanos(900)))).unwrap();
        assert!(socket.read_timeout().unwrap().is_some());
    }
}
