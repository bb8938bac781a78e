//! JSON-RPC 2.0 in lines: one message each, or an array of messages.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::json::{check_error_object, error_object};
use super::{METHOD_NOT_FOUND, Outcome, SERVER_ERROR};

/// The version that every server knows; what it answers is its own affair.
const PROTOCOL_VERSION: &str = "2024-11-05";
/// So many messages of one line are read: more than any server has to say at a time.
const LONGEST_BATCH: usize = 1000;

/// What a server says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The answer to our request with this number.
    Answer(u64, Outcome),
    /// The line that answers a request of the server's.
    Reply(String),
    /// Nothing that wants anything of us.
    Notice(String),
    /// What is no JSON-RPC: the line that it stands in, shortened.
    Garbage(String),
}

/// Every member of a message that we know, as it stands.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default, deserialize_with = "as_it_stands")]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: Option<String>,
    #[serde(borrow, default, deserialize_with = "as_it_stands")]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// A member that is there, even if it is `null`.
fn as_it_stands<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a line. What follows garbage in it is left out, so garbage comes last.
pub fn read(line: &[u8]) -> Vec<Said> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Vec::new();
    }
    let mut said = Vec::new();
    let is_clean = if line.starts_with(b"[") {
        serde_json::Deserializer::from_slice(line).deserialize_seq(Batch(&mut said)).is_ok()
    } else {
        read_one(line).map(|what| said.push(what)).is_some()
    };
    if !is_clean {
        said.push(Said::Garbage(shortened(&String::from_utf8_lossy(line))));
    }
    said
}

/// Reads an array of messages one by one: an array of millions of numbers is given up at the first.
struct Batch<'a>(&'a mut Vec<Said>);

impl<'de> Visitor<'de> for Batch<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut messages: A) -> Result<(), A::Error> {
        while let Some(message) = messages.next_element::<&RawValue>()? {
            let what = (self.0.len() < LONGEST_BATCH).then(|| read_one(message.get().as_bytes())).flatten();
            self.0.push(what.ok_or_else(|| A::Error::custom("garbage"))?);
        }
        Ok(())
    }
}

fn read_one(text: &[u8]) -> Option<Said> {
    // An array would be taken for the members in their order.
    let message = text.starts_with(b"{").then(|| serde_json::from_slice::<Message<'_>>(text))?;
    Some(match message {
        Ok(Message { id: Some(id), method: Some(method), .. }) => Said::Reply(answer_to(id, &shortened(&method))),
        Ok(Message { method: Some(method), .. }) => Said::Notice(format!("notification {}", shortened(&method))),
        Ok(Message { id: Some(id), result, error, .. }) => match id.get().parse() {
            Ok(number) => Said::Answer(number, outcome(result, error)),
            Err(_) => Said::Notice(format!("an answer to request {}, which was never made", shortened(id.get()))),
        },
        Ok(Message { error: Some(error), .. }) => Said::Notice(format!("complaint {}", shortened(error.get()))),
        Ok(_) => return None,
        Err(_) => return broken_answer(text),
    })
}

/// An answer with a member twice: whoever waits for it has to know.
fn broken_answer(text: &[u8]) -> Option<Said> {
    #[derive(Deserialize)]
    struct Shape {
        id: u64,
        method: Option<IgnoredAny>,
    }
    let shape = serde_json::from_slice::<Shape>(text).ok().filter(|shape| shape.method.is_none())?;
    let why = "the MCP server answered with what is no JSON-RPC: a member stands there twice";
    Some(Said::Answer(shape.id, Err(error_object(SERVER_ERROR, why))))
}

fn outcome(result: Option<&RawValue>, error: Option<&RawValue>) -> Outcome {
    match (result, error) {
        (_, Some(error)) => Err(check_error_object(error.get())
            .unwrap_or_else(|_| error_object(SERVER_ERROR, &format!("the MCP server answered the error {error}")))),
        (Some(result), None) => Ok(result.get().to_owned()),
        (None, None) => {
            Err(error_object(SERVER_ERROR, "the MCP server answered neither with a result nor with an error"))
        }
    }
}

/// We offer servers nothing but a sign of life.
fn answer_to(id: &RawValue, method: &str) -> String {
    let answer = if method == "ping" {
        "\"result\":{}".to_owned()
    } else {
        let text = format!("libpie_client offers no {method}");
        format!("\"error\":{}", error_object(METHOD_NOT_FOUND, &text))
    };
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{answer}}}\n")
}

/// The line of a request. Line breaks, which in JSON can only stand between tokens, become blanks.
pub fn request(id: u64, method: &str, params: &str) -> String {
    let method = Value::from(method);
    let params = match params.trim() {
        "" | "null" => String::new(),
        params => format!(",\"params\":{}", params.replace(['\n', '\r'], " ")),
    };
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":{method}{params}}}\n")
}

/// The first request of all.
pub fn initialize(id: u64) -> String {
    let client = json!({"name": "libpie_client", "version": env!("CARGO_PKG_VERSION")});
    let params = json!({"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": client});
    request(id, "initialize", &params.to_string())
}

/// What follows on the answer to the first request.
pub fn initialized() -> String {
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n".to_owned()
}

/// Tells that nobody waits for a request any more.
pub fn cancelled(id: u64) -> String {
    let params = json!({"requestId": id, "reason": "the time limit is over"});
    format!("{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{params}}}\n")
}

/// What of a server's text may stand in an error or a log: one line, not long.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    let told: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if told.len() < text.len() { told + "…" } else { told }
}
