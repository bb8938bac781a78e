//! The life of a connection: open, lost and there again, closing, ended.

use std::pin::pin;
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, watch};

use super::download::Allowance;
use super::line::Line;
use super::login::Logins;
use super::mcp_request::Asked;
use super::news::{Attempt, News};
use super::orphans::Orphans;
use super::pause::Pause;
use super::state::{Link, State, UnderWay};
use super::{EventQueueHandle, Process};
use crate::error::{Code, Error, Result};
use crate::options::Options;
use crate::queue::Queue;
use crate::runtime::{self, Birth, Member, Owner, Runtime, offload};
use crate::transport::{Address, Reader, Room, Socket};
use crate::wait::{Deadline, block_on, lock, within};
use crate::wire::Generation;

/// Beyond what uploads may leave waiting, so that they never keep a request out.
const REQUEST_ROOM_BYTES: usize = 1 << 20;

/// The owner's share in a connection: dropped, it closes.
#[derive(Debug)]
pub struct Client {
    connection: Arc<Connection>,
    birth: Birth,
}

impl Client {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection, birth: Birth::now() }
    }

    /// When it was made.
    pub fn birth(&self) -> Birth {
        self.birth
    }

    /// The connection itself.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection.begin_close();
        self.connection.news.let_go();
    }
}

/// One connection to an engine.
#[derive(Debug)]
pub struct Connection {
    number: Owner,
    pub(super) generation: Generation,
    pub(super) address: Address,
    pub(super) options: Options,
    pub(super) state: Mutex<State>,
    pub(super) uploads: Line,
    pub(super) logins: Logins,
    pub(super) asked: Asked,
    files: Arc<Allowance>,
    pub(super) pause: Pause,
    /// What the owner is told about the connection.
    pub(super) news: News,
    /// The I/O task is over, or all requests and streams, or an MCP server is gone, or an asynchronous call has ended.
    pub(super) ended: Notify,
    pub(super) closing: Notify,
    /// Turns true when the owner closes it, whether or not it was lost before.
    pub(super) closed: watch::Sender<bool>,
    pub(super) runtime: Arc<Runtime>,
}

impl Connection {
    pub(super) fn new(
        reader: &Reader,
        generation: Generation,
        (address, options): (&Address, &Options),
        runtime: Arc<Runtime>,
        news: News,
    ) -> Arc<Self> {
        let orphans = Orphans::new(bytes(options.queue_max_bytes));
        let state = State::new(Arc::clone(reader.socket()), generation, orphans);
        Arc::new(Self {
            number: news.owner(),
            generation,
            address: address.clone(),
            options: options.clone(),
            state: Mutex::new(state),
            uploads: Line::default(),
            logins: Logins::default(),
            asked: Asked::default(),
            files: Allowance::new(options.max_file_bytes),
            pause: Pause::default(),
            news,
            ended: Notify::new(),
            closing: Notify::new(),
            closed: watch::Sender::new(false),
            runtime,
        })
    }

    /// The runtime that it keeps.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// Which of all connections it is.
    pub(super) fn number(&self) -> Owner {
        self.number
    }

    /// A handle of the queue of what happens to the connection.
    pub fn news(&self) -> EventQueueHandle {
        self.news.queue()
    }

