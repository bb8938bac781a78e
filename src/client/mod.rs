//! One connection to an engine: connect and close, requests and their answers, events and their processes, files, MCP.
//!
//! Calls that wait for the engine are futures: a waiting call polls one on the host's thread, an asynchronous one has the
//! I/O thread poll it.

mod attend;
mod batches;
mod calls;
mod connect;
mod connection;
mod download;
mod establish;
mod event;
mod io_task;
mod keepalive;
mod launch;
mod line;
mod list;
mod login;
mod mcp;
mod mcp_handler;
mod mcp_request;
mod news;
mod op;
mod orphans;
mod pause;
mod process;
mod reading;
mod reconnect;
mod requests;
mod resolve;
mod routing;
mod state;
mod stream;
#[cfg(test)]
mod tests;
mod upload;

pub use connect::connect;
pub use connection::{Client, Connection};
pub use event::{Data, Event, Outcome};
pub use launch::Launch;
pub use list::ProcessInfo;
pub use mcp_request::McpRequest;
pub use op::{Op, Report, start};
pub use process::Process;
pub use upload::{Source, Told, read_text};
#[cfg(any(test, fuzzing))]
pub(crate) use {
    download::{Allowance, Downloads},
    event::EventKind,
    list::parse as parse_list,
    orphans::Orphans,
};

/// The queue that events arrive in.
pub type EventQueue = crate::queue::Queue<Event>;
/// A share in what an event queue keeps.
pub type EventQueueHandle = crate::queue::QueueHandle<Event>;
