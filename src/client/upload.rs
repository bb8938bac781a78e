//! Uploads: one at a time on a connection, in the order of the calls, read and sent chunk by chunk inside a window.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::{Condvar, Mutex};

use super::Connection;
use super::requests::refused;
use crate::error::{Code, Error, Result};
use crate::transport::Room;
use crate::wait::{Deadline, lock, timed_out, wait};
use crate::wire::names::call_of;
use crate::wire::{CHUNK_BYTES, Chunk, Generation, Request, Transfer};

/// What is uploaded.
#[derive(Debug)]
pub enum Source<'a> {
    /// Bytes in memory.
    Memory(&'a [u8]),
    /// A file, and what to call it in errors.
    File(File, String),
}

impl<'a> Source<'a> {
    /// The file at a path; `parameter` names it in errors.
    pub fn open(parameter: &str, path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::argument(format!("{parameter}: the path is empty")));
        }
        let what = format!("{parameter}: {}", path.display());
        // Before it is opened: opening a pipe waits for its other end.
        let metadata = std::fs::metadata(path).map_err(|error| Error::io(&what, &error))?;
        if !metadata.is_file() {
            return Err(Error::new(Code::Io, format!("{what}: not a regular file; give the path of a file")));
        }
        let file = File::open(path).map_err(|error| Error::io(&what, &error))?;
        Ok(Self::File(file, what))
    }

    /// All of it as text, which an engine's largest message has to hold.
    pub fn read_text(self, generation: Generation) -> Result<String> {
        match self {
            Self::Memory(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Self::File(file, what) => {
                let (mut text, limit) = (String::new(), generation.max_message() as u64);
                file.take(limit + 1).read_to_string(&mut text).map_err(|error| Error::io(&what, &error))?;
                if text.len() as u64 > limit {
                    let name = generation.name();
                    let text = format!("{what}: more than the {limit} bytes that engines of generation {name} take");
                    return Err(Error::new(Code::TooLarge, text));
                }
                Ok(text)
            }
        }
    }

    /// BLAKE3 of all of it, in hexadecimal digits.
    pub fn hash(&mut self, wait: Wait<'_>) -> Result<String> {
        Ok(self.measure(wait)?.0)
    }

    /// Its hash and size.
    fn measure(&mut self, wait: Wait<'_>) -> Result<(String, u64)> {
        let (mut hasher, mut buffer) = (blake3::Hasher::new(), Vec::new());
        self.rewind()?;
        loop {
            let bytes = self.chunk(hasher.count(), &mut buffer)?.bytes();
            wait.connection.check_open()?;
            if wait.deadline.is_over() {
                return Err(Error::new(Code::TimedOut, "the time limit was over before anything was sent"));
            } else if bytes.is_empty() {
                break;
            }
            hasher.update(bytes);
        }
        self.rewind()?;
        Ok((hasher.finalize().to_hex().to_string(), hasher.count()))
    }

    fn rewind(&mut self) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File(file, what) => file.rewind().map_err(|error| Error::io(what, &error)),
        }
    }

    /// The chunk that begins at `offset`, in `buffer` if it has to be read.
    fn chunk<'b>(&'b mut self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Piece<'b>> {
        match self {
            Self::Memory(bytes) => {
                let rest = bytes.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
                Ok(Piece::Lent(&rest[..rest.len().min(CHUNK_BYTES)]))
            }
            Self::File(file, what) => {
                buffer.clear();
                file.take(CHUNK_BYTES as u64).read_to_end(buffer).map_err(|error| Error::io(what, &error))?;
                Ok(Piece::Read(buffer, what))
            }
        }
    }
}

/// What ends a long look at a file: the time limit, and the end of the connection.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// Whose end.
    pub connection: &'a Connection,
    /// Which limit.
    pub deadline: Deadline,
}

/// The bytes of a chunk.
#[derive(Clone, Copy)]
enum Piece<'a> {
    /// The caller's own.
    Lent(&'a [u8]),
    /// Read from a file, which may have changed since it was hashed; and what to call it in errors.
    Read(&'a [u8], &'a str),
}

impl<'a> Piece<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Lent(bytes) | Self::Read(bytes, _) => bytes,
        }
    }
}

/// Who uploads next: first come, first served.
#[derive(Debug)]
pub struct Turns {
    line: Mutex<(u64, VecDeque<u64>)>,
    next: Condvar,
}

/// A place in the line, until dropped; and whose it is.
struct Turn<'a>(&'a Turns, u64, &'static str);

impl Turns {
    pub(super) fn new() -> Self {
        Self { line: Mutex::new((0, VecDeque::new())), next: Condvar::new() }
    }

