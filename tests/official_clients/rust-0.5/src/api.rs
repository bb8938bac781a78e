//! pie-client 0.5.2 as the shared checks see it.

use anyhow::Result;

pub use client::client::{Client, Process, ProcessEvent, ReceivedFile, hash_blob};

/// Programs that a launch refuses, and the engine's text.
pub const LAUNCH_REFUSALS: [(&str, &str); 3] = [
    ("nope", "no program named 'nope' is installed"),
    ("nope@1.0.0", "program nope@1.0.0 is not installed (looked in "),
    ("echo@", "Invalid program identifier 'echo@': expected 'name@major.minor.patch'"),
];

/// This client appends no path of its own.
pub async fn connect(uri: &str) -> Result<Client> {
    Client::connect_with_identity(&format!("{uri}/v1/ws"), "default/rust").await
}

pub async fn launch(client: &Client, program: &str, input: &str, capture: bool) -> Result<Process> {
    client.launch_process(program.into(), input.into(), capture).await
}

pub async fn check_program(client: &Client, program: &str) -> Result<bool> {
    client.check_program(program).await
}

pub fn bytes(file: &ReceivedFile) -> &[u8] {
    &file.data
}
