//! Logging in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::Connection;
use super::line::{Line, Place};
use super::requests::refused;
use crate::auth::{Agent, PrivateKey, Signer, Wanted};
use crate::error::{Code, Error, Result};
use crate::runtime::{offload, this_thread};
use crate::wait::{Deadline, block_on, lock};
use crate::wire::Request;

/// What an engine answers when no signature is wanted (seen with 0.4.0 and 0.5.2).
const DONE: [&str; 3] = ["Authenticated (Engine disabled authentication)", "Authenticated", "Already authenticated"];

/// What engines send. What SSH, TLS and `ssh-keygen -Y` (60 at least) have signed is longer.
const CHALLENGE_BYTES: usize = 48;

/// What a login is repeated with when a lost connection is made again.
#[derive(Clone, Debug)]
pub(super) enum Login {
    Name(String),
    Key(String, Arc<PrivateKey>),
    Agent(String, Wanted),
    Token(Token),
}

/// Wiped when it is let go of.
#[derive(Clone)]
pub(super) struct Token(Zeroizing<String>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Who logs in: one at a time, since an engine remembers only the latest challenge of a connection.
#[derive(Debug, Default)]
pub(super) struct Logins {
    line: Line,
    /// The thread that a signer of the host's runs on.
    signs_on: AtomicUsize,
}

impl Logins {
    /// Has those that wait look whether the connection has ended.
    pub fn wake(&self) {
        self.line.wake();
    }

    async fn turn(&self, connection: &Connection, deadline: Deadline) -> Result<Place<'_>> {
        if self.signs_on.load(Ordering::Relaxed) == this_thread() {
            let text = "authenticate: called from the signer of a login of the same client, which it would wait for";
            return Err(Error::new(Code::WouldDeadlock, text));
        }
        let place = self.line.line_up();
        if !place.turn(deadline, || connection.check_open()).await? {
            let text = "authenticate: another login of this client was under way for the whole time limit";
            return Err(Error::new(Code::TimedOut, text));
        }
        Ok(place)
    }

    /// Has the signer sign, on this thread.
    fn sign(&self, signer: &mut dyn Signer, challenge: &[u8]) -> Result<Vec<u8>> {
        self.signs_on.store(this_thread(), Ordering::Relaxed);
        let signature = signer.sign(challenge);
        self.signs_on.store(0, Ordering::Relaxed);
        signature
    }
}

impl Connection {
    /// Logs in under a name, without a key.
    pub async fn authenticate(self: &Arc<Self>, username: &str, deadline: Deadline) -> Result<()> {
        let _turn = self.logins.turn(self, deadline).await?;
        match self.identify(username, deadline).await? {
            None => {
                self.keep_login(|| Login::Name(username.to_owned()));
                Ok(())
            }
            Some(_) => Err(Error::new(
                Code::Auth,
                format!(
                    "authenticate: the engine wants a signature by a key of the user {username:?}; pass that private key"
                ),
            )),
        }
    }

    /// Logs in under a name and, where the engine wants a signature, with a key.
    pub async fn authenticate_with_key(
        self: &Arc<Self>,
        username: &str,
        key: Arc<PrivateKey>,
        deadline: Deadline,
    ) -> Result<()> {
        let _turn = self.logins.turn(self, deadline).await?;
        if let Some(challenge) = self.identify(username, deadline).await? {
            let (challenge, signer) = (decode(&challenge)?, Arc::clone(&key));
            let signature = offload(move || signer.sign(&challenge)).await??;
            self.prove(&signature, deadline).await.map_err(|error| explain(error, username, &&*key))?;
        }
        self.keep_login(|| Login::Key(username.to_owned(), key));
        Ok(())
    }

    /// Logs in under a name; the signer is asked, on the thread that polls this, only where the engine wants a signature.
    pub async fn authenticate_with(
        self: &Arc<Self>,
        username: &str,
        signer: &mut dyn Signer,
        deadline: Deadline,
    ) -> Result<()> {
        let _turn = self.logins.turn(self, deadline).await?;
        let mut refused = None;
        loop {
            let Some(challenge) = self.identify(username, deadline).await? else { return Ok(()) };
            let signature = self.logins.sign(signer, &decode(&challenge)?);
            let signature = signature.map_err(|error| unsigned(error, refused.take(), username, signer))?;
            match self.prove(&signature, deadline).await {
                // The refused signature has used the challenge up.
                Err(error) if error.code() == Code::Auth && signer.has_another() => refused = Some(error),
                outcome => return outcome.map_err(|error| explain(error, username, signer)),
            }
        }
    }

    /// Logs in under a name, with the keys of an SSH agent. For a thread that may wait for that.
    pub fn authenticate_with_agent(self: &Arc<Self>, username: &str, wanted: Wanted, deadline: Deadline) -> Result<()> {
        let check_open = || self.check_open();
        let mut agent = Agent::new(wanted.clone(), deadline, &check_open);
        block_on(self.authenticate_with(username, &mut agent, deadline), deadline)?;
        self.keep_login(|| Login::Agent(username.to_owned(), wanted));
        Ok(())
    }

