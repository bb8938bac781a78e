//! The registry of inferlets: asked over HTTP which version an inferlet has.

mod http;
mod portions;
mod url;
pub(crate) mod version;

use std::sync::{Arc, Mutex};

use rustls::ClientConfig;

use crate::error::{Code, Error, Result};
use crate::transport::tls::client_config;
use crate::wait::lock;

pub use http::{Answer, get};
pub use url::Url;
use version::version_in;

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

/// The version that is told at a URL, wherever that leads. `get` does one request, with the settings of TLS where the URL
/// needs them. They are read here, on the caller's thread: a thread of the library could outlive a shutdown with that.
pub fn version_at(url: &Url, mut get: impl FnMut(&Url, Option<Arc<ClientConfig>>) -> Result<Answer>) -> Result<String> {
    let (mut at, mut tls) = (url.clone(), None);
    for _ in 0..=MAX_REDIRECTS {
        if at.is_https() && tls.is_none() {
            tls = Some(client_config()?);
        }
        match get(&at, tls.clone())? {
            Answer::Body(body) => return version_in(&body, &at),
            Answer::Elsewhere(location) => at = at.redirected(&location).map_err(|why| useless(&at, &why))?,
        }
    }
    Err(useless(url, &format!("more than {MAX_REDIRECTS} redirects, the last to {at}")))
}

/// How much of a text of a server's an error repeats.
const LONGEST_SHOWN: usize = 200;

/// What of a server's text may stand in an error.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// An answer that would be the same the next time.
fn useless(url: &Url, what: &str) -> Error {
    broken(url, what).for_good()
}

/// An answer that may be a better one the next time.
fn broken(url: &Url, what: &str) -> Error {
    Error::new(Code::Registry, format!("GET {url}: {what}"))
}
