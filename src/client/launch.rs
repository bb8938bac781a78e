//! Launching processes, alone and many at once, attaching to them, and launching daemons.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batches::LAUNCH_MANY;
use super::event::EventKind;
use super::requests::{Asked, IdFrom, Wanted, refused};
use super::{Connection, EventQueue, Process};
use crate::error::{Code, Error, Result};
use crate::queue::Received;
use crate::wait::{Deadline, lock};
use crate::wire::Request;
use crate::wire::names::{canonical_process_id, check_launch, check_process_id};

/// What stands for no input.
const NO_INPUT: &str = "{}";

/// How a process is launched.
#[derive(Clone, Debug, Default)]
pub struct Launch<'a> {
    /// JSON text; `None` = `{}`.
    pub input: Option<&'a str>,
    /// Whether it has no stream.
    pub no_capture: bool,
    /// How many tokens it may make; 0 = the engine's default.
    pub token_budget: u64,
    /// The tag of its events.
    pub tag: u64,
    /// Where its events go; `None` = a queue of its own.
    pub queue: Option<Arc<EventQueue>>,
}

impl Connection {
    /// Starts a process.
    pub fn launch_process(&self, inferlet: &str, launch: &Launch<'_>, deadline: Deadline) -> Result<Arc<Process>> {
        check_launch(inferlet, self.generation)?;
        check_input("options: input", launch.input)?;
        if launch.no_capture {
            self.learn_batches(inferlet, deadline)?;
        }
        self.ask_launch(inferlet, launch, deadline)?.process(deadline)
    }

    /// Starts a process for each input, or none: the i-th has the launch's tag + i. The requests leave one behind the
    /// other, without waiting for the answers between them.
    pub fn launch_processes(
        &self,
        inferlet: &str,
        inputs: &[Option<&str>],
        launch: &Launch<'_>,
        deadline: Deadline,
    ) -> Result<Vec<Arc<Process>>> {
        check_launch(inferlet, self.generation)?;
        for (index, input) in (0..).zip(inputs) {
            check_input(&format!("inputs[{index}]"), *input)?;
            // Before anything is sent, since all of them have to fit, whatever their ids will be.
            let launch = Launch { input: *input, ..launch.clone() };
            self.with_request(inferlet, &launch, |request| self.generation.encode(u32::MAX, request))
                .map_err(|error| of_input(index, error).of(LAUNCH_MANY))?;
        }
        if launch.no_capture && !inputs.is_empty() {
            self.learn_batches(inferlet, deadline).map_err(|error| error.of(LAUNCH_MANY))?;
        }
        let (mut asked, mut started) = (VecDeque::with_capacity(inputs.len()), Vec::with_capacity(inputs.len()));
        let begun = self.ask_launches(inferlet, inputs, launch, deadline, &mut asked);
        let all = begun.and_then(|()| answers(&mut asked, &mut started, deadline));
        all.map_err(|error| self.take_back(asked, &mut started, error))?;
        Ok(started)
    }

