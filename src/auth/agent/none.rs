//! Where there are no SSH agents that this library can talk to.

use super::Signer;
use crate::error::{Code, Error, Result};
use crate::wait::Deadline;

/// Which of an agent's keys is wanted.
#[derive(Clone, Debug)]
pub struct Wanted;

impl Wanted {
    /// Refuses.
    pub fn parse(_: Option<&str>) -> Result<Self> {
        Err(Error::new(
            Code::Unsupported,
            "authenticate_with_agent: not available on this system; use a key or a signer",
        ))
    }
}

/// Never made.
pub struct Agent;

impl Agent {
    /// Never called.
    pub fn new(_: Wanted, _: Deadline, _: &dyn Fn() -> Result<()>) -> Self {
        Self
    }
}

impl Signer for Agent {
    fn sign(&mut self, _: &[u8]) -> Result<Vec<u8>> {
        Wanted::parse(None).map(|_| Vec::new())
    }
}
