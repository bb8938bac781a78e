//! A client that hides nothing: raw frames, blocking, with a deadline on every wait.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use rmpv::Value;
use scripted_engine::{Config, Engine, Generation};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

/// Nothing takes this long, even on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough for what should not come to come.
pub const QUIET: Duration = Duration::from_millis(150);

pub use Generation::{V04, V05};

/// What comes from the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    Binary(Value),
    Text(String),
    Close,
    /// The TCP connection ended: `fin` or `reset`.
    End(&'static str),
}

impl Frame {
    pub fn field(&self, name: &str) -> &Value {
        let Self::Binary(Value::Map(pairs)) = self else { panic!("no message: {self:?}") };
        let pair = pairs.iter().find(|(key, _)| key.as_str() == Some(name));
        pair.map_or(&Value::Nil, |(_, value)| value)
    }

    pub fn text(&self, name: &str) -> &str {
        self.field(name).as_str().unwrap_or_else(|| panic!("no text {name}: {self:?}"))
    }

    pub fn is(&self, kind: &str) -> bool {
        matches!(self, Self::Binary(Value::Map(_))) && self.field("type").as_str() == Some(kind)
    }

    pub fn result(&self) -> (bool, &str) {
        assert!(self.is("response"), "no response: {self:?}");
        (self.field("ok").as_bool().expect("ok is a boolean"), self.text("result"))
    }

    pub fn corr_id(&self) -> u64 {
        self.field("corr_id").as_u64().expect("corr_id is a number")
    }

    /// Name and value of an event.
    pub fn event(&self) -> (&str, &str) {
        assert!(self.is("process_event"), "no event: {self:?}");
        (self.text("event"), self.text("value"))
    }

    pub fn bytes(&self) -> &[u8] {
        self.field("chunk_data").as_slice().expect("chunk_data is bytes")
    }
}

pub struct Client {
    pub socket: WebSocket<TcpStream>,
    generation: Generation,
    last_id: u32,
}

pub fn engine(generation: Generation) -> Engine {
    Engine::start(Config::new(generation))
}

/// The head of an upgrade request.
pub fn upgrade(generation: Generation, query: &str) -> String {
    let (path, extra) = match generation {
        V04 => ("/", ""),
        V05 => ("/v1/ws", "x-pie-identity: default/test\r\n"),
    };
    format!(
        "GET {path}?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n"
    )
}

pub fn tcp(engine: &Engine) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", engine.port())).expect("the engine listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream.set_nodelay(true).expect("nodelay can be set");
    stream
}

/// The answer to an upgrade request, up to the empty line.
pub fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("the head comes") == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("the head is text")
}

impl Client {
    /// Connected, with the faults of `query`, and not logged in.
    pub fn raw(engine: &Engine, generation: Generation, query: &str) -> Self {
        let mut stream = tcp(engine);
        stream.write_all(upgrade(generation, query).as_bytes()).expect("the request leaves");
        let head = head(&mut stream);
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let limits = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let socket = WebSocket::from_raw_socket(stream, Role::Client, Some(limits));
        Self { socket, generation, last_id: 0 }
    }

    /// Connected and logged in.
    pub fn new(engine: &Engine, generation: Generation, query: &str) -> Self {
        let mut client = Self::raw(engine, generation, query);
        if generation == V04 {
            client.send(json!({"type": "auth_identify", "username": "me", "corr_id": 900}));
            while !client.next().is_response(900) {}
        }
        client
    }

    pub fn send(&mut self, message: serde_json::Value) {
        self.send_bytes(rmp_serde::to_vec_named(&message).expect("JSON can be packed"));
    }

