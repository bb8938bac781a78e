//! What the client sends: one MessagePack map a message, `type` first, absent fields left out.

use rmp_serde::encode::Error::InvalidValueWrite;
use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::memory::{self, Growing};

/// A message to the engine, whatever its generation.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// Logs in, first half.
    AuthIdentify { username: &'a str },
    /// Logs in, second half.
    AuthProve { signature: &'a str },
    /// Logs in with the engine's internal token.
    AuthByToken { token: &'a str },
    /// Asks for a sign of life.
    Ping,
    /// Asks for a fact.
    Query { subject: &'a str, record: &'a str },
    /// Asks whether a program is installed.
    CheckProgram { name: &'a str, version: &'a str, wasm_hash: Option<&'a str>, manifest_hash: Option<&'a str> },
    /// A chunk of a program.
    AddProgram { manifest: &'a str, force_overwrite: bool, chunk: Chunk<'a> },
    /// Starts a process.
    LaunchProcess { inferlet: &'a str, input: &'a str, capture_outputs: bool, token_budget: Option<u64> },
    /// Starts processes, one for each input.
    LaunchProcesses {
        inferlet: &'a str,
        inputs: &'a [&'a str],
        capture_outputs: bool,
        token_budgets: Option<&'a [u64]>,
    },
    /// Starts a process that serves HTTP.
    LaunchDaemon { port: u16, inferlet: &'a str, input: &'a str },
    /// Asks for the events of a process.
    AttachProcess { process_id: &'a str },
    /// Asks for the running processes.
    ListProcesses,
    /// Ends a process.
    TerminateProcess { process_id: &'a str },
    /// A text for a process.
    SignalProcess { process_id: &'a str, message: &'a str },
    /// A chunk of a file for a process.
    TransferFile { process_id: &'a str, chunk: Chunk<'a> },
    /// Announces an MCP server; how it is started is nobody's business but ours.
    RegisterMcpServer { name: &'a str, transport: &'a str },
    /// The answer to an MCP request of the engine, under the engine's own id.
    McpResponse { ok: bool, result: &'a str },
}

/// What all chunks of one upload have in common.
#[derive(Clone, Copy, Debug)]
pub struct Transfer<'a> {
    /// BLAKE3 of the whole, in hexadecimal digits.
    pub hash: &'a str,
    /// How many chunks there are.
    pub total_chunks: u64,
}

/// One chunk of an upload.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The upload that it belongs to.
    pub of: Transfer<'a>,
    /// Its place, from 0.
    pub index: u64,
    /// Its bytes.
    pub data: &'a [u8],
}

impl Request<'_> {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AuthIdentify { .. } => "auth_identify",
            Self::AuthProve { .. } => "auth_prove",
            Self::AuthByToken { .. } => "auth_by_token",
            Self::Ping => "ping",
            Self::Query { .. } => "query",
            Self::CheckProgram { .. } => "check_program",
            Self::AddProgram { .. } => "add_program",
            Self::LaunchProcess { .. } => "launch_process",
            Self::LaunchProcesses { .. } => "launch_processes",
            Self::LaunchDaemon { .. } => "launch_daemon",
            Self::AttachProcess { .. } => "attach_process",
            Self::ListProcesses => "list_processes",
            Self::TerminateProcess { .. } => "terminate_process",
            Self::SignalProcess { .. } => "signal_process",
            Self::TransferFile { .. } => "transfer_file",
            Self::RegisterMcpServer { .. } => "register_mcp_server",
            Self::McpResponse { .. } => "mcp_response",
        }
    }
}

