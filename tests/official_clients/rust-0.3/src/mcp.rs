//! MCP: registration, and requests of the engine relayed to a server that the client runs.

use anyhow::Result;
use serde_json::json;

use crate::common;
use crate::harness::{Args, Checks, refused};

pub async fn run(checks: &mut Checks, args: &Args) {
    run!(checks, {
        "MCP registration and relay" => relay(args),
        "MCP registration refused locally" => refused_locally(args),
    });
}

async fn relay(args: &Args) -> Result<()> {
    let client = crate::api::connect(args.get("open")?).await?;
    let command = args.get("python")?;
    let server = vec![args.get("mcp_server")?.to_owned()];
    client.register_mcp_server("demo", "stdio", Some(command), Some(server), None).await?;
    let questions =
        json!([["mcp", "demo", "tools/list", {}], ["mcp", "demo", "nope", {}], ["mcp", "other", "tools/list", {}],]);
    let mut process = common::start(&client, questions).await?;
    let answers = [
        ("message", r#"mcp:ok:{"tools":[{"name":"echo"}]}"#),
        ("message", r#"mcp:error:{"code":-32601,"message":"nope"}"#),
        ("message", r#"mcp:error:{"code":-1,"message":"MCP server 'other' not registered"}"#),
    ];
    common::expect(&mut process, &answers).await
}

async fn refused_locally(args: &Args) -> Result<()> {
    let client = crate::api::connect(args.get("open")?).await?;
    refused(client.register_mcp_server("web", "http", None, None, None), "is not yet supported").await
}
