//! Requests under way, by correlation id. Ids go up and never come back, so a late answer finds nobody.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::process::Birthplace;
use super::routing::shortened;
use super::state::State;
use super::{Connection, EventQueue, Process};
use crate::error::{Code, Error, Result};
use crate::runtime::{after_first_look, is_first_look};
use crate::transport::Socket;
use crate::wait::{Deadline, Promise, lock, timed_out};
use crate::wire::Request;
use crate::wire::names::call_of;

const ATTACH: &str = "attach_process";
/// Ids below are used while the generation is found out.
pub(super) const FIRST_ID: u32 = 16;

/// What an engine answered.
#[derive(Debug)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// The process that was launched, if one was.
    pub process: Option<Arc<Process>>,
}

type AnswerPromise = Arc<Promise<Result<Answer>>>;

/// What a launch or attach wants its process to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The tag of its events.
    pub tag: u64,
    /// Whether it has events at all.
    pub captured: bool,
    /// Where they go; `None` = a queue of its own.
    pub queue: Option<Arc<EventQueue>>,
    /// Whether they wait until the launch itself has been told about in that queue.
    pub held: bool,
    /// Whether the call waits for more than this process.
    pub waits: bool,
    /// Where its id comes from.
    pub id: IdFrom,
}

/// Where the id of a process comes from.
#[derive(Clone, Debug)]
pub enum IdFrom {
    /// It is the answer.
    Answer,
    /// It is alone in the JSON list that is the answer.
    List,
    /// The caller knew it: the process is attached, not launched.
    Caller(String),
}

impl Wanted {
    /// The process of the answer to its launch.
    pub fn birthplace(self, answer: &str) -> Result<Birthplace> {
        let id = match self.id {
            IdFrom::Answer => answer.to_owned(),
            IdFrom::List => only_id(answer)?,
            IdFrom::Caller(id) => id,
        };
        if self.captured && id.is_empty() {
            return Err(Error::new(Code::Protocol, "launch_process: the engine told no id of the process"));
        }
        let id = CString::new(id)
            .map_err(|_| Error::new(Code::Protocol, "launch_process: the engine's process id holds a NUL"))?;
        let Self { tag, captured, queue, held, waits, .. } = self;
        Ok(Birthplace { id, tag, captured, queue, held, waits })
    }
}

/// Nothing of a longer list is kept.
fn only_id(answer: &str) -> Result<String> {
    let ids = answer.trim_start().starts_with('[').then(|| serde_json::from_str(answer).ok()).flatten();
    ids.map(|[id]: [String; 1]| id).ok_or_else(|| {
        let told = shortened(answer);
        Error::new(
            Code::Protocol,
            format!("launch_processes: the engine's answer is no list of one process id: {told}"),
        )
    })
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Pending {
    promise: AnswerPromise,
    /// Set for launches and attaches.
    pub wanted: Option<Wanted>,
    /// Nobody waits any more; a process that comes of it is to be terminated.
    pub given_up: bool,
    /// The process that it is to end.
    pub ends: Option<Arc<Process>>,
}

impl Pending {
    /// Delivers the answer, and gives who is to be woken for it when no lock is held.
    #[must_use]
    pub fn answer(&self, answer: Result<Answer>) -> Option<Waker> {
        self.promise.deliver(answer)
    }

    /// Delivers the reason why there will be none.
    pub fn fail(self, why: &Error) {
        self.promise.keep(Err(why.clone()));
    }
}

/// All requests under way on a connection.
#[derive(Debug)]
pub struct Requests {
    next_id: u32,
    pending: HashMap<u32, Pending>,
    launches: usize,
}

impl Requests {
    pub(super) fn new() -> Self {
        Self { next_id: FIRST_ID, pending: HashMap::new(), launches: 0 }
    }

    /// An id that no request under way has, and none had for a long time.
    pub fn new_id(&mut self) -> u32 {
        loop {
            let id = self.next_id;
            self.next_id = self.next_id.checked_add(1).unwrap_or(FIRST_ID);
            if !self.pending.contains_key(&id) {
                return id;
            }
        }
    }

    fn add(&mut self, wanted: Option<Wanted>) -> (u32, AnswerPromise) {
        let (id, promise) = (self.new_id(), Promise::new());
        self.launches += usize::from(wanted.is_some());
        self.pending.insert(id, Pending { promise: Arc::clone(&promise), wanted, given_up: false, ends: None });
        (id, promise)
    }

    /// It is to end this process.
    pub fn note_end(&mut self, id: u32, process: Option<Arc<Process>>) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.ends = process;
        }
    }

    /// The request with this id, which is over with it.
    pub fn take(&mut self, id: u32) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        self.launches -= usize::from(pending.wanted.is_some() && !pending.given_up);
        Some(pending)
    }

    /// Whether somebody waits for the answer to this request.
    pub fn is_awaited(&self, id: u32) -> bool {
        self.pending.get(&id).is_some_and(|pending| !pending.given_up)
    }

    /// Whether a process may come to be that somebody waits for.
    pub fn awaits_launch(&self) -> bool {
        self.launches > 0
    }

    /// Whether somebody waits for the answer to one request, and nobody for that to another.
    pub fn is_one(&self) -> bool {
        self.awaited().take(2).count() == 1
    }

    /// Whether several answers are waited for.
    pub fn are_several(&self) -> bool {
        self.awaited().take(2).count() == 2
    }

    fn awaited(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values().filter(|pending| !pending.given_up)
    }

    pub(super) fn take_all(&mut self) -> Vec<Pending> {
        self.launches = 0;
        std::mem::take(&mut self.pending).into_values().collect()
    }

    /// Nobody waits any more. A launch stays known, so that its process can be ended.
    fn give_up(&mut self, id: u32) {
        match self.pending.get_mut(&id) {
            Some(pending) if pending.wanted.is_some() && !pending.given_up => {
                pending.given_up = true;
                self.launches -= 1;
            }
            _ => drop(self.pending.remove(&id)),
        }
    }
}

