//! Every operation of a script.

mod support;

use rmpv::Value;
use scripted_engine::Generation;
use serde_json::json;
use std::io::Read;
use std::time::{Duration, Instant};
use support::*;

/// What a script makes on each generation.
fn says(ops: serde_json::Value, expected: &[&str]) {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        client.launch(ops.clone());
        assert_eq!(client.events(), expected, "{generation:?}");
    }
}

/// The process of a script on an engine of its own.
fn running(generation: Generation, ops: serde_json::Value) -> (scripted_engine::Engine, Client, String) {
    let engine = engine(generation);
    let mut client = Client::new(&engine, generation, "");
    let id = client.launch(ops);
    (engine, client, id)
}

#[test]
fn outputs_and_messages_keep_their_order() {
    let ops = json!([["print", "out\n"], ["eprint", "err"], ["send", "hello"], ["sendn", 3]]);
    let expected = ["stdout:out\n", "stderr:err", "message:hello", "message:0", "message:1", "message:2"];
    says(ops, &[&expected[..], &["return:done"]].concat());
}

#[test]
fn a_big_write_is_cut_at_a_mebibyte() {
    let (_engine, mut client, _) = running(V04, json!([["print", "a".repeat((1 << 20) + 5)]]));
    let sizes: Vec<usize> = client.events().iter().map(String::len).collect();
    assert_eq!(sizes, ["stdout:".len() + (1 << 20), "stdout:".len() + 5, "return:done".len()]);
}

#[test]
fn a_big_message_comes_whole() {
    let (_engine, mut client, _) = running(V04, json!([["sendbig", 20_000_000]]));
    assert_eq!(client.events()[0].len(), "message:".len() + 20_000_000);
}

