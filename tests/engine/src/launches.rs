//! How processes come to life.

use crate::config::Generation;
use crate::ops::{Runner, Script};
use crate::process::{Outcome, Process};
use crate::session::Session;
use crate::wire::{LaunchProcess, LaunchProcesses, RunProcesses};
use crate::writer::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// A process that is listed and does not run yet.
pub struct Newborn {
    session: Arc<Session>,
    process: Arc<Process>,
    script: Script,
    runner: Runner,
    finished: Option<Outcome>,
}

impl Newborn {
    fn new(session: &Arc<Session>, program: String, input: String, captured: bool) -> Self {
        let client = captured.then(|| session.clone());
        let script = Script::parse(&input);
        let finished = script.is_none().then(|| Ok(input.clone()));
        let id = session.faults.process_id.unwrap_or_else(Uuid::new_v4);
        let process = Arc::new(Process::new(id, session.user(), program, input, client));
        session.shared.processes.add(process.clone());
        let mut runner = Runner::new(process.clone());
        let script = script.unwrap_or_default();
        runner.prepare(script.ops.first());
        Self { session: session.clone(), process, script, runner, finished }
    }

    fn id(&self) -> String {
        self.process.id.to_string()
    }

    /// What has to come before the reply to the launch.
    async fn prelude(&mut self) {
        if !self.script.early.is_empty() {
            self.process.set_early(true);
            let early = std::mem::take(&mut self.script.early);
            let outcome = self.runner.run(&early).await;
            if let Some(outcome) = outcome {
                self.session.shared.end(&self.process, outcome);
            }
            self.process.set_early(false);
        }
        if self.script.burst {
            self.session.outbox.send(Command::Burst);
        }
    }

    /// Runs on by itself, where it was not ended before.
    fn start(self) {
        let process = self.process.clone();
        let mut slot = process.task.lock().unwrap();
        if process.ended.load(Ordering::SeqCst) {
            return;
        }
        let task = tokio::spawn(self.live());
        *slot = Some(task.abort_handle());
    }

    async fn live(mut self) {
        let outcome = match self.finished.take() {
            Some(outcome) => Some(outcome),
            None => self.runner.run(&self.script.ops).await,
        };
        let done = || Ok("done".to_owned());
        self.session.shared.end(&self.process, outcome.unwrap_or_else(done));
    }
}

/// A burst ends with its process, even a terminated one.
impl Drop for Newborn {
    fn drop(&mut self) {
        if self.script.burst {
            self.session.outbox.event(Command::Flush);
        }
    }
}

impl Session {
    fn resolve(&self, inferlet: &str) -> Result<String, String> {
        match self.generation() {
            Generation::V04 => self.shared.programs.resolve04(inferlet),
            Generation::V05 => self.shared.programs.resolve05(inferlet),
        }
    }

    pub async fn launch(self: Arc<Self>, message: LaunchProcess) {
        let (kind, corr_id, captured) = ("launch_process", message.corr_id, message.capture_outputs);
        let resolved = self.resolve(&message.inferlet);
        let program = match resolved.and_then(|program| Script::refusal(&message.input).map(|()| program)) {
            Ok(program) => program,
            Err(text) => {
                self.open_turn(None);
                return self.open_reply(kind, corr_id, Err(text));
            }
        };
        let mut newborn = Newborn::new(&self, program, message.input, captured);
        self.open_turn(captured.then_some(newborn.process.id));
        let id = if captured { newborn.id() } else { String::new() };
        let waits = !newborn.script.early.is_empty();
        let session = self.clone();
        let rest = async move {
            newborn.prelude().await;
            session.open_reply(kind, corr_id, Ok(id));
            newborn.start();
        };
        // In 0.5 others do not wait for this launch.
        match waits && self.is_v05() {
            true => drop(tokio::spawn(rest)),
            false => rest.await,
        }
    }

    pub async fn launch_many(self: &Arc<Self>, message: LaunchProcesses) -> Result<String, String> {
        check_budgets(&message.token_budgets, &message.inputs)?;
        let mut ids = Vec::new();
        for mut newborn in self.newborns(&message.inferlet, message.inputs, message.capture_outputs)? {
            newborn.prelude().await;
            ids.push(newborn.id());
            newborn.start();
        }
        Ok(serde_json::json!(ids).to_string())
    }

    /// The first error in the order of the inputs is the answer; the others run on.
    pub async fn run_many(self: &Arc<Self>, message: RunProcesses) -> Result<String, String> {
        check_budgets(&message.token_budgets, &message.inputs)?;
        let mut outcomes = Vec::new();
        for mut newborn in self.newborns(&message.inferlet, message.inputs, false)? {
            newborn.prelude().await;
            outcomes.push(newborn.process.await_outcome());
            newborn.start();
        }
        let mut values = Vec::new();
        for outcome in outcomes {
            values.push(outcome.await.unwrap_or_else(|_| Err("Signal".into()))?);
        }
        Ok(serde_json::json!(values).to_string())
    }

    fn newborns(self: &Arc<Self>, inferlet: &str, inputs: Vec<String>, captured: bool) -> Result<Vec<Newborn>, String> {
        let program = if inputs.is_empty() { String::new() } else { self.resolve(inferlet)? };
        inputs.iter().try_for_each(|input| Script::refusal(input))?;
        Ok(inputs.into_iter().map(|input| Newborn::new(self, program.clone(), input, captured)).collect())
    }

    /// The program has to be there; whether anything listens on the port nobody tells the client.
    pub fn launch_daemon(&self, inferlet: &str) -> Result<String, String> {
        self.resolve(inferlet).map(|_| "server launched".into())
    }

    pub fn attach(self: &Arc<Self>, corr_id: u32, process_id: &str) {
        let kind = "attach_process";
        let attached = self.shared.processes.attach(process_id, self);
        match attached {
            Ok(process) => {
                self.open_turn(Some(process.id));
                self.open_reply(kind, corr_id, Ok("Process attached".into()));
            }
            // The turn of a refused attach lasts as long as the connection, and takes the process with it.
            Err((text, process)) => {
                self.open_turn(process);
                self.open_reply(kind, corr_id, Err(text));
            }
        }
    }
}

fn check_budgets(budgets: &Option<Vec<Option<u64>>>, inputs: &[String]) -> Result<(), String> {
    match budgets {
        Some(budgets) if budgets.len() != inputs.len() => {
            Err(format!("token_budgets length {} does not match inputs length {}", budgets.len(), inputs.len()))
        }
        _ => Ok(()),
    }
}
