//! The one place that writes to a socket.

use crate::faults::Faults;
use crate::frames;
use crate::stream::Stream;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// Frames that wait are written together up to this size.
const BATCH: usize = 256 * 1024;
/// How long the client has to end its side after the engine ended its own.
const LINGER: Duration = Duration::from_secs(1);

pub enum Command {
    Bytes(Vec<u8>),
    /// What comes now is collected …
    Burst,
    /// … until now, and leaves in one write.
    Flush,
    /// Answered when all before it is with the kernel.
    Room(oneshot::Sender<()>),
    /// The client sent a Close frame and is not answered, until there is something else to write.
    PeerClosed,
    Fin,
    Cut,
    Freeze,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Close,
    Fin,
    Reset,
    /// TLS without its goodbye.
    Truncated,
    Frozen,
    /// The engine ended it.
    Over,
}

pub struct Writer<'a> {
    stream: &'a Stream,
    commands: UnboundedReceiver<Command>,
    split: Option<usize>,
    join: Option<Duration>,
    pending: Vec<u8>,
    /// When what was collected has to leave.
    due: Option<Instant>,
    bursting: bool,
    peer_closed: bool,
    /// TLS ends without its goodbye.
    truncate: bool,
}

impl<'a> Writer<'a> {
    pub fn new(stream: &'a Stream, commands: UnboundedReceiver<Command>, faults: &Faults) -> Self {
        Self {
            stream,
            commands,
            split: faults.split,
            join: faults.join,
            pending: Vec::new(),
            due: None,
            bursting: false,
            peer_closed: false,
            truncate: faults.truncate,
        }
    }

    /// Writes until the connection ends.
    pub async fn run(mut self) -> End {
        loop {
            let done = match self.next().await {
                Some(command) => self.execute(command).await,
                None => self.flush().await.map(|()| None),
            };
            match done {
                Ok(None) => {}
                Ok(Some(end)) => return end,
                Err(_) => return End::Reset,
            }
        }
    }

    /// The next command; none when the time of collecting is over.
    async fn next(&mut self) -> Option<Command> {
        match self.due {
            Some(due) => timeout_at(due, self.commands.recv()).await.ok().flatten(),
            None => self.commands.recv().await,
        }
    }

    async fn execute(&mut self, command: Command) -> io::Result<Option<End>> {
        match command {
            Command::Bytes(_) if self.peer_closed => self.close_late().await,
            Command::Bytes(bytes) => self.bytes(bytes).await.map(|()| None),
            other => {
                self.bursting = false;
                self.flush().await?;
                self.control(other).await
            }
        }
    }

    async fn control(&mut self, command: Command) -> io::Result<Option<End>> {
        match command {
            Command::Burst => self.bursting = true,
            Command::PeerClosed => self.peer_closed = true,
            Command::Fin => return self.fin().await.map(Some),
            Command::Cut => return Ok(Some(End::Reset)),
            Command::Freeze => return Ok(Some(End::Frozen)),
            Command::Room(done) => {
                let _ = done.send(());
            }
            Command::Flush | Command::Bytes(_) => {}
        }
        Ok(None)
    }

    async fn bytes(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        self.pending.extend(bytes);
        match self.join {
            _ if self.bursting => Ok(()),
            Some(time) => {
                self.due.get_or_insert(Instant::now() + time);
                Ok(())
            }
            None if self.pending.len() < BATCH && !self.commands.is_empty() => Ok(()),
            None => self.flush().await,
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.due = None;
        let bytes = std::mem::take(&mut self.pending);
        for part in bytes.chunks(self.split.unwrap_or(usize::MAX)) {
            self.stream.write_all(part).await?;
        }
        Ok(())
    }

    async fn fin(&mut self) -> io::Result<End> {
        self.stream.finish(!self.truncate).await?;
        tokio::time::sleep(LINGER).await;
        Ok(End::Over)
    }

    /// The library of the real engines lets the answer to a Close frame out with the next frame, and ends then.
    async fn close_late(&mut self) -> io::Result<Option<End>> {
        self.stream.write_all(&frames::close()).await?;
        self.fin().await.map(Some)
    }
}
