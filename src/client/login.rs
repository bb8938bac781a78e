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
use crate::transport::Socket;
use crate::wait::{Deadline, block_on, lock};
use crate::wire::Request;

/// What an engine answers when no signature is wanted (seen with 0.4.0 and 0.5.2).
const DONE: [&str; 2] = ["Authenticated (Engine disabled authentication)", "Authenticated"];
/// What it answers to all that follow: whoever logged in first stays the user of the connection.
const ALREADY: &str = "Already authenticated";

/// What engines send. What SSH, TLS and `ssh-keygen -Y` (60 at least) have signed is longer.
const CHALLENGE_BYTES: usize = 48;

const IDENTIFY: &str = "auth_identify";
const BY_TOKEN: &str = "auth_by_token";

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

/// What an engine says to who wants to log in.
enum Said {
    Done,
    Already,
    Challenge(String),
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

    /// Waits for a turn. All of the login happens on the connection that there is now: a challenge is worth nothing on
    /// the next.
    async fn turn<'a>(
        &'a self,
        connection: &'a Arc<Connection>,
        request: &str,
        deadline: Deadline,
    ) -> Result<Turn<'a>> {
        if self.signs_on.load(Ordering::Relaxed) == this_thread() {
            let text = "authenticate: called from the signer of a login of the same client, which it would wait for";
            return Err(Error::new(Code::WouldDeadlock, text));
        }
        let socket = connection.may_send(request)?;
        let place = self.line.line_up();
        if !place.turn(deadline, || connection.check_on(&socket)).await? {
            let text = "authenticate: another login of this client was under way for the whole time limit";
            return Err(Error::new(Code::TimedOut, text));
        }
        Ok(Turn { connection, socket, deadline, _place: Some(place) })
    }

    /// Has the signer sign, on this thread.
    fn sign(&self, signer: &mut dyn Signer, challenge: &[u8]) -> Result<Vec<u8>> {
        self.signs_on.store(this_thread(), Ordering::Relaxed);
        let signature = signer.sign(challenge);
        self.signs_on.store(0, Ordering::Relaxed);
        signature
    }
}

/// A login whose turn it is, on one connection.
struct Turn<'a> {
    connection: &'a Arc<Connection>,
    socket: Arc<Socket>,
    deadline: Deadline,
    /// None where nobody else can log in.
    _place: Option<Place<'a>>,
}

impl<'a> Turn<'a> {
    /// While the connection is being made again, when nobody else can log in.
    fn again(connection: &'a Arc<Connection>, socket: Arc<Socket>, deadline: Deadline) -> Self {
        Self { connection, socket, deadline, _place: None }
    }
}

impl Turn<'_> {
    async fn with_name(&self, username: &str) -> Result<()> {
        let said = self.identify(username).await?;
        if let Said::Challenge(_) = said {
            let who = format!("a key of the user {username:?}; pass that private key");
            return Err(Error::new(Code::Auth, format!("authenticate: the engine wants a signature by {who}")));
        }
        self.done(&said, || Some(Login::Name(username.to_owned()))).await
    }

    async fn with_key(&self, username: &str, key: Arc<PrivateKey>) -> Result<()> {
        let said = self.identify(username).await?;
        if let Said::Challenge(challenge) = &said {
            let (challenge, signer) = (decode(challenge)?, Arc::clone(&key));
            let signature = offload(move || signer.sign(&challenge)).await??;
            self.prove(&signature).await.map_err(|error| explain(error, username, &&*key))?;
        }
        self.done(&said, || Some(Login::Key(username.to_owned(), key))).await
    }

    async fn with_signer(&self, username: &str, signer: &mut dyn Signer) -> Result<Said> {
        let mut refused = None;
        loop {
            let said = self.identify(username).await?;
            let Said::Challenge(challenge) = &said else { return Ok(said) };
            let signature = self.connection.logins.sign(signer, &decode(challenge)?);
            let signature = signature.map_err(|error| unsigned(error, refused.take(), username, signer))?;
            match self.prove(&signature).await {
                // The refused signature has used the challenge up.
                Err(error) if error.code() == Code::Auth && signer.has_another() => refused = Some(error),
                outcome => return outcome.map(|()| said).map_err(|error| explain(error, username, signer)),
            }
        }
    }

    /// For a thread that may wait for the agent.
    fn with_agent(&self, username: &str, wanted: Wanted) -> Result<()> {
        let check_open = || self.connection.check_on(&self.socket);
        let mut agent = Agent::new(wanted.clone(), self.deadline, &check_open);
        let said = block_on(self.with_signer(username, &mut agent), self.deadline)?;
        block_on(self.done(&said, || Some(Login::Agent(username.to_owned(), wanted))), self.deadline)
    }

    async fn with_token(&self, token: &str) -> Result<()> {
        let answer = self.ask(&Request::AuthByToken { token }).await?;
        let said = if answer == ALREADY { Said::Already } else { Said::Done };
        self.done(&said, || Some(Login::Token(Token(Zeroizing::new(token.to_owned()))))).await
    }

    async fn identify(&self, username: &str) -> Result<Said> {
        let answer = self.ask(&Request::AuthIdentify { username }).await?;
        Ok(match &*answer {
            ALREADY => Said::Already,
            done if DONE.contains(&done) => Said::Done,
            _ => Said::Challenge(answer),
        })
    }

    async fn prove(&self, signature: &[u8]) -> Result<()> {
        self.connection.check_on(&self.socket)?;
        if self.deadline.is_over() {
            let text = "authenticate: the signature came only when the time limit was over; it was not sent";
            return Err(Error::new(Code::TimedOut, text));
        }
        let signature = &Base64::encode_string(signature);
        self.ask(&Request::AuthProve { signature }).await.map(drop)
    }

    async fn ask(&self, request: &Request<'_>) -> Result<String> {
        let asked = self.connection.ask_on(&self.socket, request, self.deadline).await?;
        asked.answer(self.deadline).await.map(|answer| answer.text).map_err(|error| match error.code() {
            Code::Rejected => Error::new(Code::Auth, refused(error, request.name()).message()),
            _ => error,
        })
    }

    /// The engine has let us in.
    async fn done(&self, said: &Said, login: impl FnOnce() -> Option<Login>) -> Result<()> {
        let login = if self.connection.keeps_logins() { login() } else { None };
        self.note(said, login)?;
        // Engines are told of servers behind a login, and a signer's is not repeated for them.
        self.connection.announce_missing(&self.socket, self.deadline).await
    }

    /// What an earlier login could be repeated with is let go of, unless it is the one that counts.
    fn note(&self, said: &Said, login: Option<Login>) -> Result<()> {
        let mut state = lock(&self.connection.state);
        // A login that was lost with its connection is none, and nothing of a closed client may be kept.
        state.check_on(&self.socket)?;
        state.logged_in = true;
        let gone = if let Said::Already = said { login } else { std::mem::replace(&mut state.login, login) };
        drop(state);
        drop(gone);
        Ok(())
    }
}

