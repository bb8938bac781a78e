//! The one options table: it gives the parser, `pie_options_describe` and the documentation.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::error::{Code, Error, Result};
use crate::wire::Generation;

/// The settings of one connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long the engine may be silent before it is pinged, in milliseconds; 0 = it is not.
    pub keepalive_interval_ms: u64,
    /// How long it may be silent after that, in milliseconds; 0 = for ever.
    pub keepalive_timeout_ms: u64,
    /// Whether a lost connection is made again.
    pub reconnect: bool,
    /// How often that is tried.
    pub reconnect_max_attempts: u32,
    /// The longest pause between two attempts, in milliseconds.
    pub reconnect_max_delay_ms: u64,
    /// How long the engine is waited for inside close and free, in milliseconds.
    pub close_timeout_ms: u64,
    /// What of one process may wait in a queue, in bytes.
    pub queue_max_bytes: u64,
    /// Whether the connection stops reading when there is no room for that; otherwise events are dropped.
    pub pauses: bool,
    /// The largest message that is taken from the engine, in bytes.
    pub max_message_bytes: u64,
    /// The largest file that is taken from an inferlet, and the most that files under way may hold together, in bytes.
    pub max_file_bytes: u64,
    /// How much of an upload may wait in memory, in bytes.
    pub upload_window_bytes: u64,
    /// How long an MCP server or handler may take to answer one request, in milliseconds; 0 = no limit.
    pub mcp_timeout_ms: u64,
    /// The header `x-pie-identity`.
    pub identity: String,
    /// The header `user-agent`.
    pub user_agent: String,
    /// Further headers of the WebSocket handshake.
    pub headers: Vec<(String, String)>,
    /// The engine's generation; `None` = find out.
    pub generation: Option<Generation>,
    /// Whom TLS trusts, and who the client is to TLS.
    pub tls: TlsOptions,
}

/// The settings of TLS; they are used when the URI is `wss://`.
#[derive(Clone, Debug)]
pub struct TlsOptions {
    /// A file of authorities to trust instead of the platform's.
    pub ca_file: Option<String>,
    /// A file with the client's certificate chain.
    pub client_cert_file: Option<String>,
    /// A file with the client's private key.
    pub client_key_file: Option<String>,
    /// Whether the engine's certificate is verified.
    pub verify: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keepalive_interval_ms: 20_000,
            keepalive_timeout_ms: 20_000,
            reconnect: false,
            reconnect_max_attempts: 10,
            reconnect_max_delay_ms: 30_000,
            close_timeout_ms: 250,
            queue_max_bytes: 64 << 20,
            pauses: false,
            max_message_bytes: 256 << 20,
            max_file_bytes: 1 << 30,
            upload_window_bytes: 4 << 20,
            mcp_timeout_ms: 60_000,
            identity: "default/pie-client".into(),
            user_agent: concat!("libpie_client/", env!("CARGO_PKG_VERSION")).into(),
            headers: Vec::new(),
            generation: None,
            tls: TlsOptions { ca_file: None, client_cert_file: None, client_key_file: None, verify: true },
        }
    }
}

/// What a value of an option looks like, and where it goes.
enum Kind {
    /// A whole number in a range.
    Number { from: u64, to: u64, store: fn(&mut Options, u64) },
    /// One of some words.
    Choice { words: &'static [&'static str], store: fn(&mut Options, &str) },
    /// Text that can stand in an HTTP header.
    Header { store: fn(&mut Options, &str, &str) },
    /// The path of a file; an empty one is none.
    Path { store: fn(&mut Options, Option<String>) },
}

struct Row {
    key: &'static str,
    kind: Kind,
    default: &'static str,
    meaning: &'static str,
    /// The values that this version can serve; `None` = all of them.
    served: Option<&'static [&'static str]>,
}

