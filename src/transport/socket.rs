//! A WebSocket that one at a time reads and any thread writes.
//!
//! A write goes to the kernel from the calling thread. What the kernel does not take waits in a backlog whose size the
//! writer bounds; the reading task, woken, goes on with it. Nothing ever waits under the lock.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::Notify;
use tungstenite::{Bytes, Error as WsError, Message, WebSocket};

use super::stream::Stream;
use super::tcp::Tcp;
use super::turn::{Turn, Turns};
use crate::error::{Code, Error, Result};
use crate::memory;
use crate::wait::{Deadline, lock, within};

/// A frame from the engine.
#[derive(Debug)]
pub enum Frame {
    /// A message.
    Binary(Bytes),
    /// A remark (engines from 0.5 on).
    Text(String),
    /// A ping, a pong, or a text frame that is no text.
    Other,
}

/// What a look for a frame gave.
#[derive(Debug, Default)]
pub struct Look {
    /// The next frame, if one is complete.
    pub frame: Option<Frame>,
    /// What comes after it.
    pub rest: Rest,
}

/// Where the next frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Another look may find it.
    Here,
    /// It may have come, but nothing more may be read before others had their turn and `allow` was called.
    Unread,
    /// It has not come.
    #[default]
    Away,
}

/// How much may wait in the backlog, and how long to wait for room in it.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// A message goes in while fewer bytes than this wait, however large it is.
    pub below: usize,
    /// When to give up.
    pub until: Deadline,
}

/// Messages below this leave in one write, where several wait.
const TOGETHER: usize = 4 << 10;

/// For small messages that must go out, however much waits before them.
pub const UNBOUNDED: usize = usize::MAX;

/// The writing side: any thread sends, nobody waits under the lock.
#[derive(Debug)]
pub struct Socket {
    link: Mutex<Link>,
    room: Notify,
    woken: Notify,
    /// Something waits for `flush_held`.
    holds: AtomicBool,
    pub(super) turns: Turns,
    /// The link's.
    is_blocked: Arc<AtomicBool>,
}

/// The reading side, for one task; it keeps the descriptor open.
#[derive(Debug)]
pub struct Reader {
    tcp: Arc<Tcp>,
    socket: Arc<Socket>,
}

#[derive(Debug)]
struct Link {
    websocket: Option<WebSocket<Stream>>,
    backlog: VecDeque<Bytes>,
    /// The bytes of the messages that the WebSocket layer is still writing.
    in_flight: usize,
    /// The bytes of these and of the backlog.
    waiting: usize,
    /// The kernel took less than all. Changed under the lock of the link.
    is_blocked: Arc<AtomicBool>,
    /// When the engine last showed that it is there: something came, or the kernel, whose buffer was full, took more.
    last_sign: Instant,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    /// A Close frame follows the backlog.
    Closing,
    /// The Close frame is out.
    Closed,
}

impl Socket {
    /// Hands a message to the kernel or to the backlog, once there is room in it.
    pub async fn send_within(&self, message: impl Into<Bytes>, room: Room) -> Result<()> {
        let message = message.into();
        loop {
            let mut freed = pin!(self.room.notified());
            // From here on no change is missed.
            freed.as_mut().enable();
            match self.send(message.clone(), room.below) {
                Err(error) if error.code() == Code::Busy && within(room.until, freed).await.is_none() => {
                    return Err(error);
                }
                Err(error) if error.code() == Code::Busy => {}
                settled => return settled,
            }
        }
    }

    /// Hands a message to the kernel or to the backlog, if fewer bytes than `below` wait in that.
    pub fn send(&self, message: impl Into<Bytes>, below: usize) -> Result<()> {
        let message = message.into();
        memory::need(message.len())?;
        let sent = self.line_up(message, below, |link| self.flush_here(link));
        memory::done();
        sent
    }

    /// Leaves a message to `flush_held`, which has several leave together, or to whoever flushes before.
    pub fn hold(&self, message: impl Into<Bytes>, below: usize) -> Result<()> {
        self.line_up(message.into(), below, |_| self.holds.store(true, Ordering::Release))
    }

