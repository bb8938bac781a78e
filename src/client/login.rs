//! Logging in.

use super::Connection;
use super::requests::refused;
use crate::error::{Code, Error, Result};
use crate::wait::{Deadline, lock};
use crate::wire::Request;

/// What an engine answers when no signature is wanted (seen with 0.4.0 and 0.5.2).
const DONE: [&str; 3] = ["Authenticated (Engine disabled authentication)", "Authenticated", "Already authenticated"];

impl Connection {
    /// Logs in under a name, without a key.
    pub fn authenticate(&self, username: &str, deadline: Deadline) -> Result<()> {
        let answer = self.login(&Request::AuthIdentify { username }, deadline)?;
        if DONE.contains(&&*answer) {
            lock(&self.state).logged_in = true;
            return Ok(());
        }
        let text = format!(
            "authenticate: the engine wants a signature by a key of the user {username:?}; pass that private key"
        );
        Err(Error::new(Code::Auth, text))
    }

    /// Logs in with the engine's internal token.
    pub fn auth_by_token(&self, token: &str, deadline: Deadline) -> Result<()> {
        self.login(&Request::AuthByToken { token }, deadline)?;
        lock(&self.state).logged_in = true;
        Ok(())
    }

    fn login(&self, request: &Request<'_>, deadline: Deadline) -> Result<String> {
        self.request(request, deadline).map_err(|error| match error.code() {
            Code::Rejected => Error::new(Code::Auth, refused(error, request.name()).message()),
            _ => error,
        })
    }
}
