//! The URI of an engine.

use tungstenite::http::Uri;

use crate::error::{Error, Result};

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    is_tls: bool,
    host: String,
    port: u16,
    authority: String,
    path: String,
    query: Option<String>,
}

impl Address {
    /// Reads `ws://host[:port][/path][?query]`, or the same with `wss://`.
    pub fn parse(uri: &str) -> Result<Self> {
        let shown = without_secrets(uri);
        let refused = |why: &str| {
            Error::argument(format!(
                "uri: {shown} {why}; give ws://host:port or wss://host:port, as in ws://127.0.0.1:8080"
            ))
        };
        let parsed: Uri = uri.parse().map_err(|error| refused(&format!("is no URI ({error})")))?;
        let is_tls = match parsed.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("ws") => false,
            Some("wss") => true,
            Some(_) => return Err(refused("has a scheme other than ws and wss")),
            None => return Err(refused("has no scheme")),
        };
        let authority = parsed.authority().ok_or_else(|| refused("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("holds a user name, which engines do not take"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str().ends_with(':') || authority.as_str() != authority.host() => {
                return Err(refused("has a port that is no number from 1 to 65535"));
            }
            None if is_tls => 443,
            None => 80,
        };
        if host.is_empty() || port == 0 {
            return Err(refused(if port == 0 { "has port 0" } else { "names no host" }));
        }
        Ok(Self {
            is_tls,
            host,
            port,
            authority: authority.to_string(),
            path: parsed.path().to_owned(),
            query: parsed.query().map(str::to_owned),
        })
    }

    /// Whether TLS is spoken there.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The host's name or number, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, for people.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The path, "/" if the URI had none.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same engine under another path; the query stays.
    pub fn with_path(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// What of it may stand in an error or a log.
    pub fn shown(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.authority, self.path)
    }

    /// The whole as a URI.
    pub fn uri(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}://{}{}{query}", self.scheme(), self.authority, self.path)
    }

    fn scheme(&self) -> &'static str {
        if self.is_tls { "wss" } else { "ws" }
    }
}

/// What of a URI may stand in an error or a log: a query and what stands before an @ may be a password or a token.
pub fn without_secrets(uri: &str) -> String {
    let before_query = uri.split(['?', '#']).next().unwrap_or_default();
    if before_query.contains('@') { "the URI".to_owned() } else { format!("{before_query:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn parts_of_a_uri() {
        let address = Address::parse("ws://[::1]:99/a/b?c=d").unwrap();
        assert_eq!((address.host(), address.port(), address.path()), ("::1", 99, "/a/b"));
        assert_eq!(address.with_path("/v1/ws").uri(), "ws://[::1]:99/v1/ws?c=d");
        assert_eq!(Address::parse("WS://localhost").unwrap().port(), 80);
        assert_eq!(Address::parse("ws://h:1").unwrap().path(), "/");
        let address = Address::parse("WSS://h/a?b").unwrap();
        assert_eq!((address.is_tls(), address.port(), &*address.uri()), (true, 443, "wss://h/a?b"));
    }

    #[test]
    fn malformed_uris_are_refused() {
        for bad in [
            "",
            "localhost:8080",
            "http://h:1",
            "ws://",
            "ws://:80",
            "ws://h:0",
            "ws://h:70000",
            "ws://h:x",
            "ws://u:p@h:1",
            "ws://h h:1",
            "/path",
            "ws:/h",
            "ws://h:",
        ] {
            let error = Address::parse(bad).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{bad:?}");
            assert!(error.message().starts_with("uri: "), "{error}");
            assert!(!error.message().contains("u:p"), "{error}");
        }
    }
}
