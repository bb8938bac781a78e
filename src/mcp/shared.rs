//! What the handle of a server and the task that serves it have in common.

use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::watch;

use super::SERVER_ERROR;
use super::grace::Times;
use super::json::error_object;
use crate::error::{Code, Error, Result};
use crate::wait::{Promise, lock};

/// What it is called, how it is told to end, and what it said.
#[derive(Debug)]
pub struct Shared {
    /// How people call it: "the MCP server 'name'".
    pub label: String,
    /// When it is to end, once somebody wants that.
    pub stop: watch::Sender<Option<Times>>,
    /// Why it answers nothing any more.
    pub end: Mutex<Option<String>>,
    /// The first line that was no JSON-RPC.
    pub garbage: OnceLock<String>,
    /// The first error that named no request.
    pub complaint: OnceLock<String>,
    /// The last line of its standard error.
    pub remark: Mutex<String>,
}

impl Shared {
    pub fn new(label: String, stop: watch::Sender<Option<Times>>) -> Self {
        let (garbage, complaint) = (OnceLock::new(), OnceLock::new());
        Self { label, stop, end: Mutex::new(None), garbage, complaint, remark: Mutex::default() }
    }

    /// What it said instead of an answer, to be added to an error.
    pub fn hint(&self) -> String {
        let garbage = self.garbage.get().map(|line| format!("; it wrote what is no JSON-RPC: {line}"));
        let complaint = self.complaint.get().map(|error| format!("; it sent the error {error}"));
        format!("{}{}{}", garbage.unwrap_or_default(), complaint.unwrap_or_default(), self.last_words())
    }

    /// What it said last on its standard error, to be added to an error.
    pub fn last_words(&self) -> String {
        let remark = lock(&self.remark);
        if remark.is_empty() { String::new() } else { format!("; it said: {remark}") }
    }

    /// The error object for what it cannot do any more.
    pub fn refusal(&self) -> String {
        let why = lock(&self.end).clone().unwrap_or_else(|| format!("{} has ended", self.label));
        error_object(SERVER_ERROR, &why)
    }
}

/// Tells the registering thread, at the latest when the runtime drops the task.
pub struct Ready(pub Option<Arc<Promise<Result<()>>>>);

impl Ready {
    /// Keeps the promise; tells whether it was open.
    pub fn tell(&mut self, how: Result<()>) -> bool {
        let promise = self.0.take();
        promise.iter().for_each(|promise| promise.keep(how.clone()));
        promise.is_some()
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        self.tell(Err(Error::new(Code::Closed, "the library was shut down meanwhile")));
    }
}
