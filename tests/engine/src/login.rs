//! Who is at the other end of a connection.

use crate::config::{Config, Generation};
use crate::keys;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

/// The user that 0.4 gives to the token and 0.5 to everybody.
const INTERNAL: &str = "internal";
const CHALLENGE_BYTES: usize = 48;

pub enum Login {
    Open,
    Challenged { user: String, challenge: Vec<u8> },
    Done { user: String },
}

impl Login {
    pub fn new(generation: Generation) -> Self {
        match generation {
            Generation::V04 => Self::Open,
            Generation::V05 => Self::Done { user: INTERNAL.into() },
        }
    }

    pub fn user(&self) -> Option<String> {
        match self {
            Self::Done { user } => Some(user.clone()),
            _ => None,
        }
    }

    pub fn identify(&mut self, config: &Config, username: &str) -> Result<String, String> {
        if self.user().is_some() {
            return Ok("Already authenticated".into());
        }
        let Some(directory) = &config.users else {
            *self = Self::Done { user: username.into() };
            return Ok("Authenticated (Engine disabled authentication)".into());
        };
        if keys::of_user(directory, username).is_none() {
            return Err(format!("User '{username}' is not authorized"));
        }
        let mut challenge = vec![0; CHALLENGE_BYTES];
        fill(&mut challenge);
        let text = STANDARD.encode(&challenge);
        *self = Self::Challenged { user: username.into(), challenge };
        Ok(text)
    }

    /// Each attempt uses the challenge up.
    pub fn prove(&mut self, config: &Config, signature: &str) -> Result<String, String> {
        if self.user().is_some() {
            return Err("Already authenticated".into());
        }
        let Self::Challenged { user, challenge } = std::mem::replace(self, Self::Open) else {
            return Err("No pending authentication".into());
        };
        let signature = STANDARD.decode(signature).map_err(|error| format!("Invalid signature encoding: {error}"))?;
        let keys = config.users.as_ref().and_then(|directory| keys::of_user(directory, &user)).unwrap_or_default();
        if !keys.iter().any(|key| key.verifies(&challenge, &signature)) {
            return Err("Signature verification failed".into());
        }
        *self = Self::Done { user };
        Ok("Authenticated".into())
    }

    pub fn token(&mut self, config: &Config, token: &str) -> Result<String, String> {
        if self.user().is_some() {
            return Ok("Already authenticated".into());
        }
        if token != config.token {
            return Err("Invalid token".into());
        }
        *self = Self::Done { user: INTERNAL.into() };
        Ok("Authenticated".into())
    }
}

/// How long a wrong token is thought about: 1 to 3 seconds.
pub fn token_penalty() -> Duration {
    let mut random = [0; 1];
    fill(&mut random);
    Duration::from_millis(1000 + u64::from(random[0]) * 2000 / 255)
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives random bytes");
}
