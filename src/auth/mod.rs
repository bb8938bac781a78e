//! Private keys, and whatever else signs an engine's challenge.

mod agent;
mod asn1;
mod encrypted;
mod file;
mod key;
mod openssh;
mod parse;
mod pem;
mod refuse;
#[cfg(test)]
mod tests;

pub use agent::{Agent, Wanted};
pub use file::from_file;
pub use key::PrivateKey;
pub use parse::parse;

use crate::error::{Code, Error, Result};

/// What signs challenges. A login asks it again, with a new challenge, while the engine refuses and it has another key.
pub trait Signer {
    /// Signs a challenge, with the next key if there are several.
    fn sign(&mut self, challenge: &[u8]) -> Result<Vec<u8>>;

    /// Whether there is another key to try.
    fn has_another(&self) -> bool {
        false
    }

    /// Whose signatures the engine has refused, for the error's text.
    fn tried(&self) -> String {
        "this key".into()
    }
}

impl Signer for &PrivateKey {
    fn sign(&mut self, challenge: &[u8]) -> Result<Vec<u8>> {
        PrivateKey::sign(self, challenge)
    }
}

/// A key that cannot be used.
fn unusable(why: impl Into<String>) -> Error {
    Error::new(Code::Key, why)
}
