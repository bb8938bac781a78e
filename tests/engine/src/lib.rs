//! A Pie engine for tests. It speaks the wire of the generations 0.4 and 0.5 as the real engines do, and misbehaves
//! where it is told to; `README.md` says how.

mod config;
mod connection;
mod engine;
mod faults;
mod files;
mod frames;
mod handshake;
mod inspect;
mod keys;
mod launches;
mod login;
mod mcp;
mod messages;
mod ops;
mod outbox;
mod process;
mod processes;
mod programs;
mod requests;
mod session;
mod stream;
mod uploads;
mod wire;
mod writer;

pub use config::{Attach, Config, Generation, Tls};
pub use engine::Engine;
