//! The calls of a client, but for logins and uploads.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::list::{self, ProcessInfo};
use super::requests::{Wanted, refused};
use super::upload::Source;
use super::{Connection, EventQueue, Process};
use crate::error::{Code, Error, Result};
use crate::wait::{Deadline, lock};
use crate::wire::Request;
use crate::wire::names::{canonical_process_id, check_launch, split_inferlet};

/// How a process is launched.
#[derive(Clone, Debug, Default)]
pub struct Launch<'a> {
    /// JSON text; `None` = `{}`.
    pub input: Option<&'a str>,
    /// Whether it has no stream.
    pub no_capture: bool,
    /// How many tokens it may make; 0 = the engine's default.
    pub token_budget: u64,
    /// The tag of its events.
    pub tag: u64,
    /// Where its events go; `None` = a queue of its own.
    pub queue: Option<Arc<EventQueue>>,
}

impl Connection {
    /// Measures the time from a request to its answer.
    pub fn ping(&self, deadline: Deadline) -> Result<Duration> {
        let start = Instant::now();
        self.call(&Request::Ping, deadline)?;
        Ok(start.elapsed())
    }

    /// Asks the engine for a fact.
    pub fn query(&self, subject: &str, record: &str, deadline: Deadline) -> Result<String> {
        self.call(&Request::Query { subject, record }, deadline).map_err(|error| match error.code() {
            Code::TimedOut => {
                let hint = "0.4 engines never answer a subject that they do not know; they know model_status";
                Error::new(Code::TimedOut, format!("{} ({hint})", error.message()))
            }
            _ => error,
        })
    }

    /// Asks whether a program is installed.
    pub fn check_program(
        &self,
        inferlet: &str,
        wasm: Option<&Path>,
        manifest: Option<&Path>,
        deadline: Deadline,
    ) -> Result<bool> {
        let (name, version) = split_inferlet(inferlet)?;
        let hash =
            |parameter, path: Option<&Path>| path.map(|path| Source::open(parameter, path)?.hash(deadline)).transpose();
        let (wasm, manifest) = (hash("wasm_path", wasm)?, hash("manifest_path", manifest)?);
        let (wasm_hash, manifest_hash) = (wasm.as_deref(), manifest.as_deref());
        let answer = self.call(&Request::CheckProgram { name, version, wasm_hash, manifest_hash }, deadline)?;
        match &*answer {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(Error::new(
                Code::Protocol,
                format!("check_program: the engine answered {other:?}, neither true nor false"),
            )),
        }
    }

    /// Starts a process.
    pub fn launch_process(&self, inferlet: &str, launch: &Launch<'_>, deadline: Deadline) -> Result<Arc<Process>> {
        check_launch(inferlet, self.generation)?;
        let input = launch.input.unwrap_or("{}");
        serde_json::from_str::<serde::de::IgnoredAny>(input)
            .map_err(|error| Error::argument(format!("options: input is not JSON: {error}; NULL stands for {{}}")))?;
        // 0.4 tells the id of an uncaptured process only in the answer to launch_processes.
        let listed = launch.no_capture && self.generation.knows("launch_processes");
        let budget = (launch.token_budget > 0).then_some(launch.token_budget);
        let (inputs, budgets) = ([input], budget.map(|budget| [budget]));
        let capture_outputs = !launch.no_capture;
        let request = if listed {
            let token_budgets = budgets.as_ref().map(<[u64; 1]>::as_slice);
            Request::LaunchProcesses { inferlet, inputs: &inputs, capture_outputs, token_budgets }
        } else {
            Request::LaunchProcess { inferlet, input, capture_outputs, token_budget: budget }
        };
        let wanted = Wanted { tag: launch.tag, captured: capture_outputs, queue: launch.queue.clone(), listed };
        let answer = self
            .ask(&request, Some(wanted), deadline)?
            .answer(deadline)
            .map_err(|error| refused(error, request.name()))?;
        answer.process.ok_or_else(|| Error::new(Code::Internal, "launch_process: the answer made no process"))
    }

    /// The running processes that the engine shows us.
    pub fn list_processes(&self, deadline: Deadline) -> Result<Vec<ProcessInfo>> {
        list::parse(&self.call(&Request::ListProcesses, deadline)?)
    }

    /// Sends a process a text. Never waits.
    pub fn signal(&self, process_id: &str, message: &str) -> Result<()> {
        let request = Request::SignalProcess { process_id, message };
        self.check_may_send(request.name())?;
        let room = self.room(Deadline::after(Duration::ZERO));
        self.generation.encode(0, &request).and_then(|message| self.socket.send(message, room)).map_err(|error| {
            match error.code() {
                Code::Disconnected => self.check_open().err().unwrap_or(error),
                _ => error.of("signal_process"),
            }
        })
    }

    /// Ends a process.
    pub fn terminate(&self, process_id: &str, deadline: Deadline) -> Result<()> {
        let process = lock(&self.state).routes.get(&*canonical_process_id(process_id)).cloned();
        let mark = |terminating| process.iter().for_each(|process| process.set_terminating(terminating));
        let request = Request::TerminateProcess { process_id };
        // Before it is sent: the process may end before we are back here.
        mark(true);
        let asked = self.ask(&request, None, deadline).inspect_err(|_| mark(false))?;
        let answer = asked.answer(deadline).map_err(|error| refused(error, request.name()));
        if answer.as_ref().is_err_and(|error| error.code() != Code::TimedOut) {
            mark(false);
        }
        answer.map(drop)
    }

    fn call(&self, request: &Request<'_>, deadline: Deadline) -> Result<String> {
        self.request(request, deadline).map_err(|error| refused(error, request.name()))
    }
}
