//! What real engines said, frame by frame: recorded requests go to the scripted engine, and its answers have to be the
//! recorded ones, byte for byte, but for the ids of processes and the seconds they have run.

mod support;

use rmpv::Value;
use scripted_engine::{Engine, Generation};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use support::*;

#[derive(Deserialize)]
struct Capture {
    /// What has to be installed before.
    #[serde(default)]
    programs: Vec<String>,
    frames: Vec<Step>,
}

#[derive(Clone, Deserialize)]
struct Step {
    conn: u32,
    dir: String,
    kind: String,
    #[serde(default)]
    hex: String,
    #[serde(default)]
    text: String,
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        let digit = |at| u8::from_str_radix(&self.hex[at..at + 2], 16).expect("hex");
        (0..self.hex.len()).step_by(2).map(digit).collect()
    }
}

/// One connection of a replay: what it should have heard, and what it heard.
struct Line {
    client: Client,
    expected: Heard,
    heard: Heard,
}

#[derive(Default)]
struct Heard {
    messages: Vec<Value>,
    texts: Vec<String>,
}

impl Heard {
    fn add(&mut self, frame: Frame) {
        match frame {
            Frame::Binary(message) => self.messages.push(message),
            Frame::Text(text) => self.texts.push(text),
            end => panic!("the connection ended: {end:?}"),
        }
    }
}

struct Replay {
    engine: Engine,
    generation: Generation,
    lines: BTreeMap<u32, Line>,
    /// From recorded ids to those of this run.
    ids: HashMap<String, String>,
}

impl Replay {
    fn step(&mut self, step: &Step) {
        match (step.dir.as_str(), step.kind.as_str()) {
            ("s2c", "bin") => {
                let message = rmpv::decode::read_value(&mut &*step.bytes()).expect("a message was recorded");
                self.line(step.conn).expected.messages.push(message);
            }
            ("s2c", _) => self.line(step.conn).expected.texts.push(step.text.clone()),
            (_, "bin") => {
                self.catch_up();
                let bytes = self.translated(step.bytes());
                self.line(step.conn).client.send_bytes(bytes);
            }
            (_, "text") => {
                self.catch_up();
                self.line(step.conn).client.send_text(&step.text);
            }
            _ => self.close(step.conn),
        }
    }

    fn line(&mut self, conn: u32) -> &mut Line {
        let (engine, generation) = (&self.engine, self.generation);
        let open = || Client::raw(engine, generation, "");
        let line = || Line { client: open(), expected: Heard::default(), heard: Heard::default() };
        self.lines.entry(conn).or_insert_with(line)
    }

    /// Waits on every connection for all the messages that were recorded up to here. Texts may come later.
    fn catch_up(&mut self) {
        for line in self.lines.values_mut() {
            while line.heard.messages.len() < line.expected.messages.len() {
                line.heard.add(line.client.next());
            }
        }
        self.learn_ids();
    }

    fn learn_ids(&mut self) {
        for line in self.lines.values() {
            let recorded = ids_in(&line.expected.messages);
            let actual = ids_in(&line.heard.messages[..line.expected.messages.len()]);
            for (recorded, actual) in recorded.into_iter().zip(actual) {
                // The reply to a launch comes first; lists have an order of their own.
                self.ids.entry(recorded).or_insert(actual);
            }
        }
    }

    fn translated(&self, bytes: Vec<u8>) -> Vec<u8> {
        let mut bytes = bytes;
        for (recorded, actual) in &self.ids {
            let at = bytes.windows(recorded.len()).position(|part| part == recorded.as_bytes());
            if let Some(at) = at {
                bytes[at..at + actual.len()].copy_from_slice(actual.as_bytes());
            }
        }
        bytes
    }

    /// The engine notices that the client has gone before the next step.
    fn close(&mut self, conn: u32) {
        self.catch_up();
        let Some(line) = self.lines.remove(&conn) else {
            return;
        };
        let open = self.engine.connections();
        finish(line);
        until("the connection ends", || self.engine.connections() < open);
    }
}

/// Nothing is missing, nothing comes that was not recorded, and all is the same.
fn finish(mut line: Line) {
    while line.heard.texts.len() < line.expected.texts.len() {
        line.heard.add(line.client.next());
    }
    line.client.ask(serde_json::json!({"type": "ping"}));
    let pong = line.client.next();
    assert!(pong.is_response(1), "not recorded: {pong:?}");
    let (expected, heard) = (normal(&line.expected.messages), normal(&line.heard.messages));
    match line.client.generation() {
        V04 => assert_eq!(heard, expected),
        V05 => assert_eq!(sorted(heard), sorted(expected)),
    }
    assert_eq!(sorted(line.heard.texts), sorted(line.expected.texts));
}

/// Turns of 0.5 overtake each other, in the records too.
fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// The messages as bytes, so that keys, their order and the widths of numbers count.
fn normal(messages: &[Value]) -> Vec<String> {
    let encode = |message: &Value| {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, message).expect("a vector takes any bytes");
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        for id in ids_in(std::slice::from_ref(message)) {
            text = text.replace(&id, "ID");
        }
        text
    };
    messages.iter().map(encode).collect()
}

/// All process ids that stand anywhere in the messages, in order.
fn ids_in(messages: &[Value]) -> Vec<String> {
    let texts = messages.iter().filter_map(Value::as_map).flatten().filter_map(|(_, value)| value.as_str());
    texts.flat_map(|text| text.split(['"', ','])).filter(|part| is_id(part)).map(str::to_owned).collect()
}

fn is_id(part: &str) -> bool {
    part.len() == 36 && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-') && part.matches('-').count() == 4
}

fn replay(generation: Generation, text: &str) {
    let capture: Capture = serde_json::from_str(text).expect("the capture is JSON");
    let engine = engine(generation);
    let mut installer = Client::new(&engine, generation, "");
    for (name, id) in capture.programs.iter().zip(1..) {
        installer.send_bytes(add_program(id, name, true, b"program"));
        assert!(installer.response().result().0);
    }
    let mut replay = Replay { engine, generation, lines: BTreeMap::new(), ids: HashMap::new() };
    capture.frames.iter().for_each(|step| replay.step(step));
    replay.catch_up();
    std::mem::take(&mut replay.lines).into_values().for_each(finish);
}

macro_rules! replays {
    ($($generation:ident { $($name:ident $file:literal)* })*) => {
        $($(
            #[test]
            fn $name() {
                replay($generation, include_str!(concat!("captures/", $file, ".json")));
            }
        )*)*
    };
}

replays! {
    V04 {
        batches_of_04 "04-batches"
        daemons_of_04 "04-daemons"
        files_of_04 "04-files"
        files_nowhere_of_04 "04-files-nowhere"
        launches_of_04 "04-launches"
        malformed_frames_of_04 "04-malformed"
        mcp_of_04 "04-mcp"
        processes_of_04 "04-processes"
        programs_of_04 "04-programs"
        queries_of_04 "04-query"
        logins_of_04 "04-unauthenticated"
        uploads_of_04 "04-uploads"
    }
    V05 {
        attaches_of_05 "05-attach"
        files_of_05 "05-files"
        launches_of_05 "05-launches"
        lists_of_05 "05-lists"
        logins_of_05 "05-login"
        malformed_frames_of_05 "05-malformed"
        programs_of_05 "05-programs"
        queries_of_05 "05-query"
        signals_of_05 "05-signals"
        terminations_of_05 "05-terminate"
        turns_of_05 "05-turns"
        uploads_of_05 "05-uploads"
    }
}
