//! The SSH agent: it keeps the keys, and signs without giving them away.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod end;
mod link;
mod messages;

use std::collections::VecDeque;
use std::str::FromStr;

use ssh_key::public::KeyData;
use ssh_key::{Fingerprint, HashAlg, PublicKey};

use super::{Signer, openssh, unusable};
use crate::error::{Error, Result};
use crate::wait::Deadline;
use link::Link;
use messages::{Unsigned, check_usable, signature};

/// Which of an agent's keys is wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// All that can log in, in the agent's order.
    Any,
    /// This one.
    Key(Fingerprint),
}

impl Wanted {
    /// What the parameter `public_key` says: nothing, a line of OpenSSH, or a fingerprint.
    pub fn parse(public_key: Option<&str>) -> Result<Self> {
        let Some(text) = public_key.map(str::trim) else { return Ok(Self::Any) };
        if text.starts_with("SHA256:") {
            return Fingerprint::from_str(text).map(Self::Key).map_err(|_| no_public_key("this is no fingerprint"));
        } else if text.split(' ').next().is_some_and(|kind| kind.ends_with("-cert-v01@openssh.com")) {
            return Err(no_public_key("this is a certificate, which engines do not take"));
        }
        let key = PublicKey::from_openssh(text).map_err(|_| no_public_key("this is neither"))?;
        openssh::check_algorithm(&key.algorithm()).map_err(|error| error.of("public_key"))?;
        Ok(Self::Key(key.fingerprint(HashAlg::Sha256)))
    }

    /// The keys to try.
    fn choose(&self, keys: Vec<KeyData>) -> Result<VecDeque<KeyData>> {
        let count = keys.len();
        match self {
            Self::Any => {
                let usable: VecDeque<_> = keys.into_iter().filter(|key| check_usable(key).is_ok()).collect();
                if usable.is_empty() { Err(none_usable(count)) } else { Ok(usable) }
            }
            Self::Key(wanted) => {
                let found = keys.into_iter().find(|key| key.fingerprint(HashAlg::Sha256) == *wanted);
                let found = found.ok_or_else(|| {
                    unusable(format!("the agent does not hold the key {wanted}; add it with ssh-add"))
                })?;
                check_usable(&found).map_err(|error| error.of(wanted))?;
                Ok([found].into())
            }
        }
    }
}

fn no_public_key(why: &str) -> Error {
    Error::argument(format!(
        "public_key: give a line as in a .pub file (ssh-ed25519 AAAA...), or a fingerprint as ssh-add -l prints it \
         (SHA256:...); {why}"
    ))
}

fn none_usable(count: usize) -> Error {
    unusable(match count {
        0 => "the agent holds no keys; add one with ssh-add (a locked agent shows none: ssh-add -X)".to_owned(),
        _ => format!(
            "the agent holds {count} keys, none of a kind that engines take (Ed25519, RSA from 2048 bits up, ECDSA P-256 \
             and P-384, no certificates); add one with ssh-add"
        ),
    })
}

impl Unsigned {
    fn told(&self, key: &Fingerprint) -> String {
        match self {
            Self::Refused => {
                format!("the agent refused to sign with the key {key}; was its use declined, or the agent locked?")
            }
            Self::Sha1 => format!(
                "the agent signs with the RSA key {key} by SHA-1 only (ssh-rsa), which engines do not take; use a newer \
                 agent, or an Ed25519 key (ssh-keygen -t ed25519)"
            ),
            Self::Unfit => format!(
                "the agent's signature with the key {key} is not of the kind that belongs to this key; use another key or \
                 another agent"
            ),
        }
    }
}

/// An agent as a signer. It is not spoken to before a signature is wanted.
pub struct Agent<'a> {
    wanted: Wanted,
    deadline: Deadline,
    check_open: &'a dyn Fn() -> Result<()>,
    session: Option<Session<'a>>,
}

struct Session<'a> {
    link: Link<'a>,
    keys: VecDeque<KeyData>,
    /// With how many of them it has signed.
    tried: usize,
}

impl<'a> Agent<'a> {
    /// The agent that `SSH_AUTH_SOCK` names. `check_open` ends a wait for it when it fails.
    pub fn new(wanted: Wanted, deadline: Deadline, check_open: &'a dyn Fn() -> Result<()>) -> Self {
        Self { wanted, deadline, check_open, session: None }
    }

    fn session(&mut self) -> Result<&mut Session<'a>> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.begin()?,
        };
        Ok(self.session.insert(session))
    }

    fn begin(&self) -> Result<Session<'a>> {
        let mut link = Link::connect(self.deadline, self.check_open)?;
        let keys = self.wanted.choose(messages::list(&mut link)?)?;
        Ok(Session { link, keys, tried: 0 })
    }
}

impl Signer for Agent<'_> {
    fn sign(&mut self, challenge: &[u8]) -> Result<Vec<u8>> {
        let session = self.session()?;
        let mut last = None;
        while let Some(key) = session.keys.pop_front() {
            match signature(&mut session.link, &key, challenge)? {
                Ok(signature) => {
                    session.tried += 1;
                    return Ok(signature);
                }
                Err(why) => last = Some(why.told(&key.fingerprint(HashAlg::Sha256))),
            }
        }
        Err(unusable(last.unwrap_or_else(|| "the agent has no further key".into())))
    }

    fn has_another(&self) -> bool {
        self.session.as_ref().is_some_and(|session| !session.keys.is_empty())
    }

    fn tried(&self) -> String {
        match self.session.as_ref().map_or(0, |session| session.tried) {
            1 => "the agent's key".into(),
            count => format!("any of the agent's {count} keys"),
        }
    }
}
