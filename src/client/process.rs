//! One process on the engine, as its owner sees it.

use std::ffi::{CStr, CString};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use super::download::Downloads;
use super::event::Data;
use super::stream::{Lost, Stream};
use super::upload::{Source, Told};
use super::{Connection, Event, EventQueue, EventQueueHandle};
use crate::error::{Code, Error, Result};
use crate::queue::{Lane, Received, Wakes};
use crate::runtime::Birth;
use crate::wait::{Deadline, Promise, block_on, lock, within};
use crate::wire::FileChunk;
use crate::wire::names::NO_ID;

/// An engine refuses to end a process that has just ended, and its last event may come behind the refusal (0.4.0).
const ENDING_TIME: Duration = Duration::from_millis(250);

/// A running or ended inferlet.
#[derive(Debug)]
pub struct Process {
    connection: Arc<Connection>,
    birth: Birth,
    id: CString,
    tag: u64,
    captured: bool,
    queue: Arc<EventQueue>,
    lane: Arc<Lane>,
    /// Present while the process has a queue of its own and its owner has not let go.
    own_queue: Mutex<Option<EventQueueHandle>>,
    has_own_queue: bool,
    stream: Mutex<Stream>,
    ended: Notify,
    /// Our attempts to end it, but for those that the engine has refused.
    terminating: AtomicUsize,
}

/// Keeps a promise when it is dropped.
struct Keeping(Arc<Promise<()>>);

impl Drop for Keeping {
    fn drop(&mut self) {
        self.0.keep(());
    }
}

/// What is known of a process when it is launched.
pub struct Birthplace {
    /// Its id, "" where the engine tells none.
    pub id: CString,
    /// The launch's tag.
    pub tag: u64,
    /// Whether its events come to us.
    pub captured: bool,
    /// Where they go; `None` = a queue of its own.
    pub queue: Option<Arc<EventQueue>>,
    /// Whether they wait there until they are released.
    pub held: bool,
    /// Whether the call that makes it waits for more, behind its first events.
    pub waits: bool,
}

impl Process {
    /// A process whose stream is about to begin.
    pub fn new(connection: &Arc<Connection>, at: Birthplace) -> Arc<Self> {
        let (queue, own_queue) = match at.queue {
            Some(shared) => (shared, None),
            None => {
                let own = EventQueue::with_handle();
                (Arc::clone(own.queue()), Some(own))
            }
        };
        let has_own_queue = own_queue.is_some();
        let lane = queue.lane(connection.number(), connection.queue_budget(), at.held);
        let downloads = Downloads::new(Arc::clone(connection.file_allowance()));
        if has_own_queue && !at.captured {
            queue.end();
        }
        let room = connection.room_for_events();
        let mut stream = Stream::new(Arc::clone(&queue), Arc::clone(&lane), has_own_queue, downloads, room);
        if at.waits {
            stream.begin_wait();
        }
        Arc::new(Self {
            connection: Arc::clone(connection),
            birth: Birth::now(),
            id: at.id,
            tag: at.tag,
            captured: at.captured,
            stream: Mutex::new(stream),
            queue,
            lane,
            own_queue: Mutex::new(own_queue),
            has_own_queue,
            ended: Notify::new(),
            terminating: AtomicUsize::new(0),
        })
    }

    /// When it was made.
    pub fn birth(&self) -> Birth {
        self.birth
    }

    /// The connection that it is a process of.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Its id, "" where the engine tells none.
    pub fn id(&self) -> &CStr {
        &self.id
    }

    /// The tag of its launch.
    pub fn tag(&self) -> u64 {
        self.tag
    }

    /// Whether its events come to us.
    pub fn is_captured(&self) -> bool {
        self.captured
    }

    /// The queue that its events arrive in.
    pub fn queue(&self) -> &Arc<EventQueue> {
        &self.queue
    }

    /// The part of the queue that is its own.
    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    /// Its own queue, if it has one.
    pub fn own_queue(&self) -> Result<&Arc<EventQueue>> {
        if self.has_own_queue {
            return Ok(&self.queue);
        }
        let text = "process: its events go to the queue that its launch named; receive there";
        Err(Error::new(Code::InvalidState, text))
    }

    /// Takes the next event of its own queue.
    pub fn receive(&self, deadline: Deadline) -> Result<Received<Event>> {
        if !self.captured && !self.has_own_queue {
            return Ok(Received::Ended);
        }
        Ok(self.own_queue()?.receive(deadline))
    }

    /// Sends it a text. Never waits.
    pub fn signal(&self, message: &str) -> Result<()> {
        let id = self.reachable("pie_process_signal")?;
        self.connection.signal(id, message)
    }

    /// Sends it a file.
    pub async fn transfer(&self, source: Source<'_>, deadline: Deadline, told: Option<Told>) -> Result<()> {
        let id = self.reachable("pie_process_transfer_file")?;
        self.connection.transfer(id, source, deadline, told).await
    }

    /// Sends it the file at a path.
    pub async fn transfer_path(&self, path: &str, deadline: Deadline, told: Option<Told>) -> Result<()> {
        let id = self.reachable("pie_process_transfer_path")?;
        self.connection.transfer(id, Source::open("path", path)?, deadline, told).await
    }

    /// Ends it; one that has ended already is fine.
    pub async fn terminate(&self, deadline: Deadline) -> Result<()> {
        let id = self.known_id("pie_process_terminate")?;
        if self.has_ended() {
            return self.connection.check_open();
        }
        match self.connection.terminate(id, deadline).await {
            // Of the end of one without a stream nobody would hear.
            Err(error)
                if error.code() == Code::Rejected
                    && self.captured
                    && self.ends_within(deadline.at_most(ENDING_TIME)).await =>
            {
                Ok(())
            }
            other => other,
        }
    }

