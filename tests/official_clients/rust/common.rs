//! The checks that both Rust clients pass. `crate::api` hides where the two crates differ.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::api::{self, Client, Process, ProcessEvent, hash_blob};
use crate::harness::{Args, Checks, refused};

pub const ECHO: &str = "echo@0.1.0";
const CHUNK: usize = 256 * 1024;

pub async fn run(checks: &mut Checks, client: &Client, args: &Args) {
    run!(checks, {
        "ping" => client.ping(),
        "query model_status" => model_status(client),
    });
    programs(checks, client, args).await;
    processes(checks, client).await;
    files(checks, client).await;
    if args.scripted() {
        run!(checks, {
            "launch what was installed" => launch_installed(client),
            "connection lost" => connection_lost(args),
        });
    }
}

async fn programs(checks: &mut Checks, client: &Client, args: &Args) {
    run!(checks, {
        "install, one chunk" => add(client, args, "echo.wasm", "echo.toml"),
        "check_program" => check_program(client),
        "install, three chunks" => install_three(client, args),
        "install refused" => install_refused(client, args),
        "launch refused" => launch_refused(client),
    });
}

async fn processes(checks: &mut Checks, client: &Client) {
    run!(checks, {
        "events in order" => events_in_order(client),
        "error event" => ends_with(client, json!(["raise", "boom"]), "boom"),
        "trap event" => ends_with(client, json!(["panic", "bang"]), "Call error: "),
        "signals in order" => signals_in_order(client),
        "messages in order" => messages_in_order(client),
        "big message" => big_message(client),
        "processes at once" => processes_at_once(client),
        "list_processes" => list_processes(client),
        "terminate" => terminate(client),
        "terminate refused" => terminate_refused(client),
        "launch without capture" => launch_uncaptured(client),
    });
}

async fn files(checks: &mut Checks, client: &Client) {
    run!(checks, {
        "file up" => file_up(client, 10),
        "file up, three chunks" => file_up(client, 2 * CHUNK + 1),
        "file up, empty" => file_up(client, 0),
        "file down" => file_down(client, 10),
        "file down, three chunks" => file_down(client, 2 * CHUNK + 1),
        "file there and back" => file_echo(client),
    });
}

/// Launches the operations behind a gate that opens once the handle exists: the 0.3 client loses events that come
/// right behind the launch reply.
pub async fn start(client: &Client, ops: Value) -> Result<Process> {
    let gated = [vec![json!(["recv", 0])], ops.as_array().cloned().unwrap_or_default()].concat();
    let mut process = api::launch(client, ECHO, &script(json!(gated)), true).await?;
    process.signal("go").await?;
    expect(&mut process, &[("message", "got:go")]).await?;
    Ok(process)
}

pub fn script(ops: Value) -> String {
    json!({ "ops": ops }).to_string()
}

/// An event in a form that can be compared; a file as its size and hash.
fn seen(event: ProcessEvent) -> (&'static str, String) {
    match event {
        ProcessEvent::Stdout(text) => ("stdout", text),
        ProcessEvent::Stderr(text) => ("stderr", text),
        ProcessEvent::Message(text) => ("message", text),
        ProcessEvent::File(file) => ("file", described(api::bytes(&file))),
        ProcessEvent::Return(text) => ("return", text),
        ProcessEvent::Error(text) => ("error", text),
    }
}

fn described(bytes: &[u8]) -> String {
    format!("{}:{}", bytes.len(), hash_blob(bytes))
}

/// The bytes that the engine's `send_file` makes.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i % 251) as u8).collect()
}

pub async fn expect(process: &mut Process, events: &[(&str, &str)]) -> Result<()> {
    for (kind, value) in events {
        let (got_kind, got) = seen(process.recv().await?);
        ensure!(got_kind == *kind && got == *value, "expected {kind} {value:?}, got {got_kind} {got:?}");
    }
    Ok(())
}

async fn model_status(client: &Client) -> Result<()> {
    let status: Value = serde_json::from_str(&client.query("model_status", String::new()).await?)?;
    ensure!(status["default.kv_pages_total"].is_u64(), "no default.kv_pages_total in {status}");
    Ok(())
}

async fn check_program(client: &Client) -> Result<()> {
    ensure!(api::check_program(client, ECHO).await?, "{ECHO} should be there");
    ensure!(!api::check_program(client, "nope@1.0.0").await?, "nope@1.0.0 should not be there");
    Ok(())
}

async fn add(client: &Client, args: &Args, wasm: &str, manifest: &str) -> Result<()> {
    let programs = Path::new(args.get("programs")?);
    client.add_program(&programs.join(wasm), &programs.join(manifest), true).await
}

async fn install_three(client: &Client, args: &Args) -> Result<()> {
    add(client, args, "three.wasm", "three.toml").await?;
    ensure!(api::check_program(client, "three@0.1.0").await?, "not there after the install");
    Ok(())
}

async fn install_refused(client: &Client, args: &Args) -> Result<()> {
    let text = "Invalid manifest: Failed to parse manifest TOML: TOML parse error at line 1, column 5";
    refused(add(client, args, "echo.wasm", "bad.toml"), text).await
}

async fn launch_installed(client: &Client) -> Result<()> {
    let mut process = api::launch(client, "three@0.1.0", &script(json!([["recv", 0]])), true).await?;
    process.signal("x").await?;
    expect(&mut process, &[("message", "got:x"), ("return", "done")]).await
}

async fn launch_refused(client: &Client) -> Result<()> {
    for (program, text) in api::LAUNCH_REFUSALS {
        refused(api::launch(client, program, "{}", true), text).await?;
    }
    Ok(())
}

