//! Uploads: one at a time on a connection, in the order of the calls, read and sent chunk by chunk inside a window.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use bytes::Bytes;

use super::Connection;
use super::line::Place;
use super::requests::refused;
use crate::error::{Code, Error, Result};
use crate::runtime::offload;
use crate::transport::{Socket, UNBOUNDED};
use crate::wait::Deadline;
use crate::wire::names::call_of;
use crate::wire::{CHUNK_BYTES, Chunk, Generation, Request, Transfer};

const TRANSFER: &str = "transfer_file";
const INSTALL: &str = "add_program";

/// What is uploaded.
#[derive(Debug)]
pub enum Source<'a> {
    /// Bytes in memory, lent for the time of the call.
    Memory(&'a [u8]),
    /// The same, not lent.
    Owned(Bytes),
    /// A file, and what to call it in errors.
    File(Arc<File>, Arc<str>),
}

impl Source<'_> {
    /// The file at a path; `parameter` names it in errors.
    pub fn open(parameter: &str, path: &str) -> Result<Self> {
        if path.is_empty() {
            return Err(Error::argument(format!("{parameter}: the path is empty")));
        }
        let what = format!("{parameter}: {path}");
        // Before it is opened: opening a pipe waits for its other end.
        let metadata = std::fs::metadata(path).map_err(|error| Error::io(&what, &error))?;
        if !metadata.is_file() {
            return Err(Error::new(Code::Io, format!("{what}: not a regular file; give the path of a file")));
        }
        let file = open(path).map_err(|error| Error::io(&what, &error))?;
        Ok(Self::File(Arc::new(file), what.into()))
    }

    /// Does something that takes long with it, where that may be done.
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Source<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let source = match self {
            Self::Memory(_) => return work(self),
            Self::Owned(bytes) => Source::Owned(bytes.clone()),
            Self::File(file, what) => Source::File(Arc::clone(file), Arc::clone(what)),
        };
        offload(move || work(&source)).await?
    }

    /// Its hash and size. It ends when `go_on` refuses.
    fn measure(&self, go_on: impl Fn() -> Result<()>) -> Result<(String, u64)> {
        let (mut hasher, mut buffer) = (blake3::Hasher::new(), Vec::new());
        self.rewind()?;
        loop {
            let bytes = self.chunk(hasher.count(), &mut buffer)?;
            go_on()?;
            if bytes.is_empty() {
                break;
            }
            hasher.update(bytes);
        }
        self.rewind()?;
        Ok((hasher.finalize().to_hex().to_string(), hasher.count()))
    }

    fn rewind(&self) -> Result<()> {
        match self {
            Self::Memory(_) | Self::Owned(_) => Ok(()),
            Self::File(file, what) => (&**file).rewind().map_err(|error| Error::io(what, &error)),
        }
    }

    /// The chunk that begins at `offset`, in `buffer` if it has to be read.
    fn chunk<'b>(&'b self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        let bytes: &[u8] = match self {
            Self::Memory(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::File(file, what) => {
                buffer.clear();
                (&**file).take(CHUNK_BYTES as u64).read_to_end(buffer).map_err(|error| Error::io(what, &error))?;
                return Ok(buffer);
            }
        };
        let rest = bytes.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        Ok(&rest[..rest.len().min(CHUNK_BYTES)])
    }
}

/// A host that has closed its standard input may still read there, and would move the place that we read at.
#[cfg(unix)]
fn open(path: &str) -> io::Result<File> {
    Ok(crate::descriptors::above_standard(File::open(path)?)?.into())
}

#[cfg(not(unix))]
fn open(path: &str) -> io::Result<File> {
    File::open(path)
}

/// The text of a file, which an engine's largest message has to hold.
pub fn read_text(parameter: &str, path: &str, generation: Generation) -> Result<String> {
    let Source::File(file, what) = Source::open(parameter, path)? else { return Ok(String::new()) };
    let (mut text, limit) = (String::new(), generation.max_message() as u64);
    (&*file).take(limit + 1).read_to_string(&mut text).map_err(|error| Error::io(&what, &error))?;
    if text.len() as u64 > limit {
        let name = generation.name();
        let text = format!("{what}: more than the {limit} bytes that engines of generation {name} take");
        return Err(Error::new(Code::TooLarge, text));
    }
    Ok(text)
}

