//! The script of a process.

use crate::faults::unhex;
use crate::files;
use crate::frames;
use crate::mcp;
use crate::messages;
use crate::process::{Outcome, Process};
use crate::session::Session;
use crate::writer::Command;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often it is looked at whether somebody is attached.
const LOOK: Duration = Duration::from_millis(2);
/// One write of a guest makes an event of at most this size.
const MAX_WRITE: usize = 1 << 20;
/// The link inside the real 0.5 breaks at a message over this.
const MAX_LINK_05: usize = 8 << 20;
/// So many messages go without giving others a turn.
const SPAM_BURST: usize = 64;
/// Messages of a flood leave in writes of about this size.
const FLOOD_BYTES: usize = 256 << 10;

/// What runs before the launch is answered, whether the reply starts a burst, whether there is a launch at all, and all
/// the rest.
#[derive(Default)]
pub struct Script {
    pub early: Vec<Value>,
    pub burst: bool,
    pub refuse: Option<String>,
    pub ops: Vec<Value>,
}

impl Script {
    /// None for an input that is no script.
    pub fn parse(input: &str) -> Option<Self> {
        let parsed: Value = serde_json::from_str(input).ok()?;
        let mut script = Self { ops: parsed.get("ops")?.as_array()?.clone(), ..Self::default() };
        while let Some(first) = script.ops.first() {
            match first[0].as_str() {
                Some("early") => script.early = first[1].as_array().cloned().unwrap_or_default(),
                Some("burst") => script.burst = true,
                Some("refuse") => script.refuse = first[1].as_str().map(str::to_owned),
                _ => break,
            }
            script.ops.remove(0);
        }
        Some(script)
    }

    /// Why a launch with this input is refused.
    pub fn refusal(input: &str) -> Result<(), String> {
        Self::parse(input).and_then(|script| script.refuse).map_or(Ok(()), Err)
    }
}

/// Runs operations of one process.
pub struct Runner {
    pub process: Arc<Process>,
    file: Option<oneshot::Receiver<Vec<u8>>>,
    made: Option<files::Made>,
}

impl Runner {
    pub fn new(process: Arc<Process>) -> Self {
        Self { process, file: None, made: None }
    }

    /// The outcome, if the operations end the process.
    pub async fn run(&mut self, ops: &[Value]) -> Option<Outcome> {
        self.prepare(ops.first());
        for (index, op) in ops.iter().enumerate() {
            if says(op) {
                self.prepare(ops.get(index + 1));
            }
            if let Some(outcome) = self.step(op).await {
                return Some(outcome);
            }
        }
        None
    }

    /// A file that comes in answer to a message must find its waiter, so the wait begins before the message goes.
    pub fn prepare(&mut self, next: Option<&Value>) {
        let name = next.and_then(|op| op[0].as_str());
        if matches!(name, Some("recv_file" | "echo_file")) && self.file.is_none() {
            self.file = Some(self.process.await_file());
        }
    }

    async fn step(&mut self, op: &Value) -> Option<Outcome> {
        let (arg, text) = (&op[1], op[1].as_str().unwrap_or_default());
        let count = number(arg);
        match op[0].as_str().unwrap_or_default() {
            "return" => return Some(Ok(plain(arg))),
            "raise" => return Some(Err(text.into())),
            "panic" => return Some(Err(format!("Call error: {text}"))),
            "never" => std::future::pending().await,
            "sleep" => tokio::time::sleep(seconds(arg)).await,
            "recv" => self.receive().await,
            "recv_file" => {
                let file = self.receive_file().await;
                let text = format!("file:{}:{}", file.len(), blake3::hash(&file));
                self.process.event("message", &text);
            }
            "echo_file" => {
                let file = self.receive_file().await;
                files::send(&self.process, &file, None);
            }
            "make_file" => self.made = Some(files::make(count)),
            "send_file" => {
                let made = self.made.take().filter(|made| made.data.len() == count);
                files::send_made(&self.process, &made.unwrap_or_else(|| files::make(count)));
            }
            "spam" => self.spam(count, number(&op[2])).await,
            "flood" => self.flood(count, number(&op[2])).await,
            "crowd" => self.crowd(count).await,
            "wait_room" => self.wait_room().await,
            "wait_attached" => self.wait_attached().await,
            "mcp" => return self.ask_client(op).await,
            name => self.say(name, op, text, count),
        }
        None
    }

