//! Engines 0.5: a gateway on one path, no login, no batches, no MCP; the launch has no budget and the check no hashes.

use super::Traits;
use super::encode::{Body, Request, encode_named};
use crate::error::{Code, Error, Result};

pub(super) const TRAITS: Traits = Traits {
    name: "0.5",
    needs_login: false,
    bare_names: true,
    // The gateway refuses more with a text frame that names no request (seen with 0.5.2).
    max_message: 7_340_032,
    lacks: &["auth_by_token", "launch_processes", "launch_daemon", "register_mcp_server", "mcp_response"],
    path: Some("/v1/ws"),
    answers_every_query: true,
    // Seen with 0.5.2.
    ends_processes: true,
    refused_attach: "0.5 engines end a process with the connection that it was launched or attached on, and do not find \
                     one that has ended: what can be attached is one launched with PIE_LAUNCH_NO_CAPTURE, by one client at \
                     a time; if the process is attached elsewhere, this refused attach ends it when this client's \
                     connection ends",
};

pub(super) fn encode(corr_id: u32, request: &Request<'_>) -> Result<Vec<u8>> {
    let mut body = Body::of(corr_id, request);
    match &mut body {
        Body::LaunchProcess { token_budget: Some(_), .. } => {
            let text = "launch_process: engines of generation 0.5 know no token_budget; leave it 0";
            return Err(Error::new(Code::Unsupported, text));
        }
        Body::CheckProgram { wasm_hash, manifest_hash, .. } => (*wasm_hash, *manifest_hash) = (None, None),
        _ => {}
    }
    encode_named(&body)
}
