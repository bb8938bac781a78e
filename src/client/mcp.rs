//! MCP servers that this client offers to the engine's processes, by name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::mcp_handler::Handler;
use super::mcp_request::Load;
use super::requests::Asked;
use super::state::State;
use super::{Connection, EventQueue};
use crate::error::{Code, Error, Result};
use crate::mcp::{self, Call, Grace, INVALID_PARAMS, SERVER_ERROR, error_object};
use crate::queue::{Lane, Wakes};
use crate::runtime::offload;
use crate::transport::Socket;
use crate::wait::{Deadline, Promise, lock, timed_out};
use crate::wire::{self, Request};

/// What engines store of a server and never use; they are told the same of each.
const TRANSPORT: &str = "stdio";

/// All servers of a connection.
#[derive(Debug, Default)]
pub struct Servers {
    by_name: HashMap<String, Entry>,
    /// Names that the engine knows: it cannot forget them, and would list a name twice.
    announced: HashSet<String>,
    /// Programs of which something is left, whether registered or not.
    running: HashMap<u64, Option<Arc<mcp::Server>>>,
    next_id: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    id: u64,
    server: Server,
}

#[derive(Clone, Debug)]
enum Server {
    /// It is being started.
    Starting,
    Program {
        server: Arc<mcp::Server>,
        load: Arc<Load>,
        registered: Arc<AtomicBool>,
    },
    Handler(Arc<Handler>),
}

impl Server {
    fn has_ended(&self) -> bool {
        matches!(self, Self::Program { server, .. } if server.has_ended())
    }

    /// To be called without a lock: requests are answered by this.
    fn end(&self, why: &str) {
        match self {
            Self::Starting => {}
            Self::Program { server, registered, .. } => {
                registered.store(false, std::sync::atomic::Ordering::Relaxed);
                server.stop(why, Grace::AMPLE);
            }
            Self::Handler(handler) => handler.end(),
        }
    }
}

/// What was registered when a connection ended.
pub struct Ended {
    registered: Vec<Server>,
    running: Vec<Arc<mcp::Server>>,
}

impl Ended {
    /// Ends the programs. What waits in the host's queues stays there.
    pub fn end(self, why: &Error) {
        self.running.iter().for_each(|server| server.stop(why.message(), Grace::AMPLE));
        drop(self.registered);
    }
}

impl Servers {
    /// Whether anything is left of a program.
    pub fn any_runs(&self) -> bool {
        !self.running.is_empty()
    }

    /// Where handlers get their requests.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<EventQueue>> {
        self.by_name.values().filter_map(|entry| match &entry.server {
            Server::Handler(handler) => Some(handler.queue()),
            Server::Starting | Server::Program { .. } => None,
        })
    }

    /// Registers nothing any more.
    pub fn take_all(&mut self) -> Ended {
        let registered = std::mem::take(&mut self.by_name).into_values().map(|entry| entry.server).collect();
        self.announced.clear();
        Ended { registered, running: self.all_running() }
    }

    /// The engine has forgotten them.
    pub fn forget_announced(&mut self) {
        self.announced.clear();
    }

    /// Those that the engine has to know and does not.
    fn missing(&self) -> Vec<String> {
        let is_there = |entry: &Entry| !matches!(entry.server, Server::Starting);
        let missing = self.by_name.iter().filter(|(name, entry)| is_there(entry) && !self.announced.contains(*name));
        missing.map(|(name, _)| name.clone()).collect()
    }

    fn all_running(&self) -> Vec<Arc<mcp::Server>> {
        self.running.values().flatten().cloned().collect()
    }

    /// Takes a name; what had it and has ended is given back, to be dropped without the lock.
    fn reserve(&mut self, name: &str) -> Result<(u64, Option<Entry>)> {
        if self.by_name.get(name).is_some_and(|entry| !entry.server.has_ended()) {
            let text =
                format!("name: the MCP server '{name}' is registered already; unregister it, or choose another name");
            return Err(Error::new(Code::InvalidState, text));
        }
        self.next_id += 1;
        let replaced = self.by_name.insert(name.to_owned(), Entry { id: self.next_id, server: Server::Starting });
        Ok((self.next_id, replaced))
    }

    /// Fills a reserved place, unless it was taken away meanwhile.
    fn fill(&mut self, name: &str, id: u64, server: &Server) -> Result<()> {
        self.reserved(name, id)?.server = server.clone();
        Ok(())
    }

    /// A reserved place, unless it was taken away meanwhile.
    fn reserved(&mut self, name: &str, id: u64) -> Result<&mut Entry> {
        let entry = self.by_name.get_mut(name).filter(|entry| entry.id == id);
        let text = format!("the MCP server '{name}' was unregistered while it was being registered");
        entry.ok_or_else(|| Error::new(Code::InvalidState, text))
    }

    fn remove(&mut self, name: &str, id: Option<u64>) -> Option<Server> {
        let is_it = |entry: &Entry| id.is_none_or(|id| entry.id == id);
        self.by_name.get(name).is_some_and(is_it).then(|| self.by_name.remove(name)).flatten().map(|entry| entry.server)
    }
}

