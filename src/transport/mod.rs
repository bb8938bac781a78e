//! The WebSocket to the engine: address, handshake, and a socket that any thread may write to without waiting. TLS.

mod address;
mod dial;
mod foresight;
mod handshake;
mod socket;
mod stream;
mod tcp;
pub mod tls;
mod turn;

pub use address::{Address, without_secrets};
pub use dial::dial;
pub use handshake::{Refusal, open};
pub use socket::{Frame, Look, Reader, Rest, Room, Socket, UNBOUNDED};
pub use turn::{Attendant, PATIENCE, Turn};
