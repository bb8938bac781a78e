//! What is done for each request.

use crate::config::Generation;
use crate::inspect::{self, Glance};
use crate::login;
use crate::session::Session;
use crate::wire::{AddProgram, Common, Only04, Request, TransferFile};
use std::sync::Arc;

const MODEL_STATUS_04: &str = include_str!("model_status_04.json");
const MODEL_STATUS_05: &str = include_str!("model_status_05.json");

/// A request, and what was seen of it at first glance.
pub struct Task {
    pub glance: Glance,
    pub request: Request,
}

impl Task {
    fn is_last_chunk(&self) -> bool {
        let glance = &self.glance;
        glance.total_chunks.is_none() || glance.chunk_index.map(|index| index + 1) == glance.total_chunks
    }
}

impl Session {
    /// Does what came in its turn. 0.4 does one request after the other; in 0.5 each is a turn of
    /// its own, and none waits for one that is held.
    pub async fn perform(self: &Arc<Self>, task: Task) {
        if !self.hears(&task.glance.kind) {
            return;
        }
        let held = self.faults.hold(&task.glance.kind);
        let held = held.filter(|_| task.is_last_chunk());
        match (self.generation(), held) {
            (Generation::V04, held) => {
                self.outbox.shut_gate();
                if let Some(time) = held {
                    tokio::time::sleep(time).await;
                }
                self.clone().run(task).await;
                self.outbox.open_gate();
            }
            (Generation::V05, None) => self.clone().run(task).await,
            (Generation::V05, Some(time)) => {
                let session = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    session.run(task).await;
                });
            }
        }
    }

    /// Before the login nothing else is heard.
    fn hears(&self, kind: &str) -> bool {
        kind.starts_with("auth_") || self.login.lock().unwrap().user().is_some()
    }

    async fn run(self: Arc<Self>, task: Task) {
        if let Some(text) = self.faults.refusal(&task.glance.kind) {
            return self.refuse(&task.glance, text.to_owned());
        }
        match task.request {
            Request::Common(request) => self.common(request).await,
            Request::Only04(request) => self.only04(request).await,
        }
    }

    /// An upload is refused once, at its first chunk.
    fn refuse(&self, glance: &Glance, text: String) {
        let opens_turn = matches!(glance.kind.as_str(), "launch_process" | "attach_process");
        match glance.corr_id {
            Some(corr_id) if opens_turn => self.open_reply(&glance.kind, corr_id, Err(text)),
            Some(corr_id) if glance.chunk_index.unwrap_or(0) == 0 => self.reply(&glance.kind, corr_id, Err(text)),
            _ => self.turn_done(),
        }
    }

    async fn common(self: Arc<Self>, request: Common) {
        let shared = self.shared.clone();
        match request {
            Common::AuthIdentify { corr_id, username } => {
                let outcome = self.login.lock().unwrap().identify(&shared.config, &username);
                let outcome = self.faults.challenge.clone().map_or(outcome, Ok);
                *self.challenge.lock().unwrap() = outcome.clone().unwrap_or_default();
                self.reply("auth_identify", corr_id, outcome);
            }
            Common::AuthProve { corr_id, signature } => {
                let outcome = self.login.lock().unwrap().prove(&shared.config, &signature);
                self.reply("auth_prove", corr_id, outcome);
            }
            Common::Ping { corr_id } => self.reply("ping", corr_id, Ok("Pong".into())),
            Common::CheckProgram { corr_id, name, version } => {
                self.reply("check_program", corr_id, shared.programs.check(&name, &version));
            }
            Common::Query { corr_id, subject, record } => self.query(corr_id, &subject, &record),
            Common::AddProgram(message) => self.add_program(&message),
            Common::TransferFile(message) => self.transfer_file(&message),
            Common::LaunchProcess(message) => self.launch(message).await,
            request => self.about_processes(request),
        }
    }

    fn about_processes(self: Arc<Self>, request: Common) {
        let processes = &self.shared.processes;
        match request {
            Common::AttachProcess { corr_id, process_id } => self.attach(corr_id, &process_id),
            Common::TerminateProcess { corr_id, process_id } => {
                let outcome = processes.terminate(&process_id, &self);
                self.reply("terminate_process", corr_id, outcome);
            }
            Common::SignalProcess { process_id, message } => self.signal(&process_id, message),
            Common::ListProcesses { corr_id } => {
                self.reply("list_processes", corr_id, Ok(processes.list(&self.user())));
            }
            _ => {}
        }
    }

    async fn only04(self: Arc<Self>, request: Only04) {
        match request {
            Only04::AuthByToken { corr_id, token } => {
                let outcome = self.login.lock().unwrap().token(&self.shared.config, &token);
                if outcome.is_err() {
                    tokio::time::sleep(login::token_penalty()).await;
                }
                self.reply("auth_by_token", corr_id, outcome);
            }
            Only04::LaunchProcesses(message) => {
                let corr_id = message.corr_id;
                let outcome = self.launch_many(message).await;
                self.reply("launch_processes", corr_id, outcome);
            }
            Only04::RunProcesses(message) => {
                let corr_id = message.corr_id;
                let outcome = self.run_many(message).await;
                self.reply("run_processes", corr_id, outcome);
            }
            Only04::LaunchDaemon(message) => {
                let outcome = self.launch_daemon(&message.inferlet);
                self.reply("launch_daemon", message.corr_id, outcome);
            }
            Only04::RegisterMcpServer(message) => {
                self.relay.register(message.name);
                let outcome = Ok("MCP server registered".into());
                self.reply("register_mcp_server", message.corr_id, outcome);
            }
            Only04::McpResponse { corr_id, ok, result } => {
                self.relay.answered(corr_id, if ok { Ok(result) } else { Err(result) });
            }
        }
    }

    fn query(&self, corr_id: u32, subject: &str, record: &str) {
        let status = if self.is_v05() { MODEL_STATUS_05 } else { MODEL_STATUS_04 };
        let found = match subject {
            "model_status" => Some(status.trim_end().to_owned()),
            "scripted" => inspect::query(self, record),
            _ => None,
        };
        let outcome = found.ok_or_else(|| format!("unknown query subject {subject:?} (known: model_status)"));
        // 0.4 has no word for a subject it does not know.
        if outcome.is_ok() || self.is_v05() {
            self.reply("query", corr_id, outcome);
        }
    }

    fn add_program(&self, message: &AddProgram) {
        let outcome = self.uploads.lock().unwrap().program(message);
        let done = outcome.and_then(|program| {
            program.map(|p| self.shared.programs.install(&p.manifest, &p.data, p.force)).transpose()
        });
        match done.transpose() {
            Some(outcome) => self.reply("add_program", message.corr_id, outcome),
            None => self.turn_done(),
        }
    }

    fn signal(&self, process_id: &str, message: String) {
        let process = self.shared.processes.find_text(process_id);
        if let Some(process) = process.filter(|process| process.is_attached_to(self)) {
            process.signal(message);
        }
        self.turn_done();
    }

    fn transfer_file(&self, message: &TransferFile) {
        let file = self.uploads.lock().unwrap().file(message);
        let process = self.shared.processes.find_text(&message.process_id);
        if let (Some(file), Some(process)) = (file, process.filter(|process| process.is_attached_to(self))) {
            process.take_file(file);
        }
        self.turn_done();
    }
}
