//! WebSocket frames: what the client sends, put together to messages, and what the engine sends.

use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

pub enum Incoming {
    Binary(Vec<u8>),
    Text(String),
    Ping(Vec<u8>),
    Close,
}

/// The stream cannot be read any further: over a limit, or no WebSocket.
#[derive(Debug)]
pub struct Unreadable;

/// Takes bytes and gives messages.
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
    header: Option<(FrameHeader, usize)>,
    partial: Option<(bool, Vec<u8>)>,
    max_frame: usize,
    max_message: usize,
}

impl Decoder {
    pub fn new(buffer: Vec<u8>, max_frame: usize, max_message: usize) -> Self {
        Self { buffer, start: 0, header: None, partial: None, max_frame, max_message }
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message; none when more bytes are needed.
    pub fn next(&mut self) -> Result<Option<Incoming>, Unreadable> {
        while let Some((header, payload)) = self.frame()? {
            if let Some(message) = self.take(header, payload)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, Unreadable> {
        if self.header.is_none() {
            self.read_header()?;
        }
        let Some((header, length)) = self.header.take() else {
            return Ok(None);
        };
        if self.buffer.len() - self.start < length {
            self.header = Some((header, length));
            return Ok(None);
        }
        let mut payload = self.buffer[self.start..self.start + length].to_vec();
        self.start += length;
        unmask(&mut payload, header.mask.ok_or(Unreadable)?);
        Ok(Some((header, payload)))
    }

    fn read_header(&mut self) -> Result<(), Unreadable> {
        let mut cursor = Cursor::new(&self.buffer[self.start..]);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| Unreadable)? else {
            return Ok(());
        };
        let length = usize::try_from(length).map_err(|_| Unreadable)?;
        let so_far = self.partial.as_ref().map_or(0, |(_, data)| data.len());
        if length > self.max_frame || so_far + length > self.max_message {
            return Err(Unreadable);
        }
        self.start += cursor.position() as usize;
        self.header = Some((header, length));
        Ok(())
    }

    fn take(&mut self, header: FrameHeader, payload: Vec<u8>) -> Result<Option<Incoming>, Unreadable> {
        match (header.opcode, self.partial.take()) {
            (OpCode::Control(control), partial) => {
                self.partial = partial;
                Ok(control_message(control, payload))
            }
            (OpCode::Data(Data::Continue), Some((is_text, mut data))) => {
                data.extend(payload);
                self.part(header.is_final, is_text, data)
            }
            (OpCode::Data(Data::Binary), None) => self.part(header.is_final, false, payload),
            (OpCode::Data(Data::Text), None) => self.part(header.is_final, true, payload),
            _ => Err(Unreadable),
        }
    }

    fn part(&mut self, is_final: bool, is_text: bool, data: Vec<u8>) -> Result<Option<Incoming>, Unreadable> {
        if !is_final {
            self.partial = Some((is_text, data));
            return Ok(None);
        }
        if is_text {
            return String::from_utf8(data).map(|text| Some(Incoming::Text(text))).map_err(|_| Unreadable);
        }
        Ok(Some(Incoming::Binary(data)))
    }
}

fn control_message(control: Control, payload: Vec<u8>) -> Option<Incoming> {
    match control {
        Control::Ping => Some(Incoming::Ping(payload)),
        Control::Close => Some(Incoming::Close),
        _ => None,
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    // By eight, since uploads are large and tests run unoptimized.
    let wide = u64::from_ne_bytes(std::array::from_fn(|index| mask[index % 4]));
    let mut eights = payload.chunks_exact_mut(8);
    for eight in &mut eights {
        let word = u64::from_ne_bytes(eight.try_into().expect("eight bytes")) ^ wide;
        eight.copy_from_slice(&word.to_ne_bytes());
    }
    for (byte, key) in eights.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

pub fn binary(payload: &[u8]) -> Vec<u8> {
    encode(OpCode::Data(Data::Binary), payload)
}

pub fn text(payload: &str) -> Vec<u8> {
    encode(OpCode::Data(Data::Text), payload.as_bytes())
}

pub fn pong(payload: &[u8]) -> Vec<u8> {
    encode(OpCode::Control(Control::Pong), payload)
}

/// A Close frame with the code 1000.
pub fn close() -> Vec<u8> {
    encode(OpCode::Control(Control::Close), &1000u16.to_be_bytes())
}

fn encode(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    let mut bytes = Vec::with_capacity(payload.len() + 10);
    header.format(payload.len() as u64, &mut bytes).expect("a vector takes any bytes");
    bytes.extend_from_slice(payload);
    bytes
}
