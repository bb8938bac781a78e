//! The engine's list of processes, whatever it calls its fields.

use std::ffi::CString;
use std::fmt;
use std::mem::size_of;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Code, Error, Result};
use crate::memory;

/// What an entry takes without its texts: here, and once more as the caller sees it.
const ENTRY_BYTES: usize = 2 * size_of::<ProcessInfo>();

const NO_MEMORY: &str = "there is no memory for it";

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

/// Reads the JSON text of the answer, into no more memory than this: a list may take fifty times the bytes of its text.
pub fn parse(text: &str, budget: usize) -> Result<Vec<ProcessInfo>> {
    read(text, budget).map_err(|error| {
        let told = error.to_string();
        if told.starts_with(NO_MEMORY) {
            return Error::new(Code::NoMemory, "list_processes: there is no memory for the engine's answer; free some");
        }
        Error::new(Code::Protocol, format!("list_processes: the engine's answer is no list of processes: {told}"))
    })
}

fn read(text: &str, budget: usize) -> serde_json::Result<Vec<ProcessInfo>> {
    begins_with(text.trim_start(), '[')?;
    let mut json = serde_json::Deserializer::from_str(text);
    let list = json.deserialize_seq(List { budget })?;
    json.end()?;
    Ok(list)
}

/// What is of another kind is refused here: the parser's error would quote the whole of a text.
fn begins_with(json: &str, begin: char) -> serde_json::Result<()> {
    if json.starts_with(begin) { Ok(()) } else { Err(serde_json::Error::custom(format_args!("{begin} was expected"))) }
}

struct List {
    budget: usize,
}

impl<'de> Visitor<'de> for List {
    type Value = Vec<ProcessInfo>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut entries, mut left) = (Vec::new(), self.budget);
        while let Some(entry) = list.next_element::<&RawValue>()? {
            let entry = Entry::read(entry.get()).and_then(|entry| entry.info()).map_err(A::Error::custom)?;
            left = left.checked_sub(entry.bytes()).ok_or_else(|| {
                A::Error::custom("it takes more memory than the option max_message_bytes allows; raise it")
            })?;
            entries.try_reserve(1).map_err(|_| A::Error::custom(NO_MEMORY))?;
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// What we want of an entry, as it stands in the answer. The rest of it is skipped without being kept.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    process_id: Option<&'a RawValue>,
    #[serde(borrow)]
    username: Option<&'a RawValue>,
    #[serde(borrow)]
    user: Option<&'a RawValue>,
    #[serde(borrow)]
    program: Option<&'a RawValue>,
    #[serde(borrow)]
    inferlet: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    elapsed_secs: Option<&'a RawValue>,
}

impl<'a> Entry<'a> {
    fn read(entry: &'a str) -> serde_json::Result<Self> {
        begins_with(entry, '{')?;
        serde_json::from_str(entry)
    }

    fn info(&self) -> serde_json::Result<ProcessInfo> {
        Ok(ProcessInfo {
            id: text(self.id.or(self.process_id))?,
            username: text(self.username.or(self.user))?,
            program: text(self.program.or(self.inferlet))?,
            // The documentation says `arguments`, the 0.4 and 0.5 engines say `input`.
            input: text(self.input.or(self.arguments))?,
            elapsed_secs: self.elapsed_secs.map_or(0, seconds),
        })
    }
}

impl ProcessInfo {
    fn bytes(&self) -> usize {
        let texts = [&self.id, &self.username, &self.program, &self.input];
        let texts: usize = texts.into_iter().flatten().map(|text| text.count_bytes() + 1).sum();
        texts.saturating_add(ENTRY_BYTES)
    }
}

/// A text, or anything else as it stands in the answer.
fn text(value: Option<&RawValue>) -> serde_json::Result<Option<CString>> {
    let Some(value) = value.map(RawValue::get) else { return Ok(None) };
    memory::need(value.len().saturating_mul(3)).map_err(|_| serde_json::Error::custom(NO_MEMORY))?;
    let text: String = if value.starts_with('"') { serde_json::from_str(value)? } else { value.to_owned() };
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    let text = CString::new(text).ok();
    memory::done();
    Ok(text)
}

/// Anything but a number is none; a negative or huge one saturates.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they saturate")]
fn seconds(value: &RawValue) -> u64 {
    let value = value.get();
    value.parse().or_else(|_| serde_json::from_str(value).map(|seconds: f64| seconds as u64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<ProcessInfo>> {
        parse(text, 1 << 20)
    }

    #[test]
    fn fields_by_either_name() {
        let list =
            parsed(r#"[{"id":"a","username":null,"arguments":["x",1],"elapsed_secs":2.9,"new":{}},{}]"#).unwrap();
        assert_eq!(list[0].id.as_deref(), Some(c"a"));
        assert_eq!(list[0].username, None);
        assert_eq!(list[0].input.as_deref(), Some(c"[\"x\",1]"));
        assert_eq!(list[0].elapsed_secs, 2);
        assert_eq!(list[1].id, None);
    }

    #[test]
    fn texts_and_numbers_of_any_kind() {
        let list =
            parsed(r#" [ {"id":"\u00fc\u0000\"", "elapsed_secs":7}, {"user":"u","elapsed_secs":-1} ] "#).unwrap();
        assert_eq!(list[0].id.as_deref().unwrap().to_str(), Ok("\u{fc}\u{fffd}\""));
        assert_eq!(list[0].elapsed_secs, 7);
        assert_eq!((list[1].username.as_deref(), list[1].elapsed_secs), (Some(c"u"), 0));
        let odd = parsed(r#"[{"elapsed_secs":"1"},{"elapsed_secs":18446744073709551616}]"#).unwrap();
        assert_eq!((odd[0].elapsed_secs, odd[1].elapsed_secs), (0, u64::MAX));
    }

    #[test]
    fn what_is_no_list_is_a_protocol_error() {
        let long = format!("\"{}\"", "x".repeat(1 << 16));
        let entry = format!("[{long}]");
        for bad in ["", "{}", "[1]", "null", "[[]]", "[{},]", "[{}] x", r#"[{"id":"\ud800"}]"#, &long, &entry] {
            let error = parsed(bad).unwrap_err();
            assert_eq!(error.code(), Code::Protocol, "{bad}");
            assert!(error.message().len() < 300, "{}", error.message().len());
        }
    }

    #[test]
    fn a_list_that_would_take_more_than_its_budget_is_a_protocol_error() {
        let list = |count: usize, entry: &str| format!("[{}]", vec![entry; count].join(","));
        let text = list(10_000, "{}");
        let error = parse(&text, text.len()).map(|list| list.len()).unwrap_err();
        assert_eq!(error.code(), Code::Protocol);
        assert!(error.message().contains("max_message_bytes"), "{error}");
        assert_eq!(parse(&text, 10_000 * ENTRY_BYTES).unwrap().len(), 10_000);
        let long = list(2, &format!(r#"{{"id":"{}"}}"#, "x".repeat(1000)));
        assert!(parse(&long, 2 * ENTRY_BYTES + 2001).is_err());
        assert_eq!(parse(&long, 2 * ENTRY_BYTES + 2002).unwrap().len(), 2);
    }

    #[test]
    fn what_nobody_asks_for_is_not_kept() {
        let text = format!(r#"[{{"id":"a","x":[{}0]}}]"#, "0,".repeat(10_000));
        assert_eq!(parse(&text, ENTRY_BYTES + 2).unwrap().len(), 1);
    }
}
