//! What the engine knows about one connection.

use crate::config::Generation;
use crate::engine::Shared;
use crate::faults::Faults;
use crate::frames;
use crate::inspect::Record;
use crate::login::Login;
use crate::mcp::Relay;
use crate::messages::{self, Fields};
use crate::outbox::Outbox;
use crate::uploads::Uploads;
use crate::writer::Command;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

pub struct Session {
    pub shared: Arc<Shared>,
    pub faults: Arc<Faults>,
    pub outbox: Arc<Outbox>,
    pub login: Mutex<Login>,
    /// What the latest `auth_identify` was answered.
    pub challenge: Mutex<String>,
    pub uploads: Mutex<Uploads>,
    pub relay: Relay,
    pub record: Mutex<Record>,
    /// The HTTP request that the connection began with.
    pub head: String,
    /// A good frame came; 0.5 speaks about bad ones only after that.
    pub greeted: AtomicBool,
    turns: Mutex<Vec<Turn>>,
}

/// A frame of 0.5 whose turn is not over, and the process that dies with it.
struct Turn {
    process: Option<Uuid>,
}

impl Session {
    pub fn new(shared: Arc<Shared>, faults: Arc<Faults>, outbox: Outbox, head: String) -> Arc<Self> {
        let login = Login::new(shared.config.generation);
        let uploads = Uploads::new(&shared.config);
        Arc::new(Self {
            shared,
            faults,
            outbox: Arc::new(outbox),
            login: Mutex::new(login),
            challenge: Mutex::default(),
            uploads: Mutex::new(uploads),
            relay: Relay::default(),
            record: Mutex::default(),
            head,
            greeted: AtomicBool::new(false),
            turns: Mutex::default(),
        })
    }

    pub fn generation(&self) -> Generation {
        self.shared.config.generation
    }

    pub fn is_v05(&self) -> bool {
        self.generation() == Generation::V05
    }

    pub fn user(&self) -> String {
        self.login.lock().unwrap().user().unwrap_or_default()
    }

    pub fn reply(&self, kind: &str, corr_id: u32, outcome: Result<String, String>) {
        self.answer(kind, corr_id, outcome, self.is_v05());
    }

    /// A reply whose turn goes on.
    pub fn open_reply(&self, kind: &str, corr_id: u32, outcome: Result<String, String>) {
        self.answer(kind, corr_id, outcome, false);
    }

    fn answer(&self, kind: &str, corr_id: u32, outcome: Result<String, String>, turn_done: bool) {
        let (ok, result) = match outcome {
            Ok(result) => (true, result),
            Err(result) => (false, result),
        };
        self.outbox.reply(kind, messages::response(corr_id, ok, &result), turn_done);
    }

    pub fn event(&self, fields: Fields) {
        self.outbox.event(Command::Bytes(self.outbox.frame(fields)));
    }

    pub fn text(&self, text: &str) {
        self.outbox.event(Command::Bytes(frames::text(text)));
    }

    /// The end of a turn that has no reply.
    pub fn turn_done(&self) {
        if self.is_v05() {
            self.text(messages::TURN_DONE);
        }
    }

    pub fn open_turn(&self, process: Option<Uuid>) {
        self.turns.lock().unwrap().push(Turn { process });
    }

    /// The turn that launched or attached this process is over.
    pub fn close_turn(&self, process: Uuid) {
        self.turns.lock().unwrap().retain(|turn| turn.process != Some(process));
        self.turn_done();
    }

    /// The text frame `cancel` of 0.5.
    pub fn cancel(&self) {
        for turn in self.take_turns() {
            self.text(&messages::error_text("stream aborted"));
            self.kill(&turn);
        }
    }

    fn take_turns(&self) -> Vec<Turn> {
        std::mem::take(&mut self.turns.lock().unwrap())
    }

    fn kill(&self, turn: &Turn) {
        let process = turn.process.and_then(|id| self.shared.processes.find(id));
        if let Some(process) = process {
            process.leave(self);
            self.shared.end(&process, Err("Signal".into()));
        }
    }

    /// The connection is lost: 0.5 kills what runs on it, documented 0.4 detaches it, released 0.4 does nothing.
    pub fn lost(&self) {
        match self.generation() {
            Generation::V05 => self.take_turns().iter().for_each(|turn| self.kill(turn)),
            Generation::V04 => self.shared.processes.detach_all(self, self.shared.config.attach),
        }
    }
}
