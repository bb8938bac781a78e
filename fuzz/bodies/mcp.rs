//! What MCP servers write, and what an engine wants of them. The first byte says which; see `mcp`.

use std::os::fd::OwnedFd;

use tokio::net::unix::pipe::Receiver;

use super::memory;
use crate::mcp::pipes::{Look, Output};
use crate::mcp::rpc::{Said, read, request, shortened};
use crate::mcp::{Outcome, check_error_object, check_json};

/// The longest line that is taken from a server.
const LONGEST: usize = 4096;

pub fn mcp(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else { return };
    // A line of empty messages becomes a thousand of them.
    memory::within((1 << 20) + 64 * rest.len(), || match kind % 4 {
        0 => rest.split(|&byte| byte == b'\n').for_each(line),
        1 => piped(rest),
        2 => {
            let (method, params) =
                text(rest).split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap_or_default();
            asked(&method, &params);
        }
        _ => answered(text(rest).as_ref()),
    });
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// One line of a server's output.
fn line(line: &[u8]) {
    for said in read(line) {
        match said {
            Said::Reply(reply) => check_line(&reply),
            Said::Answer(_, outcome) => check_outcome(&outcome),
            Said::Notice(what) | Said::Complaint(what) | Said::Garbage(what) => {
                assert!(what.len() < 1600 && !what.contains(char::is_control), "{what:?}");
            }
        }
    }
}

/// What goes to the engine is JSON.
fn check_outcome(outcome: &Outcome) {
    let (Ok(json) | Err(json)) = outcome;
    check_json(json).unwrap();
    if let Err(error) = outcome {
        assert_eq!(check_error_object(error).as_ref(), Ok(error));
    }
}

/// What goes to a server is one line of JSON, however it takes lines apart.
fn check_line(line: &str) {
    let inside = line.strip_suffix('\n').unwrap();
    assert!(!inside.contains(['\n', '\r']), "{line:?}");
    check_json(inside).unwrap();
}

/// A request of the engine, as it goes to a server.
pub(super) fn asked(method: &str, params: &str) {
    if check_json(params).is_ok() {
        check_line(&request(u64::MAX, method, params));
    }
    assert!(shortened(method).len() <= 1300);
}

/// An error that a host gives as the answer to a request.
fn answered(json: &str) {
    if let Ok(error) = check_error_object(json) {
        check_json(&error).unwrap();
        assert_eq!(check_error_object(&error).as_ref(), Ok(&error));
    }
}

/// The same through a pipe, as it comes from a program.
fn piped(bytes: &[u8]) {
    const ROOM: usize = 60_000;
    let bytes = &bytes[..bytes.len().min(ROOM)];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut &writer, bytes).unwrap();
    drop(writer);
    runtime.block_on(async {
        let mut output = Output::new(Receiver::from_owned_fd(OwnedFd::from(reader)).unwrap(), LONGEST);
        loop {
            output.readable().await.unwrap();
            let look = output.look(|found| {
                assert!(found.len() <= LONGEST);
                line(found);
            });
            if matches!(look, Look::End | Look::TooLong) {
                return;
            }
        }
    });
}
