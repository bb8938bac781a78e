//! Files from a process to its client.

use crate::messages::{self, FileChunk};
use crate::process::Process;
use crate::session::Session;
use crate::writer::Command;
use rmpv::Value as Wire;
use serde_json::Value;

const CHUNK: usize = 256 * 1024;

/// Bytes that show where they belong.
pub fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}

/// A file that is ready to be sent.
pub struct Made {
    pub data: Vec<u8>,
    hash: String,
}

/// The pattern of this size as a file.
pub fn make(size: usize) -> Made {
    let data = pattern(size);
    Made { hash: blake3::hash(&data).to_string(), data }
}

pub fn send_made(process: &Process, Made { data, hash }: &Made) {
    send_hashed(process, data, hash, None);
}

/// An empty file leaves no trace, as with the real engines.
pub fn send(process: &Process, data: &[u8], name: Option<&str>) {
    send_hashed(process, data, &blake3::hash(data).to_string(), name);
}

fn send_hashed(process: &Process, data: &[u8], hash: &str, name: Option<&str>) {
    let total = data.len().div_ceil(CHUNK) as u64;
    for (index, data) in (0..).zip(data.chunks(CHUNK)) {
        process.say(|session| {
            let name = name_field(session, name.map(file_name));
            let chunk = FileChunk { hash, index, total, data, name };
            with_faults(session, process, chunk)
        });
    }
}

/// One chunk with what a script puts into it.
pub fn send_odd(process: &Process, fields: &Value) {
    let data = fields["data"].as_str().unwrap_or_default().as_bytes();
    let right = blake3::hash(data).to_string();
    let hash = fields["hash"].as_str().unwrap_or(&right);
    let number = |key: &str| fields[key].as_u64().unwrap_or_default();
    let (index, total) = (number("index"), number("total"));
    process.say(|session| {
        let name = fields["name"].as_str().map(Wire::from);
        let name = name.or_else(|| name_field(session, None));
        frame(session, process, FileChunk { hash, index, total, data, name })
    });
}

/// 0.5 has the field in any case, 0.4 has none.
fn name_field(session: &Session, name: Option<&str>) -> Option<Wire> {
    session.is_v05().then(|| name.map_or(Wire::Nil, Wire::from))
}

/// What 0.5 makes of a name: its last part.
fn file_name(name: &str) -> &str {
    match name.rsplit('/').next() {
        None | Some("") => "output",
        Some(last) => last,
    }
}

fn with_faults(session: &Session, process: &Process, chunk: FileChunk) -> Command {
    if session.faults.drop_chunk == Some(chunk.index as usize) {
        return Command::Bytes(Vec::new());
    }
    let wrong = blake3::hash(b"something else").to_string();
    let hash = if session.faults.wrong_hash { &wrong } else { chunk.hash };
    frame(session, process, FileChunk { hash, ..chunk })
}

fn frame(session: &Session, process: &Process, chunk: FileChunk) -> Command {
    let fields = messages::file(&process.id.to_string(), chunk);
    Command::Bytes(session.outbox.frame(fields))
}
