//! `libpie_client`: the C client library for Pie, the programmable LLM serving engine.
//!
//! What the library offers is its C interface, [`abi`], described in `include/pie_client.h`. Each module below knows
//! only those after it: `abi`, `client`, `queue`, `auth`, `mcp` and `registry`, `transport`, `wire`, and at the bottom `options`,
//! `runtime`, `log_sink`, `fork`, `wait`, `wipe`, `file`, `memory`, `descriptors`, `error`.

#![deny(missing_docs, unsafe_op_in_unsafe_fn, unsafe_code)]

pub mod abi;
mod auth;
mod client;
#[cfg(unix)]
mod descriptors;
mod error;
mod file;
mod fork;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[path = "../fuzz/bodies/mod.rs"]
pub mod fuzzing;
mod log_sink;
mod mcp;
mod memory;
mod options;
mod queue;
mod registry;
mod runtime;
mod transport;
mod wait;
mod wipe;
mod wire;
