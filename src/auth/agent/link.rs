//! The conversation with an agent, on the caller's thread: bounded in time and memory, ended by a close.

use std::io;
use std::time::Duration;

use super::super::unusable;
use super::end::{End, HINT};
use crate::error::{Code, Error, Result, remedy};
use crate::wait::Deadline;

/// What OpenSSH's own programs take.
const MAX_BYTES: usize = 256 << 10;
/// How often a wait looks whether it was ended from another thread.
const SLICE: Duration = Duration::from_millis(100);
/// What the system would round to zero, it would take for "for ever".
const MIN_SLICE: Duration = Duration::from_millis(1);

/// A connection to the agent.
pub(super) struct Link<'a> {
    end: End,
    deadline: Deadline,
    check_open: &'a dyn Fn() -> Result<()>,
}

impl<'a> Link<'a> {
    /// To the agent that the environment names.
    pub fn connect(deadline: Deadline, check_open: &'a dyn Fn() -> Result<()>) -> Result<Self> {
        let path = End::place()?;
        let refused = |error: io::Error| {
            let shown = path.display();
            unusable(format!(
                "the SSH agent at {shown} (SSH_AUTH_SOCK) cannot be reached: {error}{}; {HINT}",
                remedy(&error)
            ))
        };
        let mut link = Self { end: End::new(&path).map_err(refused)?, deadline, check_open };
        // A backlog that is full makes it wait too.
        link.step(|end, slice| end.connect(slice))?.map_err(refused)?;
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

    fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.step(|end, slice| end.send(bytes, slice))? {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    fn read(&mut self, mut room: &mut [u8]) -> Result<()> {
        while !room.is_empty() {
            match self.step(|end, slice| end.receive(room, slice))? {
                Ok(0) => return Err(broken(&io::ErrorKind::UnexpectedEof.into())),
                Ok(more) => room = &mut room[more..],
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    /// Does something that may wait, slice by slice.
    fn step<T>(&mut self, mut act: impl FnMut(&mut End, Duration) -> io::Result<T>) -> Result<io::Result<T>> {
        loop {
            (self.check_open)()?;
            let slice = slice(self.deadline.left()).ok_or_else(too_late)?;
            match act(&mut self.end, slice) {
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
        assert!(slice(Some(Duration::from_nanos(900))).unwrap() >= MIN_SLICE);
    }
}