/// What an upload is for.
#[derive(Debug)]
enum For {
    Process(String),
    Program { corr_id: u32, manifest: String, force_overwrite: bool },
}

impl For {
    fn call(&self) -> &'static str {
        call_of(match self {
            Self::Process(_) => TRANSFER,
            Self::Program { .. } => INSTALL,
        })
    }

    fn message(&self, generation: Generation, chunk: Chunk<'_>) -> Result<Vec<u8>> {
        match self {
            Self::Process(process_id) => generation.encode(0, &Request::TransferFile { process_id, chunk }),
            Self::Program { corr_id, manifest, force_overwrite } => {
                let request = Request::AddProgram { manifest, force_overwrite: *force_overwrite, chunk };
                generation.encode(*corr_id, &request)
            }
        }
    }
}

/// What is told of an upload while it goes on: how many bytes of how many are handed over.
pub type Told = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// An upload that has its place among the others.
pub struct Upload<'a> {
    connection: &'a Arc<Connection>,
    /// Where all of it goes.
    socket: Arc<Socket>,
    source: Source<'a>,
    purpose: Arc<For>,
    place: Place<'a>,
    deadline: Deadline,
    told: Option<Told>,
}

/// An upload whose first chunk is out. An engine would keep what it got and refuse the next try; unless all of it went
/// out, a chunk that is out of order has it forget.
struct Begun<'a> {
    generation: Generation,
    socket: &'a Socket,
    purpose: &'a For,
    of: &'a (String, u64),
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let of = transfer(self.of);
        let broken = Chunk { of, index: of.total_chunks, data: &[] };
        // If this one cannot be sent either, the connection is at its end.
        let message = self.purpose.message(self.generation, broken);
        let _ = message.and_then(|message| self.socket.send(message, UNBOUNDED));
    }
}

fn transfer((hash, size): &(String, u64)) -> Transfer<'_> {
    Transfer { hash, total_chunks: size.div_ceil(CHUNK_BYTES as u64).max(1) }
}

