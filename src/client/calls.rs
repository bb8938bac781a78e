//! The calls of a client, but for logins, launches and uploads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Connection;
use super::list::{self, ProcessInfo};
use super::requests::refused;
use super::routing::shortened;
use crate::error::{Code, Error, Result};
use crate::wait::{Deadline, lock};
use crate::wire::Request;
use crate::wire::names::{canonical_process_id, check_process_id, split_inferlet};

impl Connection {
    /// Measures the time from a request to its answer.
    pub async fn ping(self: &Arc<Self>, deadline: Deadline) -> Result<Duration> {
        let start = Instant::now();
        self.call(&Request::Ping, deadline).await?;
        Ok(start.elapsed())
    }

    /// Asks the engine for a fact.
    pub async fn query(self: &Arc<Self>, subject: &str, record: &str, deadline: Deadline) -> Result<String> {
        let never_sent = deadline.is_over();
        self.call(&Request::Query { subject, record }, deadline).await.map_err(|error| match error.code() {
            Code::TimedOut if !never_sent && !self.generation.answers_every_query() => {
                let hint = "0.4 engines never answer a subject that they do not know; they know model_status";
                Error::new(Code::TimedOut, format!("{} ({hint})", error.message()))
            }
            _ => error,
        })
    }

    /// Asks whether a program is installed. Files are hashed first.
    pub async fn check_program(
        self: &Arc<Self>,
        inferlet: &str,
        wasm: Option<&str>,
        manifest: Option<&str>,
        deadline: Deadline,
    ) -> Result<bool> {
        const CALL: &str = "check_program";
        let (name, version) = split_inferlet(inferlet)?;
        self.may_send(CALL)?;
        let wasm = self.hash_file(CALL, "wasm_path", wasm, deadline).await?;
        let manifest = self.hash_file(CALL, "manifest_path", manifest, deadline).await?;
        let (wasm_hash, manifest_hash) = (wasm.as_deref(), manifest.as_deref());
        let answer = self.call(&Request::CheckProgram { name, version, wasm_hash, manifest_hash }, deadline).await?;
        match &*answer {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(Error::new(
                Code::Protocol,
                format!("check_program: the engine answered {:?}, neither true nor false", shortened(other)),
            )),
        }
    }

    /// The running processes that the engine shows us.
    pub async fn list_processes(self: &Arc<Self>, deadline: Deadline) -> Result<Vec<ProcessInfo>> {
        let budget = usize::try_from(self.options.max_message_bytes).unwrap_or(usize::MAX);
        list::parse(&self.call(&Request::ListProcesses, deadline).await?, budget)
    }

    /// Sends a process a text. Never waits.
    pub fn signal(&self, process_id: &str, message: &str) -> Result<()> {
        check_process_id(process_id)?;
        let request = Request::SignalProcess { process_id, message };
        let socket = self.may_send(request.name())?;
        let below = self.room(Deadline::Never).below;
        let sent = self.generation.encode(0, &request).and_then(|message| socket.send(message, below));
        sent.map_err(|error| match error.code() {
            Code::Disconnected => self.check_on(&socket).err().unwrap_or(error).of("signal_process"),
            Code::Busy => self.explain_pause(error.of("signal_process")),
            _ => error.of("signal_process"),
        })
    }

    /// Ends a process.
    pub async fn terminate(self: &Arc<Self>, process_id: &str, deadline: Deadline) -> Result<()> {
        check_process_id(process_id)?;
        let process = lock(&self.state).routes.get(&*canonical_process_id(process_id)).cloned();
        let withdraw = || process.iter().for_each(|process| process.withdraw_terminating());
        let request = Request::TerminateProcess { process_id };
        let asked = self.open_request(request.name(), None, deadline)?;
        lock(&self.state).requests.note_end(asked.id, process.clone());
        // Before it is sent: the process may end before we are back here. A refusal withdraws it; without an answer it may
        // have been accepted.
        process.iter().for_each(|process| process.begin_terminating());
        let asked = self.send_asked(asked, &request, deadline).await.inspect_err(|_| withdraw())?;
        asked.answer(deadline).await.map(drop).map_err(|error| refused(error, request.name()))
    }

    pub(super) async fn call(self: &Arc<Self>, request: &Request<'_>, deadline: Deadline) -> Result<String> {
        self.request(request, deadline).await.map_err(|error| refused(error, request.name()))
    }
}
