//! A thread that waits for an answer reads it by itself, unless somebody else reads: no other thread has to wake it.

use std::sync::Arc;
use std::time::Instant;

use super::Connection;
use crate::queue::{Wakes, Wakeup};
use crate::runtime::on_io_thread;
use crate::transport::{Attendant, Look, PATIENCE, Rest, Turn};
use crate::wait::{Deadline, Parked, block_on_with, lock};

impl Connection {
    /// Polls a call on this thread until it is ready, as `wait::block_on` does. For calls that wait for answers: any other
    /// end of theirs may be seen late by `PATIENCE`.
    pub fn block_on<T>(self: &Arc<Self>, call: impl Future<Output = T>, deadline: Deadline) -> T {
        block_on_with(call, deadline, |parked, until| {
            self.attend(parked, until);
            parked.wait(until);
        })
    }

    /// Waits at the socket for a moment, and handles the answers that come.
    fn attend(self: &Arc<Self>, parked: &Parked, until: Deadline) {
        let Some(mut attendant) = self.attendant() else { return };
        let until = Instant::now() + until.at_most(PATIENCE);
        let mut wakeups = Vec::new();
        while !parked.is_woken() && attendant.wait(until) && self.read_answers(&mut attendant, &mut wakeups) {}
        drop(attendant);
        if !wakeups.is_empty() {
            // They may want a lock that the caller of this thread holds. After a shutdown nobody is told.
            self.runtime.spawn(async move { wakeups.iter().for_each(Wakeup::fire) });
        }
    }

    /// This thread at the socket, if its answer is the only one that is to come: of several the task has more with one look.
    fn attendant(&self) -> Option<Attendant> {
        let state = lock(&self.state);
        let is_for_us = !on_io_thread() && state.requests.is_one();
        let socket = is_for_us.then(|| Arc::clone(&state.socket));
        drop(state);
        socket?.attend()
    }

    /// Handles what has come, and leaves to the reading task what is no answer; tells whether there was none of that.
    fn read_answers(self: &Arc<Self>, attendant: &mut Attendant, wakeups: &mut Vec<Wakeup>) -> bool {
        let mut wakes = Wakes::default();
        let was_all = attendant.turn().is_some_and(|turn| self.take_answers(turn, &mut wakes));
        wakeups.append(&mut wakes.into_wakeups());
        // What an answer brought with it may have no room.
        let goes_on = was_all && !self.is_paused();
        if !goes_on {
            attendant.leave_work();
        }
        goes_on
    }

    /// Handles the answers that come before anything else; tells whether that was all.
    fn take_answers(self: &Arc<Self>, mut turn: Turn<'_>, wakes: &mut Wakes) -> bool {
        loop {
            let looked = turn.look().and_then(|Look { frame, rest }| {
                let left = frame.map_or(Ok(None), |frame| self.on_answer(frame, wakes))?;
                Ok((left, rest))
            });
            match looked {
                Ok((None, Rest::Here)) => {}
                Ok((None, rest)) => return rest == Rest::Away,
                Ok((Some(frame), _)) => {
                    turn.keep(Ok(frame));
                    return false;
                }
                Err(why) => {
                    turn.keep(Err(why));
                    return false;
                }
            }
        }
    }
}
