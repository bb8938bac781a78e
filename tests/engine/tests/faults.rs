//! Every fault of a connection.

mod support;

use rmpv::Value;
use serde_json::json;
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use support::*;

const QUERY: &str = "model_status";

fn ping() -> serde_json::Value {
    json!({"type": "ping"})
}

fn check() -> serde_json::Value {
    json!({"type": "check_program", "name": "echo", "version": "0.1.0"})
}

/// Both generations, each with a client that bears these faults.
fn each(query: &str, test: impl Fn(&scripted_engine::Engine, &mut Client)) {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, query);
        test(&engine, &mut client);
    }
}

#[test]
fn silent_requests_are_done() {
    each("silent=ping,launch_process", |_, client| {
        client.ask(ping());
        client.ask(Client::launch_message(json!([["send", "alive"]])));
        assert_eq!(client.events(), ["message:alive", "return:done"]);
        assert_eq!(client.call(check()), (true, "true".into()));
    });
}

#[test]
fn the_star_means_every_type() {
    let engine = engine(V05);
    let mut client = Client::raw(&engine, V05, "silent=*");
    client.ask(ping());
    client.ask(check());
    assert!((0..2).all(|_| client.next() == Frame::Text(r#"{"type":"turn_done"}"#.into())));
    assert!(client.quiet());
}

#[test]
fn a_delayed_reply_is_overtaken() {
    each("delay=check_program:400,launch_process:400", |_, client| {
        let start = Instant::now();
        let (checked, pinged) = (client.ask(check()), client.ask(ping()));
        assert_eq!(client.response().corr_id(), pinged);
        assert_eq!(client.response().corr_id(), checked);
        assert!(start.elapsed() >= Duration::from_millis(400));
        let launched = client.ask(Client::launch_message(json!([["send", "before the reply"]])));
        assert_eq!(client.events(), ["message:before the reply", "return:done"]);
        assert_eq!(client.response().corr_id(), launched);
    });
}

#[test]
fn a_held_request_is_done_later() {
    each("hold=launch_process:100", |_, client| {
        let start = Instant::now();
        let launched = client.ask(Client::launch_message(json!([["send", "after the reply"]])));
        let first = client.message();
        assert!(first.is_response(launched) && start.elapsed() >= Duration::from_millis(100));
        assert_eq!(client.events(), ["message:after the reply", "return:done"]);
    });
}

#[test]
fn a_held_request_of_04_holds_all_others() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "hold=check_program:100");
    client.launch(json!([["recv", 0]]));
    let (checked, pinged) = (client.ask(check()), client.ask(ping()));
    assert_eq!((client.message().corr_id(), client.message().corr_id()), (checked, pinged));
}

#[test]
fn a_refused_request_is_not_done() {
    each("refuse=launch_process:no%20room,%20sorry&refuse=add_program:full", |_, client| {
        let (ok, text) = client.call(Client::launch_message(json!([["recv", 0]])));
        assert_eq!((ok, text.as_str()), (false, "no room, sorry"));
        assert_eq!(client.look("processes"), json!(0));
        for index in 0..2 {
            client.send_bytes(add_chunk(77, "new", false, b"abcd", (index, 2, b"ab")));
        }
        assert_eq!(client.response().result(), (false, "full"));
        assert_eq!(client.call(json!({"type": "check_program", "name": "new", "version": "0.1.0"})).1, "false");
    });
}

#[test]
fn a_reply_may_come_twice() {
    each("duplicate=ping", |_, client| {
        let id = client.ask(ping());
        assert!(client.message().is_response(id) && client.message().is_response(id));
        let id = client.ask(check());
        assert!(client.message().is_response(id));
    });
}

#[test]
fn a_process_id_may_come_twice() {
    let id = "11111111-1111-4111-8111-111111111111";
    each(&format!("process_id={id}"), |_, client| {
        assert_eq!(client.launch(json!([["never"]])), id);
        assert_eq!(client.launch(json!([["send", "second"]])), id);
        let event = client.message();
        assert_eq!((event.text("process_id"), event.event()), (id, ("message", "second")));
        assert_eq!(client.events(), ["return:done"]);
    });
}

#[test]
fn replies_may_come_in_reverse() {
    each("reorder=3", |_, client| {
        let asked: Vec<u64> = (0..3).map(|_| client.ask(ping())).collect();
        let answered: Vec<u64> = (0..3).map(|_| client.response().corr_id()).collect();
        assert!(answered.iter().eq(asked.iter().rev()));
    });
}

#[test]
fn bytes_may_leave_one_by_one() {
    each("split=1", |_, client| {
        let reply = 2 + 40;
        until("a read gets less than a reply", || {
            client.ask(ping());
            let count = client.socket.get_mut().read(&mut [0; 1024]).expect("something comes");
            count % reply != 0
        });
    });
}

#[test]
fn split_bytes_are_all_there() {
    each("split=7", |_, client| {
        client.launch(json!([["sendbig", 10_000], ["send_file", 1000]]));
        assert_eq!(client.events()[1..], ["file:1000", "return:done"]);
    });
}

#[test]
fn bytes_may_be_collected() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "join=400");
    let start = Instant::now();
    client.ask(ping());
    client.ask(ping());
    let count = client.socket.get_mut().read(&mut [0; 1024]).expect("something comes");
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(count, 2 * (2 + 40));
}

