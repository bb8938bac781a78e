//! What each fuzz target does with one input. It is compiled into the library with `--cfg fuzzing`, for cargo-fuzz, and with
//! its unit tests, which replay the corpus (`replay.rs`).

#![allow(missing_docs, unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod frames;
mod keys;
mod mcp;
pub(crate) mod memory;
mod options;
mod registry;
#[cfg(test)]
mod replay;
mod script;
mod session;
mod texts;

pub use frames::frames;
pub use keys::keys;
pub use mcp::mcp;
pub use options::options;
pub use registry::registry;
pub use session::session;
pub use texts::texts;

use crate::error::Error;

/// What holds for every error: one line that is short, whatever was read.
fn check_error(error: &Error) {
    let text = error.message();
    assert!(!text.is_empty() && !text.contains(['\n', '\0']), "{text:?}");
    assert!(text.len() < 4096, "a message of {} bytes", text.len());
}
