//! What the reader does with each frame: answers to their requests, events to their processes.

use std::ffi::CString;
use std::sync::{Arc, MutexGuard};
use std::task::Waker;

use super::event::EventKind;
use super::orphans::Family;
use super::requests::{Answer, IdFrom, Pending};
use super::state::State;
use super::{Connection, Process};
use crate::error::{Code, Error, Result};
use crate::memory;
use crate::queue::Wakes;
use crate::transport::{Frame, UNBOUNDED};
use crate::wait::lock;
use crate::wire::{Incoming, Request, decode_binary, decode_text};

/// How often a message may be in memory beside itself.
const COPIES: usize = 4;

impl Connection {
    /// Handles a frame. Never waits; who is to be told of its events is added to `wakes`. An error ends the connection.
    pub(super) fn on_frame(self: &Arc<Self>, frame: Frame, wakes: &mut Wakes) -> Result<()> {
        match frame {
            Frame::Binary(bytes) => self.on_message(&bytes, wakes),
            Frame::Text(text) => self.on_incoming(decode_text(&text), &[], wakes),
            Frame::Other => Ok(()),
        }
    }

    /// Handles a frame on a host's thread, if it is an answer that somebody waits for and of which nothing follows that the
    /// host is told about in a log line: its callback may want a lock that is held here. Gives any other back.
    pub(super) fn on_answer(self: &Arc<Self>, frame: Frame, wakes: &mut Wakes) -> Result<Option<Frame>> {
        match &frame {
            Frame::Binary(bytes) => {
                let is_settled = with_memory_for(bytes, || match decode_binary(bytes) {
                    Incoming::Response { corr_id, ok, result } => {
                        let mut state = lock(&self.state);
                        let is_plain = state.requests.is_awaited(corr_id) && state.orphans.is_empty();
                        let pending = is_plain.then(|| state.requests.take(corr_id)).flatten();
                        pending.map(|pending| self.settle(state, pending, ok, result.into_owned(), wakes)).transpose()
                    }
                    _ => Ok(None),
                })?;
                Ok(Some(frame).filter(|_| is_settled.is_none()))
            }
            Frame::Text(text) => {
                // 0.5 sends one behind each answer.
                let is_nothing = matches!(decode_text(text), Incoming::TurnDone);
                Ok(Some(frame).filter(|_| !is_nothing))
            }
            Frame::Other => Ok(None),
        }
    }

    fn on_message(self: &Arc<Self>, bytes: &[u8], wakes: &mut Wakes) -> Result<()> {
        with_memory_for(bytes, || self.on_incoming(decode_binary(bytes), bytes, wakes))
    }

    fn on_incoming(self: &Arc<Self>, incoming: Incoming<'_>, frame: &[u8], wakes: &mut Wakes) -> Result<()> {
        match incoming {
            Incoming::Response { corr_id, ok, result } => {
                return self.on_response(corr_id, ok, result.into_owned(), wakes);
            }
            Incoming::Event { process_id, name, value } => {
                let is_last = EventKind::from_name(&name).is_last();
                if let Some(process) = self.route(&process_id, frame, is_last) {
                    wakes.append(process.on_event(&name, &value));
                    if is_last {
                        self.forget_ended(&process);
                    }
                }
            }
            Incoming::File(chunk) => {
                if let Some(process) = self.route(&chunk.process_id, frame, false) {
                    wakes.append(process.on_file(&chunk));
                }
            }
            Incoming::McpRequest(asked) => self.on_mcp_request(&asked, wakes),
            Incoming::Complaint(text) => {
                let text = shortened(&text);
                log::warn!("the engine said: {text}");
                lock(&self.state).note_complaint(text);
            }
            Incoming::TurnDone => {}
            Incoming::Skipped(what) => log::debug!("skipped {what}"),
        }
        Ok(())
    }

    /// The process of this id; the message of one that is not known yet is kept.
    fn route(&self, process_id: &str, frame: &[u8], is_last: bool) -> Option<Arc<Process>> {
        let mut state = lock(&self.state);
        let process = state.routes.get(process_id).cloned();
        let is_dropped =
            process.is_none() && state.requests.awaits_launch() && !state.orphans.keep(process_id, frame, is_last);
        drop(state);
        if is_dropped {
            log::warn!("a message of process {process_id} was dropped: too many wait for their launch replies");
        }
        process
    }

    /// A process is out of reach.
    pub(super) fn cut(&self, process: &Arc<Process>, why: &Error) -> Wakes {
        let wakes = process.on_cut(why);
        self.forget_ended(process);
        wakes
    }

    fn forget_ended(&self, process: &Process) {
        if process.has_ended() {
            let id = process.id().to_str().unwrap_or_default();
            let mut state = lock(&self.state);
            state.orphans.note_past(id);
            state.unwanted.retain(|unwanted| unwanted != id);
            let route = state.routes.remove(id);
            drop(state);
            drop(route);
        }
    }

    fn on_response(self: &Arc<Self>, corr_id: u32, ok: bool, text: String, wakes: &mut Wakes) -> Result<()> {
        let mut state = lock(&self.state);
        let Some(pending) = state.requests.take(corr_id) else {
            drop(state);
            log::debug!("an answer to request {corr_id}, which nobody waits for, was dropped");
            return Ok(());
        };
        self.settle(state, pending, ok, text, wakes)
    }

