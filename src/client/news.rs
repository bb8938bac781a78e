//! What the owner of a connection is told about it: made, lost, closed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::event::EventKind;
use super::{Event, EventQueue, EventQueueHandle};
use crate::error::Error;
use crate::queue::{Lane, Wake};
use crate::runtime::{Birth, Owner};
use crate::wait::lock;

/// How much news waits at most for whoever does not look.
const NEWEST: usize = 64;

/// Where the news of one connection goes: to a queue of the client's own, and to that of an asynchronous connect.
#[derive(Debug)]
pub struct News {
    birth: Birth,
    own: Arc<EventQueue>,
    /// The client's share in its queue, until the client is freed: what waits there may hold the connection, and so this.
    share: Mutex<Option<EventQueueHandle>>,
    own_lane: Arc<Lane>,
    told: Mutex<Told>,
    asked: Option<Asked>,
}

#[derive(Debug, Default)]
struct Told {
    count: u64,
    /// It was lost for good: nothing but its close may still be told.
    is_lost: bool,
    /// It was closed.
    is_over: bool,
}

/// Which of how many attempts to make a lost connection again; number 0: before the first one; none at all: 0 of 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    /// Which.
    pub number: u32,
    /// Of how many.
    pub most: u32,
}

/// Whoever connected asynchronously.
#[derive(Debug)]
struct Asked {
    queue: Arc<EventQueue>,
    tag: u64,
    /// Held until the connect itself has been told about.
    lane: Arc<Lane>,
}

impl News {
    /// The news of a new connection; `asked`: the queue and tag of an asynchronous connect.
    pub fn new(asked: Option<(Arc<EventQueue>, u64)>) -> Self {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
        let owner = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let asked = asked.map(|(queue, tag)| Asked { queue, tag, lane: Lane::held(owner, usize::MAX) });
        let share = EventQueue::with_handle();
        let own = Arc::clone(share.queue());
        Self {
            birth: Birth::now(),
            own,
            share: Mutex::new(Some(share)),
            own_lane: Lane::new(owner, usize::MAX),
            told: Mutex::default(),
            asked,
        }
    }

    /// Which of all connections it is about.
    pub fn owner(&self) -> Owner {
        self.own_lane.owner()
    }

    /// A handle of the client's queue.
    pub fn queue(&self) -> EventQueueHandle {
        self.own.handle()
    }

    /// The client is freed: its queue is now that of those alone who have handles of it.
    pub fn let_go(&self) {
        let share = lock(&self.share).take();
        drop(share);
    }

    /// All queues that it goes to.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<EventQueue>> {
        [&self.own].into_iter().chain(self.asked.iter().map(|asked| &asked.queue))
    }

    /// What is held until the connect has been told about.
    pub fn held(&self) -> Option<Arc<Lane>> {
        self.asked.as_ref().map(|asked| Arc::clone(&asked.lane))
    }

    /// It was made; or was lost, or could not be made again, for this reason.
    pub fn tell(&self, lost: Option<Error>, attempt: Attempt) {
        self.push(lost, attempt, |_| {});
    }

    /// It was lost for this reason, and nobody makes it again.
    pub fn tell_lost_for_good(&self, why: Error) {
        self.push(Some(why), Attempt::default(), |told| told.is_lost = true);
    }

    /// It was closed: the client's queue has its end behind this.
    pub fn tell_last(&self, closed: Error) {
        self.push(Some(closed), Attempt::default(), |told| told.is_over = true);
    }

    fn push(&self, failure: Option<Error>, attempt: Attempt, note: impl FnOnce(&mut Told)) {
        let mut told = lock(&self.told);
        let was_lost = told.is_lost;
        if told.is_over {
            return;
        }
        note(&mut told);
        let is_last = told.is_over;
        if was_lost && !is_last {
            return;
        }
        let event = self.event(told.count, 0, failure.clone(), attempt);
        let push = if is_last { EventQueue::push_last } else { EventQueue::push };
        let own = push(&self.own, &self.own_lane, event, 0);
        self.own.keep_newest(&self.own_lane, NEWEST);
        let asked = self.asked.as_ref().map(|asked| {
            let event = self.event(told.count, asked.tag, failure, attempt);
            let wake = asked.queue.push(&asked.lane, event, 0);
            asked.queue.keep_newest(&asked.lane, NEWEST);
            wake
        });
        told.count += 1;
        drop(told);
        own.fire();
        asked.into_iter().for_each(Wake::fire);
    }

    fn event(&self, sequence: u64, tag: u64, failure: Option<Error>, attempt: Attempt) -> Event {
        let (current, total) = (attempt.number.into(), attempt.most.into());
        Event { sequence, failure, current, total, ..Event::new(EventKind::Connection, self.birth, tag) }
    }
}
