//! Programs on Windows: processes in jobs of their own, and named pipes, since the anonymous ones cannot be read without
//! waiting.

mod child;
mod pipe;
mod spawn;

pub use child::{Child, reap_left};
pub use pipe::{Receiver, Sender, read_now, settle};
pub use spawn::{Ends, Native};