    /// Whether it ends in this time.
    async fn ends_within(&self, time: Duration) -> bool {
        let over = Promise::new();
        // Kept also when a shutdown drops the timer.
        let clock = Keeping(Arc::clone(&over));
        let timer = self.connection.runtime.handle().spawn(async move {
            tokio::time::sleep(time).await;
            drop(clock);
        });
        let has_ended = tokio::select! {
            biased;
            () = self.until_end() => true,
            _ = over.until(Deadline::Never) => false,
        };
        timer.abort();
        has_ended
    }

    async fn until_end(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // From here on its end is not missed.
            ended.as_mut().enable();
            if self.has_ended() {
                return;
            }
            ended.await;
        }
    }

    /// Waits for its end; then drops what waits in its own queue and gives its return text.
    pub fn result(&self, deadline: Deadline) -> Result<Data> {
        if !self.captured {
            let text =
                "pie_process_result: launched with PIE_LAUNCH_NO_CAPTURE, so the engine does not tell how it ends";
            return Err(Error::new(Code::Unsupported, text));
        }
        self.await_end(deadline);
        let Some(outcome) = lock(&self.stream).outcome().cloned() else {
            let text = "pie_process_result: the process has not ended within the time limit";
            return Err(self.connection.explain_pause(Error::new(Code::TimedOut, text)));
        };
        // What a callback is to get is not ours to drop.
        if self.has_own_queue && !self.queue.has_callback() {
            self.queue.discard(&self.lane);
        }
        outcome
    }

    fn await_end(&self, deadline: Deadline) {
        lock(&self.stream).begin_wait();
        // What it may have stalled on is now dropped where nobody else takes it.
        self.connection.look_for_room();
        block_on(within(deadline, self.until_end()), deadline);
        lock(&self.stream).end_wait();
    }

    /// Its owner lets go: its events go nowhere from now on.
    pub fn release(&self) {
        self.queue.abandon_lane(&self.lane);
        lock(&self.stream).abandon();
        if self.has_own_queue {
            self.queue.end();
        }
        // What is the host's is given back without the lock.
        let own_queue = lock(&self.own_queue).take();
        drop(own_queue);
    }

    fn known_id(&self, call: &str) -> Result<&str> {
        let id = self.id.to_str().unwrap_or_default();
        if id.is_empty() {
            return Err(Error::new(Code::Unsupported, format!("{call}: the process has no id ({NO_ID})")));
        }
        Ok(id)
    }

    fn reachable(&self, call: &str) -> Result<&str> {
        let id = self.known_id(call)?;
        self.connection.check_open()?;
        if lock(&self.stream).outcome().is_some() {
            return Err(Error::new(Code::InvalidState, format!("{call}: the process has ended; nothing was sent")));
        }
        Ok(id)
    }
}

/// What the connection's reader does with it.
impl Process {
    /// The process is being asked to end, so that its `error` will be our own doing.
    pub(super) fn begin_terminating(&self) {
        self.terminating.fetch_add(1, Ordering::Relaxed);
    }

    /// One attempt to end it has failed. Others may have been accepted.
    pub(super) fn withdraw_terminating(&self) {
        let fewer = |attempts: usize| attempts.checked_sub(1);
        // There are none left where the process was given back meanwhile.
        let _ = self.terminating.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
    }

    /// The engine has given it back after a loss, so none of the attempts to end it has arrived.
    pub(super) fn is_given_back(&self) {
        self.terminating.store(0, Ordering::Relaxed);
    }

    pub(super) fn on_event(self: &Arc<Self>, name: &str, value: &str) -> Wakes {
        let ours = self.terminating.load(Ordering::Relaxed) > 0;
        let failed_as = if ours { Code::Cancelled } else { Code::Process };
        self.feed(|stream| stream.event(self, name, value, failed_as))
    }

    pub(super) fn on_file(self: &Arc<Self>, chunk: &FileChunk<'_>) -> Wakes {
        self.feed(|stream| stream.file(self, chunk))
    }

    pub(super) fn on_lost(self: &Arc<Self>, lost: Lost) -> Wakes {
        self.feed(|stream| stream.lose(self, lost))
    }

    /// Its queue may have room for what has none yet.
    pub(super) fn resume(self: &Arc<Self>) {
        self.feed(|stream| stream.resume(self)).fire();
    }

    /// The call that has made it is over.
    pub(super) fn is_made(&self) {
        lock(&self.stream).end_wait();
    }

    pub(super) fn on_cut(self: &Arc<Self>, why: &Error) -> Wakes {
        self.feed(|stream| stream.cut(self, why))
    }

    /// The connection was lost; the process may be attached again.
    pub(super) fn on_gap(self: &Arc<Self>) {
        self.feed(|stream| stream.gap(self)).fire();
    }

    /// Whether its last event has come.
    pub(super) fn has_ended(&self) -> bool {
        lock(&self.stream).outcome().is_some()
    }

    /// Whether its owner has let go.
    pub(super) fn is_released(&self) -> bool {
        self.lane.is_closed()
    }

    fn feed(self: &Arc<Self>, with: impl FnOnce(&mut Stream)) -> Wakes {
        let mut stream = lock(&self.stream);
        let (had_ended, had_stalled) = (stream.outcome().is_some(), stream.is_stalled());
        with(&mut stream);
        let ends_now = !had_ended && stream.outcome().is_some();
        let goes_on = had_stalled && !stream.is_stalled();
        if had_stalled != stream.is_stalled() {
            self.connection.note_stalled(self, stream.is_stalled());
        }
        let wakes = stream.wakes();
        drop(stream);
        if goes_on {
            self.connection.look_for_room();
        }
        if ends_now {
            self.ended.notify_waiters();
        }
        wakes
    }
}
