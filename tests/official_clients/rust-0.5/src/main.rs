//! Drives crates.io `pie-client` 0.5.2 against an engine of generation 0.5.
//!
//! Left out because it works against no engine: `connect` without an identity beyond its refusal, `attach_process`
//! (fails locally), and `close` while a `Process` lives.

#[path = "../../rust/harness.rs"]
#[macro_use]
mod harness;
mod api;
#[path = "../../rust/common.rs"]
mod common;

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use client::client::{Client, ProcessEvent};
use serde_json::json;

use harness::{Args, Checks, refused, within};

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let uri = args.get("open")?;
    let mut checks = Checks::default();
    let client = api::connect(uri).await?;
    run!(checks, {
        "connect refused: no identity" => no_identity(uri),
        "connect refused: wrong path" => wrong_path(uri),
        "authenticate" => client.authenticate("anyone", &None),
    });
    common::run(&mut checks, &client, &args).await;
    run!(checks, {
        "query refused" => query_refused(&client),
        "launch by bare name" => bare_name(&client),
        "events right behind the launch reply" => early_events(&client, &args),
        "wait_for_return" => wait_for_return(&client),
        "file with a name" => file_with_name(&client),
        "disconnect ends the process" => disconnect_ends(uri, &client),
        "close" => within(5000, client.close()),
    });
    checks.finish();
    Ok(())
}

async fn no_identity(uri: &str) -> Result<()> {
    refused(Client::connect(&format!("{uri}/v1/ws")), "401").await
}

async fn wrong_path(uri: &str) -> Result<()> {
    refused(Client::connect_with_identity(&format!("{uri}/elsewhere"), "me"), "404").await
}

async fn query_refused(client: &Client) -> Result<()> {
    let text = r#"unknown query subject "nope" (known: model_status)"#;
    refused(client.query("nope", String::new()), text).await
}

async fn bare_name(client: &Client) -> Result<()> {
    let input = common::script(json!([["return", "by name"]]));
    let mut process = api::launch(client, "echo", &input, true).await?;
    common::expect(&mut process, &[("return", "by name")]).await
}

/// The scripted engine can be made to send reply and events in one write; a real one does so by chance.
async fn early_events(client: &Client, args: &Args) -> Result<()> {
    let first = if args.scripted() { json!(["burst"]) } else { json!(["sleep", 0]) };
    let input = common::script(json!([first, ["send", "early"], ["send_file", 4]]));
    let mut process = api::launch(client, common::ECHO, &input, true).await?;
    common::expect(&mut process, &[("message", "early")]).await?;
    ensure!(matches!(process.recv().await?, ProcessEvent::File(file) if file.data == [0, 1, 2, 3]), "no file");
    common::expect(&mut process, &[("return", "done")]).await
}

async fn wait_for_return(client: &Client) -> Result<()> {
    let mut process = common::start(client, json!([["send", "skipped"], ["return", "value"]])).await?;
    ensure!(process.wait_for_return().await? == "value", "another value");
    let mut process = common::start(client, json!([["raise", "boom"]])).await?;
    refused(process.wait_for_return(), "boom").await
}

async fn file_with_name(client: &Client) -> Result<()> {
    let mut process = common::start(client, json!([["send_file_as", "a.txt"]])).await?;
    let ProcessEvent::File(file) = process.recv().await? else { bail!("no file event") };
    ensure!(file.name.as_deref() == Some("a.txt") && file.data == b"hello file", "got {file:?}");
    Ok(())
}

async fn disconnect_ends(uri: &str, observer: &Client) -> Result<()> {
    let other = api::connect(uri).await?;
    let id = common::start(&other, json!([["recv", 0]])).await?.id().to_owned();
    other.close().await?;
    while common::listed_ids(observer).await?.contains(&id) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    refused(observer.terminate_process(&id), "Process not found").await
}
