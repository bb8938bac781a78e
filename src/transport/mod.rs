//! The WebSocket to the engine: address, handshake, and a socket that any thread may write to without waiting.

mod address;
mod handshake;
mod socket;

pub use address::Address;
pub use handshake::{Refusal, open};
pub use socket::{Frame, Reader, Room, Socket};
