//! The registry of inferlets: asked over HTTP which version an inferlet has.

mod http;
mod url;
mod version;

use std::sync::Mutex;

use crate::error::{Code, Error, Result};
use crate::wait::lock;

pub use url::Url;
pub use version::version_in;

/// The registry of the Pie project.
pub const DEFAULT_URL: &str = "https://registry.pie-project.org/";
/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;
/// Room for the details of an inferlet with the read-me texts of all its versions.
const MAX_BODY_BYTES: usize = 8 << 20;

/// How far a request has come: what a time limit interrupts.
#[derive(Debug, Default)]
pub struct Progress(Mutex<String>);

impl Progress {
    fn waits_for(&self, what: String) {
        *lock(&self.0) = what;
    }

    /// What was being waited for.
    pub fn waited_for(&self) -> String {
        lock(&self.0).clone()
    }
}

/// Gets what a registry answers to a request for a URL. Takes as long as it takes: the caller sets the limit.
pub async fn fetch(url: &Url, user_agent: &str, progress: &Progress) -> Result<Vec<u8>> {
    let mut at = url.clone();
    for _ in 0..=MAX_REDIRECTS {
        match http::get(&at, user_agent, progress).await? {
            http::Answer::Body(body) => return Ok(body),
            http::Answer::Elsewhere(location) => at = at.redirected(&location).map_err(|why| useless(&at, &why))?,
        }
    }
    Err(useless(url, &format!("more than {MAX_REDIRECTS} redirects, the last to {at}")))
}

/// An answer that would be the same the next time.
fn useless(url: &Url, what: &str) -> Error {
    broken(url, what).for_good()
}

/// An answer that may be a better one the next time.
fn broken(url: &Url, what: &str) -> Error {
    Error::new(Code::Registry, format!("GET {url}: {what}"))
}
