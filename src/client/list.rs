//! The engine's list of processes, whatever it calls its fields.

use std::ffi::CString;

use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};

/// A running process as the engine lists it; `None` where it does not say.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ProcessInfo {
    pub id: Option<CString>,
    pub username: Option<CString>,
    pub program: Option<CString>,
    pub input: Option<CString>,
    pub elapsed_secs: u64,
}

/// Reads the JSON text of the answer.
pub fn parse(text: &str) -> Result<Vec<ProcessInfo>> {
    let entries: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(|error| {
        Error::new(Code::Protocol, format!("list_processes: the engine's answer is no list of processes: {error}"))
    })?;
    Ok(entries.iter().map(info).collect())
}

fn info(entry: &Map<String, Value>) -> ProcessInfo {
    ProcessInfo {
        id: text(entry, &["id", "process_id"]),
        username: text(entry, &["username", "user"]),
        program: text(entry, &["program", "inferlet"]),
        // The documentation says `arguments`, the 0.4 and 0.5 engines say `input`.
        input: text(entry, &["input", "arguments"]),
        elapsed_secs: entry.get("elapsed_secs").and_then(seconds).unwrap_or_default(),
    }
}

fn text(entry: &Map<String, Value>, keys: &[&str]) -> Option<CString> {
    let value = keys.iter().find_map(|key| entry.get(*key))?;
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    CString::new(text.replace('\0', "\u{fffd}")).ok()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a negative or huge number of seconds saturates"
)]
fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().map(|seconds| seconds as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_by_either_name() {
        let list = parse(r#"[{"id":"a","username":null,"arguments":["x",1],"elapsed_secs":2.9,"new":{}},{}]"#).unwrap();
        assert_eq!(list[0].id.as_deref(), Some(c"a"));
        assert_eq!(list[0].username, None);
        assert_eq!(list[0].input.as_deref(), Some(c"[\"x\",1]"));
        assert_eq!(list[0].elapsed_secs, 2);
        assert_eq!(list[1].id, None);
    }

    #[test]
    fn what_is_no_list_is_a_protocol_error() {
        for bad in ["", "{}", "[1]", "null"] {
            assert_eq!(parse(bad).unwrap_err().code(), Code::Protocol, "{bad}");
        }
    }
}
