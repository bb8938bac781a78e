//! One connection, from its first byte to its last.

use crate::config::Generation;
use crate::engine::Shared;
use crate::faults::Faults;
use crate::frames::{self, Decoder, Incoming};
use crate::handshake::{self, Answer, Upgrade};
use crate::inspect;
use crate::messages;
use crate::outbox::Outbox;
use crate::requests::Task;
use crate::session::Session;
use crate::stream::Stream;
use crate::wire::{self, Request};
use crate::writer::{Command, End, Writer};
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// 0.4 stops to read a connection that sends more than this.
const MAX_FRAME_04: usize = 16 << 20;
const MAX_MESSAGE_04: usize = 64 << 20;
/// 0.5 refuses a message over the first limit, and drops a connection at the second.
const MAX_MESSAGE_05: usize = 7_340_032;
const DROP_MESSAGE_05: usize = 8_126_464;

/// How often a connection that is not read is looked at for its end.
const LOOK: Duration = Duration::from_millis(20);
/// How long a client has to close after a refused handshake.
const REFUSED: Duration = Duration::from_secs(1);

/// How long a request may take whose client has left.
const LAST_WORK: Duration = Duration::from_secs(1);

pub async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Without this a small frame would wait for the one before it to be acknowledged.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = Stream::new(stream, shared.tls.as_ref()) else { return };
    shared.connections.add();
    let end = run(&stream, &shared).await;
    shared.connections.remove(end.map(name));
    match end {
        Some(End::Reset) => {
            let _ = stream.socket().set_linger(Some(Duration::ZERO));
        }
        Some(End::Close | End::Fin | End::Truncated) if shared.config.generation == Generation::V04 => {
            shared.connections.park(stream)
        }
        _ => {}
    }
}

fn name(end: End) -> &'static str {
    match end {
        End::Close => "close",
        End::Fin | End::Frozen | End::Over => "fin",
        End::Reset => "reset",
        End::Truncated => "truncated",
    }
}

/// None where the upgrade failed.
async fn run(stream: &Stream, shared: &Arc<Shared>) -> Option<End> {
    if stream.shake_hands().await.is_err() {
        leave(stream).await;
        return None;
    }
    let upgrade = handshake::read(stream).await.ok()?;
    let faults = upgrade.faults(shared);
    match handshake::answer(shared.config.generation, &upgrade, &faults) {
        Answer::Accept(text) => {
            stream.write_all(text.as_bytes()).await.ok()?;
            Some(converse(stream, shared, upgrade, faults).await)
        }
        Answer::Refuse(text) => {
            stream.write_all(text.as_bytes()).await.ok()?;
            leave(stream).await;
            None
        }
        Answer::Nothing => {
            until_gone(stream).await;
            None
        }
        Answer::Drop => None,
    }
}

/// What was said must not be lost to a reset.
async fn leave(stream: &Stream) {
    if stream.finish(true).await.is_ok() {
        let _ = tokio::time::timeout(REFUSED, until_gone(stream)).await;
    }
}

async fn converse(stream: &Stream, shared: &Arc<Shared>, upgrade: Upgrade, faults: Faults) -> End {
    let faults = Arc::new(faults);
    stream.split(faults.split.unwrap_or(usize::MAX));
    let (commands, queue) = unbounded_channel();
    let session = Session::new(shared.clone(), faults.clone(), Outbox::new(commands, faults.clone()), upgrade.head);
    let (tasks, mut work) = unbounded_channel();
    let mut reader = Reader::new(stream, session.clone(), tasks, upgrade.rest);
    let mut end = tokio::select! {
        end = reader.run() => end,
        end = Writer::new(stream, queue, &faults).run() => end,
        end = work_off(&session, &mut work) => end,
    };
    match end {
        End::Frozen => end = until_gone(stream).await,
        End::Close | End::Fin | End::Truncated => work_out(&session, work).await,
        End::Reset | End::Over => {}
    }
    session.lost();
    if reader.closed && end != End::Truncated { End::Close } else { end }
}

async fn work_off(session: &Arc<Session>, work: &mut UnboundedReceiver<Task>) -> End {
    while let Some(task) = work.recv().await {
        session.perform(task).await;
    }
    std::future::pending().await
}

/// What came before the client left is done, though nobody hears of it.
async fn work_out(session: &Arc<Session>, mut work: UnboundedReceiver<Task>) {
    while let Ok(task) = work.try_recv() {
        let _ = tokio::time::timeout(LAST_WORK, session.perform(task)).await;
    }
}

/// The end of a connection that nobody reads.
async fn until_gone(stream: &Stream) -> End {
    loop {
        match stream.ready(Interest::READABLE | Interest::ERROR).await {
            Ok(ready) if ready.is_read_closed() || ready.is_error() => break,
            Ok(_) => tokio::time::sleep(LOOK).await,
            Err(_) => return End::Reset,
        }
    }
    match stream.take_error() {
        Ok(None) => End::Fin,
        _ => End::Reset,
    }
}

struct Reader<'a> {
    stream: &'a Stream,
    session: Arc<Session>,
    tasks: UnboundedSender<Task>,
    decoder: Decoder,
    /// A Close frame came.
    closed: bool,
}