#[test]
fn a_message_over_eight_mebibytes_aborts_the_stream_of_05() {
    let (_engine, mut client, _) = running(V05, json!([["sendbig", 9_000_000], ["send", "never seen"]]));
    assert_eq!(client.next(), Frame::Text(r#"{"type":"error","message":"stream aborted"}"#.into()));
    client.ping();
}

#[test]
fn signals_are_received_in_order_even_early_ones() {
    for generation in [V04, V05] {
        let (_engine, mut client, id) = running(generation, json!([["sleep", 0.05], ["recv", 0], ["recv", 0]]));
        for text in ["one", ""] {
            client.send(json!({"type": "signal_process", "process_id": id, "message": text}));
        }
        assert_eq!(client.events(), ["message:got:one", "message:got:", "return:done"]);
    }
}

#[test]
fn a_file_is_received_by_a_process_that_waits() {
    for generation in [V04, V05] {
        let ops = json!([["send", "ready"], ["recv_file", 0], ["send", "ready"], ["echo_file", 0]]);
        let (_engine, mut client, id) = running(generation, ops);
        let data = vec![9; 300_000];
        for (what, last) in [("first", "message:ready"), ("second", "return:done")] {
            assert_eq!(client.message().event().1, "ready", "{what}");
            client.send_bytes(transfer(&id, &hash(&data), 0, 2, &data[..262_144]));
            client.send_bytes(transfer(&id, &hash(&data), 1, 2, &data[262_144..]));
            if last == "return:done" {
                assert_eq!(client.events(), ["file:262144", "file:37856", last]);
            } else {
                assert_eq!(client.message().event().1, format!("file:300000:{}", hash(&data)));
            }
        }
    }
}

#[test]
fn a_file_for_a_process_that_does_not_wait_is_dropped() {
    for generation in [V04, V05] {
        let ops = json!([["recv", 0], ["send", "ready"], ["recv_file", 0]]);
        let (_engine, mut client, id) = running(generation, ops);
        client.send_bytes(transfer(&id, &hash(b"early"), 0, 1, b"early"));
        client.send(json!({"type": "signal_process", "process_id": id, "message": "go"}));
        assert_eq!(client.message().event().1, "got:go");
        assert_eq!(client.message().event().1, "ready");
        client.send_bytes(transfer(&id, &hash(b"late!!"), 0, 1, b"late!!"));
        assert_eq!(client.message().event().1, format!("file:6:{}", hash(b"late!!")));
    }
}

#[test]
fn files_are_sent_in_chunks() {
    for generation in [V04, V05] {
        let (_engine, mut client, _) = running(generation, json!([["send_file", 0], ["send_file", 262_145]]));
        let (first, second) = (client.message(), client.message());
        assert_eq!((first.bytes().len(), second.bytes()), (262_144, &[(262_144 % 251) as u8][..]));
        assert_eq!(first.field("total_chunks"), &2.into());
        assert_eq!(client.events(), ["return:done"]);
    }
}

#[test]
fn a_file_that_was_made_before_is_sent_where_its_size_is_wanted() {
    let ops = json!([["make_file", 300_000], ["send_file", 300_000], ["make_file", 5], ["send_file", 300_000]]);
    let (_engine, mut client, _) = running(V04, ops);
    for _ in 0..2 {
        let (first, second) = (client.message(), client.message());
        assert_eq!((first.bytes().len(), second.bytes().len()), (262_144, 300_000 - 262_144));
        assert_eq!(first.text("file_hash"), second.text("file_hash"));
    }
}

#[test]
fn names_of_files_go_with_05_only() {
    let ops = json!([["send_file_as", "../a.txt"], ["send_file_as", ""], ["send_file", 1]]);
    let (_engine, mut client, _) = running(V05, ops.clone());
    let names: Vec<Value> = (0..3).map(|_| client.message().field("name").clone()).collect();
    assert_eq!(names, ["a.txt".into(), "output".into(), Value::Nil]);
    let (_engine, mut client, _) = running(V04, ops);
    let Frame::Binary(Value::Map(fields)) = client.message() else { panic!("no file") };
    assert_eq!(fields.len(), 6);
}

#[test]
fn a_sleep_takes_its_time() {
    let start = Instant::now();
    says(json!([["sleep", 0.1]]), &["return:done"]);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn scripts_end_as_they_say() {
    says(json!([["raise", "boom"], ["send", "never"]]), &["error:boom"]);
    says(json!([["panic", "ouch"]]), &["error:Call error: ouch"]);
    says(json!([["return", "text"]]), &["return:text"]);
    says(json!([["return", {"a": [1, null]}]]), &[r#"return:{"a":[1,null]}"#]);
    says(json!([["what is this", 1]]), &["return:done"]);
}

#[test]
fn input_that_is_no_script_is_returned() {
    for input in ["plain text", "{}", r#"{"ops": 1}"#, ""] {
        let engine = engine(V04);
        let mut client = Client::new(&engine, V04, "");
        let launch =
            json!({"type": "launch_process", "inferlet": "echo@0.1.0", "input": input, "capture_outputs": true});
        client.call(launch);
        assert_eq!(client.events(), [format!("return:{input}")]);
    }
}

#[test]
fn events_of_any_name_do_not_end_a_script() {
    let (_engine, mut client, _) = running(V04, json!([["event", "return", "first"], ["event", "odd", "x"]]));
    assert_eq!(client.events(), ["return:first"]);
    assert_eq!(client.events(), ["odd:x", "return:done"]);
}

#[test]
fn raw_frames_come_as_they_are() {
    let (_engine, mut client, _) = running(V04, json!([["frame_hex", "c3"], ["text", "hi"]]));
    assert_eq!(client.next(), Frame::Binary(true.into()));
    assert_eq!(client.next(), Frame::Text("hi".into()));
}

#[test]
fn raw_chunks_come_as_they_are() {
    let odd = json!({"index": 7, "total": 0, "data": "abc", "hash": "no hash", "name": "n"});
    let (_engine, mut client, _) = running(V04, json!([["file_chunk", odd], ["file_chunk", {"data": "abc"}]]));
    let chunk = client.message();
    assert_eq!((chunk.field("chunk_index"), chunk.field("total_chunks")), (&7.into(), &0.into()));
    assert_eq!((chunk.bytes(), chunk.text("file_hash"), chunk.text("name")), (&b"abc"[..], "no hash", "n"));
    let chunk = client.message();
    assert_eq!((chunk.text("file_hash"), chunk.field("name")), (hash(b"abc").as_str(), &Value::Nil));
}

#[test]
fn spam_is_numbered_and_of_one_size() {
    let (_engine, mut client, _) = running(V04, json!([["spam", 1000, 20]]));
    let events = client.events();
    assert_eq!(events[999], "message:999 xxxxxxxxxxxxxxxx");
    assert!(events[..1000].iter().all(|event| event.len() == "message:".len() + 20));
}

#[test]
fn a_flood_is_as_long_as_it_should_be_and_in_its_place() {
    // Several writes, and a last one that is not full.
    let expected = vec!["message:xxxxxxxx".to_owned(); 10_001];
    let (before, after) = ("message:before".to_owned(), "message:after".to_owned());
    let expected = [vec![before], expected, vec![after, "return:done".to_owned()]].concat();
    for generation in [V04, V05] {
        let ops = json!([["send", "before"], ["flood", 10_001, 8], ["send", "after"]]);
        let (_engine, mut client, _) = running(generation, ops);
        assert!(client.events() == expected, "{generation:?}");
    }
}

#[test]
fn a_crowd_is_of_strangers() {
    let (_engine, mut client, _) = running(V04, json!([["crowd", 3], ["send", "x"]]));
    let ids: Vec<_> = (0..3).map(|_| client.message().text("process_id").to_owned()).collect();
    assert_eq!(ids[2], "00000000-0000-4000-8000-000000000002");
    assert_ne!(client.message().text("process_id"), ids[2]);
}

#[test]
fn wait_room_waits_for_the_kernel() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let mut other = Client::new(&engine, V04, "");
    // More than the buffers of a socket hold: while the client does not read, the script cannot go on.
    let ops = json!([["spam", 40, 1_000_000], ["wait_room"]]);
    client.ask(Client::launch_message(ops));
    until("the script runs", || other.look("processes") == json!(1));
    std::thread::sleep(QUIET);
    assert_eq!(other.look("processes"), json!(1));
    assert_eq!(client.events().len(), 41);
}

#[test]
fn early_operations_come_before_the_reply() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        let ops = json!([["early", [["send", "early"], ["print", "bird"]]], ["send", "late"]]);
        let id = client.ask(Client::launch_message(ops));
        assert_eq!(client.message().event(), ("message", "early"));
        assert_eq!(client.message().event(), ("stdout", "bird"));
        assert!(client.message().is_response(id));
        assert_eq!(client.events(), ["message:late", "return:done"]);
    }
}

#[test]
fn a_process_may_end_before_the_reply() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let id = client.ask(Client::launch_message(json!([["early", [["return", "gone"]]], ["send", "never"]])));
    assert_eq!(client.message().event(), ("return", "gone"));
    assert!(client.message().is_response(id));
    assert_eq!(client.look("processes"), json!(0));
}

/// How many messages come with the first read after a launch.
fn in_one_read(generation: Generation, ops: serde_json::Value) -> usize {
    let engine = engine(generation);
    let mut client = Client::new(&engine, generation, "");
    client.ping();
    while generation == V05 && client.next() != Frame::Text(r#"{"type":"turn_done"}"#.into()) {}
    client.ask(Client::launch_message(ops));
    let mut bytes = vec![0; 1 << 20];
    let count = client.socket.get_mut().read(&mut bytes).expect("something comes");
    bytes[..count].windows(4).filter(|four| four == b"type").count()
}

#[test]
fn a_burst_is_one_write() {
    let turn_done = 1;
    assert_eq!(in_one_read(V04, json!([["burst"], ["sendn", 100]])), 1 + 100 + 1);
    assert_eq!(in_one_read(V05, json!([["burst"], ["sendn", 100]])), 1 + 100 + 1 + turn_done);
    assert_eq!(in_one_read(V04, json!([["burst"], ["sendn", 5], ["flush"], ["recv", 0]])), 1 + 5);
}

#[test]
fn a_burst_ends_with_a_terminated_process() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    client.ask(Client::launch_message(json!([["burst"], ["never"]])));
    let mut other = Client::new(&engine, V04, "");
    until("the script runs", || other.look("processes") == json!(1));
    let (_, list) = other.call(json!({"type": "list_processes"}));
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    other.call(json!({"type": "terminate_process", "process_id": list[0]["id"]}));
    assert!(client.message().is_response(1));
    assert_eq!(client.events(), ["error:Signal"]);
}

#[test]
fn a_script_can_refuse_its_launch() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        let (ok, text) = client.call(Client::launch_message(json!([["refuse", "not now"], ["never"]])));
        assert_eq!((ok, text.as_str()), (false, "not now"));
        assert_eq!(client.look("processes"), json!(0));
    }
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let inputs = [r#"{"ops": [["never"]]}"#, r#"{"ops": [["refuse", "not now"]]}"#];
    let message =
        json!({"type": "launch_processes", "inferlet": "echo@0.1.0", "inputs": inputs, "capture_outputs": true});
    assert_eq!(client.call(message), (false, "not now".to_owned()));
    assert_eq!(client.look("processes"), json!(0));
}