/// A request whose answer is being waited for. Dropped before that, it is given up, and a process that it has started is
/// ended.
pub struct Asked {
    connection: Arc<Connection>,
    /// Where it is sent: to the connection that it will be answered on.
    pub(super) socket: Arc<Socket>,
    /// What it is called by those who made it.
    pub call: &'static str,
    /// Its correlation id.
    pub id: u32,
    promise: AnswerPromise,
    is_over: bool,
}

impl Asked {
    /// The answer, if it is there already.
    pub fn poll(&mut self) -> Option<Result<Answer>> {
        let answer = self.promise.take();
        self.is_over |= answer.is_some();
        answer
    }

    /// Waits for the answer; when time is up, gives the request up.
    pub async fn answer(mut self, deadline: Deadline) -> Result<Answer> {
        after_first_look().await;
        self.socket.flush_held();
        let answer = self.promise.until(deadline).await;
        self.is_over |= answer.is_some();
        let answer = answer.or_else(|| self.give_up());
        answer.unwrap_or_else(|| Err(self.explain_silence())).map_err(|error| of_end(error, self.call))
    }

    /// Stops waiting, unless the answer is there.
    pub fn give_up(&mut self) -> Option<Result<Answer>> {
        if self.is_over {
            return None;
        }
        // It may wait there for a call that ends before its own turn; a launch must not begin much later.
        self.socket.flush_held();
        let mut state = lock(&self.connection.state);
        self.is_over = true;
        let answer = self.promise.take();
        if answer.is_none() {
            state.requests.give_up(self.id);
            state.forget_orphans();
        }
        answer
    }

    /// Takes the request back that could not be sent. An engine may have answered it all the same: nobody will have a
    /// handle of a process that came of that.
    pub(super) fn not_sent(&mut self, error: Error) -> Error {
        self.is_over = true;
        let mut state = lock(&self.connection.state);
        let pending = state.requests.take(self.id);
        state.forget_orphans();
        drop(state);
        drop(pending);
        let answer = self.promise.take().and_then(Result::ok);
        answer.and_then(|answer| answer.process).iter().for_each(|process| process.release());
        match error.code() {
            Code::Busy => self.connection.explain_pause(Error::new(Code::TimedOut, error.message()).of(self.call)),
            Code::Disconnected => of_end(self.connection.check_on(&self.socket).err().unwrap_or(error), self.call),
            _ => error,
        }
    }

    fn explain_silence(&self) -> Error {
        let mut text = unanswered(self.call);
        if let Some(said) = lock(&self.connection.state).recent_complaint() {
            text = format!("{text}; the engine said meanwhile: {said}");
        }
        let error = self.connection.explain_pause(Error::new(Code::TimedOut, text));
        // What was attached late can never be attached again.
        if self.call == ATTACH { error.for_good() } else { error }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(Ok(Answer { process: Some(process), .. })) = self.give_up() {
            self.connection.discard(&process);
        }
    }
}

impl Connection {
    /// Sends a request and waits for its answer.
    pub(super) async fn request(self: &Arc<Self>, request: &Request<'_>, deadline: Deadline) -> Result<String> {
        Ok(self.ask(request, None, deadline).await?.answer(deadline).await?.text)
    }

    /// Sends a request.
    pub(super) async fn ask(
        self: &Arc<Self>,
        request: &Request<'_>,
        wanted: Option<Wanted>,
        deadline: Deadline,
    ) -> Result<Asked> {
        let asked = self.open_request(request.name(), wanted, deadline)?;
        self.send_asked(asked, request, deadline).await
    }