/// A name that is being registered; dropped, it is free again and its server ended.
struct Reservation<'a> {
    connection: &'a Connection,
    name: &'a str,
    id: u64,
    is_kept: bool,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            let server = lock(&self.connection.state).servers.remove(self.name, Some(self.id));
            let why = format!("the MCP server '{}' could not be registered", self.name);
            server.iter().for_each(|server| server.end(&why));
        }
    }
}

/// A program of which something is left, until dropped.
struct Running {
    connection: Arc<Connection>,
    id: u64,
}

impl Drop for Running {
    fn drop(&mut self) {
        let server = lock(&self.connection.state).servers.running.remove(&self.id);
        drop(server);
        self.connection.ended.notify_waiters();
    }
}

impl Connection {
    /// Starts a program, and offers it to the engine under a name.
    pub async fn register_mcp_server(
        self: &Arc<Self>,
        name: &str,
        spec: Arc<mcp::Spec>,
        deadline: Deadline,
    ) -> Result<()> {
        let reservation = self.reserve_mcp("register_mcp_server", name, deadline)?;
        let ready = Promise::new();
        let (connection, named, id, tells) = (Arc::clone(self), name.to_owned(), reservation.id, Arc::clone(&ready));
        let server = offload(move || connection.start_mcp(&named, id, &spec, &tells)).await??;
        let answer = ready.until(deadline).await.unwrap_or_else(|| {
            let text = format!("the MCP server '{name}' did not answer initialize within the time limit");
            Err(Error::new(Code::TimedOut, format!("{text}{}", server.hint())))
        });
        answer.map_err(|error| self.check_open().err().unwrap_or(error)).map_err(of_register)?;
        self.announce_mcp(reservation, deadline).await
    }

    /// Offers the engine a server whose requests go to a queue of the host's.
    pub async fn register_mcp_handler(
        self: &Arc<Self>,
        name: &str,
        queue: Arc<EventQueue>,
        tag: u64,
        deadline: Deadline,
    ) -> Result<()> {
        let reservation = self.reserve_mcp("register_mcp_handler", name, deadline)?;
        let lane = Lane::new(self.number(), self.queue_budget());
        let handler = Handler::new(name, queue, lane, tag, self.mcp_time());
        self.fill_mcp(name, reservation.id, &Server::Handler(handler))?;
        self.announce_mcp(reservation, deadline).await
    }

