//! A request of the engine to an MCP server of ours, answered exactly once while the connection lives.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tokio::task::AbortHandle;

use super::Connection;
use crate::error::{Code, Error, Result};
use crate::mcp::{Outcome, SERVER_ERROR, error_object};
use crate::transport::Socket;
use crate::wait::lock;
use crate::wire::Request;

/// How many requests to one server or handler may be under way.
const MOST: usize = 4096;
/// Answers go out while fewer bytes than this wait for an engine that does not read.
const ROOM_BYTES: usize = if cfg!(test) { 4 << 20 } else { 256 << 20 };

/// How many requests are under way.
#[derive(Debug, Default)]
pub struct Load(AtomicUsize);

/// The place of a request among those under way, until dropped.
#[derive(Debug)]
pub struct Place(Arc<Load>);

impl Load {
    /// A place, if there is one left.
    pub fn take(self: &Arc<Self>) -> Option<Place> {
        let place = Place(Arc::clone(self));
        (self.0.fetch_add(1, Ordering::Relaxed) < MOST).then_some(place)
    }

    /// Why there is none.
    pub fn refusal(server: &str) -> String {
        format!("{MOST} requests to the MCP server '{server}' wait for their answers already")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request that has to be answered. Dropped unanswered, it is answered with an error.
#[derive(Debug)]
pub struct McpRequest {
    connection: Arc<Connection>,
    /// Where it came from, and its answer goes.
    socket: Arc<Socket>,
    /// The engine's own.
    id: u32,
    server: String,
    /// Whether the server is still registered.
    registered: Arc<AtomicBool>,
    stage: Mutex<Stage>,
}

#[derive(Debug)]
enum Stage {
    Open {
        place: Option<Place>,
        timer: Option<AbortHandle>,
    },
    Answered,
    /// It takes up its place as long as its event is there.
    TooLate {
        _place: Option<Place>,
    },
}

/// Requests that may be open.
#[derive(Debug, Default)]
pub struct Asked(Mutex<Vec<Weak<McpRequest>>>);

impl Asked {
    fn add(&self, request: &Arc<McpRequest>) {
        let mut all = lock(&self.0);
        if all.len() == all.capacity() {
            all.retain(|request| request.strong_count() > 0);
            let count = all.len();
            all.reserve(count + 1);
        }
        all.push(Arc::downgrade(request));
    }

    /// Answers those that are open with an error.
    pub(super) fn refuse_all(&self, why: &str) {
        let all = std::mem::take(&mut *lock(&self.0));
        let refusal = Err(error_object(SERVER_ERROR, why));
        all.iter().filter_map(Weak::upgrade).for_each(|request| request.settle(&refusal));
    }
}

impl McpRequest {
    fn new(connection: &Arc<Connection>, id: u32, server: &str, registered: &Arc<AtomicBool>) -> Self {
        Self {
            connection: Arc::clone(connection),
            socket: connection.socket(),
            id,
            server: server.to_owned(),
            registered: Arc::clone(registered),
            stage: Mutex::new(Stage::Open { place: None, timer: None }),
        }
    }

    /// Has it give this place back when it is answered.
    pub(super) fn occupy(&self, taken: Place) {
        if let Stage::Open { place, .. } = &mut *lock(&self.stage) {
            *place = Some(taken);
        }
    }

    /// Has it end this timer when it is answered.
    pub(super) fn watch(&self, timer_of_it: AbortHandle) {
        if let Stage::Open { timer, .. } = &mut *lock(&self.stage) {
            *timer = Some(timer_of_it);
        }
    }

    /// Answers it: with a result, or with an error object. Never waits.
    pub fn respond(&self, ok: bool, json: &str) -> Result<()> {
        const WHAT: &str = "pie_event_mcp_respond";
        let mut stage = lock(&self.stage);
        let why = match &*stage {
            Stage::Open { .. } => None,
            Stage::Answered => Some((Code::InvalidState, "the request was answered already")),
            Stage::TooLate { .. } => {
                Some((Code::TimedOut, "the option mcp_timeout_ms is over; the engine has got an error"))
            }
        };
        lock(&self.connection.state).check_alive()?;
        if let Some((code, why)) = why {
            return Err(Error::new(code, format!("{WHAT}: {why}")).for_good());
        }
        let sent = self.connection.answer_mcp(&self.socket, self.id, ok, json).map_err(|error| match error.code() {
            // The connection was just given up.
            Code::Busy => self.connection.check_open().err().unwrap_or(error),
            Code::Disconnected => self.lost(),
            _ => error.of(WHAT),
        });
        if sent.is_ok() {
            stage.settle();
        }
        sent
    }

    fn lost(&self) -> Error {
        let text = "pie_event_mcp_respond: the connection that the request came on was lost, and the request with it";
        let over = || Error::new(Code::Disconnected, text).for_good();
        lock(&self.connection.state).check_alive().err().unwrap_or_else(over)
    }

    /// Answers it with what became of it; if that cannot be sent, with the reason.
    pub(super) fn settle(&self, outcome: &Outcome) {
        self.close(outcome, |_| Stage::Answered);
    }

    /// Nobody has answered it in time.
    pub(super) fn expire(&self) {
        let time = self.connection.options.mcp_timeout_ms;
        let text =
            format!("the MCP server '{}' did not answer within the option mcp_timeout_ms ({time} ms)", self.server);
        self.close(&Err(error_object(SERVER_ERROR, &text)), |_place| Stage::TooLate { _place });
    }

    fn close(&self, outcome: &Outcome, into: impl FnOnce(Option<Place>) -> Stage) {
        let mut stage = lock(&self.stage);
        if matches!(*stage, Stage::Open { .. }) {
            let place = stage.settle();
            *stage = into(place);
            // Under the lock: a close of the client that finds the request over goes on to end the connection, and the
            // answer has to be on it by then.
            self.connection.settle_mcp(&self.socket, self.id, outcome);
        }
    }
}

impl Stage {
    /// Ends its timer; gives its place.
    fn settle(&mut self) -> Option<Place> {
        let Self::Open { place, timer } = std::mem::replace(self, Self::Answered) else { return None };
        timer.iter().for_each(AbortHandle::abort);
        place
    }
}

impl Drop for McpRequest {
    fn drop(&mut self) {
        let server = &self.server;
        let text = if self.registered.load(Ordering::Relaxed) {
            format!("the application let go of a request to the MCP server '{server}' without an answer")
        } else {
            format!("the MCP server '{server}' is not registered by this client any more")
        };
        self.settle(&Err(error_object(SERVER_ERROR, &text)));
    }
}

impl Connection {
    /// A request of the engine with this id, open until it is answered.
    pub(super) fn open_mcp_request(
        self: &Arc<Self>,
        id: u32,
        server: &str,
        registered: &Arc<AtomicBool>,
    ) -> Arc<McpRequest> {
        let request = Arc::new(McpRequest::new(self, id, server, registered));
        self.asked.add(&request);
        request
    }

    /// Answers a request of the engine; if the outcome cannot be sent, with the reason.
    pub(super) fn settle_mcp(&self, socket: &Socket, id: u32, outcome: &Outcome) {
        let (ok, json) = match outcome {
            Ok(result) => (true, result),
            Err(error) => (false, error),
        };
        let sent = self.answer_mcp(socket, id, ok, json).or_else(|error| {
            if error.code() == Code::Disconnected {
                return Err(error);
            }
            log::warn!("MCP request {id} is answered with an error instead: {error}");
            self.answer_mcp(socket, id, false, &error_object(SERVER_ERROR, error.message()))
        });
        if let Err(error) = sent {
            log::debug!("MCP request {id} stays without an answer: {error}");
        }
    }

    /// Sends an answer. An engine that asks and asks without reading them is given up.
    fn answer_mcp(&self, socket: &Socket, id: u32, ok: bool, result: &str) -> Result<()> {
        let message = self.generation.encode(id, &Request::McpResponse { ok, result })?;
        socket.send(message, ROOM_BYTES).inspect_err(|error| {
            if error.code() == Code::Busy {
                self.give_up(&Error::new(
                    Code::Disconnected,
                    format!("the engine asks MCP servers without reading the answers: {ROOM_BYTES} bytes of them wait"),
                ));
            }
        })
    }
}
