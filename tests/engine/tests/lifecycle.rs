//! Connections, and what becomes of processes without one.

mod support;

use scripted_engine::{Attach, Config, Engine};
use serde_json::json;
use support::*;

fn documented() -> Engine {
    Engine::start(Config { attach: Attach::Documented, ..Config::new(V04) })
}

fn attach(client: &mut Client, id: &str) -> (bool, String) {
    client.call(json!({"type": "attach_process", "process_id": id}))
}

fn signal(client: &mut Client, id: &str, text: &str) {
    client.send(json!({"type": "signal_process", "process_id": id, "message": text}));
}

fn uncaptured(client: &mut Client, ops: serde_json::Value) -> String {
    let mut message = Client::launch_message(ops);
    message["capture_outputs"] = false.into();
    assert_eq!(client.call(message), (true, String::new()));
    ids(client).pop().expect("it is listed")
}

/// The ids of all processes, oldest first.
fn ids(client: &mut Client) -> Vec<String> {
    let (_, list) = client.call(json!({"type": "list_processes"}));
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).expect("JSON");
    list.iter().map(|process| process["id"].as_str().expect("an id").into()).collect()
}

fn terminate(client: &mut Client, id: &str) {
    assert!(client.call(json!({"type": "terminate_process", "process_id": id})).0);
}

fn leave(engine: &Engine, client: Client) {
    let open = engine.connections();
    drop(client);
    until("the connection ends", || engine.connections() < open);
}

#[test]
fn released_04_leaves_a_ghost() {
    let engine = engine(V04);
    let mut first = Client::new(&engine, V04, "");
    let id = first.launch(json!([["recv", 0]]));
    assert_eq!(attach(&mut first, &id), (false, "Process not found".into()));
    leave(&engine, first);
    let mut second = Client::new(&engine, V04, "");
    assert_eq!(attach(&mut second, &id), (false, "Process not found".into()));
    assert_eq!(second.look("processes"), json!(1));
    assert_eq!(second.call(json!({"type": "terminate_process", "process_id": id})).1, "Process terminated");
    assert_eq!(second.look("processes"), json!(0));
}

#[test]
fn documented_04_keeps_the_latest_events_and_the_end() {
    let engine = documented();
    let mut first = Client::new(&engine, V04, "");
    let id = first.launch(json!([["recv", 0], ["sleep", 0.3], ["sendn", 5000], ["return", "end"]]));
    signal(&mut first, &id, "go");
    assert_eq!(first.message().event().1, "got:go");
    leave(&engine, first);
    let mut second = Client::new(&engine, V04, "");
    until("the process ends", || second.look("processes") == json!(0));
    second.ask(json!({"type": "attach_process", "process_id": id}));
    assert!(second.message().is("response"));
    let events = second.events();
    assert_eq!((events.len(), events[0].as_str(), events[4095].as_str()), (4096, "message:905", "return:end"));
    assert_eq!(attach(&mut second, &id), (false, "Process not found".into()));
}

#[test]
fn documented_04_goes_on_where_it_is_attached_again() {
    let engine = documented();
    let mut first = Client::new(&engine, V04, "");
    let id = first.launch(json!([["recv", 0]]));
    leave(&engine, first);
    let mut second = Client::new(&engine, V04, "");
    assert_eq!(attach(&mut second, &id), (true, "Process attached".into()));
    assert_eq!(attach(&mut second, &id), (false, "Process not found".into()));
    signal(&mut second, &id, "on");
    assert_eq!(second.events(), ["message:got:on", "return:done"]);
}

#[test]
fn an_uncaptured_process_can_be_attached_once() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut client = Client::new(&engine, generation, "");
        let id = uncaptured(&mut client, json!([["recv", 0], ["print", "lost"], ["send", "heard"]]));
        signal(&mut client, &id, "from a stranger");
        assert_eq!(attach(&mut client, &id.to_uppercase()), (true, "Process attached".into()));
        signal(&mut client, &id, "x");
        assert_eq!(client.events(), ["message:got:x", "message:heard", "return:done"]);
    }
}

#[test]
fn users_of_04_are_apart() {
    let engine = engine(V04);
    let mut mine = Client::new(&engine, V04, "");
    let id = mine.launch(json!([["recv", 0]]));
    let mut other = Client::raw(&engine, V04, "");
    other.call(json!({"type": "auth_identify", "username": "other"}));
    assert_eq!(attach(&mut other, &id), (false, "Permission denied".into()));
    assert_eq!(other.call(json!({"type": "terminate_process", "process_id": id})), (false, "Permission denied".into()));
    assert_eq!(other.call(json!({"type": "list_processes"})).1, "[]");
}

#[test]
fn processes_of_05_die_with_their_connection() {
    let engine = engine(V05);
    let mut client = Client::new(&engine, V05, "");
    client.launch(json!([["recv", 0]]));
    let mut other = Client::new(&engine, V05, "");
    let alone = uncaptured(&mut other, json!([["recv", 0]]));
    leave(&engine, client);
    assert_eq!(other.look("processes"), json!(1));
    let mut third = Client::new(&engine, V05, "");
    attach(&mut third, &alone);
    leave(&engine, third);
    assert_eq!(other.look("processes"), json!(0));
}