    /// Sends a request on this connection and no other, also while it is being restored.
    pub(super) async fn ask_on(
        self: &Arc<Self>,
        socket: &Arc<Socket>,
        request: &Request<'_>,
        deadline: Deadline,
    ) -> Result<Asked> {
        let asked = self.open(request.name(), None, Some(socket), deadline)?;
        self.send_asked(asked, request, deadline).await
    }

    pub(super) async fn send_asked(
        &self,
        mut asked: Asked,
        request: &Request<'_>,
        deadline: Deadline,
    ) -> Result<Asked> {
        let sent = match self.generation.encode(asked.id, request) {
            Ok(message) => self.send_or_hold(&asked.socket, sendable(request, message), deadline).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| asked.not_sent(error))?;
        Ok(asked)
    }

    /// Sends a message. While another answer is due, an asynchronous call leaves it to the I/O thread, which is to be woken
    /// for the call anyhow: so several leave with one system call.
    async fn send_or_hold(&self, socket: &Socket, message: Bytes, deadline: Deadline) -> Result<()> {
        let room = self.room(deadline);
        let is_held = is_first_look()
            && lock(&self.state).requests.are_several()
            && socket.hold(message.clone(), room.below).is_ok();
        if is_held { Ok(()) } else { socket.send_within(message, room).await }
    }

    /// Takes a correlation id whose answer will be waited for.
    pub(super) fn open_request(
        self: &Arc<Self>,
        request: &'static str,
        wanted: Option<Wanted>,
        deadline: Deadline,
    ) -> Result<Asked> {
        self.open(request, wanted, None, deadline)
    }

    /// Checks and registers under one lock: who may send on one connection may not yet on the next.
    fn open(
        self: &Arc<Self>,
        request: &'static str,
        wanted: Option<Wanted>,
        on: Option<&Arc<Socket>>,
        deadline: Deadline,
    ) -> Result<Asked> {
        let mut state = lock(&self.state);
        self.check_sendable(&state, request, on)?;
        let call = call_of(request);
        if deadline.is_over() {
            return Err(Error::new(
                Code::TimedOut,
                format!("{call}: the time limit was over before anything was sent"),
            ));
        }
        if let Some(Wanted { id: IdFrom::Caller(process_id), .. }) = &wanted {
            state.orphans.await_attach(process_id);
        }
        let (id, promise) = state.requests.add(wanted);
        let socket = Arc::clone(&state.socket);
        Ok(Asked { connection: Arc::clone(self), socket, call, id, promise, is_over: false })
    }

    /// Refuses what the engine lacks, and what it would ignore. Gives the connection that there is now: who goes on with
    /// something keeps it, since what was begun on one connection is never sent on the next.
    pub(super) fn may_send(&self, request: &str) -> Result<Arc<Socket>> {
        let state = lock(&self.state);
        self.check_sendable(&state, request, None)?;
        Ok(Arc::clone(&state.socket))
    }

    fn check_sendable(&self, state: &State, request: &str, on: Option<&Arc<Socket>>) -> Result<()> {
        self.generation.check(request)?;
        let usable = on.map_or_else(|| state.check_open(), |socket| state.check_on(socket));
        usable.map_err(|error| of_end(error, call_of(request)))?;
        if state.logged_in || request.starts_with("auth_") {
            return Ok(());
        }
        let (call, name) = (call_of(request), self.generation.name());
        let text = format!(
            "{call}: not logged in; call pie_client_authenticate first (a {name} engine ignores everything before a login)"
        );
        Err(Error::new(Code::Auth, text))
    }
}

/// A token does not outlive its message.
fn sendable(request: &Request<'_>, message: Vec<u8>) -> Bytes {
    match request {
        Request::AuthByToken { .. } => Bytes::from_owner(Zeroizing::new(message)),
        _ => message.into(),
    }
}

/// What is told of a request whose time is up, with what may still come of it.
fn unanswered(call: &str) -> String {
    let late = match call {
        ATTACH => {
            "if the engine still attaches the process, nobody can attach it again, and 0.5 engines end it with this \
             client's connection"
        }
        "launch_process" => "if the engine still tells the id of a process, that one is terminated",
        _ => return timed_out(call).message().to_owned(),
    };
    format!("{call}: no answer within the time limit; {late}")
}

/// The end of the connection, with the call that it ended.
fn of_end(error: Error, call: &str) -> Error {
    match error.code() {
        Code::Closed | Code::Disconnected => error.of(call),
        _ => error,
    }
}

/// The engine's own words, with the call that they are about.
pub(super) fn refused(error: Error, request: &str) -> Error {
    match error.code() {
        Code::Rejected => error.of(format_args!("{}: the engine refused", call_of(request))),
        _ => error,
    }
}
