//! What a consumer receives.

use std::sync::Arc;

use bytes::Bytes;

use super::{McpRequest, Process};
use crate::error::Error;
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
    /// Of an overflow: the events that were dropped.
    pub current: u64,
    /// Of an overflow: their bytes.
    pub total: u64,
    /// Text or bytes, and a NUL behind them.
    pub data: Bytes,
    /// A name, if the kind has one.
    pub name: Option<String>,
    /// What is to be answered, if something is.
    pub request: Option<Arc<McpRequest>>,
}

/// These bytes with a NUL behind them, as consumers in C want them.
pub fn with_nul(bytes: &[u8]) -> Bytes {
    let mut data = Vec::with_capacity(bytes.len() + 1);
    data.extend_from_slice(bytes);
    data.push(0);
    data.into()
}
