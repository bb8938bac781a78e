//! Whether an engine has `launch_processes`, whose answer alone tells the id of a process without a stream. 0.4 has it;
//! 0.3, which nothing else tells from 0.4, drops it without a word.

use std::sync::Arc;

use super::Connection;
use super::requests::Asked;
use crate::error::{Code, Error, Result};
use crate::wait::{Deadline, lock};
use crate::wire::Request;
use crate::wire::names::call_of;

pub(super) const LAUNCH_MANY: &str = "launch_processes";

impl Connection {
    /// Finds it out, unless it is known already: once for a connection.
    pub(super) async fn learn_batches(self: &Arc<Self>, inferlet: &str, deadline: Deadline) -> Result<()> {
        if !self.generation.knows(LAUNCH_MANY) || lock(&self.state).has_batches.is_some() {
            return Ok(());
        }
        // With no inputs, it launches nothing.
        let nothing = Request::LaunchProcesses { inferlet, inputs: &[], capture_outputs: false, token_budgets: None };
        let mut asked = self.ask(&nothing, None, deadline).await?;
        let has_batches = self.is_known(&mut asked, deadline).await?;
        lock(&self.state).has_batches = Some(has_batches);
        Ok(())
    }

    /// Whether the engine has answered this, or will never: it answers in order, so a ping behind it tells.
    async fn is_known(self: &Arc<Self>, asked: &mut Asked, deadline: Deadline) -> Result<bool> {
        let pong = match self.ask(&Request::Ping, None, deadline).await {
            Ok(mut ping) => {
                ping.call = call_of(LAUNCH_MANY);
                ping.answer(deadline).await
            }
            Err(error) => Err(error),
        };
        match asked.give_up() {
            Some(Err(error)) if error.code() != Code::Rejected => Err(error.of(asked.call)),
            Some(_) => Ok(true),
            None => pong.map(|_| false).map_err(|error| match error.code() {
                Code::TimedOut => {
                    let text = "the engine has not answered within the time limit; nothing was launched";
                    Error::new(Code::TimedOut, text).of(asked.call)
                }
                _ => error,
            }),
        }
    }

    /// Whether the engine has `launch_processes`, as far as that is known.
    pub(super) fn may_have_batches(&self) -> bool {
        self.generation.knows(LAUNCH_MANY) && lock(&self.state).has_batches != Some(false)
    }
}