    /// Hands to the kernel what `hold` was given.
    pub fn flush_held(&self) {
        if self.holds.swap(false, Ordering::AcqRel) {
            self.flush_here(&mut lock(&self.link));
            memory::done();
            self.room.notify_waiters();
        }
    }

    fn flush_here(&self, link: &mut Link) {
        // An error of the socket is the reader's to tell.
        if link.flush_here().is_err() || self.is_blocked() {
            self.woken.notify_one();
        }
    }

    fn line_up(&self, message: Bytes, below: usize, then: impl FnOnce(&mut Link)) -> Result<()> {
        let mut link = lock(&self.link);
        if link.stage != Stage::Open {
            return Err(lost("the connection has ended"));
        }
        // What is only held does not wait for the engine.
        if link.waiting >= below && self.holds.swap(false, Ordering::AcqRel) {
            self.flush_here(&mut link);
        }
        if link.waiting > 0 && link.waiting >= below {
            let text = format!("the engine does not read: {} bytes wait to be sent; try again later", link.waiting);
            return Err(Error::new(Code::Busy, text));
        }
        link.waiting += message.len();
        link.backlog.push_back(message);
        then(&mut link);
        drop(link);
        // The backlog of others may be gone with ours.
        self.room.notify_waiters();
        Ok(())
    }

    /// Asks the engine's WebSocket layer for a sign of life. Where the kernel takes nothing, what it takes next is one.
    pub fn ping(&self) {
        let mut link = lock(&self.link);
        if link.stage == Stage::Open && !self.is_blocked() {
            // An error of the socket is the reader's to tell.
            let pinged = link.websocket.as_mut().map(|websocket| websocket.write(Message::Ping(Bytes::new())));
            if pinged.is_some() {
                if link.flush().is_err() || self.is_blocked() {
                    self.woken.notify_one();
                }
                memory::done();
            }
        }
        drop(link);
        self.room.notify_waiters();
    }

    /// Says goodbye after what waits to be sent, without waiting for it. Later sends are refused.
    pub fn begin_close(&self) {
        let mut link = lock(&self.link);
        if link.stage == Stage::Open {
            link.stage = Stage::Closing;
            // An error of the socket is the reader's to tell.
            let _ = link.flush_here();
            memory::done();
        }
        drop(link);
        self.room.notify_waiters();
        self.rouse();
    }

    /// Has the reading task look.
    pub(super) fn rouse(&self) {
        self.woken.notify_one();
    }

    /// Lets the looks for frames from here on read once more.
    pub(super) fn allow(&self) {
        if let Some(websocket) = &mut lock(&self.link).websocket {
            websocket.get_mut().allow();
        }
    }

    /// Looks for the next frame. An error ends the connection.
    pub(super) fn look(&self) -> Result<Look> {
        let mut link = lock(&self.link);
        let (read, rest) = link.read()?;
        drop(link);
        let frame = match read {
            Ok(Message::Binary(bytes)) => Some(Frame::Binary(bytes)),
            Ok(Message::Text(text)) => {
                memory::need(text.len()).map_err(|error| lost(error.message()))?;
                Some(Frame::Text(text.to_string()))
            }
            Ok(Message::Close(_)) => return Err(lost("the engine closed the connection")),
            Ok(_) | Err(WsError::Utf8(_)) => Some(Frame::Other),
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => return Err(explain(&error)),
        };
        Ok(Look { frame, rest })
    }

    /// Whether the kernel took less than all.
    pub(super) fn is_blocked(&self) -> bool {
        self.is_blocked.load(Ordering::Relaxed)
    }

    /// The kernel's socket, if this thread may read it.
    pub(super) fn attendable(&self) -> Option<Arc<Tcp>> {
        // Who reads may have to answer a ping.
        if !WROTE.get() || MASKS.try_with(|_| ()).is_err() {
            return None;
        }
        lock(&self.link).websocket.as_ref().map(|websocket| Arc::clone(websocket.get_ref().tcp()))
    }
}