impl Connection {
    /// Takes an upload's place in the line. Before any look at the source, which may take long: the order is that of the
    /// calls.
    fn line_up<'a>(
        self: &'a Arc<Self>,
        socket: Arc<Socket>,
        (source, purpose): (Source<'a>, For),
        deadline: Deadline,
        told: Option<Told>,
    ) -> Upload<'a> {
        let place = self.uploads.line_up();
        log::debug!("{} is number {} of this client's uploads", purpose.call(), place.number());
        Upload { connection: self, socket, source, purpose: Arc::new(purpose), place, deadline, told }
    }

    /// Sends a process a file. Engines do not acknowledge it.
    pub(super) async fn transfer(
        self: &Arc<Self>,
        process_id: &str,
        source: Source<'_>,
        deadline: Deadline,
        told: Option<Told>,
    ) -> Result<()> {
        let socket = self.may_send(TRANSFER)?;
        let what = (source, For::Process(process_id.to_owned()));
        self.line_up(socket, what, deadline, told).run(|| true).await
    }

    /// Installs a program.
    pub async fn install(
        self: &Arc<Self>,
        program: Source<'_>,
        manifest: String,
        force_overwrite: bool,
        deadline: Deadline,
        told: Option<Told>,
    ) -> Result<()> {
        let mut asked = self.open_request(INSTALL, None, deadline)?;
        let socket = Arc::clone(&asked.socket);
        let purpose = For::Program { corr_id: asked.id, manifest, force_overwrite };
        let mut early = None;
        // An answer in the middle is a refusal: the rest would only draw more of them.
        let go_on = || {
            early = asked.poll();
            early.is_none()
        };
        let sent = self.line_up(socket, (program, purpose), deadline, told).run(go_on).await;
        sent.map_err(|error| asked.not_sent(error))?;
        let answer = match early {
            Some(answer) => answer,
            None => asked.answer(deadline).await,
        };
        answer.map(drop).map_err(|error| refused(error, INSTALL))
    }

    /// The hash of a file.
    pub(super) async fn hash_file(
        self: &Arc<Self>,
        call: &str,
        parameter: &str,
        path: Option<&str>,
        deadline: Deadline,
    ) -> Result<Option<String>> {
        let Some(path) = path else { return Ok(None) };
        let (hash, _) = self
            .measure(&Source::open(parameter, path)?, deadline)
            .await
            .map_err(|error| if error.code() == Code::TimedOut { error.of(call) } else { error })?;
        Ok(Some(hash))
    }

    /// The hash and size of a source. Dropped, it ends soon.
    async fn measure(self: &Arc<Self>, source: &Source<'_>, deadline: Deadline) -> Result<(String, u64)> {
        let (connection, wanted) = (Arc::clone(self), Wanted::new());
        let is_wanted = wanted.ask();
        source
            .with(move |source| {
                source.measure(|| {
                    connection.check_open()?;
                    if deadline.is_over() || !is_wanted() {
                        return Err(Error::new(Code::TimedOut, "the time limit was over before anything was sent"));
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// Whether somebody still waits for what is done elsewhere: until it is dropped.
struct Wanted(Arc<()>);

impl Wanted {
    fn new() -> Self {
        Self(Arc::new(()))
    }

    fn ask(&self) -> impl Fn() -> bool + Send + 'static {
        let wanted = Arc::downgrade(&self.0);
        move || wanted.strong_count() > 0
    }
}

impl Upload<'_> {
    /// Sends it when its turn has come; `go_on` tells, before each chunk, whether to.
    async fn run(self, go_on: impl FnMut() -> bool) -> Result<()> {
        let call = self.purpose.call();
        self.send(go_on).await.map_err(|error| match error.code() {
            Code::Busy | Code::TimedOut => {
                self.connection.explain_pause(Error::new(Code::TimedOut, error.message()).of(call))
            }
            Code::Disconnected => self.connection.check_on(&self.socket).err().unwrap_or(error),
            _ => error,
        })
    }

    async fn send(&self, mut go_on: impl FnMut() -> bool) -> Result<()> {
        let Self { connection, socket, source, purpose, deadline, .. } = self;
        let measured = connection.measure(source, *deadline).await?;
        if !self.place.turn(*deadline, || connection.check_on(socket)).await? {
            let text = "behind another upload of this client for the whole time limit; nothing was sent";
            return Err(Error::new(Code::TimedOut, text));
        }
        let (of, mut seen) = (transfer(&measured), blake3::Hasher::new());
        let mut begun = None;
        for index in 0..of.total_chunks {
            if deadline.is_over() {
                let text = format!("only {index} of {} chunks were sent within the time limit", of.total_chunks);
                return Err(Error::new(Code::TimedOut, text));
            } else if !go_on() {
                break;
            }
            let message;
            (message, seen) = self.message(&measured, index, seen).await?;
            socket.send_within(message, connection.upload_room(*deadline)).await?;
            begun.get_or_insert_with(|| Begun { generation: connection.generation, socket, purpose, of: &measured });
            let sent = measured.1.min((index + 1) * CHUNK_BYTES as u64);
            self.told.iter().for_each(|told| told(sent, measured.1));
        }
        std::mem::forget(begun);
        Ok(())
    }

    /// The message of a chunk; `seen` has all before it. A file that has changed since it was measured is found out at its
    /// last chunk, before that is sent.
    async fn message(
        &self,
        measured: &(String, u64),
        index: u64,
        mut seen: blake3::Hasher,
    ) -> Result<(Vec<u8>, blake3::Hasher)> {
        let (generation, purpose, measured) = (self.connection.generation, Arc::clone(&self.purpose), measured.clone());
        let encode = move |source: &Source<'_>| {
            let (of, mut buffer) = (transfer(&measured), Vec::new());
            let data = source.chunk(index * CHUNK_BYTES as u64, &mut buffer)?;
            if let Source::File(_, path) = source {
                seen.update(data);
                if index + 1 == of.total_chunks && seen.finalize().to_hex().as_str() != of.hash {
                    let text = format!("{path}: it was changed while it was being sent; nothing was delivered");
                    return Err(Error::new(Code::Io, text));
                }
            }
            Ok((purpose.message(generation, Chunk { of, index, data })?, seen))
        };
        self.source.with(encode).await
    }
}
