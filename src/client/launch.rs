//! Launching processes, alone and many at once, attaching to them, and launching daemons.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::batches::LAUNCH_MANY;
use super::event::EventKind;
use super::requests::{Asked, IdFrom, Wanted, refused};
use super::{Connection, EventQueue, Process};
use crate::error::{Code, Error, Result};
use crate::memory::{self, Growing};
use crate::queue::{Received, Wakeup};
use crate::runtime::after_first_look;
use crate::wait::{Deadline, lock, within};
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
    /// Whether they wait until the launch itself has been told about in that queue.
    pub held: bool,
    /// Whether it is one of many of the same call.
    pub is_among_many: bool,
}

/// A launch that borrows nothing.
#[derive(Debug)]
pub struct KeptLaunch {
    input: Option<String>,
    rest: Launch<'static>,
}

impl Launch<'_> {
    /// The same, to be told about in this queue.
    pub fn kept(self, told_in: &Arc<EventQueue>) -> KeptLaunch {
        let held = self.queue.as_ref().is_some_and(|queue| Arc::ptr_eq(queue, told_in));
        let Launch { no_capture, token_budget, tag, queue, is_among_many, .. } = self;
        let rest = Launch { input: None, no_capture, token_budget, tag, queue, held, is_among_many };
        KeptLaunch { input: self.input.map(str::to_owned), rest }
    }
}

impl KeptLaunch {
    /// The launch.
    pub fn lent(&self) -> Launch<'_> {
        Launch { input: self.input.as_deref(), ..self.rest.clone() }
    }
}

/// What a request borrows from.
struct Parts<'a> {
    input: [&'a str; 1],
    budget: Option<[u64; 1]>,
}

impl<'a> Parts<'a> {
    fn of(launch: &Launch<'a>) -> Self {
        let budget = (launch.token_budget > 0).then_some([launch.token_budget]);
        Self { input: [launch.input.unwrap_or(NO_INPUT)], budget }
    }
}

/// What a launch of many has begun. Whatever is left in it when it is dropped is ended.
struct Many<'a> {
    connection: &'a Arc<Connection>,
    asked: VecDeque<Asked>,
    started: Vec<Arc<Process>>,
}

impl Many<'_> {
    async fn launch(
        &mut self,
        inferlet: &str,
        inputs: &[Option<&str>],
        launch: &Launch<'_>,
        deadline: Deadline,
    ) -> Result<()> {
        for (index, input) in (0..).zip(inputs) {
            let tag = launch.tag.wrapping_add(index);
            let launch = Launch { input: *input, tag, is_among_many: true, ..launch.clone() };
            let asked = self.connection.ask_launch(inferlet, &launch, deadline).await;
            self.asked.push_back(asked.map_err(|error| of_input(index, error))?);
            after_first_look().await;
        }
        while let Some(asked) = self.asked.pop_front() {
            let index = self.started.len() as u64;
            self.started.push(asked.process(deadline).await.map_err(|error| of_input(index, error))?);
        }
        Ok(())
    }

    fn keep(mut self) -> Vec<Arc<Process>> {
        self.started.iter().for_each(|process| process.is_made());
        std::mem::take(&mut self.started)
    }

    /// Ends what runs, and tells of it in the error.
    fn take_back(mut self, error: &Error) -> Error {
        // What is not answered yet is terminated when its answer comes.
        let answers =
            std::mem::take(&mut self.asked).into_iter().filter_map(|mut asked| asked.give_up()?.ok()?.process);
        self.started.extend(answers);
        let (out_of_reach, ended): (Vec<_>, Vec<_>) = self.started.iter().partition(|process| process.id().is_empty());
        let told = match (ended.len(), out_of_reach.len()) {
            _ if self.connection.check_open().is_err() => String::new(),
            (0, 0) => String::new(),
            (count, 0) => format!(" (the {count} that had started are terminated)"),
            (_, count) => format!(" (the {count} that had started run on: the engine tells no ids of them)"),
        };
        error.clone().of(format_args!("{LAUNCH_MANY}{told}"))
    }
}

