//! One running process: who listens to it, and what waits for it.

use crate::messages;
use crate::session::Session;
use crate::writer::Command;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::task::AbortHandle;
use uuid::Uuid;

/// So many events are kept of a detached process.
const KEPT_EVENTS: usize = 4096;

/// The return value, or the text of the error.
pub type Outcome = Result<String, String>;

pub struct Process {
    pub id: Uuid,
    pub user: String,
    pub program: String,
    pub input: String,
    pub started: Instant,
    /// Where not, stdout and stderr are dropped for good.
    captured: bool,
    listener: Mutex<Listener>,
    signals: mpsc::UnboundedSender<String>,
    pub inbox: AsyncMutex<mpsc::UnboundedReceiver<String>>,
    file_waiter: Mutex<Option<oneshot::Sender<Vec<u8>>>>,
    early: AtomicBool,
    pub ended: AtomicBool,
    outcome: Mutex<Option<oneshot::Sender<Outcome>>>,
    pub task: Mutex<Option<AbortHandle>>,
}

/// Who gets what a process says.
enum Listener {
    Nobody,
    Attached(Arc<Session>),
    /// Detached as documented: the latest events wait for the next to attach.
    Kept(VecDeque<(String, String)>),
}

impl Listener {
    fn is(&self, session: &Session) -> bool {
        matches!(self, Listener::Attached(attached) if std::ptr::eq(&**attached, session))
    }
}

impl Process {
    pub fn new(id: Uuid, user: String, program: String, input: String, client: Option<Arc<Session>>) -> Self {
        let (signals, inbox) = mpsc::unbounded_channel();
        Self {
            id,
            user,
            program,
            input,
            started: Instant::now(),
            captured: client.is_some(),
            listener: Mutex::new(client.map_or(Listener::Nobody, Listener::Attached)),
            signals,
            inbox: AsyncMutex::new(inbox),
            file_waiter: Mutex::default(),
            early: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            outcome: Mutex::default(),
            task: Mutex::default(),
        }
    }

    pub fn session(&self) -> Option<Arc<Session>> {
        match &*self.listener.lock().unwrap() {
            Listener::Attached(session) => Some(session.clone()),
            _ => None,
        }
    }

    pub fn is_attached_to(&self, session: &Session) -> bool {
        self.listener.lock().unwrap().is(session)
    }

    /// Who has ended says no more.
    pub fn event(&self, name: &str, value: &str) {
        if !self.ended.load(Ordering::SeqCst) {
            self.last_event(name, value);
        }
    }

    pub fn last_event(&self, name: &str, value: &str) {
        let dropped = !self.captured && (name == "stdout" || name == "stderr");
        match &mut *self.listener.lock().unwrap() {
            Listener::Attached(session) if !dropped => self.say_event(session, name, value),
            Listener::Kept(events) if !dropped => {
                if events.len() == KEPT_EVENTS {
                    events.pop_front();
                }
                events.push_back((name.into(), value.into()));
            }
            _ => {}
        }
    }

    fn say_event(&self, session: &Session, name: &str, value: &str) {
        let fields = messages::process_event(&self.id.to_string(), name, value);
        self.say_to(session, Command::Bytes(session.outbox.frame(fields)));
    }

    /// Sends to whoever is attached.
    pub fn say(&self, command: impl FnOnce(&Session) -> Command) {
        if let Some(session) = self.session().filter(|_| !self.ended.load(Ordering::SeqCst)) {
            let command = command(&session);
            self.say_to(&session, command);
        }
    }

    pub fn say_to(&self, session: &Session, command: Command) {
        match self.early.load(Ordering::SeqCst) {
            true => session.outbox.send(command),
            false => session.outbox.event(command),
        }
    }

    /// While this is set, what the process says does not wait for the reply to its launch.
    pub fn set_early(&self, early: bool) {
        self.early.store(early, Ordering::SeqCst);
    }

    /// What was kept comes first. False: somebody else is attached.
    pub fn attach(&self, session: &Arc<Session>) -> bool {
        let mut listener = self.listener.lock().unwrap();
        if let Listener::Attached(_) = *listener {
            return false;
        }
        if let Listener::Kept(events) = std::mem::replace(&mut *listener, Listener::Attached(session.clone())) {
            events.iter().for_each(|(name, value)| self.say_event(session, name, value));
        }
        true
    }

    /// Detaches as documented.
    pub fn detach(&self, session: &Session) {
        self.part(session, Listener::Kept(VecDeque::new()));
    }

    /// Says nothing more to this connection.
    pub fn leave(&self, session: &Session) {
        self.part(session, Listener::Nobody);
    }

    /// Under one lock: several may find out at once that a connection is gone, and what is kept from then on is kept once.
    fn part(&self, session: &Session, next: Listener) {
        let mut listener = self.listener.lock().unwrap();
        if listener.is(session) {
            *listener = next;
        }
    }

    pub fn is_kept(&self) -> bool {
        matches!(*self.listener.lock().unwrap(), Listener::Kept(_))
    }

    pub fn signal(&self, message: String) {
        let _ = self.signals.send(message);
    }

    /// A second waiter takes the place of the first.
    pub fn await_file(&self) -> oneshot::Receiver<Vec<u8>> {
        let (sender, receiver) = oneshot::channel();
        *self.file_waiter.lock().unwrap() = Some(sender);
        receiver
    }

    /// A file that nobody waits for is dropped.
    pub fn take_file(&self, data: Vec<u8>) {
        if let Some(waiter) = self.file_waiter.lock().unwrap().take() {
            let _ = waiter.send(data);
        }
    }

    pub fn await_outcome(&self) -> oneshot::Receiver<Outcome> {
        let (sender, receiver) = oneshot::channel();
        *self.outcome.lock().unwrap() = Some(sender);
        receiver
    }

    pub fn tell_outcome(&self, outcome: Outcome) {
        if let Some(waiter) = self.outcome.lock().unwrap().take() {
            let _ = waiter.send(outcome);
        }
    }
}