impl<'a> Reader<'a> {
    fn new(stream: &'a Stream, session: Arc<Session>, tasks: UnboundedSender<Task>, rest: Vec<u8>) -> Self {
        let decoder = match session.generation() {
            Generation::V04 => Decoder::new(rest, MAX_FRAME_04, MAX_MESSAGE_04),
            Generation::V05 => Decoder::new(rest, DROP_MESSAGE_05 - 1, DROP_MESSAGE_05 - 1),
        };
        Self { stream, session, tasks, decoder, closed: false }
    }

    /// Reads until the connection ends.
    async fn run(&mut self) -> End {
        if let Some(time) = self.session.faults.pause {
            tokio::time::sleep(time).await;
        }
        let mut part = vec![0; 64 * 1024];
        loop {
            if let Some(end) = self.take_all().await {
                return end;
            }
            match read(self.stream, &mut part).await {
                Ok(0) => return End::Fin,
                // Behind a Close frame there is nothing to hear.
                Ok(_) if self.closed => {}
                Ok(count) => self.decoder.feed(&part[..count]),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return End::Truncated,
                Err(_) => return End::Reset,
            }
        }
    }

    async fn take_all(&mut self) -> Option<End> {
        while !self.closed {
            let end = match self.decoder.next() {
                Ok(Some(incoming)) => self.take(incoming),
                Ok(None) => return None,
                Err(frames::Unreadable) => Some(self.unreadable().await),
            };
            if end.is_some() {
                return end;
            }
        }
        None
    }

    /// 0.4 never reads such a connection again, and keeps it; 0.5 drops it.
    async fn unreadable(&self) -> End {
        match self.session.generation() {
            Generation::V04 => until_gone(self.stream).await,
            Generation::V05 => End::Reset,
        }
    }

    fn take(&mut self, incoming: Incoming) -> Option<End> {
        match incoming {
            Incoming::Ping(_) if self.session.faults.mute_pings => {}
            Incoming::Ping(payload) => self.session.outbox.send(Command::Bytes(frames::pong(&payload))),
            Incoming::Close => return self.close(),
            Incoming::Text(text) => return self.text(&text),
            Incoming::Binary(frame) if self.session.is_v05() && frame.len() > MAX_MESSAGE_05 => {
                self.too_large(frame.len());
            }
            Incoming::Binary(frame) => {
                let request = wire::decode(self.session.generation(), &frame);
                return self.request(inspect::picture(&frame), request);
            }
        }
        None
    }

    /// Text means something to 0.5 only.
    fn text(&mut self, text: &str) -> Option<End> {
        if !self.session.is_v05() {
            self.note(&json!({"text": text}));
            return None;
        }
        if text == "cancel" {
            self.note(&json!({"text": text}));
            self.session.cancel();
            return None;
        }
        let picture = serde_json::from_str(text).ok().filter(|picture: &Value| picture.is_object());
        self.request(picture.unwrap_or_else(|| json!({"text": text})), wire::decode_text(text))
    }

    fn request(&mut self, picture: Value, request: Result<Request, String>) -> Option<End> {
        self.note(&picture);
        let glance = inspect::glance(&picture);
        self.session.shared.connections.note(&glance.kind);
        let faults = &self.session.faults;
        let chunk = glance.chunk_index;
        if faults.cuts(&glance.kind) || chunk.is_some() && chunk == faults.cut_chunk {
            return Some(End::Reset);
        }
        if faults.freezes(&glance.kind) || chunk.is_some() && chunk == faults.freeze_chunk {
            return Some(End::Frozen);
        }
        match request {
            Ok(request) => {
                self.session.greeted.store(true, Ordering::SeqCst);
                let _ = self.tasks.send(Task { glance, request });
            }
            Err(text) => self.undecodable(&text),
        }
        None
    }

    fn note(&self, picture: &Value) {
        self.session.record.lock().unwrap().note(picture);
    }

    /// Silence, but for a 0.5 that has heard something good before.
    fn undecodable(&self, text: &str) {
        if self.session.is_v05() && self.session.greeted.load(Ordering::SeqCst) {
            self.session.text(&messages::error_text(&format!("bad client frame: {text}")));
        }
    }

    fn too_large(&self, length: usize) {
        self.note(&json!({"too_large": length}));
        let hint = "send large inputs as a blob reference, not inline";
        let text = format!("request too large: {length} bytes, limit {MAX_MESSAGE_05} ({hint})");
        self.session.text(&messages::error_text(&text));
        if !self.session.greeted.load(Ordering::SeqCst) {
            self.session.outbox.send(Command::Bytes(frames::close()));
            self.session.outbox.send(Command::Fin);
        }
    }

    fn close(&mut self) -> Option<End> {
        self.closed = true;
        let outbox = &self.session.outbox;
        if self.session.faults.answer_close {
            outbox.send(Command::Bytes(frames::close()));
            outbox.send(Command::Fin);
        } else if self.session.is_v05() {
            return Some(End::Close);
        } else {
            outbox.send(Command::PeerClosed);
        }
        None
    }
}

async fn read(stream: &Stream, part: &mut [u8]) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(part) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}
