//! What a consumer receives.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;

use super::{Client, McpRequest, Process, ProcessInfo};
use crate::error::Error;
use crate::queue::Lane;
use crate::runtime::Birth;

/// The kinds of events; the numbers are those of the C interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[allow(missing_docs, reason = "the header documents each kind once")]
pub enum EventKind {
    Stdout = 1,
    Stderr = 2,
    Message = 3,
    File = 4,
    Return = 5,
    Error = 6,
    Other = 7,
    Overflow = 8,
    Done = 16,
    Connection = 17,
    Progress = 18,
    McpRequest = 19,
}

impl EventKind {
    /// The kind of an engine's event.
    pub fn from_name(name: &str) -> Self {
        match name {
            "stdout" => Self::Stdout,
            "stderr" => Self::Stderr,
            "message" => Self::Message,
            "return" => Self::Return,
            "error" => Self::Error,
            _ => Self::Other,
        }
    }

    /// Whether it ends its process's stream.
    pub fn is_last(self) -> bool {
        matches!(self, Self::Return | Self::Error)
    }
}

/// One event.
#[derive(Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// What went wrong, if something did.
    pub failure: Option<Error>,
    /// Whose it is, if it is a process's.
    pub process: Option<Arc<Process>>,
    /// When its producer was made.
    pub birth: Birth,
    /// The tag of its producer.
    pub tag: u64,
    /// Its place in its producer's stream, dropped events counted.
    pub sequence: u64,
    /// How many, or how much, of `total`; what of it is of use depends on the kind.
    pub current: u64,
    /// See `current`.
    pub total: u64,
    /// Text or bytes, and a NUL behind them.
    pub data: Data,
    /// A name, if the kind has one.
    pub name: Option<String>,
    /// What is to be answered, if something is.
    pub request: Option<Arc<McpRequest>>,
    /// What an asynchronous call has made.
    pub result: Outcome,
    /// Where the newest `current` stands, if that may change while the event waits.
    pub progress: Option<Arc<AtomicU64>>,
}

impl Event {
    /// An event of this kind that says nothing else yet.
    pub fn new(kind: EventKind, birth: Birth, tag: u64) -> Self {
        Self {
            kind,
            failure: None,
            process: None,
            birth,
            tag,
            sequence: 0,
            current: 0,
            total: 0,
            data: Data::default(),
            name: None,
            request: None,
            result: Outcome::Nothing,
            progress: None,
        }
    }
}

/// What an asynchronous call gives, until somebody takes it. Dropped, it is let go of: a client closed, a process
/// released.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Outcome {
    #[default]
    Nothing,
    Number(u64),
    Text(String),
    Client(Client),
    Process(Unclaimed),
    Processes(Vec<Unclaimed>),
    List(Vec<ProcessInfo>),
}

impl Outcome {
    /// What waits in a queue until the call itself has been told about there.
    pub(super) fn held(&self) -> Vec<Arc<Lane>> {
        match self {
            Self::Client(client) => client.connection().news.held().into_iter().collect(),
            Self::Process(process) => process.lane().into_iter().collect(),
            Self::Processes(processes) => processes.iter().filter_map(Unclaimed::lane).collect(),
            Self::Nothing | Self::Number(_) | Self::Text(_) | Self::List(_) => Vec::new(),
        }
    }
}

/// A process that nobody has a handle of yet; dropped, it is let go of.
#[derive(Debug)]
pub struct Unclaimed(Option<Arc<Process>>);

impl Unclaimed {
    /// The handle.
    pub fn claim(mut self) -> Option<Arc<Process>> {
        self.0.take()
    }

    /// The part of its queue that is this process's.
    pub(super) fn lane(&self) -> Option<Arc<Lane>> {
        self.0.as_ref().map(|process| Arc::clone(process.lane()))
    }
}

impl From<Arc<Process>> for Unclaimed {
    fn from(process: Arc<Process>) -> Self {
        Self(Some(process))
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        self.0.iter().for_each(|process| process.release());
    }
}

/// Bytes and a NUL behind them, as consumers in C want them. Few bytes lie in it, many in a block of their own.
#[derive(Clone, Debug)]
pub enum Data {
    /// So many of these, the NUL not counted.
    Short(u8, [u8; SHORT_BYTES]),
    /// All of these.
    Long(Bytes),
}

/// What a word or two of text takes, with its NUL.
const SHORT_BYTES: usize = 62;

impl Data {
    /// These bytes, whose last is a NUL.
    pub fn ending_in_nul(bytes: Vec<u8>) -> Self {
        debug_assert_eq!(bytes.last(), Some(&0));
        Self::Long(bytes.into())
    }

    /// The bytes, and the NUL.
    pub fn with_nul(&self) -> &[u8] {
        match self {
            Self::Short(size, bytes) => &bytes[..=usize::from(*size)],
            Self::Long(bytes) => bytes,
        }
    }
}

impl Default for Data {
    fn default() -> Self {
        Self::Short(0, [0; SHORT_BYTES])
    }
}

/// The bytes without the NUL.
impl Deref for Data {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let bytes = self.with_nul();
        &bytes[..bytes.len() - 1]
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        match u8::try_from(text.len()) {
            Ok(size) if usize::from(size) < SHORT_BYTES => {
                let mut bytes = [0; SHORT_BYTES];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Self::Short(size, bytes)
            }
            _ => {
                let mut bytes = Vec::with_capacity(text.len() + 1);
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0);
                Self::ending_in_nul(bytes)
            }
        }
    }
}