impl Drop for Many<'_> {
    fn drop(&mut self) {
        self.started.iter().for_each(|process| self.connection.discard(process));
    }
}

impl Connection {
    /// Starts a process.
    pub async fn launch_process(
        self: &Arc<Self>,
        inferlet: &str,
        launch: &Launch<'_>,
        deadline: Deadline,
    ) -> Result<Arc<Process>> {
        check_launch(inferlet, self.generation)?;
        check_input("options: input", launch.input)?;
        if launch.no_capture {
            self.learn_batches(inferlet, deadline).await?;
        }
        self.ask_launch(inferlet, launch, deadline).await?.process(deadline).await
    }

    /// Starts a process for each input, or none: the i-th has the launch's tag + i. The requests leave one behind the
    /// other, without waiting for the answers between them.
    pub async fn launch_processes(
        self: &Arc<Self>,
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
            let parts = Parts::of(&launch);
            let message = self.generation.encode(u32::MAX, &self.request_of(inferlet, &launch, &parts));
            message.map_err(|error| of_input(index, error).of(LAUNCH_MANY))?;
        }
        if launch.no_capture && !inputs.is_empty() {
            self.learn_batches(inferlet, deadline).await.map_err(|error| error.of(LAUNCH_MANY))?;
        }
        let mut many = Many { connection: self, asked: VecDeque::with_capacity(inputs.len()), started: Vec::new() };
        match many.launch(inferlet, inputs, launch, deadline).await {
            Ok(()) => Ok(many.keep()),
            Err(error) => Err(many.take_back(&error)),
        }
    }

    /// Ends a process that nobody will have a handle of.
    pub(super) fn discard(&self, process: &Process) {
        process.release();
        if !process.has_ended() {
            self.end_unwanted(process.id().to_str().unwrap_or_default());
        }
    }

    /// Starts a process for each input, waits for all of them, and gives what they returned as a JSON list.
    pub async fn run_processes(
        self: &Arc<Self>,
        inferlet: &str,
        inputs: &[Option<&str>],
        token_budget: u64,
        deadline: Deadline,
    ) -> Result<String> {
        // What they say is nobody's: kept, it would take memory, and time that a deadline does not wait for.
        let results = EventQueue::without_room();
        let launch = Launch { token_budget, queue: Some(Arc::clone(results.queue())), ..Launch::default() };
        let started = self
            .launch_processes(inferlet, inputs, &launch, deadline)
            .await
            .map_err(|error| error.of("run_processes"))?;
        let mut run = Many { connection: self, asked: VecDeque::new(), started };
        let returned = collect(results.queue(), run.started.len(), deadline).await;
        drop(results);
        let returned = returned?;
        run.started.clear();
        let mut json = Growing::default();
        serde_json::to_writer(&mut json, &returned).map_err(|_| memory::none_for(json.0.len()).of("run_processes"))?;
        String::from_utf8(json.0)
            .map_err(|error| Error::new(Code::Internal, format!("run_processes: the results are no JSON: {error}")))
    }

    async fn ask_launch(self: &Arc<Self>, inferlet: &str, launch: &Launch<'_>, deadline: Deadline) -> Result<Asked> {
        let id = if self.is_listed(launch) { IdFrom::List } else { IdFrom::Answer };
        let Launch { tag, held, is_among_many: waits, .. } = *launch;
        let wanted = Wanted { tag, captured: !launch.no_capture, queue: launch.queue.clone(), held, waits, id };
        let parts = Parts::of(launch);
        self.ask(&self.request_of(inferlet, launch, &parts), Some(wanted), deadline).await
    }

    /// 0.4 tells the id of an uncaptured process only in the answer to launch_processes; 0.3 never does.
    fn is_listed(&self, launch: &Launch<'_>) -> bool {
        launch.no_capture && self.may_have_batches()
    }

    fn request_of<'a>(&self, inferlet: &'a str, launch: &Launch<'_>, parts: &'a Parts<'a>) -> Request<'a> {
        let capture_outputs = !launch.no_capture;
        if self.is_listed(launch) {
            let token_budgets = parts.budget.as_ref().map(<[u64; 1]>::as_slice);
            Request::LaunchProcesses { inferlet, inputs: &parts.input, capture_outputs, token_budgets }
        } else {
            let token_budget = parts.budget.map(|[budget]| budget);
            Request::LaunchProcess { inferlet, input: parts.input[0], capture_outputs, token_budget }
        }
    }

    /// Makes the events of a running process ours.
    pub async fn attach_process(
        self: &Arc<Self>,
        process_id: &str,
        launch: &Launch<'_>,
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
        let Launch { tag, held, .. } = *launch;
        let (queue, id_from) = (launch.queue.clone(), IdFrom::Caller(id.clone()));
        let wanted = Wanted { tag, captured: true, queue, held, waits: false, id: id_from };
        let asked = self.ask(&Request::AttachProcess { process_id: &id }, Some(wanted), deadline).await?;
        asked.process(deadline).await.map_err(|error| match error.code() {
            Code::Rejected => match self.generation.why_attach_is_refused(&id, error.message()) {
                Some(why) => Error::new(Code::Rejected, format!("{} ({why})", error.message())),
                None => error,
            },
            _ => error,
        })
    }

    /// Has the engine serve HTTP by an inferlet.
    pub async fn launch_daemon(
        self: &Arc<Self>,
        inferlet: &str,
        port: u32,
        input: Option<&str>,
        deadline: Deadline,
    ) -> Result<()> {
        check_launch(inferlet, self.generation)?;
        check_input("input", input)?;
        let port = u16::try_from(port)
            .ok()
            .filter(|&port| port > 0)
            .ok_or_else(|| Error::argument(format!("port: {port} is no port; give a number from 1 to 65535")))?;
        let request = Request::LaunchDaemon { port, inferlet, input: input.unwrap_or(NO_INPUT) };
        self.call(&request, deadline).await.map(drop)
    }
}

