//! A server on standard input and output: one task of the I/O thread serves it, from its start to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::grace::{Grace, LONGEST_PAUSE, REAPING_TIME, Times, pauses};
use super::json::error_object;
use super::pipes::{Input, Look, Output, Pipes, readable, writable};
use super::rpc::{self, Said, shortened};
use super::shared::{Ready, Shared};
use super::spec::Spec;
use super::system::{Child, Ends, settle};
use super::{Call, Outcome, Reply, SERVER_ERROR};
use crate::error::{Code, Error, Result};
use crate::wait::{Promise, lock};

/// The id of the first request of all.
const INITIALIZE: u64 = 0;
/// How often a server is looked at, while it owes an answer and otherwise: a child of its own may hold its output open
/// beyond its end.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
const IDLE_INTERVAL: Duration = Duration::from_secs(1);
/// How long a server that has closed its output may take to exit, so that it can be told how.
const EXIT_PATIENCE: Duration = Duration::from_millis(500);
/// So many faults of a kind are warned of; further ones are only for developers.
const WARNINGS: u64 = 10;
/// So many parts of what a server that is ending writes are read at a time.
const LEFT_BEHIND: usize = 16;

/// What a server may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest line it may answer, in bytes.
    pub line: usize,
    /// How many bytes may wait for it to be read.
    pub backlog: usize,
    /// How long it may take to answer one request.
    pub time: Option<Duration>,
}

/// A server that was started.
#[derive(Debug)]
pub struct Server {
    calls: mpsc::UnboundedSender<Call>,
    shared: Arc<Shared>,
}

impl Server {
    /// Starts it, from the calling thread. `ready` is kept once it has done its handshake, or will not do it; `alive` is
    /// dropped when nothing of it is left.
    pub fn start(
        name: &str,
        spec: &Spec,
        limits: Limits,
        runtime: &Handle,
        ready: &Arc<Promise<Result<()>>>,
        alive: impl Send + 'static,
    ) -> Result<Arc<Self>> {
        let (child, ends) = Child::start(spec, runtime)?;
        let (calls, inbox) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(None);
        let label = format!("the MCP server '{name}'");
        let shared = Arc::new(Shared::new(label, stop));
        let ready = Ready(Some(Arc::clone(ready)));
        let life = Life { shared: Arc::clone(&shared), child, ready, inbox, stopped, _alive: Box::new(alive) };
        runtime.spawn(run(life, ends, limits));
        Ok(Arc::new(Self { calls, shared }))
    }

    /// Passes a request on. Its reply comes from the I/O thread.
    pub fn call(&self, call: Call) {
        if let Err(mpsc::error::SendError(call)) = self.calls.send(call) {
            (call.reply)(Err(self.shared.refusal()));
        }
    }

    /// Ends it, for this reason, within this time; nobody waits. The shortest time of several counts.
    pub fn stop(&self, why: &str, grace: Grace) {
        lock(&self.shared.end).get_or_insert_with(|| why.to_owned());
        let now = Instant::now();
        let times = Times { term: now + grace.0 / 2, kill: now + grace.0 };
        self.shared.stop.send_modify(|old| {
            let sooner = |old: Times| Times { term: old.term.min(times.term), kill: old.kill.min(times.kill) };
            *old = Some(old.map_or(times, sooner));
        });
    }

    /// Whether it answers nothing any more.
    pub fn has_ended(&self) -> bool {
        lock(&self.shared.end).is_some()
    }

    /// What it said instead of an answer, to be added to an error.
    pub fn hint(&self) -> String {
        self.shared.hint()
    }
}

/// What a server has from its birth on, in the order in which it goes.
struct Life {
    ready: Ready,
    child: Child,
    inbox: mpsc::UnboundedReceiver<Call>,
    stopped: watch::Receiver<Option<Times>>,
    shared: Arc<Shared>,
    _alive: Box<dyn Send>,
}

/// A request that waits for its answer.
struct Waiting {
    /// Shortened.
    method: String,
    /// Its line, while the handshake is not over.
    early: Option<String>,
    reply: Reply,
    until: Option<Instant>,
}

/// Why a server is served no longer.
enum Over {
    /// Somebody wants its end.
    Stopped,
    /// It closed its output or its input.
    Closed,
    /// It exited.
    Exited(String),
    /// It does what none may.
    Broken(String),
}