impl Connection {
    /// Logs in under a name, without a key.
    pub async fn authenticate(self: &Arc<Self>, username: &str, deadline: Deadline) -> Result<()> {
        self.logins.turn(self, IDENTIFY, deadline).await?.with_name(username).await
    }

    /// Logs in under a name and, where the engine wants a signature, with a key.
    pub async fn authenticate_with_key(
        self: &Arc<Self>,
        username: &str,
        key: Arc<PrivateKey>,
        deadline: Deadline,
    ) -> Result<()> {
        self.logins.turn(self, IDENTIFY, deadline).await?.with_key(username, key).await
    }

    /// Logs in under a name; the signer is asked, on the thread that polls this, only where the engine wants a signature.
    pub async fn authenticate_with(
        self: &Arc<Self>,
        username: &str,
        signer: &mut dyn Signer,
        deadline: Deadline,
    ) -> Result<()> {
        let turn = self.logins.turn(self, IDENTIFY, deadline).await?;
        let said = turn.with_signer(username, signer).await?;
        turn.done(&said, || None).await
    }

    /// Logs in under a name, with the keys of an SSH agent. For a thread that may wait for that.
    pub fn authenticate_with_agent(self: &Arc<Self>, username: &str, wanted: Wanted, deadline: Deadline) -> Result<()> {
        block_on(self.logins.turn(self, IDENTIFY, deadline), deadline)?.with_agent(username, wanted)
    }

    /// Logs in with the engine's internal token.
    pub async fn auth_by_token(self: &Arc<Self>, token: &str, deadline: Deadline) -> Result<()> {
        self.logins.turn(self, BY_TOKEN, deadline).await?.with_token(token).await
    }

    /// Repeats the login on a connection that was made again. What a signer of the host's has signed, it does not.
    pub(super) async fn login_again(self: &Arc<Self>, socket: &Arc<Socket>, deadline: Deadline) -> Result<()> {
        let Some(kept) = lock(&self.state).login.clone() else { return Ok(()) };
        let (connection, socket) = (Arc::clone(self), Arc::clone(socket));
        match kept {
            Login::Name(username) => Turn::again(&connection, socket, deadline).with_name(&username).await,
            Login::Key(username, key) => Turn::again(&connection, socket, deadline).with_key(&username, key).await,
            Login::Token(token) => Turn::again(&connection, socket, deadline).with_token(&token.0).await,
            Login::Agent(username, wanted) => {
                offload(move || Turn::again(&connection, socket, deadline).with_agent(&username, wanted)).await?
            }
        }
    }

    /// Whether a login may have to be repeated.
    fn keeps_logins(&self) -> bool {
        self.options.reconnect && self.generation.needs_login()
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