    /// Offers a server no longer. Engines are not told: they cannot forget a name.
    pub fn unregister_mcp_server(&self, name: &str) -> Result<()> {
        let mut state = lock(&self.state);
        state.check_alive()?;
        let server = state.servers.remove(name, None);
        drop(state);
        let server = server.ok_or_else(|| {
            Error::new(Code::InvalidState, format!("name: no MCP server '{name}' is registered by this client"))
        })?;
        server.end(&format!("the MCP server '{name}' is not registered by this client any more"));
        Ok(())
    }

    fn reserve_mcp<'a>(&'a self, call: &str, name: &'a str, deadline: Deadline) -> Result<Reservation<'a>> {
        if name.is_empty() {
            return Err(Error::argument("name: it is empty; inferlets ask for a server by its name"));
        }
        self.may_send("register_mcp_server").map_err(|error| match error.code() {
            Code::Unsupported => {
                let name = self.generation.name();
                Error::new(Code::Unsupported, format!("{call}: engines of generation {name} have no MCP"))
            }
            _ => error,
        })?;
        if deadline.is_over() {
            return Err(Error::new(
                Code::TimedOut,
                format!("{call}: the time limit was over before anything was done"),
            ));
        }
        let mut state = lock(&self.state);
        state.check_open()?;
        let (id, replaced) = state.servers.reserve(name)?;
        drop(state);
        drop(replaced);
        Ok(Reservation { connection: self, name, id, is_kept: false })
    }

    /// Starts the program of a reserved name.
    fn start_mcp(
        self: &Arc<Self>,
        name: &str,
        id: u64,
        spec: &mcp::Spec,
        ready: &Arc<Promise<Result<()>>>,
    ) -> Result<Arc<mcp::Server>> {
        let as_size = |option: u64| usize::try_from(option).unwrap_or(usize::MAX);
        let limits = mcp::Limits {
            line: as_size(self.options.max_message_bytes),
            backlog: self.queue_budget(),
            time: self.mcp_time(),
        };
        let mut state = lock(&self.state);
        // A close that does not find it here is over before it starts.
        state.check_open()?;
        state.servers.running.insert(id, None);
        drop(state);
        let alive = Running { connection: Arc::clone(self), id };
        let server =
            mcp::Server::start(name, spec, limits, self.runtime.handle(), ready, alive).map_err(of_register)?;
        // Unless nothing is left of it already.
        if let Some(running) = lock(&self.state).servers.running.get_mut(&id) {
            *running = Some(Arc::clone(&server));
        }
        let (load, registered) = (Arc::default(), Arc::new(AtomicBool::new(true)));
        let entry = Server::Program { server: Arc::clone(&server), load, registered };
        // A close, or whoever takes the name back, may have come before it could be found.
        self.fill_mcp(name, id, &entry).inspect_err(|error| server.stop(error.message(), self.closing_grace()))?;
        Ok(server)
    }

    /// Has a reserved name stand for this server.
    fn fill_mcp(&self, name: &str, id: u64, server: &Server) -> Result<()> {
        let mut state = lock(&self.state);
        state.check_open()?;
        state.servers.fill(name, id, server)
    }

    /// Tells the engine the name, unless it knows it.
    async fn announce_mcp(self: &Arc<Self>, mut reservation: Reservation<'_>, deadline: Deadline) -> Result<()> {
        let name = reservation.name;
        if !lock(&self.state).servers.announced.contains(name) {
            self.announce(name, deadline).await.map_err(of_refusal)?;
        }
        let mut state = lock(&self.state);
        state.check_open()?;
        state.servers.reserved(name, reservation.id)?;
        reservation.is_kept = true;
        Ok(())
    }

    async fn announce(self: &Arc<Self>, name: &str, deadline: Deadline) -> Result<()> {
        let asked = self.ask(&announcement(name), None, deadline).await?;
        self.announced(name, asked, deadline).await
    }

    /// An engine that was told a name knows it, whether its answer comes in time or not.
    async fn announced(&self, name: &str, asked: Asked, deadline: Deadline) -> Result<()> {
        self.note_announced(name, &asked);
        let answer = asked.answer(deadline).await;
        if answer.as_ref().is_err_and(|error| error.code() == Code::Rejected) {
            lock(&self.state).servers.announced.remove(name);
        }
        answer.map(drop)
    }

