//! Drives crates.io `pie-client` 0.3.0 against an engine of generation 0.4.
//!
//! Left out because it works against no engine: `attach_process` (fails locally) and `close` (never returns).

#[path = "../../rust/harness.rs"]
#[macro_use]
mod harness;
mod api;
#[path = "../../rust/common.rs"]
mod common;
mod login;
mod mcp;

use std::future::Future;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use api::Client;
use harness::{Args, Checks};

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let mut checks = Checks::default();
    login::run(&mut checks, &args).await;

    let client = api::connect(args.get("open")?).await?;
    common::run(&mut checks, &client, &args).await;
    run!(checks, {
        "token budget" => token_budget(&client),
        "unknown query unanswered" => unknown_query(&client),
    });
    mcp::run(&mut checks, &args).await;
    checks.finish();
    Ok(())
}

async fn token_budget(client: &Client) -> Result<()> {
    let input = common::script(json!([["recv", 0]]));
    let process = client.launch_process(common::ECHO.into(), input, true, Some(1000)).await?;
    ensure!(common::listed_ids(client).await?.iter().any(|id| id == process.id()), "not listed");
    client.terminate_process(process.id()).await
}

async fn unknown_query(client: &Client) -> Result<()> {
    unanswered(client.query("nope", String::new())).await?;
    client.ping().await
}

/// The call must stay without an answer.
async fn unanswered<T>(call: impl Future<Output = Result<T>>) -> Result<()> {
    ensure!(tokio::time::timeout(Duration::from_millis(500), call).await.is_err(), "was answered");
    Ok(())
}
