//! The HTTP upgrade, by hand, since a fault may answer it in any way.

use crate::config::Generation;
use crate::engine::Shared;
use crate::faults::{Faults, Refusal};
use crate::stream::Stream;
use std::io;
use tungstenite::handshake::derive_accept_key;

const MAX_HEAD: usize = 64 * 1024;

/// A request for an upgrade, and the bytes that came behind it.
pub struct Upgrade {
    path: String,
    query: String,
    key: Option<String>,
    identity: Option<String>,
    pub rest: Vec<u8>,
    /// All of it, as text.
    pub head: String,
}

impl Upgrade {
    pub fn faults(&self, shared: &Shared) -> Faults {
        Faults::parse(&self.query).of_connection(shared.connections.count(&self.query))
    }
}

/// What a request gets.
pub enum Answer {
    Accept(String),
    Refuse(String),
    Nothing,
    /// The connection ends without a word.
    Drop,
}

pub async fn read(stream: &Stream) -> io::Result<Upgrade> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = head_end(&bytes) {
            let rest = bytes.split_off(end);
            return Ok(parse(&String::from_utf8_lossy(&bytes), rest));
        }
        stream.readable().await?;
        let mut part = [0; 4096];
        match stream.try_read(&mut part) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) if bytes.len() > MAX_HEAD => return Err(io::ErrorKind::InvalidData.into()),
            Ok(count) => bytes.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn parse(head: &str, rest: Vec<u8>) -> Upgrade {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Upgrade {
        path: path.into(),
        query: query.into(),
        key: header(head, "sec-websocket-key"),
        identity: header(head, "x-pie-identity"),
        rest,
        head: head.into(),
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().into())
}

pub fn answer(generation: Generation, upgrade: &Upgrade, faults: &Faults) -> Answer {
    match &faults.handshake {
        Some(Refusal::Silent) => Answer::Nothing,
        Some(Refusal::Status(status)) => Answer::Refuse(refusal(*status)),
        None => honest_answer(generation, upgrade),
    }
}

fn honest_answer(generation: Generation, upgrade: &Upgrade) -> Answer {
    if generation == Generation::V05 && upgrade.path != "/v1/ws" {
        return Answer::Refuse(refusal(404));
    }
    if generation == Generation::V05 && upgrade.identity.as_ref().is_none_or(String::is_empty) {
        return Answer::Refuse(refusal(401));
    }
    match &upgrade.key {
        Some(key) => Answer::Accept(acceptance(generation, key)),
        None => Answer::Drop,
    }
}

/// The generations differ in one capital letter.
fn acceptance(generation: Generation, key: &str) -> String {
    let connection = match generation {
        Generation::V04 => "Upgrade",
        Generation::V05 => "upgrade",
    };
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: {connection}\r\nupgrade: websocket\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    )
}

fn refusal(status: u16) -> String {
    let (reason, extra, body) = match status {
        302 => ("Found", "location: /elsewhere\r\n", ""),
        401 => (
            "Unauthorized",
            "content-type: text/plain; charset=utf-8\r\n",
            "identity: missing `x-pie-identity` (edge must inject verified identity)",
        ),
        404 => ("Not Found", "", ""),
        500 => ("Internal Server Error", "", ""),
        _ => ("Scripted", "", ""),
    };
    format!("HTTP/1.1 {status} {reason}\r\n{extra}content-length: {}\r\n\r\n{body}", body.len())
}