    /// The operations that wait for nothing. Unknown ones do nothing, as in the real inferlet.
    fn say(&self, name: &str, op: &Value, text: &str, count: usize) {
        match name {
            "print" => self.write("stdout", text),
            "eprint" => self.write("stderr", text),
            "send" => self.process.event("message", text),
            "sendn" => (0..count).for_each(|i| self.process.event("message", &i.to_string())),
            "sendbig" => self.send_big(count),
            "send_file_as" => files::send(&self.process, b"hello file", Some(text)),
            "event" => self.process.event(text, op[2].as_str().unwrap_or_default()),
            "frame_hex" => self.bytes(frames::binary(&unhex(text).unwrap_or_default())),
            "text" => self.bytes(frames::text(text)),
            "file_chunk" => files::send_odd(&self.process, &op[1]),
            "flush" => self.command(Command::Flush),
            "freeze" => self.command(Command::Freeze),
            "cut" => self.end([Command::Cut]),
            "fin" => self.end([Command::Fin]),
            "close" => self.end([Command::Bytes(frames::close()), Command::Fin]),
            _ => {}
        }
    }

    fn command(&self, command: Command) {
        self.process.say(|_| command);
    }

    /// Ends the connection. What is documented to be kept is kept from before the end on: none is sent behind it.
    fn end(&self, commands: impl IntoIterator<Item = Command>) {
        if let Some(session) = self.process.session() {
            session.shared.processes.detach_all(&session, session.shared.config.attach);
            commands.into_iter().for_each(|command| self.process.say_to(&session, command));
        }
    }

    fn bytes(&self, frame: Vec<u8>) {
        self.command(Command::Bytes(frame));
    }

    fn write(&self, stream: &str, text: &str) {
        text.as_bytes().chunks(MAX_WRITE).for_each(|part| self.process.event(stream, &String::from_utf8_lossy(part)));
    }

    fn send_big(&self, size: usize) {
        let Some(session) = self.process.session().filter(|s| s.is_v05() && size > MAX_LINK_05) else {
            return self.process.event("message", &"x".repeat(size));
        };
        self.process.leave(&session);
        session.text(&messages::error_text("stream aborted"));
    }

    async fn receive(&self) {
        let signal = self.process.inbox.lock().await.recv().await;
        self.process.event("message", &format!("got:{}", signal.unwrap_or_default()));
    }

    async fn receive_file(&mut self) -> Vec<u8> {
        let waiter = self.file.take().unwrap_or_else(|| self.process.await_file());
        waiter.await.unwrap_or_default()
    }

    async fn spam(&self, count: usize, size: usize) {
        for number in 0..count {
            let mut text = format!("{number} ");
            text.extend(std::iter::repeat_n('x', size.saturating_sub(text.len())));
            self.process.event("message", &text);
            if number % SPAM_BURST == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Messages that are all alike, encoded once, so that a client is not kept waiting for them.
    async fn flood(&self, count: usize, size: usize) {
        let text = "x".repeat(size);
        let process_id = self.process.id.to_string();
        let encoded = |session: &Session| session.outbox.frame(messages::process_event(&process_id, "message", &text));
        let Some(frame) = self.process.session().map(|session| encoded(&session)) else { return };
        let at_once = (FLOOD_BYTES / frame.len()).max(1);
        let block = frame.repeat(at_once.min(count));
        for begun in (0..count).step_by(at_once) {
            let left = at_once.min(count - begun);
            self.bytes(block[..left * frame.len()].to_vec());
            self.wait_room().await;
        }
    }

    /// Empty messages, each of a process that nobody knows.
    async fn crowd(&self, count: usize) {
        for number in 0..count {
            let stranger = format!("00000000-0000-4000-8000-{number:012x}");
            let fields = messages::process_event(&stranger, "message", "");
            self.process.say(|session| Command::Bytes(session.outbox.frame(fields)));
            if number % SPAM_BURST == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn wait_room(&self) {
        let (done, wait) = oneshot::channel();
        self.command(Command::Room(done));
        let _ = wait.await;
    }

    async fn wait_attached(&self) {
        while self.process.session().is_none() {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn ask_client(&self, op: &Value) -> Option<Outcome> {
        let text = |index: usize| op[index].as_str().unwrap_or_default();
        let params = plain(&op[3]);
        let Some(session) = self.process.session() else {
            return Some(Err("Call error: the process has no client".into()));
        };
        let id = self.process.id.to_string();
        let answer = match mcp::request(&session, &id, text(1), text(2), &params).await {
            Ok(result) => format!("mcp:ok:{result}"),
            Err(error) => format!("mcp:error:{error}"),
        };
        self.process.event("message", &answer);
        None
    }
}

fn says(op: &Value) -> bool {
    matches!(op[0].as_str(), Some("print" | "eprint" | "send" | "event"))
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap_or_default() as usize
}

/// At most some 30 years.
fn seconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value.as_f64().unwrap_or_default().clamp(0.0, 1e9))
}

/// A string as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
