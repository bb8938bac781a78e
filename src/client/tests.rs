//! What only a hostile engine or an unlucky moment shows: engines written by hand, on a socket of their own.

mod attending;
mod holding;
mod launches;

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tungstenite::Message;

use super::connection::Connection;
use super::io_task::run;
use super::news::News;
use crate::error::{Code, Error, Result};
use crate::memory;
use crate::options::Options;
use crate::runtime::Runtime;
use crate::transport::{Address, Reader, UNBOUNDED, open};
use crate::wait::{Deadline, block_on};
use crate::wire::Generation;
use crate::wire::tests::mcp_request;

/// Long enough for a busy machine.
const LONG: Duration = Duration::from_secs(60);

type Server = tungstenite::WebSocket<std::net::TcpStream>;

/// An engine that does the handshake and then what it is told.
fn engine(then: impl FnOnce(Server) + Send + 'static) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(move || then(tungstenite::accept(listener.accept().unwrap().0).unwrap()));
    Address::parse(&uri).unwrap()
}

/// Opens a WebSocket on the I/O thread and hands it to `with`.
fn on_io_thread<T: Send + 'static>(
    address: Address,
    options: Options,
    with: impl FnOnce(Reader, Arc<Runtime>) -> T + Send + 'static,
) -> T {
    let runtime = Runtime::acquire().unwrap();
    let (give, take) = mpsc::channel();
    let kept = Arc::clone(&runtime);
    runtime.handle().spawn(async move {
        let reader = open(&address, &options, || {}).await.map_err(Error::from).unwrap();
        give.send(with(reader, kept)).unwrap();
    });
    take.recv_timeout(LONG).unwrap()
}

fn connected(then: impl FnOnce(Server) + Send + 'static) -> Arc<Connection> {
    on_io_thread(engine(then), Options::default(), |reader, runtime| running(reader, Generation::G2, runtime))
}

/// A connection that is never made again.
fn made(reader: &Reader, generation: Generation, options: &Options, runtime: Arc<Runtime>) -> Arc<Connection> {
    let nowhere = Address::parse("ws://127.0.0.1:1").unwrap();
    Connection::new(reader, generation, (&nowhere, options), runtime, News::new(None))
}

fn running(reader: Reader, generation: Generation, runtime: Arc<Runtime>) -> Arc<Connection> {
    let connection = made(&reader, generation, &Options::default(), Arc::clone(&runtime));
    runtime.handle().spawn(run(Arc::clone(&connection), reader));
    connection
}

fn in_half_a_minute() -> Deadline {
    Deadline::after(LONG / 2)
}

fn ping(connection: &Arc<Connection>, deadline: Deadline) -> Result<Duration> {
    block_on(connection.ping(deadline), deadline)
}

