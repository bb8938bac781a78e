//! Uploads: one at a time on a connection, in the order of the calls, read and sent chunk by chunk inside a window.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::{Condvar, Mutex};

use super::Connection;
use super::requests::refused;
use crate::error::{Code, Error, Result};
use crate::wait::{Deadline, lock, timed_out, wait};
use crate::wire::names::call_of;
use crate::wire::{CHUNK_BYTES, Chunk, Request, Transfer};

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
        let failed = |error: io::Error| Error::io(&what, &error);
        let file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Error::new(Code::Io, format!("{what}: not a regular file; give the path of a file")));
        }
        Ok(Self::File(file, what))
    }

    /// All of it as text.
    pub fn read_text(self) -> Result<String> {
        match self {
            Self::Memory(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Self::File(mut file, what) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(|error| Error::io(&what, &error))?;
                Ok(text)
            }
        }
    }

    /// BLAKE3 of all of it, in hexadecimal digits.
    pub fn hash(&mut self) -> Result<String> {
        Ok(self.measure()?.0)
    }

    /// Its hash and size.
    fn measure(&mut self) -> Result<(String, u64)> {
        let mut hasher = blake3::Hasher::new();
        match self {
            Self::Memory(bytes) => _ = hasher.update(bytes),
            Self::File(file, what) => {
                let read = file.rewind().and_then(|()| hasher.update_reader(&*file).map(drop));
                read.and_then(|()| file.rewind()).map_err(|error| Error::io(what, &error))?;
            }
        }
        Ok((hasher.finalize().to_hex().to_string(), hasher.count()))
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

/// The right to upload, until dropped.
struct Turn<'a>(&'a Turns, u64);

impl Turns {
    pub(super) fn new() -> Self {
        Self { line: Mutex::new((0, VecDeque::new())), next: Condvar::new() }
    }

    /// Waits until all that came before are done.
    fn wait(&self, what: &str, deadline: Deadline) -> Result<Turn<'_>> {
        let mut line = lock(&self.line);
        line.0 += 1;
        let ticket = line.0;
        line.1.push_back(ticket);
        let turn = Turn(self, ticket);
        while line.1.front() != Some(&ticket) {
            if deadline.is_over() {
                drop(line);
                return Err(timed_out(what).of("behind another upload of this client"));
            }
            line = wait(&self.next, line, deadline);
        }
        drop(line);
        Ok(turn)
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
        if deadline.is_over() {
            return Err(timed_out(WHAT));
        }
        let send = |chunk: Chunk<'_>| {
            let message = self.generation.encode(0, &Request::TransferFile { process_id, chunk })?;
            self.socket.send(message, self.upload_room(deadline))
        };
        self.upload(WHAT, &mut source, deadline, send, |chunk| send(chunk).map(|()| true))
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
        let asked = self.expect(WHAT, None, deadline)?;
        let mut early = None;
        let send_as = |id: u32, chunk: Chunk<'_>| {
            let message = self.generation.encode(id, &Request::AddProgram { manifest, force_overwrite, chunk })?;
            self.socket.send(message, self.upload_room(deadline))
        };
        let clear = |chunk: Chunk<'_>| {
            let unheard = lock(&self.state).requests.new_id();
            send_as(unheard, chunk)
        };
        let sent = self.upload(WHAT, &mut program, deadline, clear, |chunk| {
            // An answer in the middle is a refusal: the rest would only draw more of them.
            early = asked.poll();
            if early.is_none() {
                send_as(asked.id, chunk)?;
            }
            Ok(early.is_none())
        });
        sent.map_err(|error| asked.not_sent(error))?;
        let answer = early.unwrap_or_else(|| asked.answer(deadline));
        answer.map(drop).map_err(|error| refused(error, WHAT))
    }

    /// Sends each chunk with `send`, which tells whether to go on. An engine keeps what it got of a broken upload and
    /// would refuse the next try: a chunk out of order, sent with `clear`, has it forget that.
    fn upload(
        &self,
        what: &'static str,
        source: &mut Source<'_>,
        deadline: Deadline,
        clear: impl FnOnce(Chunk<'_>) -> Result<()>,
        send: impl FnMut(Chunk<'_>) -> Result<bool>,
    ) -> Result<()> {
        let (hash, size) = source.measure()?;
        let of = Transfer { hash: &hash, total_chunks: size.div_ceil(CHUNK_BYTES as u64).max(1) };
        let turn = self.uploads.wait(call_of(what), deadline)?;
        let was_broken = lock(&self.state).broken_uploads.remove(&hash);
        let cleared = if was_broken { clear(Chunk { of, index: of.total_chunks, data: &[] }) } else { Ok(()) };
        let sent = cleared.and_then(|()| send_chunks(source, of, deadline, send)).map_err(|error| match error.code() {
            Code::Busy | Code::TimedOut => Error::new(Code::TimedOut, error.message()).of(call_of(what)),
            Code::Disconnected => self.check_open().err().unwrap_or(error),
            _ => error,
        });
        if sent.is_err() {
            lock(&self.state).broken_uploads.insert(hash);
        }
        drop(turn);
        sent
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
