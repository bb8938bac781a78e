//! Programs on Unix: processes in groups of their own, and pipes.

mod child;
mod spawn;

pub use child::{Child, reap_left};
pub use spawn::{Ends, Native, Receiver, Sender, read_now, settle};
