//! The binary.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scripted-engine"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

#[test]
fn it_serves_until_its_input_ends() {
    let mut child = start(&["--generation", "0.5", "--port", "0", "--attach", "documented", "--max-upload-mb", "1"]);
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("READY ws://").expect("the line says where");
    TcpStream::connect(address).expect("it listens");
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn it_refuses_what_it_does_not_know() {
    for args in [&["--generation", "0.6"][..], &["--what", "x"], &["--port"]] {
        let mut child = start(args);
        assert!(!child.wait().expect("it ends").success());
        let mut text = String::new();
        child.stderr.as_mut().expect("a pipe").read_to_string(&mut text).expect("text");
        assert!(text.contains("usage:"), "{text}");
    }
}
