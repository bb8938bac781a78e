//! Asking a registry which version an inferlet has: each request is a task of the I/O thread, beside the engine's
//! connection; what it means is found out on the thread that asks.

use std::sync::Arc;

use rustls::ClientConfig;

use super::Connection;
use super::connect::PATIENCE;
use super::connection::closed;
use super::establish::timed;
use crate::error::{Code, Error, Result};
use crate::registry::{self, Answer, DEFAULT_URL, Progress, Url, get};
use crate::wait::{Deadline, Promise};
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
                format!("{CALL}: GET {url}: the time limit was over before anything was sent"),
            ));
        }
        let version = registry::version_at(&url, |at, tls| self.ask_registry(at.clone(), tls, deadline));
        version.map(|version| format!("{name}@{version}")).map_err(|error| error.of(CALL))
    }

    fn ask_registry(&self, url: Url, tls: Option<Arc<ClientConfig>>, deadline: Deadline) -> Result<Answer> {
        let promise = Promise::new();
        let mut delivery = Delivery(Some(Arc::clone(&promise)));
        let user_agent = self.options.user_agent.clone();
        let mut closing = self.closed.subscribe();
        let task = self.runtime.handle().spawn(async move {
            let progress = Progress::default();
            let answer = tokio::select! {
                biased;
                _ = closing.wait_for(|is_closed| *is_closed) => Err(closed()),
                answer = timed(deadline, get(&url, tls, &user_agent, &progress)) => {
                    answer.unwrap_or_else(|| Err(too_late(&progress.waited_for())))
                }
            };
            delivery.give(answer);
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
struct Delivery(Option<Arc<Promise<Result<Answer>>>>);

impl Delivery {
    fn give(&mut self, answer: Result<Answer>) {
        if let Some(promise) = self.0.take() {
            promise.keep(answer);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.give(Err(if std::thread::panicking() {
            Error::new(Code::Internal, "a defect of the library ended the request; please report it")
        } else {
            Error::new(Code::Closed, "the library was shut down meanwhile")
        }));
    }
}
