//! The official Rust client of engines 0.5 in one workload: `contender-rust-0-5 URI WORKLOAD COUNT`.

#[path = "../../rust/workloads.rs"]
mod workloads;

use anyhow::Result;
use client::client::{Client, Process, ProcessEvent};

async fn connect(uri: &str) -> Result<Client> {
    let client = Client::connect_with_identity(&format!("{uri}/v1/ws"), "default/bench").await?;
    client.authenticate("bench", &None).await?;
    Ok(client)
}

async fn launch(client: &Client, input: String) -> Result<Process> {
    client.launch_process("echo@0.1.0".into(), input, true).await
}

fn size(event: &ProcessEvent) -> Option<usize> {
    if let ProcessEvent::File(file) = event { Some(file.data.len()) } else { None }
}

fn is_last(event: &ProcessEvent) -> bool {
    matches!(event, ProcessEvent::Return(_) | ProcessEvent::Error(_))
}

#[tokio::main]
async fn main() -> Result<()> {
    // On a worker, where answers come: from the main thread each would be a hop away.
    tokio::spawn(workloads::run()).await?
}
