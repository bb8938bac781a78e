//! One process's stream of events: numbered, bounded, ended once.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::download::{Downloads, File};
use super::event::{Data, Event, EventKind};
use super::{EventQueue, Process};
use crate::error::{Code, Error, Result};
use crate::queue::{Lane, Wake, Wakes};
use crate::wire::FileChunk;

/// The producer's side of a process. The reader of the connection feeds it; close and shutdown may end it.
#[derive(Debug)]
pub struct Stream {
    queue: Arc<EventQueue>,
    lane: Arc<Lane>,
    /// Whether the queue serves this process alone, and so ends with it.
    own_queue: bool,
    sequence: u64,
    lost: Lost,
    downloads: Downloads,
    outcome: Option<Result<Data>>,
    wakes: Wakes,
    /// Notified when there is room again; `None` = what has no room is dropped.
    room: Option<Arc<Notify>>,
    /// What has no room yet: no more than one frame brings, for then the connection reads on no further; and at a loss, that
    /// files under way will never be whole.
    stalled: VecDeque<Draft>,
    /// How many calls wait for something that comes behind its events.
    waits: usize,
}

/// The events dropped since the last one that was kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    /// How many.
    pub events: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An event before it has its place in the stream.
#[derive(Debug)]
struct Draft {
    kind: EventKind,
    failure: Option<Error>,
    data: Data,
    name: Option<String>,
}

impl Draft {
    fn size(&self) -> usize {
        self.data.len() + self.name.as_ref().map_or(0, String::len)
    }

    /// What it takes up, the text of its failure included.
    fn charge(&self) -> usize {
        Lane::charge(self.size() + self.failure.as_ref().map_or(0, |failure| failure.message().len()))
    }
}

impl Stream {
    pub(super) fn new(
        queue: Arc<EventQueue>,
        lane: Arc<Lane>,
        own_queue: bool,
        downloads: Downloads,
        room: Option<Arc<Notify>>,
    ) -> Self {
        let (lost, wakes) = (Lost::default(), Wakes::default());
        let room = room.filter(|_| lane.has_budget());
        let stalled = VecDeque::new();
        Self { queue, lane, own_queue, sequence: 0, lost, downloads, outcome: None, wakes, room, stalled, waits: 0 }
    }

    /// How the process ended, if it did: its return text, or why not.
    pub fn outcome(&self) -> Option<&Result<Data>> {
        self.outcome.as_ref()
    }

    /// An event as the engine told it; `failed_as` is what an `error` means.
    pub fn event(&mut self, process: &Arc<Process>, name: &str, value: &str, failed_as: Code) {
        if self.outcome.is_some() {
            return;
        }
        let kind = EventKind::from_name(name);
        match kind {
            EventKind::Return => {
                let data = Data::from(value);
                self.end(process, Ok(data.clone()), data);
            }
            EventKind::Error => {
                let who = match failed_as {
                    Code::Cancelled => "this client terminated the process",
                    _ => "the inferlet ended with an error",
                };
                let failure = Error::new(failed_as, format!("{who}: {value}"));
                self.end(process, Err(failure), value.into());
            }
            _ => {
                let name = (kind == EventKind::Other).then(|| name.replace('\0', "\u{fffd}"));
                self.emit(process, Draft { kind, failure: None, data: value.into(), name });
            }
        }
    }

    /// A chunk of a file.
    pub fn file(&mut self, process: &Arc<Process>, chunk: &FileChunk<'_>) {
        if self.outcome.is_none() && self.lane.has_budget() && !self.lane.is_closed() {
            let settled = self.downloads.take(chunk);
            self.emit_files(process, settled);
        }
    }

    /// Nobody takes its events any more: files under way are dropped, and no more are put together.
    pub fn abandon(&mut self) {
        drop(self.downloads.end());
    }

    /// Events that were dropped before they reached the stream.
    pub fn lose(&mut self, process: &Arc<Process>, lost: Lost) {
        self.push_stalled(process);
        self.note_lost(lost);
    }

    fn note_lost(&mut self, lost: Lost) {
        self.lost.events += lost.events;
        self.lost.bytes += lost.bytes;
        self.sequence += lost.events;
    }

    /// The process is out of reach for this reason, unless its stream has ended already.
    pub fn cut(&mut self, process: &Arc<Process>, why: &Error) {
        self.end(process, Err(why.clone()), why.message().into());
    }

    /// What comes next does not follow what came last: files under way will never be whole.
    pub fn gap(&mut self, process: &Arc<Process>) {
        let unfinished = self.downloads.end();
        if self.outcome.is_none() {
            self.emit_files(process, unfinished);
        }
    }