/// What HTTP servers take of one header.
const LONGEST_HEADER: usize = 8192;
const HUGE: u64 = 1 << 46;
const MS_MAX: u64 = 86_400_000;
const HEADER_PREFIX: &str = "header.";

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row { key: "keepalive_interval_ms", default: "20000", served: None, kind: Kind::Number { from: 0, to: MS_MAX, store: |o, v| o.keepalive_interval_ms = v },
        meaning: "how long the engine may be silent before it is pinged (WebSocket ping); 0 = it is never pinged, nor found to be gone" },
    Row { key: "keepalive_timeout_ms", default: "20000", served: None, kind: Kind::Number { from: 0, to: MS_MAX, store: |o, v| o.keepalive_timeout_ms = v },
        meaning: "how long a pinged engine may stay silent before the connection counts as lost; 0 = for ever" },
    Row { key: "close_timeout_ms", default: "250", served: None, kind: Kind::Number { from: 0, to: MS_MAX, store: |o, v| o.close_timeout_ms = v },
        meaning: "how long a close waits for the engine and for MCP servers, and how long these are left after a free" },
    Row { key: "queue_max_bytes", default: "67108864", served: None, kind: Kind::Number { from: 1, to: HUGE, store: |o, v| o.queue_max_bytes = v },
        meaning: "what a queue keeps of one process or MCP handler: the sum of its events' sizes, each counted as 32 bytes at least" },
    Row { key: "overflow", default: "drop", served: None, kind: Kind::Choice { words: &["drop", "pause"], store: |o, v| o.pauses = v == "pause" },
        meaning: "what happens past queue_max_bytes of a process: drop = its events are dropped, counted and marked; pause = nothing is dropped, and nothing more is read from the connection, answers included, until there is room" },
    Row { key: "max_message_bytes", default: "268435456", served: None, kind: Kind::Number { from: 1024, to: HUGE, store: |o, v| o.max_message_bytes = v },
        meaning: "the largest message taken from the engine or an MCP server; a larger one ends the connection or the server" },
    Row { key: "max_file_bytes", default: "1073741824", served: None, kind: Kind::Number { from: 1, to: HUGE, store: |o, v| o.max_file_bytes = v },
        meaning: "the largest file taken from an inferlet, and what all files under way may hold together" },
    Row { key: "upload_window_bytes", default: "4194304", served: None, kind: Kind::Number { from: 1, to: HUGE, store: |o, v| o.upload_window_bytes = v },
        meaning: "how much of an upload may wait in memory" },
    Row { key: "mcp_timeout_ms", default: "60000", served: None, kind: Kind::Number { from: 0, to: MS_MAX, store: |o, v| o.mcp_timeout_ms = v },
        meaning: "how long an MCP server or handler may take to answer one request, which past it is answered with an error; 0 = no limit" },
    Row { key: "identity", default: "default/pie-client", served: None, kind: Kind::Header { store: |o, _, v| o.identity = v.into() },
        meaning: "the header x-pie-identity, tenant/user, which engines from 0.5 on require" },
    Row { key: "header.NAME", default: "", served: None, kind: Kind::Header { store: |o, name, v| o.set_header(name, v) },
        meaning: "a further header of the WebSocket handshake; an empty value takes it back" },
    Row { key: "generation", default: "auto", served: Some(&["auto", "0.4", "0.5"]),
        kind: Kind::Choice { words: &["auto", "0.2", "0.4", "0.5", "0.6"], store: |o, v| o.generation = Generation::from_name(v) },
        meaning: "the engine's generation; auto = found out while connecting; 0.4 = 0.3 and 0.4" },
    Row { key: "reconnect", default: "off", served: None, kind: Kind::Choice { words: &["off", "on"], store: |o, v| o.reconnect = v == "on" },
        meaning: "whether a connection that was made and is lost is made again, with its login and, where the engine allows it, its processes" },
    Row { key: "reconnect_max_attempts", default: "10", served: None, kind: Kind::Number { from: 1, to: 1_000_000, store: |o, v| o.reconnect_max_attempts = u32::try_from(v).unwrap_or(u32::MAX) },
        meaning: "how often that is tried after each loss" },
    Row { key: "reconnect_max_delay_ms", default: "30000", served: None, kind: Kind::Number { from: 1, to: MS_MAX, store: |o, v| o.reconnect_max_delay_ms = v },
        meaning: "the longest pause before an attempt; the first lasts up to 250 ms, each further one up to twice as long" },
    Row { key: "tls_ca_file", default: "", served: None, kind: Kind::Path { store: |o, v| o.tls.ca_file = v },
        meaning: "a PEM file of certificate authorities to trust instead of the platform's" },
    Row { key: "tls_client_cert_file", default: "", served: None, kind: Kind::Path { store: |o, v| o.tls.client_cert_file = v },
        meaning: "a PEM file with the client's certificate chain, its own certificate first" },
    Row { key: "tls_client_key_file", default: "", served: None, kind: Kind::Path { store: |o, v| o.tls.client_key_file = v },
        meaning: "a PEM file with the client's private key, not encrypted: PKCS#8, PKCS#1 or SEC1" },
    Row { key: "tls_verify", default: "true", served: None, kind: Kind::Choice { words: &["true", "false"], store: |o, v| o.tls.verify = v == "true" },
        meaning: "whether the engine's certificate is verified; false is for tests alone and logs a warning at each connect" },
    Row { key: "user_agent", default: concat!("libpie_client/", env!("CARGO_PKG_VERSION")), served: None, kind: Kind::Header { store: |o, _, v| o.user_agent = v.into() },
        meaning: "the header user-agent" },
];

impl Options {
    /// Sets one option from its text form.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let (row, name) = find(key)?;
        let store = row.kind.parse(key, name, value)?;
        row.check_served(key, value)?;
        store(self);
        Ok(())
    }

    fn set_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
}

fn find(key: &str) -> Result<(&'static Row, &str)> {
    let (wanted, name) = match key.strip_prefix(HEADER_PREFIX) {
        Some(name) => ("header.NAME", name),
        None => (key, ""),
    };
    let row = TABLE.iter().find(|row| row.key == wanted).ok_or_else(|| {
        let known: Vec<_> = TABLE.iter().map(|row| row.key).collect();
        Error::argument(format!("key: there is no option {key:?}; known are {}", known.join(", ")))
    })?;
    if wanted == key && row.key == "header.NAME" {
        return Err(Error::argument("key: put the header's name in the place of NAME, as in header.authorization"));
    }
    if wanted == "header.NAME" && !is_free_header(name) {
        return Err(Error::argument(format!(
            "key: {name:?} is no header name that may be set; the handshake's own headers, x-pie-identity (option identity) \
             and user-agent (option user_agent) may not"
        )));
    }
    Ok((row, name))
}

