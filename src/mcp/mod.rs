//! MCP servers run for the engine: programs that speak JSON-RPC in lines on their standard input and output.
//!
//! Params, results and error objects go through as the JSON texts that they are: nothing here gives them types.

mod grace;
mod json;
pub(crate) mod pipes;
pub(crate) mod rpc;
mod shared;
mod spec;
mod stdio;
#[cfg(unix)]
#[path = "unix/mod.rs"]
mod system;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;
#[cfg(test)]
mod tests;

pub use grace::Grace;
pub use json::{check as check_json, check_error_object, error_object};
pub use spec::Spec;
pub use stdio::{Limits, Server};
pub use system::reap_left;

/// The code of an error that is neither the request's fault nor a defect of ours.
pub const SERVER_ERROR: i64 = -32_000;
/// The code of an answer to a method that is not there.
pub const METHOD_NOT_FOUND: i64 = -32_601;
/// The code of an answer to params that are wrong.
pub const INVALID_PARAMS: i64 = -32_602;

/// What became of a request: the JSON text of its result, or of an error object.
pub type Outcome = Result<String, String>;

/// Takes the outcome of a request. Whoever drops it without a call has to see to an answer.
pub type Reply = Box<dyn FnOnce(Outcome) + Send>;

/// A request to a server.
pub struct Call {
    /// What it is to do.
    pub method: String,
    /// With what: JSON text.
    pub params: String,
    /// Where the answer goes.
    pub reply: Reply,
}
