//! Handshakes, sizes, uploads, and what is told about the frames that came.

mod support;

use rmpv::Value;
use scripted_engine::{Config, Engine};
use serde_json::json;
use std::io::{Read, Write};
use support::*;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame as WsFrame, FrameHeader};

/// The first bytes of a frame that says it is this long.
fn announce(client: &mut Client, length: u64) {
    let opcode = OpCode::Data(Data::Binary);
    let header = FrameHeader { opcode, mask: Some([0; 4]), ..FrameHeader::default() };
    let mut bytes = Vec::new();
    header.format(length, &mut bytes).expect("a vector takes any bytes");
    bytes.extend([0; 100]);
    client.socket.get_mut().write_all(&bytes).expect("the bytes leave");
}

fn send_part(client: &mut Client, data: Vec<u8>, data_type: Data, is_final: bool) {
    let frame = WsFrame::message(data, OpCode::Data(data_type), is_final);
    client.socket.send(Message::Frame(frame)).expect("the frame leaves");
}

#[test]
fn sixteen_mebibytes_are_heard_by_04() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    client.send_bytes(vec![0xc1; 16 << 20]);
    client.ping();
}

#[test]
fn a_larger_frame_wedges_a_connection_of_04() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    client.launch(json!([["sleep", 0.1], ["send", "still heard"], ["recv", 0]]));
    announce(&mut client, (16 << 20) + 1);
    client.ask(json!({"type": "ping"}));
    assert_eq!(client.message().event().1, "still heard");
    assert!(client.quiet());
    assert_eq!(engine.connections(), 1);
    drop(client);
    until("its end is noticed", || engine.connections() == 0);
}

#[test]
fn a_message_over_64_mebibytes_wedges_a_connection_of_04() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let part = 16 << 20;
    send_part(&mut client, vec![0; part], Data::Binary, false);
    (0..3).for_each(|_| send_part(&mut client, vec![0; part], Data::Continue, false));
    announce(&mut client, 1);
    client.ask(json!({"type": "ping"}));
    assert!(client.quiet());
}

#[test]
fn fragments_make_a_message() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        let ping = rmp_serde::to_vec_named(&json!({"type": "ping", "corr_id": 3})).expect("JSON can be packed");
        send_part(&mut client, ping[..5].to_vec(), Data::Binary, false);
        client.socket.send(Message::Ping("between".into())).expect("the frame leaves");
        send_part(&mut client, ping[5..].to_vec(), Data::Continue, true);
        assert!(client.response().is_response(3));
    }
}

