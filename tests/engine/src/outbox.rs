//! What leaves on one connection: the order of replies and events, and the faults of replies.

use crate::faults::Faults;
use crate::frames;
use crate::messages::{self, Fields};
use crate::writer::Command;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::UnboundedSender;

pub struct Outbox {
    writer: UnboundedSender<Command>,
    faults: Arc<Faults>,
    gate: Mutex<Gate>,
    waiting: Mutex<Vec<Vec<Vec<u8>>>>,
}

/// While a request of 0.4 is being done, the events of its connection wait.
#[derive(Default)]
struct Gate {
    busy: bool,
    held: Vec<Command>,
}

impl Outbox {
    pub fn new(writer: UnboundedSender<Command>, faults: Arc<Faults>) -> Self {
        Self { writer, faults, gate: Mutex::default(), waiting: Mutex::default() }
    }

    /// A binary message as a frame.
    pub fn frame(&self, mut fields: Fields) -> Vec<u8> {
        if self.faults.unknown {
            fields.extend(messages::unknown_fields());
        }
        frames::binary(&messages::encode(fields))
    }

    /// Leaves at once; a connection that is gone takes no more, which is no error.
    pub fn send(&self, command: Command) {
        let _ = self.writer.send(command);
    }

    /// Leaves behind the reply to the request being done.
    pub fn event(&self, command: Command) {
        let mut gate = self.gate.lock().unwrap();
        match gate.busy {
            true => gate.held.push(command),
            false => self.send(command),
        }
    }

    pub fn shut_gate(&self) {
        self.gate.lock().unwrap().busy = true;
    }

    pub fn open_gate(&self) {
        let mut gate = self.gate.lock().unwrap();
        gate.busy = false;
        gate.held.drain(..).for_each(|command| self.send(command));
    }

    /// Sends the reply to a request of type `kind`, with all that its faults make of it.
    pub fn reply(self: &Arc<Self>, kind: &str, reply: Fields, turn_done: bool) {
        let mut packet = Vec::new();
        if !self.faults.silences(kind) {
            let frame = self.frame(reply);
            let times = if self.faults.duplicates(kind) { 2 } else { 1 };
            (0..times).for_each(|_| self.pack(&mut packet, &frame));
        }
        if turn_done {
            packet.push(frames::text(messages::TURN_DONE));
        }
        match self.faults.delay(kind) {
            Some(time) => {
                let (outbox, kind) = (self.clone(), kind.to_owned());
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    outbox.release(&kind, packet);
                });
            }
            None => self.release(kind, packet),
        }
    }

    fn pack(&self, packet: &mut Vec<Vec<u8>>, frame: &[u8]) {
        packet.extend(self.faults.garbage.as_ref().map(|bytes| frames::binary(bytes)));
        packet.extend(self.faults.garbage_text.as_ref().map(|text| frames::text(text)));
        if self.faults.unknown {
            packet.push(self.frame(messages::unknown_message()));
        }
        packet.push(frame.to_vec());
        if self.faults.unknown {
            packet.push(self.frame(messages::unknown_event()));
        }
    }

    /// A login whose replies waited for later ones would never end, so those are not held.
    fn release(&self, kind: &str, packet: Vec<Vec<u8>>) {
        if self.faults.reorder < 2 || kind.starts_with("auth_") {
            return self.send_all(packet);
        }
        let mut waiting = self.waiting.lock().unwrap();
        waiting.push(packet);
        if waiting.len() >= self.faults.reorder {
            waiting.drain(..).rev().for_each(|packet| self.send_all(packet));
        }
    }

    fn send_all(&self, packet: Vec<Vec<u8>>) {
        packet.into_iter().for_each(|frame| self.send(Command::Bytes(frame)));
    }
}
