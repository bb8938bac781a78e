//! Answers to launches that no honest engine gives, or that come at an unlucky moment.

use super::*;
use crate::client::event::EventKind;
use crate::client::process::Birthplace;
use crate::client::requests::{IdFrom, Wanted};
use crate::client::{Event, EventQueue, Launch, Process};
use crate::queue::Received;
use crate::wait::lock;
use crate::wire::tests::{event, request, response};
use crate::wire::{FileChunk, Request};

pub(super) const ID: &str = "00000000-0000-4000-8000-000000000000";

pub(super) fn send(server: &mut Server, message: Vec<u8>) {
    let _ = server.send(Message::binary(message));
}

/// The type and the correlation id of the next request, until the client hangs up.
pub(super) fn next(server: &mut Server) -> Option<(String, u64)> {
    loop {
        match server.read().ok()? {
            Message::Binary(bytes) => return Some(request(&bytes)),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

pub(super) fn launch(connection: &Arc<Connection>) -> Arc<Process> {
    block_on(connection.launch_process("a@1.0.0", &Launch::default(), in_a_minute()), in_a_minute()).unwrap()
}

#[test]
fn a_long_answer_that_is_no_id_is_shortened() {
    for answer in [format!("[{}\"\"]", "\"\",".repeat(10_000)), "x".repeat(10_000), "\"x\"".to_owned()] {
        let wanted = Wanted { tag: 0, captured: false, queue: None, held: false, waits: false, id: IdFrom::List };
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
    let (connection, results) = (silent(), EventQueue::without_room());
    let at = Birthplace {
        id: c"p".into(),
        tag: 0,
        captured: true,
        queue: Some(Arc::clone(results.queue())),
        held: false,
        waits: false,
    };
    let process = Process::new(&connection, at);
    (0..1000).for_each(|_| process.on_event("stdout", "x").fire());
    let hash = blake3::hash(b"f").to_hex().to_string().into();
    process.on_file(&FileChunk { process_id: "p".into(), hash, index: 0, total: 1, data: b"f", name: None }).fire();
    process.on_event("return", "x").fire();
    let Received::Item(events) = results.queue().receive_batch(in_a_minute(), 2000) else { panic!("no events") };
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Overflow, EventKind::Return]);
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_refused_attempt_to_end_a_process_leaves_an_accepted_one_as_it_is() {
    let connection = connected(|mut server| {
        let mut terminates = 0;
        while let Some((kind, id)) = next(&mut server) {
            terminates += usize::from(kind == "terminate_process");
            match terminates {
                0 => send(&mut server, response(id, true, ID)),
                1 => send(&mut server, response(id, true, "Process terminated")),
                _ => send(&mut server, response(id, false, "Process not found")),
            }
            if terminates == 2 {
                send(&mut server, event(ID, "error", "Signal"));
            }
        }
    });
    let process = launch(&connection);
    assert_eq!(code(block_on(connection.terminate(ID, in_a_minute()), in_a_minute())), None);
    assert_eq!(code(block_on(connection.terminate(ID, in_a_minute()), in_a_minute())), Some(Code::Rejected));
    assert_eq!(code(process.result(in_a_minute())), Some(Code::Cancelled));
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn an_end_after_a_refused_attempt_to_bring_it_about_is_the_inferlets_own() {
    let connection = connected(|mut server| {
        while let Some((kind, id)) = next(&mut server) {
            send(&mut server, response(id, kind == "launch_process", ID));
            if kind == "terminate_process" {
                send(&mut server, event(ID, "error", "it broke"));
            }
        }
    });
    let process = launch(&connection);
    assert_eq!(code(block_on(connection.terminate(ID, in_a_minute()), in_a_minute())), Some(Code::Rejected));
    assert_eq!(code(process.result(in_a_minute())), Some(Code::Process));
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_close_that_comes_second_waits_for_the_ends_that_the_first_is_giving() {
    let connection = silent();
    let start = |i: u64| {
        let at = Birthplace { id: c"p".into(), tag: i, captured: true, queue: None, held: false, waits: false };
        Process::new(&connection, at)
    };
    let processes: Vec<_> = (0..20_000).map(start).collect();
    let routes = processes.iter().map(|process| (process.tag().to_string(), Arc::clone(process)));
    lock(&connection.state).routes.extend(routes);
    let first = thread::spawn({
        let connection = Arc::clone(&connection);
        move || connection.begin_close()
    });
    while connection.check_open().is_ok() {
        thread::yield_now();
    }
    assert_eq!(code(connection.close(in_a_minute())), None);
    let without = processes.iter().filter(|process| !process.has_ended()).count();
    assert_eq!(without, 0, "of {} streams", processes.len());
    first.join().unwrap();
    processes.iter().for_each(|process| process.release());
}

/// An engine that reads nothing and says this again and again until the channel is closed; and a launch that cannot leave.
fn unsent_launch(say: impl Fn(u64) -> Vec<u8> + Send + 'static) -> (Arc<Connection>, mpsc::Sender<()>) {
    let (stop, stopped) = mpsc::channel();
    let connection = connected(move |mut server| {
        let goes_on = || stopped.recv_timeout(Duration::from_millis(10)) == Err(mpsc::RecvTimeoutError::Timeout);
        while goes_on() {
            (16..32).for_each(|id| send(&mut server, say(id)));
        }
    });
    let large = "x".repeat(1 << 20);
    while connection.signal(ID, &large).is_ok() {}
    let soon = Deadline::after(Duration::from_millis(500));
    let launched = block_on(connection.launch_process("a@1.0.0", &Launch::default(), soon), soon);
    assert_eq!(code(launched), Some(Code::TimedOut));
    (connection, stop)
}

#[test]
fn nothing_is_left_of_a_process_that_answers_an_unsent_launch() {
    let (connection, stop) = unsent_launch(|id| response(id, true, ID));
    drop(stop);
    assert_eq!(code(connection.close(in_a_minute())), None);
    let until = in_a_minute();
    while Arc::strong_count(&connection) > 1 {
        assert!(!until.is_over(), "{} hold the connection", Arc::strong_count(&connection) - 1);
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nothing_is_kept_for_an_unsent_launch() {
    let (connection, _stop) = unsent_launch(|_| event(ID, "stdout", "x"));
    assert!(lock(&connection.state).orphans.claim(ID).is_none());
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn nothing_is_sent_when_one_of_many_launches_may_be_too_large_by_its_id() {
    let (tell, told) = mpsc::channel();
    let connection = connected(move |mut server| {
        while let Some((kind, id)) = next(&mut server) {
            send(&mut server, response(id, true, ID));
            tell.send(kind).unwrap();
        }
    });
    // From here on ids take more than one byte.
    assert!((0..1000).map(|_| lock(&connection.state).requests.new_id()).all(|id| id < 2000));
    let fits = |length: usize| {
        let input = format!("\"{}\"", "x".repeat(length));
        let launch =
            Request::LaunchProcess { inferlet: "a@1.0.0", input: &input, capture_outputs: true, token_budget: None };
        Generation::G2.encode(0, &launch).ok().map(|_| input)
    };
    let longest = (0..200).find_map(|less| fits(Generation::G2.max_message() - less)).unwrap();
    let inputs = [None, Some(&*longest)];
    let launch = Launch::default();
    let launched = connection.launch_processes("a@1.0.0", &inputs, &launch, in_a_minute());
    let launched = block_on(launched, in_a_minute());
    assert_eq!(code(launched), Some(Code::TooLarge));
    ping(&connection, in_a_minute()).unwrap();
    assert_eq!(told.recv().unwrap(), "ping");
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_refused_end_of_a_process_without_a_stream_is_not_waited_for() {
    let connection = connected(|mut server| {
        while let Some((kind, id)) = next(&mut server) {
            send(&mut server, response(id, kind != "terminate_process", "Process not found"));
        }
    });
    let at = Birthplace { id: c"p".into(), tag: 0, captured: false, queue: None, held: false, waits: false };
    let process = Process::new(&connection, at);
    // A busy machine may be slow, but not each time.
    let is_quick = || {
        let start = std::time::Instant::now();
        assert_eq!(code(block_on(process.terminate(in_a_minute()), in_a_minute())), Some(Code::Rejected));
        start.elapsed() < Duration::from_millis(250)
    };
    assert!((0..50).any(|_| is_quick()), "each attempt took as long as a stream may take to end");
    assert_eq!(code(connection.close(in_a_minute())), None);
}

/// A process that may leave so many bytes unread.
fn with_budget(bytes: usize) -> Arc<Process> {
    let mut options = Options::default();
    options.set("queue_max_bytes", &bytes.to_string()).unwrap();
    let address = engine(|mut server| while server.read().is_ok() {});
    let connection =
        on_io_thread(address, options.clone(), move |reader, runtime| made(&reader, Generation::G2, &options, runtime));
    Process::new(
        &connection,
        Birthplace { id: c"p".into(), tag: 0, captured: true, queue: None, held: false, waits: false },
    )
}

fn waiting(process: &Process) -> Vec<Event> {
    match process.queue().receive_batch(in_a_minute(), 10_000) {
        Received::Item(events) => events,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_text_of_a_failed_file_is_charged() {
    let process = with_budget(1000);
    let hash = || "a".repeat(64).into();
    for _ in 0..1000 {
        process
            .on_file(&FileChunk { process_id: "p".into(), hash: hash(), index: 0, total: 1, data: b"f", name: None })
            .fire();
    }
    let kept = waiting(&process);
    let bytes: usize = kept.iter().filter_map(|event| event.failure.as_ref()).map(|error| error.message().len()).sum();
    assert!(kept.len() > 1 && bytes <= 1000, "{bytes} bytes of text in {} events", kept.len());
    process.release();
}

#[test]
fn events_that_stand_for_dropped_ones_do_not_come_on_top_of_what_may_wait() {
    let process = with_budget(100 * 32);
    (0..101).for_each(|_| process.on_event("message", "").fire());
    for _ in 0..1000 {
        let Received::Item(_) = process.queue().receive(in_a_minute()) else { panic!("no event") };
        (0..2).for_each(|_| process.on_event("message", "").fire());
    }
    let count = waiting(&process).len();
    assert!((100..=101).contains(&count), "{count} wait");
    process.release();
}
