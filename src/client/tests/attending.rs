//! A thread that waits for an answer reads it by itself.

use super::launches::{ID, launch, next, send};
use super::*;
use crate::client::{EventQueue, Launch};
use crate::queue::{Received, Wakeup};
use crate::transport::Attendant;
use crate::wire::tests::{event, response};

/// An engine that starts a process, and answers a ping after `before` and before `after`.
fn talking(before: &'static [&str], after: &'static [&str]) -> Arc<Connection> {
    connected(move |mut server| {
        while let Some((kind, id)) = next(&mut server) {
            let of_ping = |texts: &'static [&'static str]| if kind == "ping" { texts } else { &[] };
            of_ping(before).iter().for_each(|text| send(&mut server, event(ID, "message", text)));
            send(&mut server, response(id, true, ID));
            of_ping(after).iter().for_each(|text| send(&mut server, event(ID, "message", text)));
        }
    })
}

fn attending_ping(connection: &Arc<Connection>) -> Result<Duration> {
    connection.block_on(connection.ping(in_half_a_minute()), in_half_a_minute())
}

/// This thread at the socket, which it has written to before, as soon as nobody reads.
fn attendant(connection: &Arc<Connection>) -> Attendant {
    loop {
        if let Some(attendant) = connection.socket().attend() {
            return attendant;
        }
        thread::yield_now();
    }
}

/// Keeps the I/O thread busy until what it gives is dropped, for a minute at most.
fn busy(connection: &Arc<Connection>) -> mpsc::Sender<()> {
    attending_ping(connection).unwrap();
    drop(attendant(connection));
    let ((busy, wait), (over, until)) = (mpsc::channel(), mpsc::channel());
    connection.runtime.handle().spawn(async move {
        busy.send(()).unwrap();
        let _ = until.recv_timeout(LONG);
    });
    wait.recv_timeout(LONG).unwrap();
    over
}