fn is_free_header(name: &str) -> bool {
    const TAKEN: &[&str] =
        &["host", "connection", "upgrade", "x-pie-identity", "user-agent", "content-length", "transfer-encoding"];
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let lower = name.to_ascii_lowercase();
    !name.is_empty() && name.bytes().all(is_token) && !lower.starts_with("sec-websocket-") && !TAKEN.contains(&&*lower)
}

type Store<'a> = Box<dyn FnOnce(&mut Options) + 'a>;

impl Kind {
    fn parse<'a>(&'static self, key: &str, name: &'a str, value: &'a str) -> Result<Store<'a>> {
        let refused = |allowed: String| Error::argument(format!("value: {key} is {value:?}; allowed is {allowed}"));
        match self {
            Self::Number { from, to, store } => {
                let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                let number = value.parse().ok().filter(|number| plain && (*from..=*to).contains(number));
                let number = number.ok_or_else(|| refused(format!("a whole number from {from} to {to}")))?;
                Ok(Box::new(move |options| store(options, number)))
            }
            Self::Choice { words, store } if words.contains(&value) => {
                Ok(Box::new(move |options| store(options, value)))
            }
            Self::Choice { words, .. } => Err(refused(words.join(", "))),
            Self::Header { store } => {
                let fits = value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
                let fits = fits && value.len() <= LONGEST_HEADER && value.trim() == value;
                let fits = fits && (!value.is_empty() || key.starts_with(HEADER_PREFIX));
                // A header may be a secret: its value is not repeated.
                let told = || {
                    Error::argument(format!(
                        "value: {key}: allowed is visible ASCII text of up to 8192 bytes without blanks around it"
                    ))
                };
                fits.then_some(()).ok_or_else(told)?;
                Ok(Box::new(move |options| store(options, name, value)))
            }
            Self::Path { store } => {
                let path = (!value.is_empty()).then(|| value.to_owned());
                Ok(Box::new(move |options| store(options, path)))
            }
        }
    }

    fn describe(&self) -> (&'static str, Value) {
        match self {
            Self::Number { from, to, .. } => ("number", json!([from, to])),
            Self::Choice { words, .. } => ("choice", json!(words)),
            Self::Header { .. } => ("text", json!("visible ASCII, up to 8192 bytes")),
            Self::Path { .. } => ("path", json!("the path of a file; empty = none")),
        }
    }
}

impl Row {
    fn check_served(&self, key: &str, value: &str) -> Result<()> {
        let Some(served) = self.served else { return Ok(()) };
        if served.contains(&value) {
            return Ok(());
        }
        let instead = match served {
            [] => "leave it unset".to_owned(),
            values => format!("use {}", values.join(", ")),
        };
        Err(Error::new(
            Code::Unsupported,
            format!("value: {key}={value} is not built into this version of the library; {instead}"),
        ))
    }
}

/// The table as JSON text with a trailing NUL: key, type, default, range, meaning, and what of the range is served.
pub fn describe() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let row = |row: &Row| {
            let (kind, range) = row.kind.describe();
            json!({"key": row.key, "type": kind, "default": row.default, "range": range, "meaning": row.meaning,
                "served": row.served.map_or(json!("all"), |served| json!(served))})
        };
        format!("{}\0", Value::Array(TABLE.iter().map(row).collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_default_of_the_table_is_the_settings_default() {
        let mut options = Options::default();
        for row in TABLE.iter().filter(|row| row.served != Some(&[]) && row.key != "header.NAME") {
            options.set(row.key, row.default).unwrap();
        }
        assert_eq!(format!("{options:?}"), format!("{:?}", Options::default()));
    }

    #[test]
    fn a_value_out_of_range_names_the_range() {
        let error = Options::default().set("queue_max_bytes", "0").unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().contains("from 1 to"), "{error}");
    }

    #[test]
    fn a_bad_value_of_a_later_feature_is_bad_first() {
        let code = |value| Options::default().set("generation", value).unwrap_err().code();
        assert_eq!(code("0.7"), Code::InvalidArgument);
        assert_eq!(code("0.6"), Code::Unsupported);
    }

    #[test]
    fn headers_replace_each_other_whatever_their_case() {
        let mut options = Options::default();
        options.set("header.Authorization", "a").unwrap();
        options.set("header.authorization", "b").unwrap();
        assert_eq!(options.headers, [("authorization".to_owned(), "b".to_owned())]);
        assert!(options.set("header.Sec-WebSocket-Key", "x").is_err());
        assert!(options.set("header.a b", "x").is_err());
        assert!(options.set("header.x", "line\r\nbreak").is_err());
    }
}