    /// Logs in with the engine's internal token.
    pub async fn auth_by_token(self: &Arc<Self>, token: &str, deadline: Deadline) -> Result<()> {
        let _turn = self.logins.turn(self, deadline).await?;
        self.login(&Request::AuthByToken { token }, deadline).await?;
        self.logged_in();
        self.keep_login(|| Login::Token(Token(Zeroizing::new(token.to_owned()))));
        Ok(())
    }

    /// Repeats the login on a connection that was made again. What a signer of the host's has signed, it does not.
    pub(super) async fn login_again(self: &Arc<Self>, deadline: Deadline) -> Result<()> {
        let kept = lock(&self.state).login.clone().filter(|_| self.generation.needs_login());
        match kept {
            None => Ok(()),
            Some(Login::Name(username)) => self.authenticate(&username, deadline).await,
            Some(Login::Key(username, key)) => self.authenticate_with_key(&username, key, deadline).await,
            Some(Login::Token(token)) => self.auth_by_token(&token.0, deadline).await,
            Some(Login::Agent(username, wanted)) => {
                let connection = Arc::clone(self);
                offload(move || connection.authenticate_with_agent(&username, wanted, deadline)).await?
            }
        }
    }

    fn keep_login(&self, login: impl FnOnce() -> Login) {
        if self.options.reconnect {
            lock(&self.state).login = Some(login());
        }
    }

    /// The challenge, if the engine wants one to be signed.
    async fn identify(self: &Arc<Self>, username: &str, deadline: Deadline) -> Result<Option<String>> {
        let answer = self.login(&Request::AuthIdentify { username }, deadline).await?;
        if DONE.contains(&&*answer) {
            self.logged_in();
            return Ok(None);
        }
        Ok(Some(answer))
    }

    async fn prove(self: &Arc<Self>, signature: &[u8], deadline: Deadline) -> Result<()> {
        self.check_open()?;
        if deadline.is_over() {
            let text = "authenticate: the signature came only when the time limit was over; it was not sent";
            return Err(Error::new(Code::TimedOut, text));
        }
        let signature = &Base64::encode_string(signature);
        self.login(&Request::AuthProve { signature }, deadline).await?;
        self.logged_in();
        Ok(())
    }

    /// What an earlier login could be repeated with is let go of: it may have been another user's.
    fn logged_in(&self) {
        let mut state = lock(&self.state);
        state.logged_in = true;
        let former = state.login.take();
        drop(state);
        drop(former);
    }

    async fn login(self: &Arc<Self>, request: &Request<'_>, deadline: Deadline) -> Result<String> {
        self.request(request, deadline).await.map_err(|error| match error.code() {
            Code::Rejected => Error::new(Code::Auth, refused(error, request.name()).message()),
            _ => error,
        })
    }
}

fn decode(challenge: &str) -> Result<Vec<u8>> {
    let senseless = |what: String| Error::new(Code::Protocol, format!("authenticate: the engine's challenge {what}"));
    let bytes = Base64::decode_vec(challenge).map_err(|_| senseless("is not base64".into()))?;
    match bytes.len() {
        // A signature of text may be of use elsewhere: a JSON web token is text.
        CHALLENGE_BYTES if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
            Err(senseless("is a text, which is not signed".into()))
        }
        CHALLENGE_BYTES => Ok(bytes),
        size => Err(senseless(format!("has {size} bytes; nothing but {CHALLENGE_BYTES} bytes is signed"))),
    }
}

/// What the engine refused before comes first: another key may be on its way, but one was not accepted.
fn unsigned(error: Error, refused: Option<Error>, username: &str, signer: &dyn Signer) -> Error {
    match refused {
        Some(refused) if error.code() == Code::Key => {
            let refused = explain(refused, username, signer);
            Error::new(Code::Auth, format!("{}; {}", refused.message(), error.message()))
        }
        _ => error,
    }
}

fn explain(error: Error, username: &str, signer: &dyn Signer) -> Error {
    match error.code() {
        Code::Auth => {
            let (said, tried) = (error.message(), signer.tried());
            Error::new(Code::Auth, format!("{said}; it does not accept {tried} for the user {username:?}"))
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_padded_standard_base64_of_48_bytes() {
        assert_eq!(decode(&Base64::encode_string(&[7; 48])).unwrap(), [7; 48]);
        for wrong in ["", "AAA", "--__", "hello world"] {
            assert_eq!(decode(wrong).unwrap_err().code(), Code::Protocol, "{wrong}");
        }
        for size in [0, 1, 41, 47, 49, 64] {
            assert_eq!(decode(&Base64::encode_string(&vec![251; size])).unwrap_err().code(), Code::Protocol, "{size}");
        }
    }

    #[test]
    fn a_challenge_is_no_text() {
        let token = b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiIgICAgIH0";
        assert_eq!(decode(&Base64::encode_string(&token[..48])).unwrap_err().code(), Code::Protocol);
        for odd in [b'\n', b'\x7f', 0, 0x80] {
            let mut bytes = token[..48].to_vec();
            bytes[47] = odd;
            assert_eq!(decode(&Base64::encode_string(&bytes)).unwrap(), bytes, "{odd}");
        }
    }
}