    fn note_announced(&self, name: &str, asked: &Asked) {
        let mut state = lock(&self.state);
        // The engine of another connection was not told.
        if state.check_on(&asked.socket).is_ok() {
            state.servers.announced.insert(name.to_owned());
        }
    }

    /// Tells an engine that does not know them the names of the servers that are registered.
    pub(super) async fn announce_missing(self: &Arc<Self>, socket: &Arc<Socket>, deadline: Deadline) -> Result<()> {
        let names = lock(&self.state).servers.missing();
        for name in names {
            let asked = self.ask_on(socket, &announcement(&name), deadline).await?;
            match self.announced(&name, asked, deadline).await {
                Err(error) if error.code() == Code::Rejected => {
                    log::warn!("the MCP server '{name}' cannot be asked any more: {error}");
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    fn mcp_time(&self) -> Option<Duration> {
        Some(self.options.mcp_timeout_ms).filter(|&ms| ms > 0).map(Duration::from_millis)
    }

    /// Ends the programs as fast as a close wants it.
    pub(super) fn end_servers_in_time(&self) {
        let running = lock(&self.state).servers.all_running();
        running.iter().for_each(|server| server.stop("the client was closed", self.closing_grace()));
        mcp::reap_left();
    }

    fn closing_grace(&self) -> Grace {
        Grace(Duration::from_millis(self.options.close_timeout_ms))
    }

    /// A process asks a server. Never waits.
    pub(super) fn on_mcp_request(self: &Arc<Self>, asked: &wire::McpRequest<'_>, wakes: &mut Wakes) {
        let name = &*asked.server;
        if !self.generation.knows("mcp_response") {
            return log::debug!("skipped an MCP request of an engine that takes no answer to it");
        }
        let state = lock(&self.state);
        let (server, process) = (state.server(name), state.routes.get(&*asked.process_id).cloned());
        let socket = Arc::clone(&state.socket);
        drop(state);
        let refused = |code, why: &str| self.settle_mcp(&socket, asked.corr_id, &Err(error_object(code, why)));
        let params = if asked.params.trim().is_empty() { "{}" } else { &*asked.params };
        if let Err(why) = mcp::check_json(params) {
            return refused(INVALID_PARAMS, &format!("the params of {}: {why}", asked.method));
        }
        match server {
            None | Some(Server::Starting) => {
                refused(SERVER_ERROR, &format!("the MCP server '{name}' is not registered by this client"));
            }
            Some(Server::Handler(handler)) => {
                let request = self.open_mcp_request(asked.corr_id, name, handler.registered());
                wakes.add(handler.take(request, &asked.method, params, process, &self.runtime));
            }
            Some(Server::Program { server, load, registered }) => {
                let Some(place) = load.take() else { return refused(SERVER_ERROR, &Load::refusal(name)) };
                let request = self.open_mcp_request(asked.corr_id, name, &registered);
                request.occupy(place);
                let reply = Box::new(move |outcome| request.settle(&outcome));
                server.call(Call { method: asked.method.to_string(), params: params.to_owned(), reply });
            }
        }
    }
}

impl State {
    fn server(&self, name: &str) -> Option<Server> {
        self.servers.by_name.get(name).map(|entry| entry.server.clone())
    }
}

fn announcement(name: &str) -> Request<'_> {
    Request::RegisterMcpServer { name, transport: TRANSPORT }
}

fn of_register(error: Error) -> Error {
    error.of("register_mcp_server")
}

/// The engine's own words, or its silence.
fn of_refusal(error: Error) -> Error {
    match error.code() {
        Code::TimedOut => timed_out("register_mcp_server"),
        _ => super::requests::refused(error, "register_mcp_server"),
    }
}
