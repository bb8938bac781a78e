//! Answers to launches that no honest engine gives, or that come at an unlucky moment.

use super::*;
use crate::client::event::EventKind;
use crate::client::process::Birthplace;
use crate::client::requests::{IdFrom, Wanted};
use crate::client::{EventQueue, Process};
use crate::queue::Received;
use crate::wire::FileChunk;

#[test]
fn a_long_answer_that_is_no_id_is_shortened() {
    for answer in [format!("[{}\"\"]", "\"\",".repeat(10_000)), "x".repeat(10_000), "\"x\"".to_owned()] {
        let wanted = Wanted { tag: 0, captured: false, queue: None, id: IdFrom::List };
        let error = wanted.birthplace(&answer).err().unwrap();
        assert_eq!(error.code(), Code::Protocol);
        assert!(error.message().len() < 1000, "{}", error.message().len());
    }
}

/// An engine that reads, and says nothing.
fn silent() -> Arc<Connection> {
    connected(|mut server| while server.read().is_ok() {})
}

#[test]
fn of_a_process_that_is_run_only_the_end_is_kept() {
    let (connection, results) = (silent(), EventQueue::of_uncharged());
    let at = Birthplace { id: c"p".into(), tag: 0, captured: true, queue: Some(Arc::clone(results.queue())) };
    let process = Process::new(&connection, at);
    (0..1000).for_each(|_| process.on_event("stdout", "x"));
    let hash = blake3::hash(b"f").to_hex().to_string().into();
    process.on_file(&FileChunk { process_id: "p".into(), hash, index: 0, total: 1, data: b"f", name: None });
    process.on_event("return", "x");
    let Received::Item(events) = results.queue().receive_batch(in_a_minute(), 2000) else { panic!("no events") };
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Overflow, EventKind::Return]);
    assert_eq!(code(connection.close(in_a_minute())), None);
}
