//! Text frames of an engine.

use super::{frames, memory};
use crate::wire::{Incoming, decode_text};

pub fn texts(input: &[u8]) {
    // The WebSocket layer lets nothing else through.
    let Ok(text) = std::str::from_utf8(input) else { return };
    memory::within(16 * 1024 + 40 * input.len(), || {
        match decode_text(text) {
            Incoming::Complaint(told) => assert!(told.len() <= text.len()),
            Incoming::Skipped(why) => assert!(why.len() < 1000 + 8 * text.len()),
            Incoming::TurnDone => {}
            other => panic!("{other:?} is no message of a text frame"),
        }
        frames::answer(text);
    });
}
