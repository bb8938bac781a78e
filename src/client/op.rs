//! Asynchronous calls: each is the future that a waiting call polls on the host's thread, polled by the I/O thread instead.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::event::{EventKind, Outcome};
use super::{Connection, Event, EventQueue, Told};
use crate::error::{Code, Error, Result};
use crate::queue::Lane;
use crate::runtime::{Birth, Runtime, first_look};
use crate::wait::{Deadline, lock};

/// How much longer than its time limit a call may take that does what nothing can break off.
const PATIENCE: Duration = Duration::from_millis(250);

/// A call under way.
#[derive(Debug)]
pub struct Op {
    birth: Birth,
    cancelling: Arc<Cancelling>,
}

#[derive(Debug, Default)]
struct Cancelling {
    is_asked: AtomicBool,
    waits: Mutex<Option<Waker>>,
}

impl Op {
    /// When it was made.
    pub fn birth(&self) -> Birth {
        self.birth
    }

    /// Asks for its end, unless its outcome is there.
    pub fn cancel(&self) {
        self.cancelling.is_asked.store(true, Ordering::Release);
        let waits = lock(&self.cancelling.waits).take();
        waits.into_iter().for_each(Waker::wake);
    }
}

impl Cancelling {
    async fn asked(&self) {
        poll_fn(|context| {
            *lock(&self.waits) = Some(context.waker().clone());
            if self.is_asked.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Where a call reports: exactly once, at the latest when it is dropped.
#[derive(Debug)]
pub struct Report {
    queue: Arc<EventQueue>,
    lane: Arc<Lane>,
    birth: Birth,
    tag: u64,
    number: u64,
    connection: Option<Arc<Connection>>,
    is_due: bool,
}

impl Report {
    /// The report of a call of a connection, if it is one's; a close is told about after all other calls.
    pub fn new(connection: Option<&Arc<Connection>>, queue: Arc<EventQueue>, tag: u64) -> Self {
        static REPORTS: AtomicU64 = AtomicU64::new(0);
        let number = REPORTS.fetch_add(1, Ordering::Relaxed);
        let lane = Lane::new(connection.map_or(0, |connection| connection.number()), usize::MAX);
        if let Some(connection) = connection {
            lock(&connection.state).reports.push((number, Arc::clone(&queue)));
        }
        Self { queue, lane, birth: Birth::now(), tag, number, connection: connection.cloned(), is_due: true }
    }

    /// Tells how far an upload has come: of what is told, only the newest waits.
    pub fn progress(&self) -> Told {
        let lane = Lane::new(self.lane.owner(), usize::MAX);
        let (queue, newest) = (Arc::clone(&self.queue), Arc::new(AtomicU64::new(0)));
        let (birth, tag) = (self.birth, self.tag);
        Arc::new(move |current, total| {
            newest.store(current, Ordering::Relaxed);
            let progress = Some(Arc::clone(&newest));
            let event = || Event { total, progress, ..Event::new(EventKind::Progress, birth, tag) };
            queue.push_unless_waiting(&lane, event).fire();
        })
    }

    fn done(mut self, result: Result<Outcome>) {
        self.send(result);
    }

    /// The caller is told in another way.
    fn withdraw(mut self) {
        self.is_due = false;
    }

    fn send(&mut self, result: Result<Outcome>) {
        self.is_due = false;
        let mut event = Event::new(EventKind::Done, self.birth, self.tag);
        match result {
            Err(failure) => event.failure = Some(failure),
            Ok(Outcome::Number(number)) => event.current = number,
            Ok(Outcome::Text(text)) => event.data = text.as_str().into(),
            Ok(outcome) => event.result = outcome,
        }
        if let Outcome::Processes(processes) = &event.result {
            event.current = processes.len() as u64;
        }
        let held = event.result.held();
        self.queue.push_and_release(&self.lane, event, &held).fire();
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if self.is_due {
            self.send(Err(Error::new(Code::Closed, "the library was shut down meanwhile")));
        }
        if let Some(connection) = &self.connection {
            lock(&connection.state).reports.retain(|report| report.0 != self.number);
            connection.ended.notify_waiters();
        }
    }
}

/// A call as it is polled.
type Call = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// Begins a call on this thread, and goes on with it on the I/O thread. A failure on the spot is not reported.
pub fn start(
    runtime: &Arc<Runtime>,
    report: Report,
    deadline: Deadline,
    call: impl Future<Output = Result<Outcome>> + Send + 'static,
) -> Result<Op> {
    let mut call: Call = Box::pin(call);
    let cancelling = Arc::new(Cancelling::default());
    let op = Op { birth: Birth::now(), cancelling: Arc::clone(&cancelling) };
    let seen = first_look(|| call.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    // A limit that was over from the start is the caller's; one that ends while the call begins is told as any other.
    let is_on_the_spot = |error: &Error| error.code() != Code::TimedOut || deadline == Deadline::Past;
    let seen = match seen {
        Poll::Ready(Err(error)) if is_on_the_spot(&error) => {
            report.withdraw();
            return Err(error);
        }
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    };
    // The runtime lives until it is told. What is done already is told there too: a wakeup may want a lock that the caller
    // of this holds.
    let kept = Arc::clone(runtime);
    runtime.spawn(async move {
        let result = match seen {
            Some(outcome) => outcome,
            None => settle(&mut call, &cancelling, deadline).await,
        };
        drop(call);
        report.done(result);
        drop(kept);
    });
    Ok(op)
}

async fn settle(call: &mut Call, cancelling: &Cancelling, deadline: Deadline) -> Result<Outcome> {
    let cancelled = || Error::new(Code::Cancelled, "cancelled by pie_op_cancel; it may still be carried out");
    // When time is up, the call sees that by itself.
    for limit in [deadline.left(), deadline.left().map(|_| PATIENCE)] {
        let time_is_up = async move {
            match limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            result = &mut *call => return result,
            () = cancelling.asked() => return Err(cancelled()),
            () = time_is_up => {}
        }
    }
    Err(Error::new(Code::TimedOut, "not done within the time limit; it may still be carried out"))
}