    pub fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::binary(bytes)).expect("the frame leaves");
    }

    /// As `send`, where the engine may be gone.
    pub fn try_send(&mut self, message: serde_json::Value) {
        let _ = self.socket.send(Message::binary(rmp_serde::to_vec_named(&message).expect("JSON can be packed")));
    }

    pub fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).expect("the frame leaves");
    }

    /// The next frame but a pong.
    pub fn next(&mut self) -> Frame {
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => Frame::Binary(rmpv::decode::read_value(&mut &*bytes).unwrap_or(Value::Nil)),
            Ok(Message::Text(text)) => Frame::Text(text.as_str().into()),
            Ok(Message::Close(_)) => Frame::Close,
            Ok(_) => self.next(),
            Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionReset => Frame::End("reset"),
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                panic!("nothing came")
            }
            Err(_) => Frame::End("fin"),
        }
    }

    /// How many pongs come for a WebSocket ping, before the answer to a request behind it.
    pub fn pongs(&mut self) -> usize {
        self.socket.send(Message::Ping(Default::default())).expect("the frame leaves");
        self.ask(json!({"type": "ping"}));
        let mut pongs = 0;
        loop {
            match self.socket.read().expect("a frame comes") {
                Message::Pong(_) => pongs += 1,
                Message::Binary(_) => return pongs,
                _ => {}
            }
        }
    }

    /// The next binary frame.
    pub fn message(&mut self) -> Frame {
        loop {
            match self.next() {
                Frame::Text(_) => {}
                frame => return frame,
            }
        }
    }

    /// The next response, whatever else comes before it.
    pub fn response(&mut self) -> Frame {
        loop {
            let frame = self.message();
            if frame.is("response") {
                return frame;
            }
            assert!(matches!(frame, Frame::Binary(_)), "no response, but {frame:?}");
        }
    }

    /// Sends a request with an id of its own, which it returns.
    pub fn ask(&mut self, mut message: serde_json::Value) -> u64 {
        self.last_id += 1;
        message["corr_id"] = self.last_id.into();
        self.send(message);
        self.last_id.into()
    }

    /// A request and its result; events in between are lost.
    pub fn call(&mut self, message: serde_json::Value) -> (bool, String) {
        let id = self.ask(message);
        loop {
            let frame = self.response();
            if frame.corr_id() == id {
                let (ok, result) = frame.result();
                return (ok, result.into());
            }
        }
    }

    pub fn ping(&mut self) {
        assert_eq!(self.call(json!({"type": "ping"})), (true, "Pong".into()));
    }

    pub fn launch_message(ops: serde_json::Value) -> serde_json::Value {
        let input = json!({"ops": ops}).to_string();
        json!({"type": "launch_process", "inferlet": "echo@0.1.0", "input": input, "capture_outputs": true})
    }

    /// The id of a new process.
    pub fn launch(&mut self, ops: serde_json::Value) -> String {
        let (ok, id) = self.call(Self::launch_message(ops));
        assert!(ok, "{id}");
        id
    }

    /// All events up to the terminal one, as `name:value`, and files as `file:length`.
    pub fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let frame = self.message();
            if frame.is("file") {
                events.push(format!("file:{}", frame.bytes().len()));
            } else if frame.is("process_event") {
                let (name, value) = frame.event();
                events.push(format!("{name}:{value}"));
                if name == "return" || name == "error" {
                    return events;
                }
            } else {
                assert!(frame.is("response"), "no event, but {frame:?}");
            }
        }
    }

    /// What the engine tells about itself.
    pub fn look(&mut self, record: &str) -> serde_json::Value {
        let (ok, text) = self.call(json!({"type": "query", "subject": "scripted", "record": record}));
        assert!(ok, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Nothing comes for a while.
    pub fn quiet(&mut self) -> bool {
        self.socket.get_mut().set_read_timeout(Some(QUIET)).expect("a timeout can be set");
        let nothing = match self.socket.read() {
            Err(Error::Io(error)) => error.kind() == ErrorKind::WouldBlock,
            _ => false,
        };
        self.socket.get_mut().set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        nothing
    }

    /// Ends the TCP connection, without a word.
    pub fn hang_up(&mut self) {
        // It may be over already.
        let _ = self.socket.get_mut().shutdown(Shutdown::Both);
    }

    pub fn generation(&self) -> Generation {
        self.generation
    }
}

impl Frame {
    pub fn is_response(&self, corr_id: u64) -> bool {
        self.is("response") && self.corr_id() == corr_id
    }
}

/// One chunk of an upload, with real bytes.
pub fn pack(fields: &[(&str, Value)]) -> Vec<u8> {
    let pairs = fields.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect();
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &Value::Map(pairs)).expect("a vector takes any bytes");
    bytes
}

pub fn transfer(process: &str, hash: &str, index: u64, total: u64, data: &[u8]) -> Vec<u8> {
    pack(&[
        ("type", "transfer_file".into()),
        ("process_id", process.into()),
        ("file_hash", hash.into()),
        ("chunk_index", index.into()),
        ("total_chunks", total.into()),
        ("chunk_data", Value::Binary(data.to_vec())),
    ])
}

pub fn add_program(corr_id: u32, name: &str, force: bool, data: &[u8]) -> Vec<u8> {
    add_chunk(corr_id, name, force, data, (0, 1, data))
}

/// One chunk `(index, total, bytes)` of a program.
pub fn add_chunk(corr_id: u32, name: &str, force: bool, program: &[u8], chunk: (u64, u64, &[u8])) -> Vec<u8> {
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    pack(&[
        ("type", "add_program".into()),
        ("corr_id", corr_id.into()),
        ("program_hash", hash(program).as_str().into()),
        ("manifest", manifest.as_str().into()),
        ("force_overwrite", force.into()),
        ("chunk_index", chunk.0.into()),
        ("total_chunks", chunk.1.into()),
        ("chunk_data", Value::Binary(chunk.2.to_vec())),
    ])
}

pub fn hash(data: &[u8]) -> String {
    blake3::hash(data).to_string()
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