fn needs_no_other_thread(connection: &Arc<Connection>) {
    let busy = busy(connection);
    for _ in 0..3 {
        attending_ping(connection).unwrap();
    }
    drop(busy);
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn an_answer_needs_no_other_thread() {
    needs_no_other_thread(&talking(&[], &[]));
}

#[test]
fn a_remark_behind_an_answer_that_says_nothing_needs_no_other_thread() {
    needs_no_other_thread(&connected(|mut server| {
        while let Some((_, id)) = next(&mut server) {
            send(&mut server, response(id, true, ID));
            server.send(Message::text(r#"{"type":"turn_done"}"#)).unwrap();
        }
    }));
}

#[test]
fn what_comes_before_an_answer_and_behind_it_is_left_to_the_io_thread() {
    let connection = talking(&["1", "2"], &["3"]);
    let process = launch(&connection);
    let take_all = || {
        for wanted in ["1", "2", "3"] {
            let Ok(Received::Item(event)) = process.receive(in_a_minute()) else { panic!("no event") };
            assert_eq!(&*event.data, wanted.as_bytes());
        }
    };
    let busy = busy(&connection);
    take_all();
    let pinging = thread::spawn({
        let connection = Arc::clone(&connection);
        move || attending_ping(&connection)
    });
    let until = in_half_a_minute();
    while !connection.socket().keeps_something() {
        assert!(!until.is_over());
        thread::yield_now();
    }
    drop(busy);
    take_all();
    pinging.join().unwrap().unwrap();
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn what_a_waiting_thread_does_not_come_to_is_read_when_it_leaves() {
    let connection = talking(&[], &[]);
    attending_ping(&connection).unwrap();
    // The second begins before the first is over: what the kernel tells the task meanwhile is left to it.
    let idle = attendant(&connection);
    let pinging = thread::spawn({
        let connection = Arc::clone(&connection);
        move || ping(&connection, in_a_minute())
    });
    assert!(idle.wait(Instant::now() + LONG));
    drop(idle);
    pinging.join().unwrap().unwrap();
    assert_eq!(code(connection.close(in_a_minute())), None);
}

/// An engine that answers a launch, and a ping with more than one read takes; it is gone when it was told that the first part
/// has been read, and says so.
fn gone_meanwhile() -> (Arc<Connection>, mpsc::Sender<()>, mpsc::Receiver<()>) {
    let ((is_read, read), (is_gone, gone)) = (mpsc::channel(), mpsc::channel());
    let connection = connected(move |mut server| {
        while let Some((kind, id)) = next(&mut server) {
            if kind == "ping" {
                (0..30).for_each(|_| server.write(Message::binary(event(ID, "message", &"x".repeat(1000)))).unwrap());
                server.flush().unwrap();
                read.recv_timeout(LONG).unwrap();
                drop(server);
                is_gone.send(()).unwrap();
                return;
            }
            send(&mut server, response(id, true, ID));
        }
    });
    (connection, is_read, gone)
}

#[test]
fn an_end_that_comes_between_two_reads_is_seen() {
    let (connection, is_read, gone) = gone_meanwhile();
    let queue = EventQueue::with_handle();
    // It runs on the I/O thread, when what the first read has brought was handled.
    let gone = std::sync::Mutex::new(gone);
    let wakeup = Wakeup::new(move || {
        if is_read.send(()).is_ok() {
            let _ = gone.lock().unwrap().recv_timeout(LONG);
        }
    });
    queue.queue().set_wakeup(Some(wakeup)).unwrap();
    let options = Launch { queue: Some(Arc::clone(queue.queue())), ..Launch::default() };
    let until = in_half_a_minute();
    let _process = block_on(connection.launch_process("a@1.0.0", &options, until), until).unwrap();
    // Sooner than the silence would be noticed.
    let begun = Instant::now();
    assert_eq!(ping(&connection, in_a_minute()).unwrap_err().code(), Code::Disconnected);
    assert!(begun.elapsed() < LONG / 6);
}

#[test]
fn a_thread_that_does_not_get_to_read_can_be_passed_over() {
    let impatient = Options { keepalive_interval_ms: 200, keepalive_timeout_ms: 200, ..Options::default() };
    let engine = engine(|mut server| {
        while let Some((_, id)) = next(&mut server) {
            send(&mut server, response(id, true, ID));
        }
    });
    let connection = on_io_thread(engine, impatient.clone(), move |reader, runtime| {
        let connection = made(&reader, Generation::G2, &impatient, Arc::clone(&runtime));
        runtime.handle().spawn(run(Arc::clone(&connection), reader));
        connection
    });
    attending_ping(&connection).unwrap();
    let stopped = attendant(&connection);
    ping(&connection, in_a_minute()).unwrap();
    drop(stopped);
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn an_end_of_the_connection_that_a_waiting_thread_has_read_is_told_as_it_was() {
    let connection = connected(|mut server| {
        next(&mut server);
        // A frame that is larger than any may be.
        let _ = server.get_mut().write_all(&[0x82, 127, 0, 0, 0, 255, 0, 0, 0, 0]);
        while server.read().is_ok() {}
    });
    let why = attending_ping(&connection).unwrap_err();
    assert!(why.message().contains("max_message_bytes"), "{why}");
    assert_eq!(code(connection.close(in_a_minute())), None);
}

/// An engine that pings before each answer, and sends what comes back.
fn pinging() -> (Arc<Connection>, mpsc::Receiver<()>) {
    let (give, take) = mpsc::channel();
    let connection = connected(move |mut server| {
        let mut asked = Vec::new();
        loop {
            match server.read() {
                Ok(Message::Binary(bytes)) => {
                    asked.push(crate::wire::tests::request(&bytes).1);
                    server.send(Message::Ping(tungstenite::Bytes::new())).unwrap();
                }
                Ok(Message::Pong(_)) => {
                    give.send(()).unwrap();
                    asked.drain(..).for_each(|id| send(&mut server, response(id, true, ID)));
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    });
    (connection, take)
}

#[test]
fn a_ping_of_the_engine_is_answered_at_once_by_whoever_reads_it() {
    let (connection, pongs) = pinging();
    // By the I/O thread, and by this one. Sooner than a ping of our own would send it along.
    let until = Deadline::after(LONG / 6);
    ping(&connection, until).unwrap();
    connection.block_on(connection.ping(until), until).unwrap();
    assert_eq!(pongs.try_iter().count(), 2);
    assert_eq!(code(connection.close(in_a_minute())), None);
}

#[test]
fn a_wakeup_does_not_run_on_the_thread_that_waits_for_an_answer() {
    // Both launches give the same process, so the second answer ends the stream of the first.
    let connection = talking(&[], &[]);
    attending_ping(&connection).unwrap();
    let queue = EventQueue::with_handle();
    let (tell, told) = mpsc::channel();
    let wakeup = Wakeup::new(move || tell.send(thread::current().id()).unwrap());
    queue.queue().set_wakeup(Some(wakeup)).unwrap();
    let options = Launch { queue: Some(Arc::clone(queue.queue())), ..Launch::default() };
    let until = in_half_a_minute();
    let launched = || connection.block_on(connection.launch_process("a@1.0.0", &options, until), until).unwrap();
    let (_first, _second) = (launched(), launched());
    assert_ne!(told.recv_timeout(LONG).unwrap(), thread::current().id());
    assert_eq!(code(connection.close(in_a_minute())), None);
}