impl Asked {
    /// The process of the answer to a launch or an attach.
    async fn process(self, deadline: Deadline) -> Result<Arc<Process>> {
        let call = self.call;
        let answer = self.answer(deadline).await.map_err(|error| refused(error, call))?;
        answer.process.ok_or_else(|| Error::new(Code::Internal, format!("{call}: the answer made no process")))
    }
}

/// What the processes of a queue return, each in the place of its tag.
async fn collect(queue: &EventQueue, count: usize, deadline: Deadline) -> Result<Vec<String>> {
    let (mut returned, mut left) = (vec![String::new(); count], count);
    let woken = Arc::new(Notify::new());
    let wakes = Arc::clone(&woken);
    queue.set_wakeup(Some(Wakeup::new(move || wakes.notify_one())))?;
    while left > 0 {
        let Received::Item(event) = queue.receive(Deadline::Past) else {
            within(deadline, woken.notified()).await.ok_or_else(|| {
                let text = format!("run_processes: {left} of {count} have not ended within the time limit");
                Error::new(Code::TimedOut, format!("{text}; they are terminated"))
            })?;
            continue;
        };
        let index = event.tag;
        if let Some(failure) = event.failure.as_ref().filter(|_| event.kind.is_last()) {
            let why = format_args!("run_processes: inputs[{index}] failed, so all are given up");
            return Err(failure.clone().of(why));
        } else if event.kind == EventKind::Return {
            memory::done();
            memory::need(event.data.len()).map_err(|error| error.of("run_processes"))?;
            returned[usize::try_from(index).unwrap_or_default()] = String::from_utf8_lossy(&event.data).into_owned();
            left -= 1;
        }
    }
    Ok(returned)
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
