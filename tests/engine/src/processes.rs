//! All processes of the engine.

use crate::config::{Attach, Config, Generation};
use crate::engine::Shared;
use crate::process::{Outcome, Process};
use crate::session::Session;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

#[derive(Default)]
pub struct Processes {
    table: Mutex<HashMap<Uuid, Arc<Process>>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: String,
    username: &'a str,
    program: &'a str,
    input: &'a str,
    elapsed_secs: u64,
}

impl Processes {
    pub fn add(&self, process: Arc<Process>) {
        self.table.lock().unwrap().insert(process.id, process);
    }

    pub fn find(&self, id: Uuid) -> Option<Arc<Process>> {
        self.table.lock().unwrap().get(&id).cloned()
    }

    /// Any spelling of an id will do.
    pub fn find_text(&self, id: &str) -> Option<Arc<Process>> {
        self.find(Uuid::parse_str(id).ok()?)
    }

    pub fn running(&self) -> usize {
        self.sorted().len()
    }

    /// One user's processes, oldest first.
    pub fn list(&self, user: &str) -> String {
        let processes = self.sorted();
        let own = processes.iter().filter(|process| process.user == user).map(|process| Listed {
            id: process.id.to_string(),
            username: &process.user,
            program: &process.program,
            input: &process.input,
            elapsed_secs: process.started.elapsed().as_secs(),
        });
        serde_json::to_string(&own.collect::<Vec<_>>()).expect("plain data")
    }

    fn sorted(&self) -> Vec<Arc<Process>> {
        let table = self.table.lock().unwrap();
        let mut running: Vec<_> = table.values().filter(|p| !p.ended.load(Ordering::SeqCst)).cloned().collect();
        running.sort_by_key(|process| process.started);
        running
    }

    pub fn detach_all(&self, session: &Session, attach: Attach) {
        if attach == Attach::Documented {
            self.table.lock().unwrap().values().for_each(|process| process.detach(session));
        }
    }

    /// `Process not found` stands for many things in 0.4, one of them that somebody is attached.
    pub fn attach(&self, id: &str, session: &Arc<Session>) -> Result<Arc<Process>, (String, Option<Uuid>)> {
        let id = Uuid::parse_str(id).map_err(|_| ("Invalid process_id".to_owned(), None))?;
        let process = self.find(id).ok_or(("Process not found".to_owned(), None))?;
        if process.user != session.user() {
            return Err(("Permission denied".into(), None));
        }
        if !process.attach(session) {
            return Err((taken(&session.shared.config).into(), Some(id)));
        }
        if process.ended.load(Ordering::SeqCst) {
            self.table.lock().unwrap().remove(&id);
        }
        Ok(process)
    }

    pub fn terminate(&self, id: &str, session: &Session) -> Result<String, String> {
        let id = Uuid::parse_str(id).map_err(|_| "Invalid process ID")?;
        let process = self.find(id).filter(|p| !p.ended.load(Ordering::SeqCst)).ok_or("Process not found")?;
        if process.user != session.user() {
            return Err("Permission denied".into());
        }
        session.shared.end(&process, Err("Signal".into()));
        Ok("Process terminated".into())
    }
}

fn taken(config: &Config) -> &'static str {
    match config.generation {
        Generation::V04 => "Process not found",
        Generation::V05 => "Cannot attach: already attached",
    }
}

impl Shared {
    /// Ends a process; what comes second comes too late.
    pub fn end(&self, process: &Process, outcome: Outcome) {
        if process.ended.swap(true, Ordering::SeqCst) {
            return;
        }
        match &outcome {
            Ok(value) => process.last_event("return", value),
            Err(text) => process.last_event("error", text),
        }
        if !process.is_kept() {
            self.processes.table.lock().unwrap().remove(&process.id);
        }
        if let Some(session) = process.session() {
            session.close_turn(process.id);
        }
        process.tell_outcome(outcome);
        if let Some(task) = process.task.lock().unwrap().take() {
            task.abort();
        }
    }
}
