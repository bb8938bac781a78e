//! Whole sessions through the C interface: an input is a script of what the engine sends and what the host calls, in turns.
//! Both are on one thread, so the host's calls are the asynchronous ones, or are given no time.

mod check;
mod end;
mod engine;
mod host;
mod message;

use std::ffi::CString;

use super::memory;
use super::script::Script;
use crate::abi::PIE_OK;
use engine::Engine;
use host::Host;
use message::Message;

/// The limits that the host sets. See `Host::options`.
pub(super) const QUEUE_BYTES: usize = 4096;
pub(super) const MESSAGE_BYTES: usize = 16 * 1024;
pub(super) const FILE_BYTES: usize = 8192;

/// What a session may take: buffers and tables of fixed size for the most part. Of processes that nobody knows a connection
/// keeps 65536 ids, and a queue 32 bytes and more of each.
const MEMORY: usize = 24 << 20;
/// What is left when it is over: what threads and the system's libraries keep.
const LEFT: usize = 64 * 1024;

pub fn session(input: &[u8]) {
    let before = memory::used();
    memory::within(MEMORY + 16 * input.len(), || Session::play(Script(input)));
    let left = memory::used().saturating_sub(before);
    assert!(left <= LEFT, "{left} bytes are left");
}

struct Session<'a> {
    script: Script<'a>,
    engine: Engine,
    host: Host,
}

impl Session<'_> {
    fn play(mut script: Script<'_>) {
        let engine = Engine::new();
        let host = Host::new(&mut script);
        let mut session = Session { script, engine, host };
        session.host.connect(&session.engine.uri());
        if session.meet() {
            session.log_in();
            while !session.script.is_over() && session.engine.has_breath() {
                session.turn();
            }
        }
        let Session { engine, host, script } = session;
        host.end(script, engine);
    }

    /// Until there is a client, or will be none.
    fn meet(&mut self) -> bool {
        if !self.engine.accept(&mut self.script) {
            return false;
        }
        if self.host.detects {
            let corr_id = self.script.pick(&[1, 2, 2, 9]);
            let result = self.script.pick(&["Pong", "Already authenticated", "No pending authentication"]);
            self.engine.binary(&Message::response(corr_id, self.script.is_odd(), result.as_bytes()));
        }
        self.host.await_client()
    }

    fn log_in(&mut self) {
        if self.script.byte() < 224 {
            self.host.auth_by_token();
            self.engine.hear();
            self.engine.binary(&Message::response(self.engine.latest(), true, b"ok"));
            self.engine.sync();
            self.host.receive(0);
        }
    }

    fn turn(&mut self) {
        let what = self.script.byte();
        if what & 1 == 0 { self.engine_does(what >> 1) } else { self.host_does(what >> 1) }
    }

    fn engine_does(&mut self, what: u8) {
        let (engine, script) = (&mut self.engine, &mut self.script);
        engine.hear();
        match what % 16 {
            0 => engine.raw(script.bytes()),
            1 => engine.binary(script.bytes()),
            2 => engine.frame(script.byte(), script.bytes()),
            3 => engine.text(script.bytes()),
            4 | 5 => engine.answer(script),
            6 | 7 => engine.event(script),
            8 => engine.file(script),
            9 => engine.whole_file(script),
            10 => engine.mcp_request(script),
            11 => engine.again(script.byte()),
            12 => engine.crowd(script.byte()),
            13 => engine.parts(script),
            14 => engine.hang_up(script.byte()),
            _ => engine.accept_again(script),
        }
        if self.script.is_odd() {
            self.engine.sync();
        }
    }

    fn host_does(&mut self, what: u8) {
        let (host, script) = (&mut self.host, &mut self.script);
        match what % 24 {
            0..=2 => host.launch(script),
            3 => host.launch_many(script),
            4 => host.run_many(script),
            5 => host.attach(script),
            6 => host.list(script),
            7 => host.ask(script),
            8 => host.install(script),
            9 => host.log_in(script),
            10 => host.signal(script),
            11 => host.transfer(script),
            12 => host.handle_mcp(script),
            13 => host.answer_mcp(script),
            14 | 15 => host.receive(script.byte().min(2)),
            16 => host.receive_of_process(script),
            17 => host.take_result(script),
            18 => host.let_go(script),
            19 => host.cancel(script),
            20 => host.set_ways_out(script),
            21 => host.dispatch(script),
            22 => host.wait_in_vain(script),
            _ => host.close(script),
        }
    }
}

/// A text of the script for a call.
fn c_text(bytes: &[u8]) -> CString {
    CString::new(bytes.split(|&byte| byte == 0).next().unwrap_or_default()).unwrap_or_default()
}

/// The id of a process.
fn id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

const _: () = assert!(PIE_OK == 0);
