//! What a connection knows, and what its lock protects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::login::Login;
use super::mcp::Servers;
use super::orphans::Orphans;
use super::requests::{Pending, Requests};
use super::{EventQueue, Process};
use crate::error::{Code, Error, Result};
use crate::transport::Socket;
use crate::wire::Generation;

/// How long after it a complaint of the engine may explain a failure.
const COMPLAINT_TIME: Duration = Duration::from_secs(30);
/// How many processes are remembered that nobody has a handle of: the latest.
const MOST_UNWANTED: usize = 1024;

#[derive(Debug)]
pub(super) struct State {
    /// The writing side of the latest connection that was made.
    pub(super) socket: Arc<Socket>,
    pub(super) link: Link,
    pub(super) requests: Requests,
    pub(super) routes: HashMap<String, Arc<Process>>,
    pub(super) orphans: Orphans,
    pub(super) servers: Servers,
    /// Asynchronous calls under way, and where they report.
    pub(super) reports: Vec<(u64, Arc<EventQueue>)>,
    pub(super) logged_in: bool,
    /// What a login can be repeated with.
    pub(super) login: Option<Login>,
    /// Processes that are to be ended as soon as there is a connection again, unless they have ended by then.
    pub(super) unwanted: Vec<String>,
    /// Whether the engine has `launch_processes`, once that is known.
    pub(super) has_batches: Option<bool>,
    /// The last thing the engine said without naming a request, and when.
    complaint: Option<(Instant, String)>,
    /// Why nothing more can be done here.
    pub(super) end: Option<Error>,
    pub(super) task_ended: bool,
    /// Everything that was under way has its end, too.
    pub(super) finished: bool,
}

/// Whether the engine can be reached.
#[derive(Debug)]
pub(super) enum Link {
    Up,
    /// It was lost for this reason and is to be made again.
    Down(Error),
    /// It is there again, for nobody but what restores the login and the rest.
    Restoring(Error),
}

/// What a lost connection leaves behind.
pub(super) struct UnderWay {
    pub(super) requests: Vec<Pending>,
    /// Processes that are out of reach for good, and those that may not be.
    pub(super) cut: Vec<Arc<Process>>,
    pub(super) kept: Vec<Arc<Process>>,
}

impl State {
    /// Of a connection that was just made.
    pub(super) fn new(socket: Arc<Socket>, generation: Generation, orphans: Orphans) -> Self {
        Self {
            socket,
            link: Link::Up,
            requests: Requests::new(),
            routes: HashMap::new(),
            orphans,
            servers: Servers::default(),
            reports: Vec::new(),
            logged_in: !generation.needs_login(),
            login: None,
            unwanted: Vec::new(),
            has_batches: None,
            complaint: None,
            end: None,
            task_ended: false,
            finished: false,
        }
    }

    /// Whether nothing of a closed connection is left to be waited for.
    pub(super) fn is_over(&self) -> bool {
        self.task_ended && self.finished && !self.servers.any_runs() && self.reports.is_empty()
    }

    /// Refuses when the connection has ended or is being made again, with the reason.
    pub(super) fn check_open(&self) -> Result<()> {
        match (&self.end, &self.link) {
            (Some(why), _) | (None, Link::Down(why) | Link::Restoring(why)) => Err(why.clone()),
            (None, Link::Up) => Ok(()),
        }
    }

    /// Refuses when the connection has ended for good, with the reason.
    pub(super) fn check_alive(&self) -> Result<()> {
        self.end.clone().map_or(Ok(()), Err)
    }

    /// Refuses when this connection to the engine is no longer the one that there is, with the reason.
    pub(super) fn check_on(&self, socket: &Arc<Socket>) -> Result<()> {
        self.check_alive()?;
        match &self.link {
            Link::Down(why) => Err(why.clone()),
            _ if Arc::ptr_eq(&self.socket, socket) => Ok(()),
            _ => {
                let text = "the connection was lost meanwhile and has been made again, so try again";
                Err(Error::new(Code::Disconnected, text))
            }
        }
    }

    /// It is to be ended when there is a connection again.
    pub(super) fn note_unwanted(&mut self, process_id: &str) {
        if self.unwanted.len() >= MOST_UNWANTED {
            self.unwanted.remove(0);
        }
        self.unwanted.push(process_id.to_owned());
    }

    /// Nothing of what one connection knew is true of the next.
    pub(super) fn forget_engine(&mut self, generation: Generation) {
        self.logged_in = !generation.needs_login();
        self.servers.forget_announced();
        self.has_batches = None;
        self.complaint = None;
    }

    /// Takes what the connection's end ends; `is_cut`: whether that of a process does.
    pub(super) fn take_under_way(&mut self, is_cut: impl Fn(&Process) -> bool) -> UnderWay {
        self.orphans.clear();
        let requests = self.requests.take_all();
        let (cut, kept) = std::mem::take(&mut self.routes).into_iter().partition(|(_, process)| is_cut(process));
        self.routes = kept;
        let cut: HashMap<_, _> = cut;
        UnderWay { requests, cut: cut.into_values().collect(), kept: self.routes.values().cloned().collect() }
    }

    /// An engine that refuses to go on says so before it hangs up.
    pub(super) fn explain(&self, why: &Error) -> Error {
        match self.recent_complaint() {
            Some(complaint) if why.code() == Code::Disconnected => {
                Error::new(why.code(), format!("{}; before that the engine said: {complaint}", why.message()))
            }
            _ => why.clone(),
        }
    }

    /// The engine says something without naming what it is about: the next failure tells it.
    pub(super) fn note_complaint(&mut self, text: String) {
        self.complaint = Some((Instant::now(), text));
    }

    /// What the engine said lately.
    pub(super) fn recent_complaint(&self) -> Option<&str> {
        let (when, text) = self.complaint.as_ref()?;
        (when.elapsed() < COMPLAINT_TIME).then_some(text)
    }
}
