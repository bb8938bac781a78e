//! Asking a registry which version an inferlet has. A task of the I/O thread does it, beside the engine's connection.

use std::sync::{Arc, Mutex};

use super::Connection;
use super::connect::{PATIENCE, within};
use super::connection::closed;
use crate::error::{Code, Error, Result};
use crate::registry::{DEFAULT_URL, Progress, Url, fetch, version_in};
use crate::wait::{Deadline, Promise, lock};
use crate::wire::names::check_name;

const CALL: &str = "resolve_version";

impl Connection {
    /// The name with the version that a registry tells; one that has its version already comes back as it is.
    pub fn resolve_version(&self, name: &str, registry_url: Option<&str>, deadline: Deadline) -> Result<String> {
        if *self.closed.borrow() {
            return Err(closed());
        } else if name.contains('@') {
            return Ok(name.to_owned());
        }
        check_name(name)?;
        let url = Url::of_inferlet(registry_url.unwrap_or(DEFAULT_URL), name)?;
        if deadline.is_over() {
            return Err(Error::new(
                Code::TimedOut,
                format!("{CALL}: the time limit was over before anything was sent"),
            ));
        }
        let version = self.ask_registry(&url, deadline).and_then(|body| version_in(&body, &url));
        version.map(|version| format!("{name}@{version}")).map_err(|error| error.of(CALL))
    }

    fn ask_registry(&self, url: &Url, deadline: Deadline) -> Result<Vec<u8>> {
        let promise = Promise::new();
        let answer = Answer(Mutex::new(Some(Arc::clone(&promise))));
        let (url, user_agent) = (url.clone(), self.options.user_agent.clone());
        let mut closing = self.closed.subscribe();
        let task = self.runtime.handle().spawn(async move {
            let progress = Progress::default();
            let body = tokio::select! {
                biased;
                _ = closing.wait_for(|is_closed| *is_closed) => Err(closed()),
                body = within(deadline, fetch(&url, &user_agent, &progress)) => {
                    body.unwrap_or_else(|| Err(too_late(&progress.waited_for())))
                }
            };
            answer.give(body);
        });
        // The task has the same limit and a better text.
        let patience = deadline.left().map_or(Deadline::Never, |left| Deadline::after(left + PATIENCE));
        promise.wait(patience).unwrap_or_else(|| {
            task.abort();
            Err(too_late("no answer"))
        })
    }
}

fn too_late(waited_for: &str) -> Error {
    Error::new(Code::TimedOut, format!("{waited_for} within the time limit"))
}

/// Answers the thread that asks, at the latest when the runtime drops the task.
struct Answer(Mutex<Option<Arc<Promise<Result<Vec<u8>>>>>>);

impl Answer {
    fn give(&self, answer: Result<Vec<u8>>) {
        if let Some(promise) = lock(&self.0).take() {
            promise.keep(answer);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.give(Err(if std::thread::panicking() {
            Error::new(Code::Internal, "a defect of the library ended the request; please report it")
        } else {
            Error::new(Code::Closed, "the library was shut down meanwhile")
        }));
    }
}