impl Reader {
    pub(super) fn new(tcp: Arc<Tcp>, websocket: WebSocket<Stream>) -> Self {
        let is_blocked = Arc::default();
        let link = Link {
            websocket: Some(websocket),
            backlog: VecDeque::new(),
            in_flight: 0,
            waiting: 0,
            is_blocked: Arc::clone(&is_blocked),
            last_sign: Instant::now(),
            stage: Stage::Open,
        };
        let (link, turns) = (Mutex::new(link), Turns::default());
        let socket = Arc::new(Socket {
            link,
            room: Notify::new(),
            woken: Notify::new(),
            holds: AtomicBool::default(),
            turns,
            is_blocked,
        });
        Self { tcp, socket }
    }

    /// The writing side.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Sees whether the end has come. Before a flush and a turn: what the kernel tells from here on is told anew.
    pub fn look_for_end(&self) {
        // What fails here fails the read, too.
        let _ = self.tcp.look_for_end();
    }

    /// The turn to read, as much as is allowed at once; `None` if what came may be left to a thread that waits at the
    /// socket, and is.
    pub fn turn(&self, may_leave: bool) -> Option<Turn<'_>> {
        let turn = self.socket.turn(may_leave && !self.tcp.is_ended());
        if turn.is_none() {
            // When that thread leaves, the kernel tells of what is there then.
            self.tcp.forget_readable();
        }
        turn
    }

    /// Has the task read, whoever waits at the socket: that thread may not get to run.
    pub fn take_back(&self) {
        self.socket.turns.take_back();
        self.tcp.tell();
        self.socket.rouse();
    }

    /// Waits until there may be something to read, or room for what waits to be sent. It takes no lock that a thread which
    /// was just given its answer may hold to send what is next.
    pub async fn ready(&self) -> Result<()> {
        self.socket.turns.rest();
        tokio::select! {
            ready = self.tcp.ready(self.socket.is_blocked()) => ready.map_err(|error| explain(&WsError::Io(error))),
            () = self.socket.woken.notified() => Ok(()),
        }
    }

    /// When the engine last showed that it is there.
    pub fn last_sign(&self) -> Instant {
        lock(&self.socket.link).last_sign
    }

    /// Waits until `flush` may be of use, whatever there may be to read.
    pub async fn wants_flush(&self) {
        let wants_room = self.socket.is_blocked();
        tokio::select! {
            // An error is for the flush to find.
            _ = self.tcp.writable(), if wants_room => {}
            () = self.socket.woken.notified() => {}
        }
    }

    /// Goes on with what waits to be sent.
    pub fn flush(&self) -> Result<()> {
        let mut link = lock(&self.socket.link);
        if self.socket.is_blocked() || link.waiting > 0 {
            let flushed = link.flush();
            drop(link);
            memory::done();
            flushed.map_err(|error| explain(&error))?;
            self.socket.room.notify_waiters();
        }
        Ok(())
    }
}

impl Drop for Reader {
    /// Ends the connection for both sides, even while a forked child holds the descriptor.
    fn drop(&mut self) {
        let mut link = lock(&self.socket.link);
        link.stage = Stage::Closed;
        if let Some(mut websocket) = link.websocket.take() {
            websocket.get_mut().end();
        }
        link.backlog.clear();
        drop(link);
        self.socket.room.notify_waiters();
        // Already shut by the peer is as good.
        let _ = self.tcp.shut_down();
    }
}

thread_local! {
    static MASKS: Masks = const { Masks };
    static WROTE: Cell<bool> = const { Cell::new(false) };
}

/// Frames are masked with numbers from a generator that the WebSocket layer keeps for each thread. At the end of a thread it
/// is gone before functions of `atexit` run, and asked for then, it panics. This is made after it, and so is gone before it.
struct Masks;

impl Drop for Masks {
    fn drop(&mut self) {}
}

impl Link {
    /// What the kernel has taken, ever.
    fn written(&self) -> u64 {
        self.websocket.as_ref().map_or(0, |websocket| websocket.get_ref().written())
    }

