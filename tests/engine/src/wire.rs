//! The requests of both generations, decoded by the decoder of the real engines, so that all it tolerates and refuses
//! is the same here, texts included.

use crate::config::Generation;
use serde::Deserialize;
use serde_bytes::ByteBuf;

/// What 0.4 and 0.5 both know. The order of the variants shows in an error text of 0.5.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Common {
    AuthIdentify { corr_id: u32, username: String },
    AuthProve { corr_id: u32, signature: String },
    CheckProgram { corr_id: u32, name: String, version: String },
    Query { corr_id: u32, subject: String, record: String },
    AddProgram(AddProgram),
    LaunchProcess(LaunchProcess),
    AttachProcess { corr_id: u32, process_id: String },
    TerminateProcess { corr_id: u32, process_id: String },
    SignalProcess { process_id: String, message: String },
    TransferFile(TransferFile),
    ListProcesses { corr_id: u32 },
    Ping { corr_id: u32 },
}

/// What only 0.4 knows.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Only04 {
    AuthByToken { corr_id: u32, token: String },
    LaunchProcesses(LaunchProcesses),
    RunProcesses(RunProcesses),
    LaunchDaemon(LaunchDaemon),
    RegisterMcpServer(RegisterMcpServer),
    McpResponse { corr_id: u32, ok: bool, result: String },
}

#[derive(Debug)]
pub enum Request {
    Common(Common),
    Only04(Only04),
}

#[derive(Debug, Deserialize)]
pub struct AddProgram {
    pub corr_id: u32,
    pub program_hash: String,
    pub manifest: String,
    pub force_overwrite: bool,
    pub chunk_index: usize,
    pub total_chunks: usize,
    pub chunk_data: ByteBuf,
}

#[derive(Debug, Deserialize)]
pub struct TransferFile {
    pub process_id: String,
    pub file_hash: String,
    pub chunk_index: usize,
    pub total_chunks: usize,
    pub chunk_data: ByteBuf,
}

#[derive(Debug, Deserialize)]
pub struct LaunchProcess {
    pub corr_id: u32,
    pub inferlet: String,
    pub input: String,
    pub capture_outputs: bool,
    /// Without effect here, but one that is no number makes the request undecodable.
    #[serde(default, rename = "token_budget")]
    _token_budget: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub struct LaunchProcesses {
    pub corr_id: u32,
    pub inferlet: String,
    pub inputs: Vec<String>,
    pub capture_outputs: bool,
    #[serde(default)]
    pub token_budgets: Option<Vec<Option<u64>>>,
}

#[derive(Debug, Deserialize)]
pub struct RunProcesses {
    pub corr_id: u32,
    pub inferlet: String,
    pub inputs: Vec<String>,
    #[serde(default)]
    pub token_budgets: Option<Vec<Option<u64>>>,
}

/// Nothing listens on the port here.
#[derive(Debug, Deserialize)]
pub struct LaunchDaemon {
    pub corr_id: u32,
    #[serde(rename = "port")]
    _port: u32,
    pub inferlet: String,
    #[serde(rename = "input")]
    _input: String,
}

/// Only the name matters to the engine.
#[derive(Debug, Deserialize)]
pub struct RegisterMcpServer {
    pub corr_id: u32,
    pub name: String,
    #[serde(rename = "transport")]
    _transport: String,
    #[serde(default, rename = "command")]
    _command: Option<String>,
    #[serde(default, rename = "args")]
    _args: Option<Vec<String>>,
    #[serde(default, rename = "url")]
    _url: Option<String>,
}

/// The error is the decoder's own text, which 0.5 tells the client.
pub fn decode(generation: Generation, frame: &[u8]) -> Result<Request, String> {
    let common = rmp_serde::from_slice(frame).map(Request::Common);
    match generation {
        Generation::V04 => common.or_else(|_| rmp_serde::from_slice(frame).map(Request::Only04)),
        Generation::V05 => common,
    }
    .map_err(|error| error.to_string())
}

/// A request as JSON text, which only 0.5 takes.
pub fn decode_text(text: &str) -> Result<Request, String> {
    serde_json::from_str(text).map(Request::Common).map_err(|error| error.to_string())
}
