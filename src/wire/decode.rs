//! What the engine sends. Unknown messages, events and fields are no errors; broken ones are told and skipped.

use std::borrow::Cow;

use rmp::Marker;

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

/// Reads a binary frame.
pub fn decode_binary(bytes: &[u8]) -> Incoming<'_> {
    match Frame::read(bytes) {
        Ok(frame) => frame.message().unwrap_or_else(|| {
            Incoming::Skipped(format!("a {:?} message of unknown form", text(frame.kind.unwrap_or_default())))
        }),
        Err(reason) => Incoming::Skipped(format!("a frame that is no message: {reason}")),
    }
}

/// Every field of every message that we know. What is text may stand on the wire as binary, and nil for what is absent.
#[derive(Clone, Copy, Default)]
struct Frame<'a> {
    kind: Option<&'a [u8]>,
    corr_id: Option<u32>,
    ok: Option<bool>,
    result: Option<&'a [u8]>,
    process_id: Option<&'a [u8]>,
    event: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    file_hash: Option<&'a [u8]>,
    chunk_index: Option<u64>,
    total_chunks: Option<u64>,
    chunk_data: Option<&'a [u8]>,
    name: Option<&'a [u8]>,
    server_name: Option<&'a [u8]>,
    method: Option<&'a [u8]>,
    params: Option<&'a [u8]>,
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Broken> {
        let (mut frame, mut items) = (Self::default(), Items(bytes));
        let Item::Map(fields) = items.next()? else { return Err("it is no map") };
        for _ in 0..fields {
            let Item::Bytes(key) = items.next()? else { return Err("a name of a field is no text") };
            match key {
                b"type" => frame.kind = items.bytes()?,
                b"corr_id" => frame.corr_id = items.number()?,
                b"ok" => frame.ok = items.flag()?,
                b"result" => frame.result = items.bytes()?,
                b"process_id" => frame.process_id = items.bytes()?,
                b"event" => frame.event = items.bytes()?,
                b"value" => frame.value = items.bytes()?,
                b"file_hash" => frame.file_hash = items.bytes()?,
                b"chunk_index" => frame.chunk_index = items.number()?,
                b"total_chunks" => frame.total_chunks = items.number()?,
                b"chunk_data" => frame.chunk_data = items.bytes()?,
                b"name" => frame.name = items.bytes()?,
                b"server_name" => frame.server_name = items.bytes()?,
                b"method" => frame.method = items.bytes()?,
                b"params" => frame.params = items.bytes()?,
                _ => items.skip()?,
            }
        }
        Ok(frame)
    }

    fn message(&self) -> Option<Incoming<'a>> {
        let optional = |bytes: Option<&'a [u8]>| text(bytes.unwrap_or_default());
        match self.kind? {
            b"response" => {
                Some(Incoming::Response { corr_id: self.corr_id?, ok: self.ok?, result: optional(self.result) })
            }
            b"process_event" => Some(Incoming::Event {
                process_id: text(self.process_id?),
                name: text(self.event?),
                value: optional(self.value),
            }),
            b"file" => Some(Incoming::File(FileChunk {
                process_id: text(self.process_id?),
                hash: text(self.file_hash?),
                index: self.chunk_index?,
                total: self.total_chunks?,
                data: self.chunk_data?,
                name: self.name.map(text),
            })),
            b"mcp_request" => Some(Incoming::McpRequest(McpRequest {
                corr_id: self.corr_id?,
                process_id: optional(self.process_id),
                server: optional(self.server_name),
                method: optional(self.method),
                params: optional(self.params),
            })),
            _ => None,
        }
    }
}

/// Text as it is, or mended.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    // The conversion that mends is slow also where there is nothing to mend.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Why bytes are no message.
type Broken = &'static str;

const TOO_SHORT: Broken = "it ends too early";

/// MessagePack, an item after the other. What is nested is its items in turn, so it takes no stack.
struct Items<'a>(&'a [u8]);

enum Item<'a> {
    Nil,
    Flag(bool),
    Number(u64),
    /// Text too.
    Bytes(&'a [u8]),
    /// So many items follow that belong to it.
    List(u64),
    /// So many pairs of items do.
    Map(u64),
    /// A number below 0 or with a fraction, an extension.
    Other,
}