struct Service {
    input: Option<Input>,
    output: Output,
    errors: Option<Output>,
    /// How many lines were garbage.
    garbage: u64,
    /// How many answers to requests of its own it did not read.
    unread: u64,
    /// By id, and so by the end of their time.
    waiting: BTreeMap<u64, Waiting>,
    next_id: u64,
    last_look: Instant,
    limits: Limits,
    life: Life,
}

async fn run(mut life: Life, ends: Ends, limits: Limits) {
    let label = life.shared.label.clone();
    match Pipes::new(ends, limits.backlog, limits.line) {
        Ok(pipes) => {
            let mut service = Service::new(life, pipes, limits);
            let over = service.serve().await;
            service.tell_the_end(over).await;
            service.end().await;
        }
        Err(error) => {
            let text = format!("the pipes to {label} cannot be used: {error}");
            log::error!("{text}");
            life.ready.tell(Err(Error::new(Code::Mcp, text)));
        }
    }
    log::debug!("{label} is gone");
}

impl Service {
    fn new(life: Life, Pipes { input, output, errors }: Pipes, limits: Limits) -> Self {
        Self {
            input: Some(input),
            output,
            errors: Some(errors),
            garbage: 0,
            unread: 0,
            waiting: BTreeMap::new(),
            next_id: INITIALIZE + 1,
            last_look: Instant::now(),
            limits,
            life,
        }
    }

    /// Until it ends, or somebody wants it to.
    async fn serve(&mut self) -> Over {
        self.say(rpc::initialize(INITIALIZE));
        loop {
            let over = match self.turn().await {
                None => self.write(),
                over => over,
            };
            if let Some(over) = over {
                return over;
            }
            yield_now().await;
        }
    }

    /// Does the next thing there is to do.
    async fn turn(&mut self) -> Option<Over> {
        let until = self.waiting.values().next().and_then(|first| first.until);
        let interval = if self.waiting.is_empty() { IDLE_INTERVAL } else { LOOK_INTERVAL };
        // A moment of its own: what the server or its children write does not put it off.
        let next_look = self.last_look + interval;
        tokio::select! {
            () = stopped(&mut self.life.stopped) => Some(Over::Stopped),
            _ = self.output.readable() => self.read(),
            () = readable(self.errors.as_ref()) => { self.hear(); None }
            () = writable(self.input.as_ref()) => None,
            Some(call) = self.life.inbox.recv() => { self.begin(call); None }
            () = moment(until) => { self.give_up_late(); None }
            () = moment(Some(next_look)) => self.look(),
        }
    }

    fn look(&mut self) -> Option<Over> {
        self.last_look = Instant::now();
        self.life.child.look().map(|how| Over::Exited(how.to_owned()))
    }

    /// Has a line go out as soon as the server reads; tells whether there was room for it.
    fn say(&mut self, line: String) -> bool {
        self.input.as_mut().is_some_and(|input| input.push(line))
    }

    fn write(&mut self) -> Option<Over> {
        self.input.as_mut()?.flush().err().map(|_| Over::Closed)
    }

    fn begin(&mut self, Call { method, params, reply }: Call) {
        let id = self.next_id;
        self.next_id += 1;
        let line = rpc::request(id, &method, &params);
        let (fits, early) = if self.life.ready.0.is_some() {
            (self.has_room_early(line.len()), Some(line))
        } else {
            (self.say(line), None)
        };
        if !fits {
            return reply(Err(self.behind()));
        }
        let until = self.limits.time.and_then(|time| Instant::now().checked_add(time));
        self.waiting.insert(id, Waiting { method: shortened(&method), early, reply, until });
    }

    fn behind(&self) -> String {
        let text = format!("{} does not read: too much waits to be sent to it", self.life.shared.label);
        error_object(SERVER_ERROR, &text)
    }

    fn has_room_early(&self, size: usize) -> bool {
        let held: usize = self.waiting.values().filter_map(|waiting| waiting.early.as_ref()).map(String::len).sum();
        held == 0 || held.saturating_add(size) <= self.limits.backlog
    }

