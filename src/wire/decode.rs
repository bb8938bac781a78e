//! What the engine sends. Unknown messages, events and fields are no errors; broken ones are told and skipped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A message from the engine, borrowed from its frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// The answer to a request.
    Response { corr_id: u32, ok: bool, result: Cow<'a, str> },
    /// Something a process did.
    Event { process_id: Cow<'a, str>, name: Cow<'a, str>, value: Cow<'a, str> },
    /// A chunk of a file that a process sends.
    File(FileChunk<'a>),
    /// Something that a process wants of an MCP server of ours (0.4).
    McpRequest(McpRequest<'a>),
    /// A complaint that names no request (0.5).
    Complaint(String),
    /// The end of a turn (0.5).
    TurnDone,
    /// Nothing that concerns us.
    Skipped(String),
}

/// A chunk of a file from a process.
#[derive(Debug, PartialEq, Eq)]
pub struct FileChunk<'a> {
    /// Who sends it.
    pub process_id: Cow<'a, str>,
    /// BLAKE3 of the whole file, in hexadecimal digits.
    pub hash: Cow<'a, str>,
    /// Its place, from 0.
    pub index: u64,
    /// How many chunks there are.
    pub total: u64,
    /// Its bytes.
    pub data: &'a [u8],
    /// The name that the inferlet suggests.
    pub name: Option<Cow<'a, str>>,
}

/// A request of a process to an MCP server.
#[derive(Debug, PartialEq, Eq)]
pub struct McpRequest<'a> {
    /// The engine's own id, to be answered under.
    pub corr_id: u32,
    /// Who asks.
    pub process_id: Cow<'a, str>,
    /// The server's name.
    pub server: Cow<'a, str>,
    /// What it is to do.
    pub method: Cow<'a, str>,
    /// With what: JSON text.
    pub params: Cow<'a, str>,
}

/// Bytes that may stand on the wire as text or as binary.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Raw<'a> {
    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes),
        }
    }

    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Default for Raw<'_> {
    fn default() -> Self {
        Self::Text("")
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or bytes")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Raw::Text(text))
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Raw::Bytes(bytes))
            }
        }
        deserializer.deserialize_bytes(RawVisitor)
    }
}

/// Every field of every message that we know.
#[derive(serde::Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Raw<'a>,
    corr_id: Option<u32>,
    ok: Option<bool>,
    #[serde(borrow)]
    result: Option<Raw<'a>>,
    #[serde(borrow)]
    process_id: Option<Raw<'a>>,
    #[serde(borrow)]
    event: Option<Raw<'a>>,
    #[serde(borrow)]
    value: Option<Raw<'a>>,
    #[serde(borrow)]
    file_hash: Option<Raw<'a>>,
    chunk_index: Option<u64>,
    total_chunks: Option<u64>,
    #[serde(borrow)]
    chunk_data: Option<Raw<'a>>,
    #[serde(borrow)]
    name: Option<Raw<'a>>,
    #[serde(borrow)]
    server_name: Option<Raw<'a>>,
    #[serde(borrow)]
    method: Option<Raw<'a>>,
    #[serde(borrow)]
    params: Option<Raw<'a>>,
}

/// How deep what we do not know may be nested; what we know is not. Each level takes stack, and the I/O thread has little.
const MAX_DEPTH: usize = 64;

/// Reads a binary frame.
pub fn decode_binary(bytes: &[u8]) -> Incoming<'_> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    deserializer.set_max_depth(MAX_DEPTH);
    match Frame::deserialize(&mut deserializer) {
        Ok(frame) => {
            let kind = frame.kind;
            frame.message().unwrap_or_else(|| Incoming::Skipped(format!("a {:?} message of unknown form", kind.text())))
        }
        Err(error) => Incoming::Skipped(format!("a frame that is no message: {error}")),
    }
}

impl<'a> Frame<'a> {
    fn message(self) -> Option<Incoming<'a>> {
        match self.kind.bytes() {
            b"response" => {
                let result = self.result.unwrap_or_default().text();
                Some(Incoming::Response { corr_id: self.corr_id?, ok: self.ok?, result })
            }
            b"process_event" => Some(Incoming::Event {
                process_id: self.process_id?.text(),
                name: self.event?.text(),
                value: self.value.unwrap_or_default().text(),
            }),
            b"file" => Some(Incoming::File(FileChunk {
                process_id: self.process_id?.text(),
                hash: self.file_hash?.text(),
                index: self.chunk_index?,
                total: self.total_chunks?,
                data: self.chunk_data?.bytes(),
                name: self.name.map(Raw::text),
            })),
            b"mcp_request" => Some(Incoming::McpRequest(McpRequest {
                corr_id: self.corr_id?,
                process_id: self.process_id.unwrap_or_default().text(),
                server: self.server_name.unwrap_or_default().text(),
                method: self.method.unwrap_or_default().text(),
                params: self.params.unwrap_or_default().text(),
            })),
            _ => None,
        }
    }
}

/// Reads a text frame, which only engines from 0.5 on send.
pub fn decode_text(text: &str) -> Incoming<'static> {
    #[derive(serde::Deserialize)]
    struct Told {
        r#type: String,
        #[serde(default)]
        message: String,
    }
    match serde_json::from_str::<Told>(text) {
        Ok(told) if told.r#type == "turn_done" => Incoming::TurnDone,
        Ok(told) if told.r#type == "error" => Incoming::Complaint(told.message),
        Ok(told) => Incoming::Skipped(format!("a text frame of the unknown type {:?}", told.r#type)),
        Err(error) => Incoming::Skipped(format!("a text frame that is no message: {error}")),
    }
}