/// The fields of a message in the order of the wire.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Body<'a> {
    AuthIdentify {
        corr_id: u32,
        username: &'a str,
    },
    AuthProve {
        corr_id: u32,
        signature: &'a str,
    },
    AuthByToken {
        corr_id: u32,
        token: &'a str,
    },
    Ping {
        corr_id: u32,
    },
    Query {
        corr_id: u32,
        subject: &'a str,
        record: &'a str,
    },
    CheckProgram {
        corr_id: u32,
        name: &'a str,
        version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        wasm_hash: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        manifest_hash: Option<&'a str>,
    },
    AddProgram {
        corr_id: u32,
        program_hash: &'a str,
        manifest: &'a str,
        force_overwrite: bool,
        chunk_index: u64,
        total_chunks: u64,
        #[serde(with = "serde_bytes")]
        chunk_data: &'a [u8],
    },
    LaunchProcess {
        corr_id: u32,
        inferlet: &'a str,
        input: &'a str,
        capture_outputs: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        token_budget: Option<u64>,
    },
    LaunchProcesses {
        corr_id: u32,
        inferlet: &'a str,
        inputs: &'a [&'a str],
        capture_outputs: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        token_budgets: Option<&'a [u64]>,
    },
    LaunchDaemon {
        corr_id: u32,
        port: u16,
        inferlet: &'a str,
        input: &'a str,
    },
    AttachProcess {
        corr_id: u32,
        process_id: &'a str,
    },
    ListProcesses {
        corr_id: u32,
    },
    TerminateProcess {
        corr_id: u32,
        process_id: &'a str,
    },
    SignalProcess {
        process_id: &'a str,
        message: &'a str,
    },
    TransferFile {
        process_id: &'a str,
        file_hash: &'a str,
        chunk_index: u64,
        total_chunks: u64,
        #[serde(with = "serde_bytes")]
        chunk_data: &'a [u8],
    },
    RegisterMcpServer {
        corr_id: u32,
        name: &'a str,
        transport: &'a str,
    },
    McpResponse {
        corr_id: u32,
        ok: bool,
        result: &'a str,
    },
}

impl<'a> Body<'a> {
    pub(super) fn of(corr_id: u32, request: &Request<'a>) -> Self {
        match *request {
            Request::AuthIdentify { username } => Self::AuthIdentify { corr_id, username },
            Request::AuthProve { signature } => Self::AuthProve { corr_id, signature },
            Request::AuthByToken { token } => Self::AuthByToken { corr_id, token },
            Request::Ping => Self::Ping { corr_id },
            Request::Query { subject, record } => Self::Query { corr_id, subject, record },
            Request::CheckProgram { name, version, wasm_hash, manifest_hash } => {
                Self::CheckProgram { corr_id, name, version, wasm_hash, manifest_hash }
            }
            Request::AddProgram { manifest, force_overwrite, chunk } => Self::AddProgram {
                corr_id,
                program_hash: chunk.of.hash,
                manifest,
                force_overwrite,
                chunk_index: chunk.index,
                total_chunks: chunk.of.total_chunks,
                chunk_data: chunk.data,
            },
            Request::LaunchProcess { inferlet, input, capture_outputs, token_budget } => {
                Self::LaunchProcess { corr_id, inferlet, input, capture_outputs, token_budget }
            }
            Request::LaunchProcesses { inferlet, inputs, capture_outputs, token_budgets } => {
                Self::LaunchProcesses { corr_id, inferlet, inputs, capture_outputs, token_budgets }
            }
            Request::LaunchDaemon { port, inferlet, input } => Self::LaunchDaemon { corr_id, port, inferlet, input },
            Request::AttachProcess { process_id } => Self::AttachProcess { corr_id, process_id },
            Request::ListProcesses => Self::ListProcesses { corr_id },
            Request::TerminateProcess { process_id } => Self::TerminateProcess { corr_id, process_id },
            Request::SignalProcess { process_id, message } => Self::SignalProcess { process_id, message },
            Request::TransferFile { process_id, chunk } => Self::TransferFile {
                process_id,
                file_hash: chunk.of.hash,
                chunk_index: chunk.index,
                total_chunks: chunk.of.total_chunks,
                chunk_data: chunk.data,
            },
            Request::RegisterMcpServer { name, transport } => Self::RegisterMcpServer { corr_id, name, transport },
            Request::McpResponse { ok, result } => Self::McpResponse { corr_id, ok, result },
        }
    }
}

/// How large most messages are at most. A larger one, which may hold a secret, would leave its beginnings behind.
const ROOM: usize = 128;

pub(super) fn encode_named(body: &Body<'_>) -> Result<Vec<u8>> {
    let mut encoded = Growing(Vec::with_capacity(ROOM));
    rmp_serde::encode::write_named(&mut encoded, body).map_err(|error| match error {
        InvalidValueWrite(_) => memory::none_for(encoded.0.len()).of("a message"),
        error => Error::new(Code::Internal, format!("a message could not be encoded: {error}")),
    })?;
    Ok(encoded.0)
}