    /// Sends what was asked before the handshake was over.
    fn send_early(&mut self) {
        let early = self.waiting.iter_mut().filter_map(|(id, waiting)| Some((*id, waiting.early.take()?)));
        for (id, line) in early.collect::<Vec<_>>() {
            if !self.say(line) {
                let refusal = Err(self.behind());
                self.waiting.remove(&id).into_iter().for_each(|waiting| (waiting.reply)(refusal.clone()));
            }
        }
    }

    fn give_up_late(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.waiting.first_entry().filter(|first| first.get().until.is_some_and(|at| at <= now))
        {
            let (id, waiting) = first.remove_entry();
            let time = self.limits.time.unwrap_or_default().as_millis();
            let label = &self.life.shared.label;
            let text =
                format!("{label} did not answer {} within the option mcp_timeout_ms ({time} ms)", waiting.method);
            log::warn!("{text}");
            (waiting.reply)(Err(error_object(SERVER_ERROR, &text)));
            if waiting.early.is_none() {
                self.say(rpc::cancelled(id));
            }
        }
    }

    fn read(&mut self) -> Option<Over> {
        let (look, failed) = self.read_part();
        let longest = self.limits.line;
        failed.or(match look {
            Look::More | Look::Empty => None,
            Look::End => Some(Over::Closed),
            Look::TooLong => Some(Over::Broken(format!("it wrote a line of more than max_message_bytes ({longest})"))),
        })
    }

    fn read_part(&mut self) -> (Look, Option<Over>) {
        let mut said = Vec::new();
        let look = self.output.look(|line| said.extend(rpc::read(line)));
        (look, said.into_iter().find_map(|what| self.take(what)))
    }

    fn take(&mut self, said: Said) -> Option<Over> {
        match said {
            Said::Answer(INITIALIZE, outcome) if self.life.ready.0.is_some() => return self.welcome(outcome),
            Said::Answer(id, outcome) => match self.waiting.remove(&id) {
                Some(waiting) => (waiting.reply)(outcome),
                None => log::debug!("{} answered request {id}, which nobody waits for", self.life.shared.label),
            },
            Said::Reply(line) => {
                if !self.say(line) {
                    self.unread += 1;
                    log::log!(level(self.unread), "{} asks but does not read the answers", self.life.shared.label);
                }
            }
            Said::Notice(what) => log::debug!("{} sent a {what}", self.life.shared.label),
            Said::Complaint(error) => {
                log::debug!("{} sent the error {error}", self.life.shared.label);
                let _ = self.life.shared.complaint.set(error);
            }
            Said::Garbage(line) => self.note_garbage(line),
        }
        None
    }

    fn welcome(&mut self, outcome: Outcome) -> Option<Over> {
        match outcome {
            Ok(about) => {
                log::debug!("{} is ready: {}", self.life.shared.label, shortened(&about));
                self.say(rpc::initialized());
                self.send_early();
                self.life.ready.tell(Ok(()));
                None
            }
            Err(error) => Some(Over::Broken(format!("it answered initialize with the error {}", shortened(&error)))),
        }
    }

    fn note_garbage(&mut self, line: String) {
        let label = &self.life.shared.label;
        self.garbage += 1;
        log::log!(level(self.garbage), "{label} wrote a line that is no JSON-RPC, which was skipped: {line}");
        // Only the first one is kept.
        let _ = self.life.shared.garbage.set(line);
    }

    /// Reads a part of its standard error; tells whether there may be more.
    fn hear(&mut self) -> bool {
        let Shared { label, remark, .. } = &*self.life.shared;
        let look = self.errors.as_mut().map(|errors| {
            errors.look(|line| {
                let line = String::from_utf8_lossy(line);
                if !line.trim().is_empty() {
                    let line = shortened(line.trim());
                    log::debug!("{label} says: {line}");
                    *lock(remark) = line;
                }
            })
        });
        if look == Some(Look::End) {
            self.errors = None;
        }
        look == Some(Look::More)
    }

