//! pie-client 0.3.0 as the shared checks see it.

use anyhow::Result;

pub use pie_client::client::{Client, Process, ProcessEvent, hash_blob};

/// Programs that a launch refuses, and the engine's text.
pub const LAUNCH_REFUSALS: [(&str, &str); 2] = [
    ("nope", "Invalid program identifier 'nope': expected 'name@major.minor.patch'"),
    ("nope@1.0.0", "Failed to download manifest from "),
];

pub async fn connect(uri: &str) -> Result<Client> {
    let client = Client::connect(uri).await?;
    client.authenticate("rust", &None).await?;
    Ok(client)
}

pub async fn launch(client: &Client, program: &str, input: &str, capture: bool) -> Result<Process> {
    client.launch_process(program.into(), input.into(), capture, None).await
}

pub async fn check_program(client: &Client, program: &str) -> Result<bool> {
    client.check_program(program, None, None).await
}

pub fn bytes(file: &[u8]) -> &[u8] {
    file
}