async fn events_in_order(client: &Client) -> Result<()> {
    let ops = json!([
        ["print", "one\n"],
        ["eprint", "two"],
        ["send", "thrée ✓"],
        ["send_file", 4],
        ["print", "four\n"],
        ["return", {"a": [1]}],
    ]);
    let events = [
        ("stdout", "one\n"),
        ("stderr", "two"),
        ("message", "thrée ✓"),
        ("file", &described(&pattern(4))),
        ("stdout", "four\n"),
        ("return", r#"{"a":[1]}"#),
    ];
    expect(&mut start(client, ops).await?, &events).await
}

async fn ends_with(client: &Client, op: Value, text: &str) -> Result<()> {
    let mut process = start(client, json!([op])).await?;
    let (kind, value) = seen(process.recv().await?);
    ensure!(kind == "error" && value.contains(text), "expected error {text:?}, got {kind} {value:?}");
    Ok(())
}

async fn signals_in_order(client: &Client) -> Result<()> {
    let mut process = start(client, json!([["recv", 0], ["recv", 0], ["recv", 0]])).await?;
    for text in ["1", "wörld ✓", ""] {
        process.signal(text).await?;
    }
    let events = [("message", "got:1"), ("message", "got:wörld ✓"), ("message", "got:"), ("return", "done")];
    expect(&mut process, &events).await
}

async fn messages_in_order(client: &Client) -> Result<()> {
    let mut process = start(client, json!([["sendn", 500]])).await?;
    for number in 0..500 {
        expect(&mut process, &[("message", &number.to_string())]).await?;
    }
    expect(&mut process, &[("return", "done")]).await
}

async fn big_message(client: &Client) -> Result<()> {
    let mut process = start(client, json!([["sendbig", 900_000]])).await?;
    expect(&mut process, &[("message", &"x".repeat(900_000)), ("return", "done")]).await
}

/// No more than 8: a real engine on a small machine starts a ninth only when another one ends.
async fn processes_at_once(client: &Client) -> Result<()> {
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(start(client, json!([["recv", 0]])).await?);
    }
    for process in all.iter_mut().rev() {
        process.signal(process.id()).await?;
        let answer = format!("got:{}", process.id());
        expect(process, &[("message", &answer), ("return", "done")]).await?;
    }
    Ok(())
}

/// Both clients tear the JSON array apart at its commas; the ids can still be read from the pieces.
pub async fn listed_ids(client: &Client) -> Result<Vec<String>> {
    let pieces = client.list_processes().await?;
    Ok(pieces.iter().filter_map(|piece| piece.strip_prefix(r#"{"id":""#)).map(str::to_owned).collect())
}

async fn list_processes(client: &Client) -> Result<()> {
    let mut process = start(client, json!([["recv", 0]])).await?;
    ensure!(listed_ids(client).await?.iter().any(|id| id == process.id()), "{} is not listed", process.id());
    process.signal("end").await?;
    expect(&mut process, &[("message", "got:end"), ("return", "done")]).await
}

async fn terminate(client: &Client) -> Result<()> {
    let mut process = start(client, json!([["sleep", 30]])).await?;
    client.terminate_process(process.id()).await?;
    expect(&mut process, &[("error", "Signal")]).await
}

async fn terminate_refused(client: &Client) -> Result<()> {
    let unknown = "00000000-0000-4000-8000-000000000000";
    refused(client.terminate_process(unknown), "Process not found").await?;
    refused(client.terminate_process("no-uuid"), "Invalid process ID").await
}

/// Launches without capture and finds the process by the listing: the reply holds no id.
pub async fn uncaptured(client: &Client, ops: Value) -> Result<String> {
    let before = listed_ids(client).await?;
    let handle = api::launch(client, ECHO, &script(ops), false).await?;
    ensure!(handle.id().is_empty(), "an id came: {:?}", handle.id());
    let now = listed_ids(client).await?;
    now.into_iter().find(|id| !before.contains(id)).context("the process is not listed")
}

async fn launch_uncaptured(client: &Client) -> Result<()> {
    let id = uncaptured(client, json!([["sleep", 30]])).await?;
    client.terminate_process(&id).await?;
    ensure!(!listed_ids(client).await?.contains(&id), "still listed after terminate");
    Ok(())
}

async fn file_up(client: &Client, size: usize) -> Result<()> {
    let mut process = start(client, json!([["send", "ready"], ["recv_file", 0]])).await?;
    expect(&mut process, &[("message", "ready")]).await?;
    let file = pattern(size);
    process.transfer_file(&file).await?;
    let answer = format!("file:{}", described(&file));
    expect(&mut process, &[("message", &answer), ("return", "done")]).await
}

async fn file_down(client: &Client, size: usize) -> Result<()> {
    let mut process = start(client, json!([["send_file", size]])).await?;
    expect(&mut process, &[("file", &described(&pattern(size))), ("return", "done")]).await
}

async fn file_echo(client: &Client) -> Result<()> {
    let mut process = start(client, json!([["send", "ready"], ["echo_file", 0]])).await?;
    expect(&mut process, &[("message", "ready")]).await?;
    let file = pattern(CHUNK + 1);
    process.transfer_file(&file).await?;
    expect(&mut process, &[("file", &described(&file)), ("return", "done")]).await
}

async fn connection_lost(args: &Args) -> Result<()> {
    for end in ["cut", "fin", "close"] {
        let client = api::connect(args.get("open")?).await?;
        let mut process = start(&client, json!([[end]])).await?;
        refused(process.recv(), "Event channel closed").await.with_context(|| format!("after {end}"))?;
    }
    Ok(())
}