    fn ask_launches<'a>(
        &'a self,
        inferlet: &str,
        inputs: &[Option<&str>],
        launch: &Launch<'_>,
        deadline: Deadline,
        asked: &mut VecDeque<Asked<'a>>,
    ) -> Result<()> {
        for (index, input) in (0..).zip(inputs) {
            let launch = Launch { input: *input, tag: launch.tag.wrapping_add(index), ..launch.clone() };
            let request = self.ask_launch(inferlet, &launch, deadline).map_err(|error| of_input(index, error))?;
            asked.push_back(request);
        }
        Ok(())
    }

    /// Takes back what a failed launch of many has begun: whatever runs, or will when its answer comes, is terminated.
    fn take_back(&self, asked: VecDeque<Asked<'_>>, started: &mut Vec<Arc<Process>>, error: Error) -> Error {
        started.extend(asked.into_iter().filter_map(|request| request.give_up()?.ok()?.process));
        started.iter().for_each(|process| self.discard(process));
        let (out_of_reach, ended): (Vec<_>, Vec<_>) = started.iter().partition(|process| process.id().is_empty());
        let told = match (ended.len(), out_of_reach.len()) {
            _ if self.check_open().is_err() => String::new(),
            (0, 0) => String::new(),
            (count, 0) => format!(" (the {count} that had started are terminated)"),
            (_, count) => format!(" (the {count} that had started run on: the engine tells no ids of them)"),
        };
        error.of(format_args!("{LAUNCH_MANY}{told}"))
    }

    /// Ends a process that nobody will have a handle of.
    fn discard(&self, process: &Process) {
        process.release();
        if !process.has_ended() && self.check_open().is_ok() {
            self.terminate_unwanted(process.id().to_str().unwrap_or_default());
        }
    }

    /// Starts a process for each input, waits for all of them, and gives what they returned as a JSON list.
    pub fn run_processes(
        &self,
        inferlet: &str,
        inputs: &[Option<&str>],
        token_budget: u64,
        deadline: Deadline,
    ) -> Result<String> {
        // What they say is nobody's: kept, it would take memory, and time that a deadline does not wait for.
        let results = EventQueue::without_room();
        let launch = Launch { token_budget, queue: Some(Arc::clone(results.queue())), ..Launch::default() };
        let processes =
            self.launch_processes(inferlet, inputs, &launch, deadline).map_err(|error| error.of("run_processes"))?;
        let returned = collect(results.queue(), processes.len(), deadline);
        drop(results);
        if returned.is_err() {
            processes.iter().for_each(|process| self.discard(process));
        }
        let returned = returned?;
        serde_json::to_string(&returned)
            .map_err(|error| Error::new(Code::Internal, format!("run_processes: the results are no JSON: {error}")))
    }

    fn ask_launch(&self, inferlet: &str, launch: &Launch<'_>, deadline: Deadline) -> Result<Asked<'_>> {
        let id = if self.is_listed(launch) { IdFrom::List } else { IdFrom::Answer };
        let wanted = Wanted { tag: launch.tag, captured: !launch.no_capture, queue: launch.queue.clone(), id };
        self.with_request(inferlet, launch, |request| self.ask(request, Some(wanted), deadline))
    }

    /// 0.4 tells the id of an uncaptured process only in the answer to launch_processes; 0.3 never does.
    fn is_listed(&self, launch: &Launch<'_>) -> bool {
        launch.no_capture && self.may_have_batches()
    }

    fn with_request<T>(&self, inferlet: &str, launch: &Launch<'_>, with: impl FnOnce(&Request<'_>) -> T) -> T {
        let (input, capture_outputs) = (launch.input.unwrap_or(NO_INPUT), !launch.no_capture);
        let budget = (launch.token_budget > 0).then_some(launch.token_budget);
        if self.is_listed(launch) {
            let (inputs, budgets) = ([input], budget.map(|budget| [budget]));
            let token_budgets = budgets.as_ref().map(<[u64; 1]>::as_slice);
            with(&Request::LaunchProcesses { inferlet, inputs: &inputs, capture_outputs, token_budgets })
        } else {
            with(&Request::LaunchProcess { inferlet, input, capture_outputs, token_budget: budget })
        }
    }

    /// Makes the events of a running process ours.
    pub fn attach_process(
        self: &Arc<Self>,
        process_id: &str,
        tag: u64,
        queue: Option<Arc<EventQueue>>,
        deadline: Deadline,
    ) -> Result<Arc<Process>> {
        check_process_id(process_id)?;
        let id = canonical_process_id(process_id).into_owned();
        // One that has just ended may not be forgotten yet.
        if lock(&self.state).routes.get(&id).is_some_and(|process| !process.has_ended()) {
            let text =
                "attach_process: the process is attached to this client already; its launch or attach gave its handle";
            return Err(Error::new(Code::InvalidState, text));
        }
        let wanted = Wanted { tag, captured: true, queue, id: IdFrom::Caller(id.clone()) };
        let asked = self.ask(&Request::AttachProcess { process_id: &id }, Some(wanted), deadline)?;
        asked.process(deadline).map_err(|error| match error.code() {
            Code::Rejected => match self.generation.why_attach_is_refused(&id, error.message()) {
                Some(why) => Error::new(Code::Rejected, format!("{} ({why})", error.message())),
                None => error,
            },
            _ => error,
        })
    }

    /// Has the engine serve HTTP by an inferlet.
    pub fn launch_daemon(&self, inferlet: &str, port: u32, input: Option<&str>, deadline: Deadline) -> Result<()> {
        check_launch(inferlet, self.generation)?;
        check_input("input", input)?;
        let port = u16::try_from(port)
            .ok()
            .filter(|&port| port > 0)
            .ok_or_else(|| Error::argument(format!("port: {port} is no port; give a number from 1 to 65535")))?;
        let request = Request::LaunchDaemon { port, inferlet, input: input.unwrap_or(NO_INPUT) };
        self.call(&request, deadline).map(drop)
    }
}

impl Asked<'_> {
    /// The process of the answer to a launch or an attach.
    fn process(self, deadline: Deadline) -> Result<Arc<Process>> {
        let call = self.call;
        let answer = self.answer(deadline).map_err(|error| refused(error, call))?;
        answer.process.ok_or_else(|| Error::new(Code::Internal, format!("{call}: the answer made no process")))
    }
}

/// What the processes of a queue return, each in the place of its tag.
fn collect(queue: &EventQueue, count: usize, deadline: Deadline) -> Result<Vec<String>> {
    let (mut returned, mut left) = (vec![String::new(); count], count);
    while left > 0 {
        let event = match queue.receive(deadline) {
            Received::Item(event) => event,
            Received::Empty => {
                let text = format!("run_processes: {left} of {count} have not ended within the time limit");
                return Err(Error::new(Code::TimedOut, format!("{text}; they are terminated")));
            }
            _ => return Err(Error::new(Code::Closed, "run_processes: the library was shut down meanwhile")),
        };
        let index = event.tag;
        if let Some(failure) = event.failure.filter(|_| event.kind.is_last()) {
            return Err(failure.of(format_args!("run_processes: inputs[{index}] failed, so all are given up")));
        } else if event.kind == EventKind::Return {
            let text = &event.data[..event.data.len() - 1];
            returned[usize::try_from(index).unwrap_or_default()] = String::from_utf8_lossy(text).into_owned();
            left -= 1;
        }
    }
    Ok(returned)
}

fn answers(asked: &mut VecDeque<Asked<'_>>, started: &mut Vec<Arc<Process>>, deadline: Deadline) -> Result<()> {
    while let Some(request) = asked.pop_front() {
        let index = started.len() as u64;
        started.push(request.process(deadline).map_err(|error| of_input(index, error))?);
    }
    Ok(())
}

fn of_input(index: u64, error: Error) -> Error {
    error.of(format_args!("inputs[{index}]"))
}

fn check_input(parameter: &str, input: Option<&str>) -> Result<()> {
    let Some(input) = input else { return Ok(()) };
    let checked = serde_json::from_str::<serde::de::IgnoredAny>(input);
    checked.map(drop).map_err(|error| {
        Error::argument(format!(
            "{parameter} is not JSON: {error}; NULL stands for {NO_INPUT}, and a text needs quotes: \"\\\"text\\\"\""
        ))
    })
}