#[test]
fn connections_end_as_a_script_says() {
    for generation in [V04, V05] {
        let (_engine, mut client, _) = running(generation, json!([["close"]]));
        assert!(matches!(client.message(), Frame::Close));
        let (_engine, mut client, _) = running(generation, json!([["fin"]]));
        assert_eq!(client.message(), Frame::End("fin"));
        let (_engine, mut client, id) = running(generation, json!([["recv", 0], ["cut"]]));
        client.send(json!({"type": "signal_process", "process_id": id, "message": "cut"}));
        // What was on its way may be lost with the connection.
        while client.message() != Frame::End("reset") {}
    }
}

#[test]
fn a_frozen_connection_stays_open() {
    let (engine, mut client, _) = running(V04, json!([["burst"], ["freeze"], ["send", "never"]]));
    client.try_send(json!({"type": "ping", "corr_id": 5}));
    assert!(client.quiet());
    assert_eq!(engine.connections(), 1);
    drop(client);
    until("its end is noticed", || engine.connections() == 0);
}

#[test]
fn a_process_that_never_ends_can_be_terminated() {
    for generation in [V04, V05] {
        let (_engine, mut client, id) = running(generation, json!([["send", "x"], ["never"], ["send", "y"]]));
        assert_eq!(client.message().event().1, "x");
        client.ask(json!({"type": "terminate_process", "process_id": id}));
        assert_eq!(client.events(), ["error:Signal"]);
    }
}

#[test]
fn mcp_requests_are_relayed() {
    let ops = json!([["recv", 0], ["mcp", "s", "tools/list", {}], ["mcp", "s", "x", "{}"], ["mcp", "t", "y", {}]]);
    let (_engine, mut client, id) = running(V04, ops);
    client.call(json!({"type": "register_mcp_server", "name": "s", "transport": "stdio"}));
    client.send(json!({"type": "signal_process", "process_id": id, "message": "go"}));
    assert_eq!(client.message().event().1, "got:go");
    for (number, ok, said) in [(1, true, "mcp:ok:[]"), (2, false, "mcp:error:[]")] {
        let request = client.message();
        assert_eq!(
            (request.text("type"), request.text("server_name"), request.corr_id()),
            ("mcp_request", "s", number)
        );
        client.send(json!({"type": "mcp_response", "corr_id": number, "ok": ok, "result": "[]"}));
        assert_eq!(client.message().event().1, said);
    }
    let unknown = r#"message:mcp:error:{"code":-1,"message":"MCP server 't' not registered"}"#;
    assert_eq!(client.events(), [unknown, "return:done"]);
}