fn in_a_minute() -> Deadline {
    Deadline::after(LONG)
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

#[test]
fn endless_empty_fragments_hold_up_nobody() {
    let hostile = connected(|server| {
        let mut tcp = server.get_ref();
        let _ = tcp.write_all(&[0x02, 0x00]);
        while tcp.write_all(&[0; 1 << 16]).is_ok() {}
    });
    let other = connected(|mut server| while server.read().is_ok() {});
    for _ in 0..3 {
        assert_eq!(code(ping(&other, Deadline::after(Duration::from_millis(200)))), Some(Code::TimedOut));
    }
    assert_eq!(code(hostile.close(in_a_minute())), None);
    assert_eq!(code(other.close(in_a_minute())), None);
}

#[test]
fn an_attempt_to_connect_again_that_nobody_answers_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let mut options = Options::default();
    for (key, value) in [("reconnect", "on"), ("reconnect_max_attempts", "1")] {
        options.set(key, value).unwrap();
    }
    let (over, wait) = mpsc::channel::<()>();
    let server = thread::spawn(move || {
        drop(tungstenite::accept(listener.accept().unwrap().0).unwrap());
        let silent = listener.accept().unwrap();
        let _ = wait.recv_timeout(LONG);
        drop(silent);
    });
    let again = (address.clone(), options.clone());
    let connection = on_io_thread(address, options, move |reader, runtime| {
        let again = (&again.0, &again.1);
        let connection = Connection::new(&reader, Generation::G2, again, Arc::clone(&runtime), News::new(None));
        runtime.handle().spawn(run(Arc::clone(&connection), reader));
        connection
    });
    let deadline = in_half_a_minute();
    let why = loop {
        match connection.check_open() {
            Err(why) if !why.is_retriable() => break why,
            _ => assert!(!deadline.is_over(), "the attempt goes on"),
        }
        thread::yield_now();
    };
    assert!(why.message().contains("attempt 1 of 1") && why.message().contains("not answered"), "{why}");
    drop(over);
    server.join().unwrap();
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn endless_talk_does_not_keep_connect_from_its_time_limit() {
    let address = engine(|mut server| while server.send(Message::text("{}")).is_ok() {});
    let (give, take) = mpsc::channel();
    let connecting = thread::spawn(move || {
        let (uri, options, deadline) = (address.uri(), Options::default(), in_half_a_minute());
        let connecting = super::connect(&uri, &options, deadline, Runtime::acquire().unwrap(), None);
        give.send(block_on(connecting, deadline))
    });
    // It is taken for an engine that ignores both questions.
    let client = take.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!(client.connection().generation(), Generation::G1);
    connecting.join().unwrap().unwrap();
}

#[test]
fn an_engine_that_asks_without_reading_the_answers_is_given_up() {
    let address = engine(|mut server| {
        let asked = Message::binary(mcp_request(&"x".repeat(1 << 20)));
        while server.send(asked.clone()).is_ok() {}
    });
    let connection =
        on_io_thread(address, Options::default(), |reader, runtime| running(reader, Generation::G1, runtime));
    let until = in_a_minute();
    let why = loop {
        assert!(!until.is_over());
        match connection.check_open() {
            Err(why) => break why,
            Ok(()) => thread::sleep(Duration::from_millis(5)),
        }
    };
    assert_eq!(why.code(), Code::Disconnected);
    assert!(why.message().contains("without reading the answers"), "{why}");
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn who_answers_an_engine_that_does_not_read_is_told_that_it_was_given_up() {
    let (give, take) = mpsc::channel::<()>();
    let address = engine(move |_server| {
        let _ = take.recv();
    });
    let connection =
        on_io_thread(address, Options::default(), |reader, runtime| running(reader, Generation::G1, runtime));
    let answer = format!("\"{}\"", "x".repeat(1 << 20));
    let respond = |id| connection.open_mcp_request(id, "s", &Arc::default()).respond(true, &answer);
    let why = (0..1000).find_map(|id| respond(id).err()).unwrap();
    assert_eq!(why.code(), Code::Disconnected);
    assert!(why.message().contains("without reading the answers"), "{why}");
    drop(give);
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_task_that_never_began_ends_its_connection() {
    let connection = on_io_thread(engine(drop), Options::default(), |reader, runtime| {
        let connection = made(&reader, Generation::G2, &Options::default(), runtime);
        drop(run(Arc::clone(&connection), reader));
        connection
    });
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_message_that_is_not_sent_has_nothing_set_aside() {
    let connection = connected(drop);
    let until = in_a_minute();
    while connection.socket().send(vec![0; memory::BIG], UNBOUNDED).is_ok() {
        assert!(!until.is_over());
        thread::sleep(Duration::from_millis(1));
    }
    assert!(!memory::give_back());
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_long_complaint_is_shortened_before_it_is_told() {
    let complaint = format!(r#"{{"type":"error","message":"{}"}}"#, "x".repeat(1 << 20));
    let connection = connected(move |mut server| {
        server.send(Message::text(complaint)).unwrap();
        // The ping has come: the complaint was read before its answer could be waited for in vain.
        server.read().unwrap();
    });
    let error = ping(&connection, in_a_minute()).unwrap_err();
    assert_eq!(error.code(), Code::Disconnected);
    assert!(error.message().contains("xxx") && error.message().len() < 2000, "{}", error.message().len());
}