#[test]
fn garbage_may_go_before_each_reply() {
    each("garbage=c3ff&garbage_text=%7Bnot%20json", |_, client| {
        for _ in 0..2 {
            let id = client.ask(ping());
            let mut next = || loop {
                let frame = client.next();
                if frame != Frame::Text(r#"{"type":"turn_done"}"#.into()) {
                    return frame;
                }
            };
            assert_eq!(next(), Frame::Binary(true.into()));
            assert_eq!(next(), Frame::Text("{not json".into()));
            assert!(next().is_response(id));
        }
    });
}

#[test]
fn unknown_things_may_surround_each_reply() {
    each("unknown=1", |_, client| {
        let id = client.ask(ping());
        while client.message().field("headline") == &Value::Nil {}
        let reply = client.message();
        assert!(reply.is_response(id) && reply.field("x_map") != &Value::Nil);
        assert_eq!(client.message().event().0, "novelty");
    });
}

#[test]
fn files_may_bear_a_wrong_hash() {
    each("wrong_hash=1", |_, client| {
        client.launch(json!([["send_file", 10]]));
        let file = client.message();
        assert!(file.is("file") && file.text("file_hash") != hash(file.bytes()));
    });
}

#[test]
fn a_chunk_of_a_file_may_be_missing() {
    each("drop_chunk=1", |_, client| {
        client.launch(json!([["send_file", 262_144 * 3]]));
        let indices: Vec<Value> = (0..2).map(|_| client.message().field("chunk_index").clone()).collect();
        assert_eq!(indices, [0.into(), 2.into()]);
        assert_eq!(client.events(), ["return:done"]);
    });
}

#[test]
fn a_request_may_cut_the_connection() {
    each("cut_on=query", |engine, client| {
        client.ping();
        client.ask(json!({"type": "query", "subject": QUERY, "record": ""}));
        assert_eq!(client.message(), Frame::End("reset"));
        until("the connection ends", || engine.connections() == 0);
    });
}

#[test]
fn a_request_may_freeze_the_connection() {
    each("freeze_on=query", |engine, client| {
        client.ask(json!({"type": "query", "subject": QUERY, "record": ""}));
        client.ask(ping());
        assert!(client.quiet());
        assert_eq!(engine.connections(), 1);
    });
}

#[test]
fn a_chunk_may_cut_or_freeze_the_connection() {
    each("cut_chunk=1", |_, client| {
        client.send_bytes(add_chunk(77, "new", false, b"abcd", (0, 2, b"ab")));
        client.ping();
        client.send_bytes(add_chunk(77, "new", false, b"abcd", (1, 2, b"cd")));
        assert_eq!(client.message(), Frame::End("reset"));
    });
    each("freeze_chunk=0", |engine, client| {
        client.send_bytes(transfer("nobody", &hash(b"ab"), 0, 1, b"ab"));
        client.ask(ping());
        assert!(client.quiet());
        assert_eq!(engine.connections(), 1);
    });
}

#[test]
fn an_engine_may_start_to_read_late() {
    let engine = engine(V05);
    let start = Instant::now();
    let mut client = Client::raw(&engine, V05, "pause_ms=150");
    client.ping();
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[test]
fn a_close_frame_may_be_answered() {
    each("answer_close=1", |engine, client| {
        client.socket.close(None).expect("the frame leaves");
        while client.message() != Frame::Close {}
        assert_eq!(client.message(), Frame::End("fin"));
        client.hang_up();
        until("the connection ends", || engine.connections() == 0);
    });
}

#[test]
fn a_handshake_may_be_refused() {
    for (status, more) in [(401, "content-length: 71"), (404, ""), (500, ""), (302, "location: /elsewhere")] {
        let engine = engine(V05);
        let mut stream = tcp(&engine);
        stream.write_all(upgrade(V05, &format!("handshake={status}")).as_bytes()).expect("the request leaves");
        let head = head(&mut stream);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")) && head.contains(more), "{head}");
        let mut body = Vec::new();
        stream.read_to_end(&mut body).expect("the connection ends");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    }
}

#[test]
fn a_handshake_may_be_never_answered() {
    let engine = engine(V04);
    let mut stream = tcp(&engine);
    stream.write_all(upgrade(V04, "handshake=silent").as_bytes()).expect("the request leaves");
    stream.set_read_timeout(Some(QUIET)).expect("a timeout can be set");
    assert!(stream.read(&mut [0]).is_err());
    assert_eq!(engine.connections(), 1);
}

#[test]
fn a_query_of_somebody_else_does_no_harm() {
    each("token=abc&&=&split=0&delay=ping&handshake=no", |_, client| client.ping());
}

#[test]
fn a_part_of_the_connections_alone_has_the_other_faults() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let meets = |query: &str| {
            let mut stream = tcp(&engine);
            stream.write_all(upgrade(generation, query).as_bytes()).unwrap();
            !head(&mut stream).starts_with("HTTP/1.1 101 ")
        };
        let query = "skip=1&only=2&handshake=500";
        assert_eq!([0; 5].map(|_| meets(query)), [false, true, true, false, false]);
        assert_eq!(
            [0; 3].map(|_| meets("skip=2&handshake=500")),
            [false, false, true],
            "another query is counted apart"
        );
    }
}

#[test]
fn muted_pings_are_not_answered() {
    for (query, wanted) in [("", 1), ("mute_pings=1", 0)] {
        each(query, |_, client| {
            assert_eq!(client.pongs(), wanted);
        });
    }
}
