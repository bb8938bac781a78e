//! What the reader does with each frame: answers to their requests, events to their processes.

use std::sync::Arc;

use super::connection::State;
use super::event::EventKind;
use super::requests::{Answer, Pending};
use super::{Connection, Process};
use crate::error::{Code, Error};
use crate::transport::Frame;
use crate::wait::{Deadline, lock};
use crate::wire::{Incoming, Request, decode_binary, decode_text};

impl Connection {
    /// Handles a frame. Never waits.
    pub(super) fn on_frame(self: &Arc<Self>, frame: Frame) {
        match frame {
            Frame::Binary(bytes) => self.on_message(&bytes),
            Frame::Text(text) => self.on_incoming(decode_text(&text), &[]),
            Frame::Other => {}
        }
    }

    fn on_message(self: &Arc<Self>, bytes: &[u8]) {
        self.on_incoming(decode_binary(bytes), bytes);
    }

    fn on_incoming(self: &Arc<Self>, incoming: Incoming<'_>, frame: &[u8]) {
        match incoming {
            Incoming::Response { corr_id, ok, result } => self.on_response(corr_id, ok, result.into_owned()),
            Incoming::Event { process_id, name, value } => {
                let is_last = EventKind::from_name(&name).is_last();
                if let Some(process) = self.route(&process_id, frame, is_last) {
                    process.on_event(&name, &value);
                    self.forget_ended(&process);
                }
            }
            Incoming::File(chunk) => {
                if let Some(process) = self.route(&chunk.process_id, frame, false) {
                    process.on_file(&chunk);
                }
            }
            Incoming::Complaint(text) => {
                log::warn!("the engine said: {text}");
                lock(&self.state).note_complaint(text);
            }
            Incoming::TurnDone => {}
            Incoming::Skipped(what) => log::debug!("skipped {what}"),
        }
    }

    /// The process of this id; the message of one that is not known yet is kept.
    fn route(&self, process_id: &str, frame: &[u8], is_last: bool) -> Option<Arc<Process>> {
        let mut state = lock(&self.state);
        let process = state.routes.get(process_id).cloned();
        if process.is_none() && state.requests.awaits_launch() {
            state.orphans.keep(process_id, frame, is_last);
        }
        process
    }

    fn forget_ended(&self, process: &Process) {
        if process.has_ended() {
            let id = process.id().to_str().unwrap_or_default();
            let route = lock(&self.state).routes.remove(id);
            drop(route);
        }
    }

    fn on_response(self: &Arc<Self>, corr_id: u32, ok: bool, text: String) {
        let mut state = lock(&self.state);
        let Some(mut pending) = state.requests.take(corr_id) else {
            log::debug!("an answer to request {corr_id}, which nobody waits for, was dropped");
            return;
        };
        let launched = pending.wanted.take().filter(|_| ok);
        if launched.is_none() {
            state.forget_orphans();
        }
        drop(state);
        match launched {
            None if ok => pending.answer(Ok(Answer { text, process: None })),
            None => pending.answer(Err(Error::new(Code::Rejected, text))),
            Some(wanted) => match wanted.birthplace(&text) {
                Ok(birthplace) => self.on_launched(&pending, text, &Process::new(self, birthplace)),
                Err(error) => pending.answer(Err(error)),
            },
        }
    }

    /// Makes the route before the next frame is looked at, and gives the process what came too early.
    fn on_launched(self: &Arc<Self>, pending: &Pending, text: String, process: &Arc<Process>) {
        let id = process.id().to_str().unwrap_or_default();
        if pending.given_up {
            self.terminate_unwanted(id);
            return;
        }
        let mut state = lock(&self.state);
        if let Err(why) = state.check_open() {
            drop(state);
            pending.answer(Err(why));
            return;
        }
        let family = state.orphans.claim(id);
        if process.is_captured() {
            state.routes.insert(id.to_owned(), Arc::clone(process));
        }
        state.forget_orphans();
        drop(state);
        if let Some(family) = family {
            family.frames.iter().for_each(|frame| self.on_message(frame));
            process.on_lost(family.lost);
            family.last.iter().for_each(|frame| self.on_message(frame));
        }
        pending.answer(Ok(Answer { text, process: Some(Arc::clone(process)) }));
    }

    /// A launch was given up, and now there is a process that nobody knows.
    fn terminate_unwanted(&self, process_id: &str) {
        if process_id.is_empty() {
            log::warn!("a launch that was given up has made a process; the engine told no id to end it by");
            return;
        }
        let corr_id = lock(&self.state).requests.new_id();
        let message = self.generation.encode(corr_id, &Request::TerminateProcess { process_id });
        let sent = message
            .and_then(|message| self.socket.send(message, self.room(Deadline::after(std::time::Duration::ZERO))));
        match sent {
            Ok(()) => log::info!("process {process_id} of a launch that was given up is being terminated"),
            Err(error) => log::warn!("process {process_id} of a launch that was given up runs on: {error}"),
        }
    }
}

impl State {
    /// Once no launch is unanswered, nobody can claim an orphan.
    pub(super) fn forget_orphans(&mut self) {
        if !self.requests.awaits_launch() {
            self.orphans.clear();
        }
    }
}
