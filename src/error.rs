//! The one error type: a status code, a text that says what to do, and nothing else that a caller could need.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a call failed. The numbers are those of the C interface and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs, reason = "the header documents each status once")]
pub enum Code {
    InvalidArgument = -1,
    NoMemory = -2,
    Internal = -3,
    Forked = -4,
    WouldDeadlock = -5,
    Unsupported = -6,
    Io = -7,
    TimedOut = -8,
    Cancelled = -9,
    Closed = -10,
    TooLarge = -11,
    AbiMismatch = -12,
    InvalidState = -13,
    Busy = -14,
    Connect = -20,
    Tls = -21,
    Disconnected = -22,
    Protocol = -23,
    Key = -30,
    Auth = -31,
    Rejected = -32,
    Registry = -33,
    Mcp = -34,
    Process = -35,
}

impl Code {
    fn is_retriable(self) -> bool {
        matches!(self, Self::TimedOut | Self::Busy | Self::Connect | Self::Disconnected | Self::Registry)
    }
}

/// A failed call: its code and one line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    /// Shared by its copies: an engine's text may be large.
    message: Arc<str>,
    is_retriable: bool,
}

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with this text; line breaks and control characters in it become spaces.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.contains(char::is_control) {
            message = message.replace(char::is_control, " ");
        }
        Self { code, message: message.into(), is_retriable: code.is_retriable() }
    }

    /// A refused argument; `what` starts with the parameter's name.
    pub fn argument(what: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, what)
    }

    /// A file operation that the operating system refused.
    pub fn io(what: &str, error: &io::Error) -> Self {
        let remedy = remedy(error);
        Self { is_retriable: !remedy.is_empty(), ..Self::new(Code::Io, format!("{what}: {error}{remedy}")) }
    }

    /// A thread that the operating system refused.
    pub fn no_thread(what: &str, error: &dyn fmt::Display) -> Self {
        let hint = "raise the limit of threads (ulimit -u) or of memory";
        Self {
            is_retriable: true,
            ..Self::new(Code::NoMemory, format!("{what} could not be started: {error}; {hint}"))
        }
    }

    /// The same failure, when the same call would fail in the same way again.
    #[must_use]
    pub fn for_good(self) -> Self {
        Self { is_retriable: false, ..self }
    }

    /// Whether the same call may succeed later without any other change.
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        self.is_retriable
    }

    /// Which kind of failure this is.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// One line of text for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same failure, with something that explains it.
    #[must_use]
    pub fn but(self, what: impl fmt::Display) -> Self {
        Self { is_retriable: self.is_retriable, ..Self::new(self.code, format!("{}; {what}", self.message)) }
    }

    /// The same failure, told with the name of the call or thing that it hit.
    #[must_use]
    pub fn of(self, what: impl fmt::Display) -> Self {
        Self { is_retriable: self.is_retriable, ..Self::new(self.code, format!("{what}: {}", self.message)) }
    }
}

/// What to do where the operating system has no more descriptors, to be said behind its own words; else nothing.
pub fn remedy(error: &io::Error) -> &'static str {
    #[cfg(unix)]
    if let Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE) = rustix::io::Errno::from_io_error(error) {
        return "; close some, or raise the limit of open files (ulimit -n)";
    }
    #[cfg(not(unix))]
    let _ = error;
    ""
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        let error = Error::new(Code::Rejected, "first\nsecond\tthird").of("launch\nprocess");
        assert_eq!(error.message(), "launch process: first second third");
    }

    #[test]
    fn copies_share_their_text() {
        let error = Error::new(Code::Process, "it broke");
        assert!(std::ptr::eq(error.message(), error.clone().message()));
    }

    #[test]
    fn a_failure_for_good_stays_one() {
        let error = Error::new(Code::TimedOut, "late");
        assert!(error.clone().of("ping").is_retriable());
        assert!(!error.for_good().of("ping").is_retriable());
    }
}