    /// Looks for a frame; tells where the next one is.
    fn read(&mut self) -> Result<(Result<Message, WsError>, Rest)> {
        let Some(websocket) = &mut self.websocket else { return Err(lost("the connection has ended")) };
        let read = websocket.read();
        memory::done();
        let stream = websocket.get_mut();
        let rest = match &read {
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                stream.gave_all();
                if stream.may_have_more() { Rest::Unread } else { Rest::Away }
            }
            _ => {
                if read.is_ok() {
                    stream.gave_one();
                }
                // The answer to a ping leaves with the next look.
                let is_ping = matches!(read, Ok(Message::Ping(_)));
                if is_ping || stream.has_message() { Rest::Here } else { Rest::Away }
            }
        };
        if stream.take_has_read() {
            self.last_sign = Instant::now();
        }
        // Whoever reads answers pings, and TLS its own messages.
        self.is_blocked.fetch_or(stream.is_blocked(), Ordering::Relaxed);
        Ok((read, rest))
    }

    /// Gives the kernel what it takes, from a host's thread; from one that is about to end, the reader has to.
    fn flush_here(&mut self) -> Result<(), WsError> {
        // A thread that has never written has neither.
        if WROTE.get() && MASKS.try_with(|_| ()).is_err() {
            self.is_blocked.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let flushed = self.flush();
        WROTE.set(MASKS.try_with(|_| ()).is_ok());
        flushed
    }

    /// Gives the kernel what it takes. Where it took nothing before, that shows that the engine is there.
    fn flush(&mut self) -> Result<(), WsError> {
        let (was_blocked, before) = (self.is_blocked.load(Ordering::Relaxed), self.written());
        let flushed = self.flush_all();
        if was_blocked && self.written() > before {
            self.last_sign = Instant::now();
        }
        flushed
    }

    fn flush_all(&mut self) -> Result<(), WsError> {
        let is_all = self.flush_some();
        self.is_blocked.store(!matches!(is_all, Ok(true)), Ordering::Relaxed);
        is_all.map(drop)
    }

    /// Tells whether that was all.
    fn flush_some(&mut self) -> Result<bool, WsError> {
        let Some(websocket) = &mut self.websocket else { return Ok(true) };
        loop {
            if blocked(websocket.flush())? {
                return Ok(false);
            }
            self.waiting -= std::mem::take(&mut self.in_flight);
            while self.in_flight < TOGETHER
                && let Some(next) = self.backlog.front()
            {
                // It stays in the backlog if there is no memory now: from a host's thread, the reader has to try again.
                memory::done();
                memory::need(next.len()).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
                let Some(message) = self.backlog.pop_front() else { break };
                self.in_flight += message.len();
                if blocked(websocket.write(Message::Binary(message)))? {
                    return Ok(false);
                }
            }
            if self.in_flight > 0 {
                continue;
            } else if self.stage == Stage::Closing {
                self.stage = Stage::Closed;
                if blocked(websocket.close(None))? {
                    return Ok(false);
                }
            } else {
                return Ok(true);
            }
        }
    }
}

/// Whether the kernel's buffer is full; what it did not take stays with the WebSocket layer.
fn blocked(result: Result<(), WsError>) -> Result<bool, WsError> {
    match result {
        Ok(()) => Ok(false),
        Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

fn lost(text: impl Into<String>) -> Error {
    Error::new(Code::Disconnected, text)
}

fn explain(error: &WsError) -> Error {
    match error {
        WsError::Capacity(capacity) => {
            lost(format!("the engine sent too large a message ({capacity}); raise the option max_message_bytes"))
                .for_good()
        }
        WsError::ConnectionClosed | WsError::AlreadyClosed => lost("the connection is closed"),
        WsError::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            lost("the engine ended the connection")
        }
        WsError::Io(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            lost("there is no memory for a message; free some, or lower the option max_message_bytes")
        }
        WsError::Io(error) => lost(format!("the connection broke: {error}")),
        other => lost(format!("the engine broke the WebSocket protocol: {other}")),
    }
}