    /// Tells everybody who waits for an answer that none will come.
    async fn tell_the_end(&mut self, over: Over) {
        let label = self.life.shared.label.clone();
        let text = match over {
            Over::Stopped => None,
            Over::Closed => Some(format!("{label} has ended: {}", self.how_it_exited().await)),
            Over::Exited(how) => Some(format!("{label} has ended: {how}")),
            Over::Broken(what) => Some(format!("{label} was ended: {what}")),
        };
        if let Some(text) = &text {
            log::warn!("{text}");
        }
        // It may have answered before it broke off.
        for _ in 0..LEFT_BEHIND {
            settle().await;
            if self.read_part().0 != Look::More {
                break;
            }
        }
        let why = lock(&self.life.shared.end).get_or_insert_with(|| text.unwrap_or_default()).clone();
        self.hear_last().await;
        let said = self.life.shared.last_words();
        self.life.ready.tell(Err(Error::new(Code::Mcp, format!("{why}{said}"))));
        self.life.inbox.close();
        while let Ok(call) = self.life.inbox.try_recv() {
            (call.reply)(Err(self.life.shared.refusal()));
        }
        for waiting in std::mem::take(&mut self.waiting).into_values() {
            (waiting.reply)(Err(self.life.shared.refusal()));
        }
    }

    /// It closed a pipe: most likely it has exited, or is about to.
    async fn how_it_exited(&mut self) -> String {
        let (until, mut pauses) = (Instant::now() + EXIT_PATIENCE, pauses());
        loop {
            self.hear();
            if let Some(how) = self.life.child.look() {
                return how.to_owned();
            } else if Instant::now() >= until || self.life.stopped.borrow().is_some() {
                return "it runs on, but has closed its standard input or output".to_owned();
            }
            sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
    }

    /// Ends the process and its group: the end of its input, then SIGTERM, then SIGKILL.
    async fn end(&mut self) {
        let ample = Instant::now() + Grace::AMPLE.0;
        let ample = Times { term: ample - Grace::AMPLE.0 / 2, kill: ample };
        self.input = None;
        let (mut pauses, mut pushed) = (pauses(), None);
        while self.life.child.look().is_none() {
            let (now, times) = (Instant::now(), self.life.stopped.borrow_and_update().unwrap_or(ample));
            if now >= times.kill + REAPING_TIME {
                log::error!("{} was killed and does not end", self.life.shared.label);
                return self.life.child.leave();
            } else if let Some(push) = times.due(now).filter(|push| pushed != Some(*push)) {
                self.life.child.push(push);
                pushed = Some(push);
            }
            // Who is to end may have to write before.
            (0..LEFT_BEHIND).all(|_| self.output.look(|_| {}) == Look::More || self.hear());
            tokio::select! {
                () = sleep(pauses.next().unwrap_or(LONGEST_PAUSE)) => {}
                _ = self.life.stopped.changed() => {}
            }
        }
        self.hear_last().await;
    }

    /// Its last words.
    async fn hear_last(&mut self) {
        for _ in 0..LEFT_BEHIND {
            settle().await;
            if !self.hear() {
                break;
            }
        }
    }
}

/// How loudly the so many-th fault is told.
fn level(count: u64) -> log::Level {
    if count <= WARNINGS { log::Level::Warn } else { log::Level::Debug }
}

async fn stopped(stop: &mut watch::Receiver<Option<Times>>) {
    // It cannot fail: the sender lives as long as the task.
    let _ = stop.wait_for(Option::is_some).await;
}

async fn moment(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn pipes_that_cannot_be_used_are_told() {
        let (args, env) = (vec!["1000".to_owned()], Vec::new());
        let spec = Spec { command: "sleep".into(), args, env, working_directory: None, native: |_, _| Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (child, _ends) = Child::start(&spec, runtime.handle()).unwrap();
        let ((_, inbox), (stop, stopped), promise) = (mpsc::unbounded_channel(), watch::channel(None), Promise::new());
        let (ready, shared) = (Ready(Some(Arc::clone(&promise))), Arc::new(Shared::new("it".into(), stop)));
        let life = Life { shared, child, ready, inbox, stopped, _alive: Box::new(()) };
        let no_pipe = || File::open("/dev/null").unwrap().into();
        let ends = Ends { input: no_pipe(), output: no_pipe(), errors: no_pipe() };
        runtime.block_on(run(life, ends, Limits { line: 1, backlog: 1, time: None }));
        let error = promise.wait(crate::wait::Deadline::Never).unwrap().unwrap_err();
        assert!(error.code() == Code::Mcp && error.message().contains("pipe"), "{error}");
    }
}