#[test]
fn too_large_a_request_is_told_by_05() {
    let engine = engine(V05);
    let mut client = Client::new(&engine, V05, "");
    client.ping();
    client.next();
    client.send_bytes(vec![0xc1; 7_340_033]);
    let text = "request too large: 7340033 bytes, limit 7340032 (send large inputs as a blob reference, not inline)";
    assert_eq!(client.next(), Frame::Text(format!(r#"{{"type":"error","message":"{text}"}}"#)));
    client.ping();
    announce(&mut client, 8_126_464);
    while client.next() != Frame::End("reset") {}
}

#[test]
fn too_large_a_first_request_ends_a_connection_of_05() {
    let engine = engine(V05);
    let mut client = Client::new(&engine, V05, "");
    client.send_bytes(vec![0xc1; 7_340_033]);
    assert!(matches!(client.next(), Frame::Text(_)));
    assert_eq!(client.next(), Frame::Close);
}

#[test]
fn handshakes_of_05_need_a_path_and_an_identity() {
    let engine = engine(V05);
    let nobody = upgrade(V05, "").replace("default/test", "");
    for (request, status) in [(upgrade(V04, ""), "404"), (nobody, "401")] {
        let mut stream = tcp(&engine);
        stream.write_all(request.as_bytes()).expect("the request leaves");
        assert!(head(&mut stream).starts_with(&format!("HTTP/1.1 {status} ")));
    }
}

#[test]
fn any_path_will_do_for_04() {
    let engine = engine(V04);
    let mut stream = tcp(&engine);
    stream.write_all(upgrade(V05, "x=1").as_bytes()).expect("the request leaves");
    assert!(head(&mut stream).starts_with("HTTP/1.1 101 "));
    let mut stream = tcp(&engine);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the request leaves");
    assert_eq!(stream.read(&mut [0]).expect("the connection ends"), 0);
}

#[test]
fn bytes_behind_the_handshake_are_heard() {
    let engine = engine(V05);
    let mut stream = tcp(&engine);
    let mut bytes = upgrade(V05, "").into_bytes();
    let ping = rmp_serde::to_vec_named(&json!({"type": "ping", "corr_id": 3})).expect("JSON can be packed");
    let mut frame = WsFrame::message(ping, OpCode::Data(Data::Binary), true);
    frame.header_mut().mask = Some([0; 4]);
    frame.format(&mut bytes).expect("a vector takes any bytes");
    stream.write_all(&bytes).expect("the bytes leave");
    head(&mut stream);
    let mut reply = [0; 42];
    stream.read_exact(&mut reply).expect("the reply comes");
    assert!(reply.ends_with(b"\xa4Pong"));
}

#[test]
fn a_program_that_is_there_stays_without_force() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        for (id, force, data, held) in [(1, false, "a", "a"), (2, false, "b", "a"), (3, true, "c", "c")] {
            client.send_bytes(add_program(id, "p", force, data.as_bytes()));
            assert_eq!(client.response().result(), (true, "Program installed successfully"));
            assert_eq!(client.look("programs")["p@0.1.0"], hash(held.as_bytes()));
        }
    }
}

#[test]
fn uploads_have_a_cap() {
    let engine = Engine::start(Config { max_upload_mb: 1, ..Config::new(V04) });
    let mut client = Client::new(&engine, V04, "");
    client.send_bytes(add_program(1, "p", true, &vec![0; 1 << 20]));
    assert!(client.response().result().0);
    client.send_bytes(add_program(2, "p", true, &vec![0; (1 << 20) + 1]));
    assert_eq!(client.response().result(), (false, "upload exceeds max_upload_mb cap of 1 MiB"));
}

#[test]
fn uploads_of_one_hash_destroy_each_other_in_04_only() {
    for (generation, answers) in [(V04, ["false", "false", "false"]), (V05, ["true", "true", ""])] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        for (id, chunk) in [(1, 0), (2, 0), (1, 1), (2, 1)] {
            client.send_bytes(add_chunk(id, "p", true, b"abab", (chunk, 2, b"ab")));
        }
        for answer in answers.iter().filter(|answer| !answer.is_empty()) {
            assert_eq!(client.response().result().0.to_string(), *answer);
        }
        client.ping();
    }
}

#[test]
fn so_many_uploads_are_open_in_05() {
    let engine = engine(V05);
    let mut client = Client::new(&engine, V05, "");
    for id in 1..=17 {
        client.send_bytes(add_chunk(id, "p", true, b"abab", (0, 2, b"ab")));
    }
    let refused = client.response();
    assert_eq!((refused.corr_id(), refused.result().1), (17, "Too many uploads in flight (limit 16)"));
}

#[test]
fn interleaved_files_of_one_hash_arrive_in_05_only() {
    for (generation, arrives) in [(V04, false), (V05, true)] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        let ids = [0, 1].map(|_| client.launch(json!([["recv_file", 0]])));
        for (id, chunk) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            client.send_bytes(transfer(&ids[id], &hash(b"abab"), chunk, 2, b"ab"));
        }
        client.ping();
        until("the files arrive", || client.look("processes") == json!(if arrives { 0 } else { 2 }));
    }
}

#[test]
fn frames_are_remembered() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    client.send_bytes(transfer("p", "h", 0, 1, b"12345"));
    client.send_bytes(vec![0xc1, 0, 0]);
    client.send_bytes(pack(&[("type", "odd".into()), ("list", Value::Array(vec![Value::Nil, (-3).into()]))]));
    client.send_text("hello");
    let received = client.look("received");
    assert_eq!(received[0], json!({"type": "auth_identify", "username": "me", "corr_id": 900}));
    assert_eq!(received[1]["chunk_data"], json!({"bin": 5}));
    assert_eq!(received[2], json!({"undecodable": 3}));
    assert_eq!(received[3], json!({"type": "odd", "list": [null, -3]}));
    assert_eq!(received[4], json!({"text": "hello"}));
    assert_eq!(received[5]["subject"], "scripted");
}
