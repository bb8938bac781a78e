//! A pipe of which our end never waits, and the other is a program's standard input or output.

use std::fs::{File, OpenOptions};
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rand_core::{OsRng, RngCore};
use tokio::net::windows::named_pipe::{NamedPipeServer, PipeMode, ServerOptions};

/// Our end of a server's standard input.
pub type Sender = NamedPipeServer;
/// Our end of one of its outputs.
pub type Receiver = NamedPipeServer;

/// How long what a server wrote right before its end may take to be noticed.
const NOTICED: Duration = Duration::from_millis(2);

/// Who a pipe brings something to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToChild,
    ToUs,
}

/// Our end and the child's. To be called within the runtime.
pub(super) fn pipe(way: Way) -> io::Result<(NamedPipeServer, File)> {
    let name = name();
    // Nobody else can have made it or come in between: it is new, and takes one other end, which is a program of this machine.
    let ours = ServerOptions::new()
        .pipe_mode(PipeMode::Byte)
        .access_inbound(way == Way::ToUs)
        .access_outbound(way == Way::ToChild)
        .first_pipe_instance(true)
        .max_instances(1)
        .reject_remote_clients(true)
        .create(&name)?;
    let theirs = OpenOptions::new().read(way == Way::ToChild).write(way == Way::ToUs).open(&name)?;
    // The other end is there already, so this does not wait.
    match pin!(ours.connect()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(connected) => connected?,
        Poll::Pending => return Err(io::ErrorKind::NotConnected.into()),
    }
    Ok((ours, theirs))
}

fn name() -> String {
    let mut random = [0; 16];
    OsRng.fill_bytes(&mut random);
    format!(r"\\.\pipe\pie_client-{:032x}", u128::from_ne_bytes(random))
}

/// Reads what the runtime has noticed.
pub fn read_now(pipe: &Receiver, part: &mut [u8]) -> io::Result<usize> {
    pipe.try_read(part)
}

/// Lets the runtime notice what is in the pipes already.
pub async fn settle() {
    tokio::time::sleep(NOTICED).await;
}