    /// The engine's generation.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    pub(super) fn queue_budget(&self) -> usize {
        bytes(self.options.queue_max_bytes)
    }

    pub(super) fn file_allowance(&self) -> &Arc<Allowance> {
        &self.files
    }

    /// Room in the backlog for a request.
    pub(super) fn room(&self, until: Deadline) -> Room {
        Room { below: bytes(self.options.upload_window_bytes).saturating_add(REQUEST_ROOM_BYTES), until }
    }

    /// Room in the backlog for a chunk of an upload.
    pub(super) fn upload_room(&self, until: Deadline) -> Room {
        Room { below: bytes(self.options.upload_window_bytes), until }
    }

    /// The writing side of the connection that there is now.
    pub(super) fn socket(&self) -> Arc<Socket> {
        Arc::clone(&lock(&self.state).socket)
    }

    /// Refuses when the connection has ended or is being made again, with the reason.
    pub fn check_open(&self) -> Result<()> {
        lock(&self.state).check_open()
    }

    /// Refuses when this connection to the engine is no longer the one that there is, with the reason.
    pub(super) fn check_on(&self, socket: &Arc<Socket>) -> Result<()> {
        lock(&self.state).check_on(socket)
    }

    /// Closes: every request and stream ends now, the goodbye goes out, nothing waits.
    pub fn begin_close(&self) {
        self.finish(&closed());
        if !self.closed.send_replace(true) {
            self.news.tell_last(closed());
        }
        self.end_servers_in_time();
        // Engines 0.4 leave who asked waiting for ever.
        self.asked.refuse_all("the client was closed");
        self.socket().begin_close();
        self.closing.notify_one();
    }

    /// Ends the connection for a reason that the engine has given us.
    pub(super) fn give_up(&self, why: &Error) {
        self.finish(why);
        self.socket().begin_close();
        self.closing.notify_one();
    }

    /// Closes and waits until the engine has answered, or has had its time for it, until MCP servers are gone and
    /// asynchronous calls have reported, and until callbacks that threads of the library run have had it all.
    pub fn close(&self, deadline: Deadline) -> Result<()> {
        if !deadline.is_over() && self.is_served_here() {
            let text = "pie_client_close: called from a callback that has to come back before all is delivered; \
                        pie_client_close_async and pie_client_free work here";
            return Err(Error::new(Code::WouldDeadlock, text));
        }
        self.begin_close();
        block_on(self.until_ended(deadline), deadline)?;
        self.until_delivered(deadline)
    }

    /// The same as a task, but for what it reports.
    pub async fn close_async(self: &Arc<Self>, deadline: Deadline) -> Result<()> {
        self.begin_close();
        self.until_ended(deadline).await?;
        let connection = Arc::clone(self);
        offload(move || connection.until_delivered(deadline)).await?
    }

    async fn until_ended(&self, deadline: Deadline) -> Result<()> {
        let ended = async {
            loop {
                let mut ended = pin!(self.ended.notified());
                // From here on no end is missed.
                ended.as_mut().enable();
                if lock(&self.state).is_over() {
                    return;
                }
                ended.await;
            }
        };
        within(deadline, ended).await.ok_or_else(not_gone)
    }

    fn until_delivered(&self, deadline: Deadline) -> Result<()> {
        let all = runtime::members().iter().all(|member| member.has_delivered(self.number, deadline));
        all.then_some(()).ok_or_else(not_gone)
    }

    /// Whether this thread is in a callback that has to come back before all is delivered.
    fn is_served_here(&self) -> bool {
        let state = lock(&self.state);
        let processes = state.routes.values().map(|process| process.queue());
        let reports = state.reports.iter().map(|report| &report.1);
        let queues: Vec<_> = processes.chain(reports).chain(state.servers.queues()).cloned().collect();
        drop(state);
        queues.iter().chain(self.news.queues()).any(|queue| queue.is_served_here())
            || runtime::members().iter().any(|member| member.owes_here(self.number))
    }

    /// Ends everything that is under way, once. Who comes second does not wait for the first.
    pub(super) fn finish(&self, why: &Error) {
        let mut state = lock(&self.state);
        if state.end.is_some() {
            return;
        }
        // The same call can never succeed on a connection that has ended.
        let why = state.explain(why).for_good();
        state.end = Some(why.clone());
        let login = state.login.take();
        state.unwanted = Vec::new();
        let under_way = state.take_under_way(|_| true);
        let servers = state.servers.take_all();
        drop(state);
        drop(login);
        servers.end(&why);
        self.end_under_way(under_way, &why);
        if why.code() != Code::Closed {
            self.news.tell_lost_for_good(why);
        }
        lock(&self.state).finished = true;
        self.ended.notify_waiters();
    }

    fn end_under_way(&self, under_way: UnderWay, why: &Error) {
        for process in under_way.cut {
            process.on_cut(why).fire();
        }
        for process in under_way.kept {
            process.on_gap();
        }
        for request in under_way.requests {
            request.fail(why);
        }
        self.logins.wake();
        self.uploads.wake();
    }

    /// The connection is gone, and is to be made again. Tells whether it is: not if it has ended.
    pub(super) fn lose(&self, why: &Error) -> bool {
        let told = |why| self.news.tell(Some(why), Attempt { number: 0, most: self.options.reconnect_max_attempts });
        self.part(why).map(told).is_some()
    }

    /// An attempt to make it again has failed.
    pub(super) fn lose_attempt(&self, attempt: Attempt, why: &Error) {
        if self.part(why).is_some() {
            self.news.tell(Some(why.clone()), attempt);
        }
    }

    /// Ends what cannot go on with the next connection.
    fn part(&self, why: &Error) -> Option<Error> {
        let mut state = lock(&self.state);
        if state.end.is_some() {
            return None;
        }
        let why = state.explain(why);
        let text = format!("{}; the connection is being made again, so try again later", why.message());
        let why = Error::new(Code::Disconnected, text);
        state.link = Link::Down(why.clone());
        state.forget_engine(self.generation);
        let under_way = state.take_under_way(|_| self.generation.ends_processes());
        drop(state);
        self.end_under_way(under_way, &why);
        Some(why)
    }

    /// There is a connection again. Gives the processes of the last one that somebody still has.
    pub(super) fn begin_restoring(&self, reader: &Reader) -> Result<Vec<Arc<Process>>> {
        let mut state = lock(&self.state);
        state.check_alive()?;
        if let Link::Down(why) = &state.link {
            state.link = Link::Restoring(why.clone());
        }
        state.socket = Arc::clone(reader.socket());
        let (released, processes): (Vec<_>, Vec<_>) =
            state.routes.values().cloned().partition(|process| process.is_released());
        for process in &released {
            let id = process.id().to_str().unwrap_or_default();
            state.orphans.note_past(id);
            state.routes.remove(id);
        }
        drop(state);
        drop(released);
        Ok(processes)
    }

    /// All that can be had again is there.
    pub(super) fn come_up(&self, attempt: Attempt) {
        let mut state = lock(&self.state);
        state.link = Link::Up;
        let unwanted = std::mem::take(&mut state.unwanted);
        drop(state);
        unwanted.iter().for_each(|process_id| self.terminate_unwanted(process_id));
        log::info!("connected again, with attempt {} of {}", attempt.number, attempt.most);
        self.news.tell(None, attempt);
    }

    /// Ends a process that nobody has a handle of: now, and once more when a connection that is lost is there again. What
    /// is sent now may never arrive, since that a connection is lost is found out late.
    pub(super) fn end_unwanted(&self, process_id: &str) {
        let mut state = lock(&self.state);
        let is_open = state.check_open().is_ok();
        if state.end.is_none() && self.options.reconnect {
            state.note_unwanted(process_id);
        }
        drop(state);
        if is_open {
            self.terminate_unwanted(process_id);
        }
    }

    /// Whether the goodbye of a close has somebody to go to.
    pub(super) fn is_up(&self) -> bool {
        matches!(lock(&self.state).link, Link::Up)
    }
}

fn not_gone() -> Error {
    let text = "pie_client_close: the connection is closing, but not gone yet; call it again to wait for that";
    Error::new(Code::TimedOut, text)
}

impl Member for Connection {
    fn shut_down(&self) {
        let queues: Vec<_> = lock(&self.state).routes.values().map(|process| Arc::clone(process.queue())).collect();
        queues.iter().for_each(|queue| Queue::shut_down(queue));
        self.begin_close();
    }
}

/// The error of what the owner's close ends.
pub(super) fn closed() -> Error {
    Error::new(Code::Closed, "the client was closed; make a new one")
}

fn bytes(option: u64) -> usize {
    usize::try_from(option).unwrap_or(usize::MAX)
}
