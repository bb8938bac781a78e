//! JSON-RPC 2.0 in lines: one message each, or an array of messages.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::json::{check_error_object, error_object};
use super::{METHOD_NOT_FOUND, Outcome, SERVER_ERROR};

/// The version that every server knows; what it answers is its own affair.
const PROTOCOL_VERSION: &str = "2024-11-05";
/// So many messages of one line are read: more than any server has to say at a time.
const LONGEST_BATCH: usize = 1000;

/// So many bytes of garbage are looked at to be shown; more than are shown.
const LONGEST_SHOWN: usize = 2000;

/// What a server says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The answer to our request with this number.
    Answer(u64, Outcome),
    /// The line that answers a request of the server's.
    Reply(String),
    /// Nothing that wants anything of us.
    Notice(String),
    /// An error that names no request.
    Complaint(String),
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
        // Of a long line no more than is told: each bad byte becomes three.
        said.push(Said::Garbage(shortened(&String::from_utf8_lossy(&line[..line.len().min(LONGEST_SHOWN)]))));
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
        Ok(Message { id, error: Some(error), .. }) if id.is_none_or(|id| id.get() == "null") => {
            Said::Complaint(shortened(error.get()))
        }
        Ok(Message { id: Some(id), result, error, .. }) => match id.get().parse() {
            Ok(number) => Said::Answer(number, outcome(result, error)),
            Err(_) => misnumbered(id.get()),
        },
        Ok(_) => return None,
        Err(_) => return broken_answer(text),
    })
}

/// An answer whose id is no number of ours. A number in quotes is meant for whoever waits under that number.
fn misnumbered(id: &str) -> Said {
    match id.strip_prefix('"').and_then(|id| id.strip_suffix('"')).and_then(|id| id.parse().ok()) {
        Some(number) => unusable_answer(number, "its id is a string instead of the number that it was asked with"),
        None => Said::Notice(format!("an answer to request {}, which was never made", shortened(id))),
    }
}

/// Whoever waits for it has to know.
fn unusable_answer(number: u64, why: &str) -> Said {
    let text = format!("the MCP server answered with what is no JSON-RPC: {why}");
    Said::Answer(number, Err(error_object(SERVER_ERROR, &text)))
}

/// An answer with a member twice, with bytes that are not UTF-8, or with a result that is not JSON, such as NaN.
fn broken_answer(text: &[u8]) -> Option<Said> {
    let mut beginning = Beginning::default();
    // What was read before the fault counts.
    let _ = serde_json::Deserializer::from_slice(text).deserialize_map(&mut beginning);
    let number = beginning.id.filter(|_| beginning.is_answer && !beginning.has_method)?;
    Some(unusable_answer(number, "it cannot be read; a member stands there twice, or it is not JSON, or not UTF-8"))
}

/// As much of a message as can be read.
#[derive(Default)]
struct Beginning {
    id: Option<u64>,
    is_answer: bool,
    has_method: bool,
}

impl<'de> Visitor<'de> for &mut Beginning {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            self.is_answer |= name == "result" || name == "error";
            self.has_method |= name == "method";
            if name == "id" {
                let id = members.next_value()?;
                if self.id.replace(id).is_some() {
                    self.id = None;
                    return Err(A::Error::custom("two ids"));
                }
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
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
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{},{answer}}}\n", in_one_line(id.get()))
}

/// JSON without line breaks, whatever the reader takes for one. They can only stand between tokens.
fn in_one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// The line of a request.
pub fn request(id: u64, method: &str, params: &str) -> String {
    let method = Value::from(method);
    let params = match params.trim() {
        "" | "null" => String::new(),
        params => format!(",\"params\":{}", in_one_line(params)),
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
