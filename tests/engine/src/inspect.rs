//! What tests may look at: the query subject `scripted`.

use crate::session::Session;
use rmpv::ValueRef;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// More frames than this are not kept of one connection; the oldest go.
const KEPT: usize = 100_000;

/// The frames that came, each as JSON text.
#[derive(Default)]
pub struct Record {
    frames: VecDeque<String>,
}

/// What faults want to know about a frame before it is decoded.
#[derive(Debug, Default)]
pub struct Glance {
    pub kind: String,
    pub corr_id: Option<u32>,
    pub chunk_index: Option<usize>,
    pub total_chunks: Option<usize>,
}

impl Record {
    pub fn note(&mut self, frame: &Value) {
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        self.frames.push_back(frame.to_string());
    }

    fn list(&self) -> String {
        let frames: Vec<&str> = self.frames.iter().map(String::as_str).collect();
        format!("[{}]", frames.join(","))
    }
}

/// A binary frame as JSON, bytes as their number.
pub fn picture(mut frame: &[u8]) -> Value {
    let length = frame.len();
    match rmpv::decode::read_value_ref(&mut frame) {
        Ok(value @ (ValueRef::Map(_) | ValueRef::Array(_))) => json_of(&value),
        _ => json!({"undecodable": length}),
    }
}

fn json_of(value: &ValueRef) -> Value {
    match value {
        ValueRef::Nil => Value::Null,
        ValueRef::Boolean(value) => (*value).into(),
        ValueRef::Integer(value) => value.as_u64().map_or_else(|| value.as_i64().into(), Value::from),
        ValueRef::F32(value) => (*value).into(),
        ValueRef::F64(value) => (*value).into(),
        ValueRef::String(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        ValueRef::Binary(bytes) => json!({"bin": bytes.len()}),
        ValueRef::Ext(_, bytes) => json!({"ext": bytes.len()}),
        ValueRef::Array(list) => list.iter().map(json_of).collect(),
        ValueRef::Map(pairs) => pairs.iter().map(|(key, value)| (key_of(key), json_of(value))).collect(),
    }
}

fn key_of(key: &ValueRef) -> String {
    match key {
        ValueRef::String(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        other => other.to_string(),
    }
}

/// Works for the array form too, where the type comes first and the id of the request second.
pub fn glance(frame: &Value) -> Glance {
    let number = |value: &Value| value.as_u64().map(|n| n as usize);
    Glance {
        kind: frame.get("type").or(frame.get(0)).and_then(Value::as_str).unwrap_or_default().into(),
        corr_id: frame.get("corr_id").or(frame.get(1)).and_then(Value::as_u64).and_then(|id| id.try_into().ok()),
        chunk_index: frame.get("chunk_index").and_then(number),
        total_chunks: frame.get("total_chunks").and_then(number),
    }
}

/// The answer to `scripted`; none for a record nobody knows.
pub fn query(session: &Session, record: &str) -> Option<String> {
    let shared = &session.shared;
    match record {
        "received" => Some(session.record.lock().unwrap().list()),
        "challenge" => Some(session.challenge.lock().unwrap().clone()),
        "request" => Some(Value::from(&*session.head).to_string()),
        "connections" => Some(shared.connections.open().to_string()),
        "attempts" => Some(shared.connections.counts().0),
        "messages" => Some(shared.connections.counts().1),
        "ended" => Some(shared.connections.ended()),
        "processes" => Some(shared.processes.running().to_string()),
        "programs" => Some(shared.programs.hashes()),
        _ => None,
    }
}