    /// Settles a request and, if it is a launch, makes the process's route before the next frame is looked at: all of it
    /// under one lock, so that who gives the request up at this moment either finds it open or finds the answer.
    fn settle(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        mut pending: Pending,
        ok: bool,
        text: String,
        wakes: &mut Wakes,
    ) -> Result<()> {
        if !ok {
            // Here, since its own end may be the next message.
            pending.ends.iter().for_each(|process| process.withdraw_terminating());
        }
        let wanted = pending.wanted.take().filter(|_| ok);
        let is_launch = wanted.as_ref().is_some_and(|wanted| !matches!(wanted.id, IdFrom::Caller(_)));
        let birthplace = wanted.map(|wanted| wanted.birthplace(&text)).transpose();
        let settled = match birthplace {
            Err(error) => pending.settle(Err(error)),
            Ok(Some(at)) if pending.given_up && is_launch => {
                state.orphans.note_past(at.id.to_str().unwrap_or_default());
                Settled::Unwanted(at.id)
            }
            Ok(Some(_)) if pending.given_up => Settled::Answered(None),
            Ok(Some(at)) => state.launched(&pending, text, &Process::new(self, at)),
            Ok(None) if ok => pending.settle(Ok(Answer { text, process: None })),
            Ok(None) => pending.settle(Err(Error::new(Code::Rejected, text))),
        };
        state.forget_orphans();
        drop(state);
        match settled {
            Settled::Answered(waiter) => waiter.into_iter().for_each(Waker::wake),
            Settled::Unwanted(id) => self.end_unwanted(id.to_str().unwrap_or_default()),
            Settled::Launched { waiter, process, family, replaced } => {
                waiter.into_iter().for_each(Waker::wake);
                let reused = Error::new(Code::Protocol, "the engine gave the id of this process to another one");
                replaced.iter().for_each(|replaced| wakes.append(replaced.on_cut(&reused)));
                return family.map_or(Ok(()), |family| self.replay(&process, &family, wakes));
            }
        }
        Ok(())
    }

    /// Gives a process what came before its launch reply.
    fn replay(self: &Arc<Self>, process: &Arc<Process>, family: &Family, wakes: &mut Wakes) -> Result<()> {
        family.frames.iter().try_for_each(|frame| self.on_message(frame, wakes))?;
        wakes.append(process.on_lost(family.lost));
        family.last.iter().try_for_each(|frame| self.on_message(frame, wakes))?;
        if family.is_cut {
            let text = "too much came before its launch reply: its last event could not be kept, or may have been lost";
            wakes.append(self.cut(process, &Error::new(Code::Protocol, text)));
            // If it runs on, its owner has no stream to learn of it.
            self.end_unwanted(process.id().to_str().unwrap_or_default());
        }
        Ok(())
    }

    /// A launch was given up, and now there is a process that nobody knows.
    pub(super) fn terminate_unwanted(&self, process_id: &str) {
        if process_id.is_empty() {
            log::warn!("a launch that was given up has made a process; the engine told no id to end it by");
            return;
        }
        let corr_id = lock(&self.state).requests.new_id();
        let message = self.generation.encode(corr_id, &Request::TerminateProcess { process_id });
        let sent = message.and_then(|message| self.socket().send(message, UNBOUNDED));
        match sent {
            Ok(()) => log::info!("process {process_id} of a launch that was given up is being terminated"),
            Err(error) => log::warn!("process {process_id} of a launch that was given up runs on: {error}"),
        }
    }
}

/// What an engine said may be long, and may become part of many errors.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 500;
    if text.len() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).chain("…".chars()).collect() }
}

/// Handles a message: it is copied for its consumer, and the text of an error once more.
fn with_memory_for<T>(bytes: &[u8], handle: impl FnOnce() -> Result<T>) -> Result<T> {
    memory::need(bytes.len().saturating_mul(COPIES))
        .map_err(|error| Error::new(Code::Disconnected, error.message()).of("a message of the engine"))?;
    let handled = handle();
    memory::done();
    handled
}

/// What became of a request with its answer.
enum Settled {
    /// This one waits for it.
    Answered(Option<Waker>),
    /// A launch that nobody waits for any more has made this process.
    Unwanted(CString),
    Launched {
        waiter: Option<Waker>,
        process: Arc<Process>,
        family: Option<Family>,
        /// A process that had the same id.
        replaced: Option<Arc<Process>>,
    },
}

impl Pending {
    fn settle(&self, answer: Result<Answer>) -> Settled {
        Settled::Answered(self.answer(answer))
    }
}

impl State {
    fn launched(&mut self, pending: &Pending, text: String, process: &Arc<Process>) -> Settled {
        if let Err(why) = self.check_open() {
            return pending.settle(Err(why));
        }
        let id = process.id().to_str().unwrap_or_default();
        let family = self.orphans.claim(id).filter(|_| process.is_captured());
        let route = process.is_captured().then(|| self.routes.insert(id.to_owned(), Arc::clone(process)));
        let waiter = pending.answer(Ok(Answer { text, process: Some(Arc::clone(process)) }));
        Settled::Launched { waiter, process: Arc::clone(process), family, replaced: route.flatten() }
    }

    /// Once no launch is unanswered, nobody can claim an orphan.
    pub(super) fn forget_orphans(&mut self) {
        if !self.requests.awaits_launch() {
            self.orphans.clear();
        }
    }
}
