//! Looks ahead at the heads of frames: the WebSocket layer makes room for a whole frame once it has read its head, and for a
//! message as its fragments come, and would end the program where there is no memory for them.

use std::io::{self, Cursor};

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::OpCode;

use crate::memory;

/// What ends the answer to the handshake.
const END_OF_HTTP: &[u8] = b"\r\n\r\n";

/// How far a server's bytes have come.
#[derive(Debug)]
pub(super) struct Foresight {
    at: At,
    /// The beginning of a head.
    head: Vec<u8>,
    /// The size of the message so far, if it comes in fragments.
    message: u64,
    /// Larger ones the WebSocket layer refuses by itself.
    limit: u64,
    /// How many messages have come whole that the WebSocket layer has not given yet.
    whole: usize,
}

#[derive(Clone, Copy, Debug)]
enum At {
    /// In the answer to the handshake, of whose end so many bytes were seen.
    Http(usize),
    /// Before or within the head of a frame.
    Head,
    /// In a frame of which so much is still to come, which is added to a message, and may be the last part of it.
    Frame { left: u64, is_part: bool, is_last: bool },
    /// The server broke the protocol, which the WebSocket layer tells.
    Lost,
}

impl Foresight {
    pub(super) fn new(limit: u64) -> Self {
        Self { at: At::Http(0), head: Vec::new(), message: 0, limit, whole: 0 }
    }

    /// Whether a message may have come whole that the WebSocket layer has not given yet: where it is not known, too.
    pub(super) fn has_message(&self) -> bool {
        self.whole > 0 || matches!(self.at, At::Http(_) | At::Lost)
    }

    /// It gave one.
    pub(super) fn gave_one(&mut self) {
        self.whole = self.whole.saturating_sub(1);
    }

    /// It has no more to give.
    pub(super) fn gave_all(&mut self) {
        self.whole = 0;
    }

    /// Sees what was read, and sets aside what the WebSocket layer will want for it.
    pub(super) fn see(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some(&next) = bytes.first() {
            let seen = match self.at {
                At::Http(matched) => {
                    self.http(matched, next);
                    1
                }
                At::Head => self.head(bytes)?,
                At::Frame { left, is_part, is_last } => {
                    let seen = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    self.frame(left - seen as u64, is_part, is_last)?;
                    seen
                }
                At::Lost => return Ok(()),
            };
            bytes = &bytes[seen..];
        }
        Ok(())
    }

    fn http(&mut self, matched: usize, next: u8) {
        let matched = if next == END_OF_HTTP[matched] { matched + 1 } else { usize::from(next == END_OF_HTTP[0]) };
        self.at = if matched == END_OF_HTTP.len() { At::Head } else { At::Http(matched) };
    }

