//! Messages between client and engine, and their encoding in each engine generation.
//!
//! [`Request`] and [`Incoming`] are the internal message types; `g1` (engines 0.3 and 0.4) and `g2` (0.5) say only what
//! differs between generations. Nothing here does I/O.

mod decode;
mod encode;
mod g1;
mod g2;
pub mod names;
#[cfg(test)]
pub(crate) mod tests;

pub use decode::{FileChunk, Incoming, McpRequest, decode_binary, decode_text};
pub use encode::{Chunk, Request, Transfer};

use crate::error::{Code, Error, Result};

/// How many bytes of an upload one chunk carries.
pub const CHUNK_BYTES: usize = 262_144;

/// An engine generation that this version speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Engines 0.3 and 0.4.
    G1,
    /// Engines 0.5.
    G2,
}

/// What the engines of a generation do, as far as they differ.
pub(crate) struct Traits {
    /// How people call it.
    name: &'static str,
    /// Whether everything before a login is ignored.
    needs_login: bool,
    /// Whether a program may be launched by its bare name.
    bare_names: bool,
    /// The largest message that its engines take, in bytes.
    max_message: usize,
    /// The requests that it lacks.
    lacks: &'static [&'static str],
    /// The path that its engines serve; `None` = any.
    path: Option<&'static str>,
    /// What its engines mean when they refuse an attach.
    refused_attach: &'static str,
    /// Whether its engines answer a query about something that they do not know.
    answers_every_query: bool,
    /// Whether its engines end processes with the connection that they were launched or attached on.
    ends_processes: bool,
}

impl Generation {
    fn traits(self) -> &'static Traits {
        match self {
            Self::G1 => &g1::TRAITS,
            Self::G2 => &g2::TRAITS,
        }
    }

    /// The generation that the option `generation` names.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::G1, Self::G2].into_iter().find(|generation| generation.name() == name)
    }

    /// How people call it: "0.4".
    pub fn name(self) -> &'static str {
        self.traits().name
    }

    /// Whether its engines ignore everything before a login.
    pub fn needs_login(self) -> bool {
        self.traits().needs_login
    }

    /// Whether its engines launch a program by its bare name.
    pub fn allows_bare_names(self) -> bool {
        self.traits().bare_names
    }

    /// The largest message that its engines take, in bytes.
    pub fn max_message(self) -> usize {
        self.traits().max_message
    }

    /// The path that its engines serve, if only one.
    pub fn path(self) -> Option<&'static str> {
        self.traits().path
    }

    /// Whether its engines answer a query about something that they do not know.
    pub fn answers_every_query(self) -> bool {
        self.traits().answers_every_query
    }

    /// Whether its engines end processes with the connection that they were launched or attached on.
    pub fn ends_processes(self) -> bool {
        self.traits().ends_processes
    }

    /// What its engines mean when they refuse to attach the process of this id in these words, and what comes of it.
    pub fn why_attach_is_refused(self, id: &str, words: &str) -> Option<&'static str> {
        let says = |part| words.contains(part);
        if !names::is_canonical_process_id(id) {
            Some("an id is a UUID, as pie_process_id and pie_client_list_processes tell it")
        } else if says("Process not found") || says("already attached") {
            Some(self.traits().refused_attach)
        } else if says("Permission denied") {
            Some("the process belongs to another user")
        } else {
            None
        }
    }

    /// Whether its engines know this request.
    pub fn knows(self, request: &str) -> bool {
        !self.traits().lacks.contains(&request)
    }

    /// Refuses a request that its engines lack.
    pub fn check(self, request: &str) -> Result<()> {
        if self.knows(request) {
            return Ok(());
        }
        let text = format!("{}: engines of generation {} do not have it", names::call_of(request), self.name());
        Err(Error::new(Code::Unsupported, text))
    }

    /// Encodes a request under its correlation id.
    pub fn encode(self, corr_id: u32, request: &Request<'_>) -> Result<Vec<u8>> {
        self.check(request.name())?;
        let message = match self {
            Self::G1 => g1::encode(corr_id, request),
            Self::G2 => g2::encode(corr_id, request),
        }?;
        let limit = self.max_message();
        if message.len() > limit {
            let (name, size) = (names::call_of(request.name()), message.len());
            let text =
                format!("{name}: the message has {size} bytes and engines of generation {} take {limit}", self.name());
            return Err(Error::new(Code::TooLarge, format!("{text}; send large input as a file")));
        }
        Ok(message)
    }
}