    /// Takes the next place.
    fn line_up(&self, what: &'static str) -> Turn<'_> {
        let mut line = lock(&self.line);
        line.0 += 1;
        let ticket = line.0;
        line.1.push_back(ticket);
        drop(line);
        log::debug!("{what} is number {ticket} of this client's uploads");
        Turn(self, ticket, what)
    }
}

impl Turn<'_> {
    /// Waits until all that came before are done.
    fn wait(&self, deadline: Deadline) -> Result<()> {
        let Self(turns, ticket, what) = self;
        let mut line = lock(&turns.line);
        while line.1.front() != Some(ticket) {
            if deadline.is_over() {
                drop(line);
                return Err(timed_out(what).of("behind another upload of this client"));
            }
            line = wait(&turns.next, line, deadline);
        }
        Ok(())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.line).1.retain(|&ticket| ticket != self.1);
        self.0.next.notify_all();
    }
}

impl Connection {
    /// Sends a process a file. Engines do not acknowledge it.
    pub(super) fn transfer(&self, process_id: &str, mut source: Source<'_>, deadline: Deadline) -> Result<()> {
        const WHAT: &str = "transfer_file";
        self.check_may_send(WHAT)?;
        self.upload(WHAT, &mut source, deadline, |chunk, room| {
            let message = self.generation.encode(0, &Request::TransferFile { process_id, chunk })?;
            self.socket.send(message, room)?;
            Ok(true)
        })
    }

    /// Installs a program.
    pub fn install(
        &self,
        mut program: Source<'_>,
        manifest: &str,
        force_overwrite: bool,
        deadline: Deadline,
    ) -> Result<()> {
        const WHAT: &str = "add_program";
        let asked = self.open_request(WHAT, None, deadline)?;
        let mut early = None;
        let sent = self.upload(WHAT, &mut program, deadline, |chunk, room| {
            // An answer in the middle is a refusal: the rest would only draw more of them.
            early = asked.poll();
            if early.is_none() {
                let request = Request::AddProgram { manifest, force_overwrite, chunk };
                self.socket.send(self.generation.encode(asked.id, &request)?, room)?;
            }
            Ok(early.is_none())
        });
        sent.map_err(|error| asked.not_sent(error))?;
        let answer = early.unwrap_or_else(|| asked.answer(deadline));
        answer.map(drop).map_err(|error| refused(error, WHAT))
    }

    /// Sends each chunk with `send`, which tells whether to go on.
    fn upload(
        &self,
        what: &'static str,
        source: &mut Source<'_>,
        deadline: Deadline,
        mut send: impl FnMut(Chunk<'_>, Room) -> Result<bool>,
    ) -> Result<()> {
        let told = |error: Error| match error.code() {
            Code::Busy | Code::TimedOut => Error::new(Code::TimedOut, error.message()).of(call_of(what)),
            Code::Disconnected => self.check_open().err().unwrap_or(error),
            _ => error,
        };
        // Before the look at the source, which may take long: the order is that of the calls.
        let turn = self.uploads.line_up(call_of(what));
        let (hash, size) = source.measure(Wait { connection: self, deadline }).map_err(told)?;
        let of = Transfer { hash: &hash, total_chunks: size.div_ceil(CHUNK_BYTES as u64).max(1) };
        turn.wait(deadline)?;
        let room = self.upload_room(deadline);
        let mut begun = false;
        let sent = send_chunks(source, of, deadline, |chunk| {
            let go_on = send(chunk, room)?;
            begun = true;
            Ok(go_on)
        });
        if sent.is_err() && begun {
            // The engine would keep what it got and refuse the next try; a chunk out of order has it forget. If this one
            // cannot be sent either, the connection is at its end.
            let _ = send(Chunk { of, index: of.total_chunks, data: &[] }, Room::UNBOUNDED);
        }
        drop(turn);
        sent.map_err(told)
    }
}

fn send_chunks(
    source: &mut Source<'_>,
    of: Transfer<'_>,
    deadline: Deadline,
    mut send: impl FnMut(Chunk<'_>) -> Result<bool>,
) -> Result<()> {
    let (mut buffer, mut seen) = (Vec::new(), blake3::Hasher::new());
    for index in 0..of.total_chunks {
        if deadline.is_over() {
            let text = format!("only {index} of {} chunks were sent within the time limit", of.total_chunks);
            return Err(Error::new(Code::TimedOut, text));
        }
        let chunk = source.chunk(index * CHUNK_BYTES as u64, &mut buffer)?;
        let data = chunk.bytes();
        if let Piece::Read(bytes, path) = chunk {
            seen.update(bytes);
            if index + 1 == of.total_chunks && seen.finalize().to_hex().as_str() != of.hash {
                return Err(Error::new(
                    Code::Io,
                    format!("{path}: it was changed while it was being sent; nothing was delivered"),
                ));
            }
        }
        if !send(Chunk { of, index, data })? {
            return Ok(());
        }
    }
    Ok(())
}