#[test]
fn a_refused_attach_of_05_kills_when_its_connection_ends() {
    let engine = engine(V05);
    let mut first = Client::new(&engine, V05, "");
    let id = first.launch(json!([["recv", 0]]));
    let mut second = Client::new(&engine, V05, "");
    assert_eq!(attach(&mut second, &id), (false, "Cannot attach: already attached".into()));
    first.ping();
    assert_eq!(first.look("processes"), json!(1));
    leave(&engine, second);
    assert_eq!(first.events(), ["error:Signal"]);
}

#[test]
fn cancel_ends_every_turn_of_05() {
    let engine = engine(V05);
    let mut client = Client::new(&engine, V05, "");
    client.launch(json!([["recv", 0]]));
    client.launch(json!([["recv", 0]]));
    client.send_text("cancel");
    let aborted = Frame::Text(r#"{"type":"error","message":"stream aborted"}"#.into());
    assert_eq!([client.next(), client.next()], [aborted.clone(), aborted]);
    assert_eq!(client.look("processes"), json!(0));
}

#[test]
fn a_busy_04_delivers_nothing() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let mut other = Client::new(&engine, V04, "");
    let running = client.launch(json!([["never"]]));
    let never = json!({"ops": [["never"]]}).to_string();
    let ran = client.ask(json!({"type": "run_processes", "inferlet": "echo@0.1.0", "inputs": [never]}));
    let pinged = client.ask(json!({"type": "ping"}));
    until("both run", || other.look("processes") == json!(2));
    terminate(&mut other, &running);
    let rest = ids(&mut other).remove(0);
    terminate(&mut other, &rest);
    assert!(client.message().is_response(ran));
    assert_eq!(client.message().event(), ("error", "Signal"));
    assert!(client.message().is_response(pinged));
}

#[test]
fn a_first_error_answers_run_processes() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let inputs = [json!({"ops": []}), json!({"ops": [["raise", "bad"]]}), json!({"ops": [["never"]]})];
    let inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
    let run = json!({"type": "run_processes", "inferlet": "echo@0.1.0", "inputs": inputs});
    assert_eq!(client.call(run), (false, "bad".into()));
    assert_eq!(client.look("processes"), json!(1));
}

#[test]
fn launched_processes_have_ids_even_uncaptured() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let input = json!({"ops": [["recv", 0]]}).to_string();
    let mut launch = json!({"type": "launch_processes", "inferlet": "echo@0.1.0", "inputs": [input, input]});
    launch["capture_outputs"] = false.into();
    let (_, ids) = client.call(launch);
    let ids: Vec<String> = serde_json::from_str(&ids).expect("JSON");
    assert_eq!(attach(&mut client, &ids[1]), (true, "Process attached".into()));
}

#[test]
fn what_came_before_the_end_is_done() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut witness = Client::new(&engine, generation, "");
        let mut client = Client::new(&engine, generation, "");
        let mut message = Client::launch_message(json!([["recv", 0]]));
        message["capture_outputs"] = false.into();
        for _ in 0..50 {
            client.ask(message.clone());
        }
        // Not dropped: what it has not read would make a reset of its end.
        client.socket.get_ref().shutdown(std::net::Shutdown::Write).expect("the end leaves");
        until("only the witness is left", || engine.connections() == 1);
        assert_eq!(witness.look("processes"), json!(50));
    }
}

#[test]
fn the_ends_of_connections_are_told_apart() {
    for generation in [V04, V05] {
        let engine = engine(generation);
        let mut witness = Client::new(&engine, generation, "");
        let mut polite = Client::new(&engine, generation, "");
        polite.socket.close(None).expect("the frame leaves");
        drop(polite);
        until("only the witness is left", || engine.connections() == 1);
        leave(&engine, Client::new(&engine, generation, ""));
        let rude = Client::new(&engine, generation, "");
        socket2::SockRef::from(rude.socket.get_ref()).set_linger(Some(std::time::Duration::ZERO)).expect("linger");
        leave(&engine, rude);
        assert_eq!(witness.look("ended"), json!(["close", "fin", "reset"]));
        assert_eq!(witness.look("connections"), json!(1));
    }
}

#[test]
fn a_close_frame_is_not_answered_by_an_idle_04() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    client.socket.close(None).expect("the frame leaves");
    assert!(client.quiet());
    assert_eq!(engine.connections(), 1);
}

#[test]
fn a_close_frame_is_answered_by_04_with_the_next_event() {
    let engine = engine(V04);
    let mut client = Client::new(&engine, V04, "");
    let ticks: Vec<_> = (0..100).flat_map(|_| [json!(["sleep", 0.05]), json!(["send", "tick"])]).collect();
    client.launch(ticks.into());
    client.socket.close(None).expect("the frame leaves");
    while client.message() != Frame::Close {}
}

#[test]
fn a_close_frame_makes_05_hang_up() {
    let engine = engine(V05);
    let mut client = Client::new(&engine, V05, "");
    client.socket.close(None).expect("the frame leaves");
    assert!(matches!(client.next(), Frame::End(_)));
}