impl<'a> Items<'a> {
    fn next(&mut self) -> Result<Item<'a>, Broken> {
        Ok(match Marker::from_u8(self.take(1)?[0]) {
            Marker::Null => Item::Nil,
            Marker::False => Item::Flag(false),
            Marker::True => Item::Flag(true),
            Marker::FixPos(number) => Item::Number(number.into()),
            Marker::U8 => Item::Number(self.unsigned(1)?),
            Marker::U16 => Item::Number(self.unsigned(2)?),
            Marker::U32 => Item::Number(self.unsigned(4)?),
            Marker::U64 => Item::Number(self.unsigned(8)?),
            Marker::I8 => self.signed(1)?,
            Marker::I16 => self.signed(2)?,
            Marker::I32 => self.signed(4)?,
            Marker::I64 => self.signed(8)?,
            Marker::FixStr(size) => Item::Bytes(self.take(size.into())?),
            Marker::Str8 | Marker::Bin8 => Item::Bytes(self.sized(1)?),
            Marker::Str16 | Marker::Bin16 => Item::Bytes(self.sized(2)?),
            Marker::Str32 | Marker::Bin32 => Item::Bytes(self.sized(4)?),
            Marker::FixArray(items) => Item::List(items.into()),
            Marker::Array16 => Item::List(self.unsigned(2)?),
            Marker::Array32 => Item::List(self.unsigned(4)?),
            Marker::FixMap(pairs) => Item::Map(pairs.into()),
            Marker::Map16 => Item::Map(self.unsigned(2)?),
            Marker::Map32 => Item::Map(self.unsigned(4)?),
            Marker::FixNeg(_) => Item::Other,
            Marker::F32 => self.other(4)?,
            Marker::F64 => self.other(8)?,
            // Each has a byte for its kind.
            Marker::FixExt1 => self.other(1 + 1)?,
            Marker::FixExt2 => self.other(1 + 2)?,
            Marker::FixExt4 => self.other(1 + 4)?,
            Marker::FixExt8 => self.other(1 + 8)?,
            Marker::FixExt16 => self.other(1 + 16)?,
            Marker::Ext8 => self.extension(1)?,
            Marker::Ext16 => self.extension(2)?,
            Marker::Ext32 => self.extension(4)?,
            Marker::Reserved => return Err("it has a byte that MessagePack does not use"),
        })
    }

    fn take(&mut self, size: u64) -> Result<&'a [u8], Broken> {
        let taken;
        let size = usize::try_from(size).map_err(|_| TOO_SHORT)?;
        (taken, self.0) = self.0.split_at_checked(size).ok_or(TOO_SHORT)?;
        Ok(taken)
    }

    fn unsigned(&mut self, size: u64) -> Result<u64, Broken> {
        Ok(self.take(size)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number that may be below 0, but is not so where we know the field.
    fn signed(&mut self, size: u64) -> Result<Item<'a>, Broken> {
        let number = self.unsigned(size)?;
        let is_negative = number >> (8 * size - 1) == 1;
        Ok(if is_negative { Item::Other } else { Item::Number(number) })
    }

    fn sized(&mut self, size: u64) -> Result<&'a [u8], Broken> {
        let length = self.unsigned(size)?;
        self.take(length)
    }

    fn other(&mut self, size: u64) -> Result<Item<'a>, Broken> {
        self.take(size).map(|_| Item::Other)
    }

    fn extension(&mut self, size: u64) -> Result<Item<'a>, Broken> {
        let length = self.unsigned(size)?;
        self.other(1 + length)
    }

    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Broken> {
        match self.next()? {
            Item::Bytes(bytes) => Ok(Some(bytes)),
            Item::Nil => Ok(None),
            _ => Err("a field that should be text is none"),
        }
    }

    fn number<T: TryFrom<u64>>(&mut self) -> Result<Option<T>, Broken> {
        match self.next()? {
            Item::Number(number) => T::try_from(number).map(Some).map_err(|_| "a number is too large"),
            Item::Nil => Ok(None),
            _ => Err("a field that should be a number is none"),
        }
    }

    fn flag(&mut self) -> Result<Option<bool>, Broken> {
        match self.next()? {
            Item::Flag(flag) => Ok(Some(flag)),
            Item::Nil => Ok(None),
            _ => Err("a field that should be true or false is neither"),
        }
    }

    /// Leaves out an item and all that belongs to it. Each takes a byte at least, so that a false number of them ends too.
    fn skip(&mut self) -> Result<(), Broken> {
        let mut left: u64 = 1;
        while left > 0 {
            left -= 1;
            left = left.saturating_add(match self.next()? {
                Item::List(items) => items,
                Item::Map(pairs) => 2 * pairs,
                _ => 0,
            });
        }
        Ok(())
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