    /// Tells how many bytes belong to the head.
    fn head(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let known = self.head.len();
        let parsed = if known == 0 {
            parse(bytes)
        } else {
            self.head.push(bytes[0]);
            parse(&self.head)
        };
        match parsed {
            Ok(Some((header, size, end))) => {
                self.head.clear();
                self.begin(&header, size)?;
                Ok(end - known)
            }
            Ok(None) if known == 0 => {
                self.head.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            Ok(None) => Ok(1),
            Err(_) => {
                self.at = At::Lost;
                Ok(bytes.len())
            }
        }
    }

    fn begin(&mut self, header: &FrameHeader, size: u64) -> io::Result<()> {
        let is_part = matches!(header.opcode, OpCode::Data(_)) && (self.message > 0 || !header.is_final);
        if is_part {
            self.message = self.message.saturating_add(size);
        }
        if size.max(self.message) > self.limit {
            self.at = At::Lost;
            return Ok(());
        }
        need(size)?;
        self.frame(size, is_part, header.is_final)
    }

    /// At its end a fragment is added to the others, which may move for it, to twice the room.
    fn frame(&mut self, left: u64, is_part: bool, is_last: bool) -> io::Result<()> {
        self.at = if left > 0 { At::Frame { left, is_part, is_last } } else { At::Head };
        if left > 0 {
            return Ok(());
        }
        self.whole += usize::from(is_last);
        if !is_part {
            return Ok(());
        }
        let message = self.message;
        if is_last {
            self.message = 0;
        }
        need(message.saturating_mul(2))
    }
}

fn parse(bytes: &[u8]) -> tungstenite::Result<Option<(FrameHeader, u64, usize)>> {
    let mut cursor = Cursor::new(bytes);
    let parsed = FrameHeader::parse(&mut cursor)?;
    let end = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
    Ok(parsed.map(|(header, size)| (header, size, end)))
}

fn need(bytes: u64) -> io::Result<()> {
    memory::need(usize::try_from(bytes).unwrap_or(usize::MAX)).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 101 Switching\r\nupgrade: websocket\r\r\n\r\n";
    const BIG: usize = memory::BIG;

    fn frame(first: u8, size: usize) -> Vec<u8> {
        [&[first, 127], &(size as u64).to_be_bytes()[..], &vec![0; size]].concat()
    }

    /// What of all of them set something aside, read in steps of this size.
    fn set_aside(limit: u64, step: usize, frames: &[Vec<u8>]) -> Vec<bool> {
        let mut foresight = Foresight::new(limit);
        foresight.see(ANSWER).unwrap();
        let see = |frame: &Vec<u8>| {
            frame.chunks(step).for_each(|bytes| foresight.see(bytes).unwrap());
            memory::give_back()
        };
        frames.iter().map(see).collect()
    }

    #[test]
    fn big_frames_and_messages_are_seen_however_they_are_cut() {
        let frames = [
            frame(0x82, BIG),
            frame(0x82, 7),
            frame(0x02, BIG / 2),
            frame(0x89, 5),
            frame(0x00, BIG / 4),
            frame(0x80, 0),
            frame(0x82, 1),
        ];
        let wanted = [true, false, true, false, true, true, false];
        for step in [1, 2, 3, 5, 11, 1000, usize::MAX] {
            assert_eq!(set_aside(u64::MAX, step, &frames), wanted, "{step}");
        }
    }

    #[test]
    fn messages_that_have_come_whole_are_counted_until_they_are_given() {
        let frames = [frame(0x02, 3), frame(0x89, 0), frame(0x00, 1), frame(0x80, 2), frame(0x82, 9)].concat();
        for step in [1, 2, 5, usize::MAX] {
            let mut foresight = Foresight::new(u64::MAX);
            foresight.see(ANSWER).unwrap();
            frames[..frames.len() - 1].chunks(step).for_each(|bytes| foresight.see(bytes).unwrap());
            // The ping amid the fragments, and they.
            assert!(foresight.has_message());
            foresight.gave_one();
            assert!(foresight.has_message());
            foresight.gave_one();
            assert!(!foresight.has_message(), "the last one lacks a byte");
            foresight.see(&[0]).unwrap();
            assert!(foresight.has_message());
            foresight.gave_all();
            assert!(!foresight.has_message());
        }
    }

    #[test]
    fn after_a_broken_frame_there_may_always_be_something_to_tell() {
        let mut foresight = Foresight::new(10);
        foresight.see(ANSWER).unwrap();
        foresight.see(&frame(0x82, 11)).unwrap();
        foresight.gave_one();
        assert!(foresight.has_message());
    }

    #[test]
    fn what_the_websocket_layer_refuses_needs_nothing() {
        assert_eq!(set_aside(BIG as u64 - 1, 100, &[frame(0x82, BIG), frame(0x82, BIG)]), [false; 2]);
        assert_eq!(set_aside(BIG as u64, 100, &[frame(0x8f, BIG)]), [false]);
    }

    #[test]
    fn what_no_memory_holds_is_refused() {
        let mut foresight = Foresight::new(u64::MAX);
        foresight.see(ANSWER).unwrap();
        let announced = [&[0x82, 127], &(1_u64 << 62).to_be_bytes()[..]].concat();
        assert_eq!(foresight.see(&announced).unwrap_err().kind(), io::ErrorKind::OutOfMemory);
        memory::done();
    }
}
