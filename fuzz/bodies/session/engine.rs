//! The engine of a session: a socket that says what the script wants.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use socket2::SockRef;
use tungstenite::handshake::derive_accept_key;

use super::message::{Message, Value};
use super::{Script, id};

/// What an engine says in one session at most, so that a session does not take long.
const BREATH: usize = 512 << 10;
/// How long a client is waited for that is there, and one that may have stopped to listen.
const LONG: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_millis(10);

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const PING: u8 = 9;
const PONG: u8 = 10;
const LAST_PART: u8 = 0x80;

pub(super) struct Engine {
    listener: TcpListener,
    tcp: Option<TcpStream>,
    inbox: Vec<u8>,
    /// The ids of the requests that came.
    requests: Vec<u32>,
    /// The latest message, to be repeated.
    latest: (u8, Vec<u8>),
    said: usize,
    pings: u32,
    pongs: u32,
    /// The client hears no ping any more: a frame has not ended, or it does not read.
    is_deaf: bool,
    crowd: u64,
}

impl Engine {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).set_read_timeout(Some(LONG)).unwrap();
        Self {
            listener,
            tcp: None,
            inbox: Vec::new(),
            requests: Vec::new(),
            latest: (BINARY, Vec::new()),
            said: 0,
            pings: 0,
            pongs: 0,
            is_deaf: false,
            crowd: 1 << 32,
        }
    }

    pub fn uri(&self) -> String {
        format!("ws://{}/x", self.listener.local_addr().unwrap())
    }

    /// Whether it may still say something.
    pub fn has_breath(&self) -> bool {
        self.said < BREATH
    }

    /// The id of the latest request.
    pub fn latest(&self) -> u32 {
        self.requests.last().copied().unwrap_or(1)
    }

    /// Waits for the client and answers its handshake; tells whether it was answered well.
    pub fn accept(&mut self, script: &mut Script<'_>) -> bool {
        // A client that has given up meanwhile does not come.
        self.listener.accept().is_ok_and(|(tcp, _)| self.adopt(tcp, script))
    }

    fn adopt(&mut self, tcp: TcpStream, script: &mut Script<'_>) -> bool {
        tcp.set_read_timeout(Some(LONG)).unwrap();
        tcp.set_write_timeout(Some(SHORT)).unwrap();
        // Nothing of the connection is to be left behind.
        SockRef::from(&tcp).set_linger(Some(Duration::ZERO)).unwrap();
        tcp.set_nodelay(true).unwrap();
        self.tcp = Some(tcp);
        (self.is_deaf, self.inbox) = (false, Vec::new());
        let key = self.read_request();
        if script.byte() == 255 {
            self.raw(script.bytes());
            self.tcp = None;
            return false;
        }
        let accept = derive_accept_key(key.as_bytes());
        let head = "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ";
        self.raw(format!("{head}{accept}\r\n\r\n").as_bytes());
        true
    }

    /// The key of the handshake.
    fn read_request(&mut self) -> String {
        const KEY: &str = "sec-websocket-key: ";
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.tcp.as_ref().unwrap().read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => break,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let at = head.to_ascii_lowercase().find(KEY).map_or(0, |at| at + KEY.len());
        head[at..].lines().next().unwrap_or_default().to_owned()
    }

    /// A client that reconnects.
    pub fn accept_again(&mut self, script: &mut Script<'_>) {
        SockRef::from(&self.listener).set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        if self.tcp.is_none()
            && let Ok((tcp, _)) = self.listener.accept()
        {
            self.adopt(tcp, script);
        }
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.said += bytes.len() + 1;
        if self.tcp.as_ref().is_some_and(|mut tcp| tcp.write_all(bytes).is_err()) {
            self.is_deaf = true;
        }
    }

    /// A frame with this first byte.
    pub fn frame(&mut self, first: u8, payload: &[u8]) {
        let size = payload.len();
        let mut frame = vec![first];
        match (u8::try_from(size), u16::try_from(size)) {
            (Ok(small @ ..126), _) => frame.push(small),
            (_, Ok(medium)) => {
                frame.push(126);
                frame.extend_from_slice(&medium.to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend_from_slice(&(size as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        self.raw(&frame);
    }

    fn message(&mut self, kind: u8, payload: &[u8]) {
        self.latest = (kind, payload.to_vec());
        self.frame(LAST_PART | kind, payload);
    }

    pub fn binary(&mut self, payload: &[u8]) {
        self.message(BINARY, payload);
    }

    pub fn text(&mut self, payload: &[u8]) {
        self.message(TEXT, payload);
    }

    /// The answer to a request, the latest mostly.
    pub fn answer(&mut self, script: &mut Script<'_>) {
        let back = usize::from(script.byte());
        let corr_id = match back {
            250.. => script.number() as u32,
            _ => self.requests.iter().rev().nth(back % 8).copied().unwrap_or(self.latest()),
        };
        let process = id(u64::from(script.byte() & 7));
        let list = format!("[\"{process}\"]");
        let result = match script.below(8) {
            0..=3 => process.as_bytes(),
            4 => list.as_bytes(),
            5 => b"true",
            6 => br#"[{"id":"a","username":"b","program":"c","arguments":[],"elapsed_secs":1}]"#,
            _ => script.bytes(),
        };
        self.binary(&Message::response(corr_id, script.byte() < 240, result));
    }

    pub fn event(&mut self, script: &mut Script<'_>) {
        let process = id(u64::from(script.byte() & 7));
        let names = ["stdout", "stderr", "message", "return", "error", "token"];
        let name = match script.byte() {
            250.. => script.bytes(),
            other => names[usize::from(other) % names.len()].as_bytes(),
        };
        self.binary(&Message::event(&process, name, script.bytes()));
    }

    /// One chunk of a file.
    pub fn file(&mut self, script: &mut Script<'_>) {
        let process = id(u64::from(script.byte() & 7));
        let (index, total, data) = (script.number(), script.number(), script.bytes());
        let hash = match script.byte() {
            250.. => script.bytes().to_vec(),
            other if other & 1 == 0 => blake3::hash(data).to_hex().as_bytes().to_vec(),
            other => format!("{other:064x}").into_bytes(),
        };
        let name = script.bytes();
        self.chunk(&process, &hash, (index, total), data, name);
    }

    fn chunk(&mut self, process: &str, hash: &[u8], (index, total): (u64, u64), data: &[u8], name: &[u8]) {
        let mut fields = vec![
            ("process_id", Value::Text(process.as_bytes())),
            ("file_hash", Value::Text(hash)),
            ("chunk_index", Value::Number(index)),
            ("total_chunks", Value::Number(total)),
            ("chunk_data", Value::Bytes(data)),
        ];
        fields.extend((!name.is_empty()).then_some(("name", Value::Text(name))));
        self.binary(&Message::of("file", &fields));
    }

    /// A file in two chunks, as engines send it.
    pub fn whole_file(&mut self, script: &mut Script<'_>) {
        let process = id(u64::from(script.byte() & 7));
        let (data, name) = (script.bytes(), script.bytes());
        let hash = blake3::hash(data).to_hex();
        let (first, second) = data.split_at(data.len() / 2);
        self.chunk(&process, hash.as_bytes(), (0, 2), first, name);
        self.chunk(&process, hash.as_bytes(), (1, 2), second, name);
    }

    pub fn mcp_request(&mut self, script: &mut Script<'_>) {
        let process = id(u64::from(script.byte() & 7));
        let params = script.pick(&[b"{}".as_slice(), b"", b"null", b"[1,\n2]", b"{"]);
        let params = if script.byte() < 32 { script.bytes() } else { params };
        let server = script.pick(&[b"a".as_slice(), b"b", b"\xff"]);
        let fields = [
            ("corr_id", Value::Number(script.number())),
            ("process_id", Value::Text(process.as_bytes())),
            ("server_name", Value::Text(server)),
            ("method", Value::Text(script.bytes())),
            ("params", Value::Text(params)),
        ];
        self.binary(&Message::of("mcp_request", &fields));
    }

    /// The latest message many times over.
    pub fn again(&mut self, times: u8) {
        let (kind, payload) = self.latest.clone();
        for _ in 0..8 * u32::from(times) {
            if !self.has_breath() {
                return;
            }
            self.frame(LAST_PART | kind, &payload);
        }
    }

    /// An event each of many processes that nobody knows.
    pub fn crowd(&mut self, size: u8) {
        for _ in 0..64 * u32::from(size) {
            if !self.has_breath() {
                return;
            }
            self.crowd += 1;
            self.frame(LAST_PART | BINARY, &Message::event(&id(self.crowd), b"stdout", b""));
        }
    }

    /// A message in parts, whose last may never come.
    pub fn parts(&mut self, script: &mut Script<'_>) {
        let (payload, count) = (script.bytes(), script.byte());
        self.frame(BINARY, payload);
        (0..count).for_each(|_| self.frame(0, payload));
        if script.is_odd() {
            self.frame(LAST_PART, b"");
        } else {
            self.is_deaf = true;
        }
    }

    pub fn hang_up(&mut self, how: u8) {
        match how % 4 {
            0 => self.frame(LAST_PART | 8, &[]),
            1 => self.tcp = None,
            2 => self.tcp.iter().for_each(|tcp| drop(tcp.shutdown(Shutdown::Write))),
            // Unread by the client, which goes on.
            _ => self.frame(LAST_PART | PONG, b"x"),
        }
    }

    /// Reads what has come.
    pub fn hear(&mut self) {
        let Some(tcp) = &self.tcp else { return };
        tcp.set_nonblocking(true).unwrap();
        let mut room = [0; 4096];
        while let Ok(size @ 1..) = (&*tcp).read(&mut room) {
            self.inbox.extend_from_slice(&room[..size]);
        }
        tcp.set_nonblocking(false).unwrap();
        self.take_frames();
    }

    /// Waits until the client has read what was said.
    pub fn sync(&mut self) {
        self.pings += 1;
        let ping = self.pings.to_be_bytes();
        self.frame(LAST_PART | PING, &ping);
        while self.pongs < self.pings && !self.is_deaf {
            let Some(tcp) = &self.tcp else { return };
            tcp.set_read_timeout(Some(SHORT)).unwrap();
            let mut room = [0; 4096];
            match (&*tcp).read(&mut room) {
                Ok(0) => self.tcp = None,
                Ok(size) => self.inbox.extend_from_slice(&room[..size]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.is_deaf = true,
            }
            self.take_frames();
        }
    }

    /// Looks into the frames of the client that are whole.
    fn take_frames(&mut self) {
        while let Some((opcode, payload, size)) = client_frame(&self.inbox) {
            match opcode {
                PONG => {
                    let number = payload.try_into().map_or(0, u32::from_be_bytes);
                    self.pongs = self.pongs.max(number.min(self.pings));
                }
                BINARY => self.requests.extend(corr_id(&payload)),
                _ => {}
            }
            self.inbox.drain(..size);
        }
    }
}

/// The first frame of a client's: its opcode, its payload, its size.
fn client_frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)? & 0x7f);
    let (size, at) = match second {
        126 => (usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?) as usize, 10),
        small => (usize::from(small), 2),
    };
    let mask = bytes.get(at..at + 4)?;
    let masked = bytes.get(at + 4..at + 4 + size)?;
    let payload = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((first & 0x0f, payload, at + 4 + size))
}

/// The id of a request. Of a request that has none the engine knows nothing.
fn corr_id(message: &[u8]) -> Option<u32> {
    const KEY: &[u8] = b"\xa7corr_id";
    let at = message.windows(KEY.len()).rposition(|part| part == KEY)? + KEY.len();
    let number = &message[at..];
    match number.first()? {
        small @ ..128 => Some(u32::from(*small)),
        0xcc => number.get(1).map(|&byte| u32::from(byte)),
        0xcd => number[1..].first_chunk().map(|bytes| u32::from(u16::from_be_bytes(*bytes))),
        0xce => number[1..].first_chunk().map(|bytes| u32::from_be_bytes(*bytes)),
        _ => None,
    }
}