    /// The last event, unless the stream has ended already.
    fn end(&mut self, process: &Arc<Process>, outcome: Result<Data>, data: Data) {
        if self.outcome.is_some() {
            return;
        }
        let unfinished = self.downloads.end();
        self.emit_files(process, unfinished);
        let (kind, failure) = match &outcome {
            Ok(_) => (EventKind::Return, None),
            Err(error) => (EventKind::Error, Some(error.clone())),
        };
        self.outcome = Some(outcome);
        self.push_stalled(process);
        self.mark_lost(process);
        self.push(process, Draft { kind, failure, data, name: None });
    }

    fn emit_files(&mut self, process: &Arc<Process>, settled: Vec<Result<File>>) {
        for file in settled {
            let (failure, data, name) = match file {
                Ok(file) => (None, Data::ending_in_nul(file.data), file.name),
                Err(error) => (Some(error), Data::default(), None),
            };
            self.emit(process, Draft { kind: EventKind::File, failure, data, name });
        }
    }

    /// Queues an event that is dropped, or waits, when its process's part of the queue is full.
    fn emit(&mut self, process: &Arc<Process>, draft: Draft) {
        if self.stalled.is_empty() && self.lane.has_room(draft.charge()) {
            self.mark_lost(process);
            return self.push(process, draft);
        }
        self.stalled.push_back(draft);
        if !self.may_pause() {
            self.lose_stalled();
        }
    }

    /// Whether what has no room may wait: not where the call that waits could wait for ever, since nobody else empties the
    /// queue.
    fn may_pause(&self) -> bool {
        let is_nobodys = || self.lane.is_held() || (self.own_queue && self.queue.is_untouched());
        self.room.is_some() && !(self.waits > 0 && is_nobodys())
    }

    /// Whether something waits for room.
    pub fn is_stalled(&self) -> bool {
        !self.stalled.is_empty()
    }

    /// Queues what has room by now.
    pub fn resume(&mut self, process: &Arc<Process>) {
        let Some(room) = self.room.clone() else { return };
        while let Some(draft) = self.stalled.front() {
            if !self.queue.has_room_or_tells(&self.lane, draft.charge(), &room) {
                break;
            }
            self.push_first(process);
        }
        if self.is_stalled() && !self.may_pause() {
            self.lose_stalled();
        }
    }

    /// Queues what waits for room whether there is any or not: nothing else can come before what comes now.
    fn push_stalled(&mut self, process: &Arc<Process>) {
        while self.is_stalled() {
            self.push_first(process);
        }
    }

    fn push_first(&mut self, process: &Arc<Process>) {
        if let Some(draft) = self.stalled.pop_front() {
            self.mark_lost(process);
            self.push(process, draft);
        }
    }

    fn lose_stalled(&mut self) {
        while let Some(draft) = self.stalled.pop_front() {
            self.note_lost(Lost { events: 1, bytes: draft.size() as u64 });
        }
    }

    /// A call begins to wait for something that comes behind its events.
    pub fn begin_wait(&mut self) {
        self.waits += 1;
    }

    /// It waits no more.
    pub fn end_wait(&mut self) {
        self.waits -= 1;
    }

    /// Queues the event that stands in the place of dropped ones; it has the number of the first of them. It is charged,
    /// without being asked whether there is room: one at most before each event that is.
    fn mark_lost(&mut self, process: &Arc<Process>) {
        let lost = std::mem::take(&mut self.lost);
        if lost.events > 0 {
            let mut event = self.next(EventKind::Overflow, process);
            event.sequence -= lost.events;
            (event.current, event.total) = (lost.events, lost.bytes);
            let wake = self.queue.push(&self.lane, event, Lane::charge(0));
            self.wakes.add(wake);
        }
    }

    /// The event that comes next.
    fn next(&self, kind: EventKind, process: &Arc<Process>) -> Event {
        let event = Event::new(kind, process.birth(), process.tag());
        Event { process: Some(Arc::clone(process)), sequence: self.sequence, ..event }
    }

    fn push(&mut self, process: &Arc<Process>, draft: Draft) {
        let (charge, size) = (draft.charge(), draft.size());
        let Draft { kind, failure, data, name } = draft;
        let event = Event { failure, data, name, ..self.next(kind, process) };
        self.sequence += 1;
        if kind.is_last() {
            self.lane.note_last(charge);
        }
        let wake = if !kind.is_last() {
            let bytes = size as u64;
            self.queue.offer(&self.lane, event, charge).unwrap_or_else(|| {
                self.lost.events += 1;
                self.lost.bytes += bytes;
                Wake::default()
            })
        } else if self.own_queue {
            self.queue.push_last(&self.lane, event, 0)
        } else {
            self.queue.push(&self.lane, event, 0)
        };
        self.wakes.add(wake);
    }

    /// Who is to be told of what was pushed, without a lock.
    pub fn wakes(&mut self) -> Wakes {
        std::mem::take(&mut self.wakes)
    }
}
