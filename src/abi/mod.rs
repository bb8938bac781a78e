//! The C interface: one file for each section of `include/pie_client.h`, in its order.
//!
//! A body turns its arguments into Rust, calls one function of the client, and turns the result back. `boundary` holds
//! the checks that every function shares. The files' own first lines are the introductions of the header's sections.

#![allow(unsafe_code, non_camel_case_types, clippy::missing_safety_doc, clippy::module_name_repetitions)]

mod allocator;
mod boundary;

mod async_client;
mod async_process;
mod async_program;
mod client;
mod error;
mod event;
#[cfg(unix)]
mod folder;
#[cfg(windows)]
mod job;
mod key;
mod launch;
mod library;
mod login;
mod mcp;
mod op;
mod options;
mod process;
mod process_list;
mod program;
mod queue;
mod types;

pub use async_client::*;
pub use async_process::*;
pub use async_program::*;
pub use client::*;
pub use error::*;
pub use event::*;
pub use key::*;
pub use launch::*;
pub use library::*;
pub use login::*;
pub use mcp::*;
pub use op::*;
pub use options::*;
pub use process::*;
pub use process_list::*;
pub use program::*;
pub use queue::*;
pub use types::*;
