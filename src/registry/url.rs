//! Addresses of a registry: checked before they are used, and shown without what may be secret.

use std::fmt;

use hyper::Uri;

use super::shortened;
use crate::error::{Error, Result};
use crate::transport::without_secrets;

/// An http or https address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    is_https: bool,
    host: String,
    port: u16,
    authority: String,
    path: String,
    query: Option<String>,
}

impl Url {
    /// Where the registry at a base URL tells about an inferlet.
    pub fn of_inferlet(registry_url: &str, name: &str) -> Result<Self> {
        let base = Self::parse(registry_url)
            .and_then(
                |base| if registry_url.contains(['?', '#']) { Err("has a query or a fragment") } else { Ok(base) },
            )
            .map_err(|why| refused(registry_url, why))?;
        let path = format!("{}/api/v1/inferlets/{}", base.path.trim_end_matches('/'), escaped(name));
        // The parts were good, so the whole can only be too long.
        let text = base.with_path(&path);
        Self::parse(&text)
            .map_err(|why| Error::argument(format!("name: with it, the URL of {} bytes {why}", text.len())))
    }

    /// The address, or what is wrong with it.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "is no URL")?;
        let is_https = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("http") => false,
            Some("https") => true,
            Some(_) => return Err("has a scheme other than http and https"),
            None => return Err("has no scheme"),
        };
        let authority = uri.authority().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("holds a user name, which registries do not take");
        } else if !text.is_ascii() {
            return Err("has characters that must be escaped");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.as_str() != authority.host() => {
                return Err("has a port that is no number from 1 to 65535");
            }
            None if is_https => 443,
            None => 80,
        };
        if host.is_empty() || port == 0 {
            return Err(if port == 0 { "has port 0" } else { "names no host" });
        }
        let (path, query) = (without_dots(uri.path()), uri.query().map(str::to_owned));
        Ok(Self { is_https, host, port, authority: authority.to_string(), path, query })
    }

    /// Where a redirect leads from here, or why it is not followed.
    pub fn redirected(&self, location: &str) -> Result<Self, String> {
        let location = location.split('#').next().unwrap_or_default();
        let (folder, _) = self.path.rsplit_once('/').unwrap_or_default();
        let text = if is_absolute(location) {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{}:{location}", self.scheme())
        } else if location.starts_with('/') {
            self.with_path(location)
        } else if location.starts_with('?') || location.is_empty() {
            self.with_path(&format!("{}{location}", self.path))
        } else {
            self.with_path(&format!("{folder}/{location}"))
        };
        let shown = || shortened(&without_secrets(&text));
        let to = Self::parse(&text).map_err(|why| format!("a redirect to {}, which {why}", shown()))?;
        if self.is_https && !to.is_https {
            return Err(format!("a redirect from https to {to}, which is not followed"));
        }
        Ok(to)
    }

    /// Whether it is to be asked over TLS.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// The host's name or number, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host and port as they were given.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What is asked for at the host.
    pub fn target(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }

    fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }

    fn with_path(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.authority)
    }
}

/// A path without `.` and `..`, as RFC 3986 has it (5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." | ".." => {
                let above = kept.len() - usize::from(part == ".." && !kept.is_empty());
                kept.truncate(above);
                kept.extend(is_last.then_some(""));
            }
            _ => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

impl fmt::Display for Url {
    /// What of it may stand in an error or a log: a query may be a token, and who redirects here may be lengthy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shortened(&self.with_path(&self.path)))
    }
}

fn refused(url: &str, why: &str) -> Error {
    let shown = without_secrets(url);
    Error::argument(format!(
        "registry_url: {shown} {why}; give http:// or https://, a host, and maybe a port and a path"
    ))
}

fn is_absolute(location: &str) -> bool {
    location.split(['/', '?']).next().is_some_and(|first| first.contains(':'))
}

/// A name as one component of a path.
fn escaped(name: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_name_goes_behind_any_base() {
        for (base, wanted) in [
            ("http://h", "http://h/api/v1/inferlets/a-b"),
            ("http://h/", "http://h/api/v1/inferlets/a-b"),
            ("https://h:1/x/y", "https://h:1/x/y/api/v1/inferlets/a-b"),
            ("HTTPS://[::1]:1/x//", "https://[::1]:1/x/api/v1/inferlets/a-b"),
        ] {
            assert_eq!(Url::of_inferlet(base, "a-b").unwrap().to_string(), wanted);
        }
        assert_eq!(Url::of_inferlet("http://h", "../a b").unwrap().target(), "/api/v1/inferlets/%2E%2E%2Fa%20b");
    }

    #[test]
    fn dots_of_a_redirect_lead_up() {
        let to = |location| url("http://h/a/b/c").redirected(location).unwrap().to_string();
        assert_eq!(to("../v2/x"), "http://h/a/v2/x");
        assert_eq!(to("./x"), "http://h/a/b/x");
        assert_eq!(to("../../../x/.."), "http://h/");
        assert_eq!(to("/x/./y/../z"), "http://h/x/z");
        assert_eq!(to(".."), "http://h/a/");
    }

    #[test]
    fn what_a_server_says_is_shown_shortened() {
        let long = "x".repeat(60_000);
        let to = url("http://h").redirected(&format!("http://h/{long}")).unwrap();
        assert!(to.to_string().starts_with("http://h/xxx") && to.to_string().len() < 300);
        assert!(to.target().len() > 60_000);
        for bad in [format!("ftp://h/{long}"), format!("http://h/{long}{long}"), format!("/ {long}")] {
            assert!(url("https://h").redirected(&bad).unwrap_err().len() < 300);
        }
    }

    #[test]
    fn ports_and_hosts() {
        assert_eq!((url("http://h").port(), url("https://h").port(), url("https://h:8").port()), (80, 443, 8));
        assert_eq!((url("http://[::1]:7").host(), url("http://[::1]:7").port()), ("::1", 7));
    }

    #[test]
    fn malformed_bases_are_refused_and_keep_their_secrets() {
        for bad in [
            "",
            " ",
            "h",
            "h:1",
            "/x",
            "ftp://h",
            "file:///x",
            "http:",
            "http://",
            "http://:1",
            "http://h:0",
            "http://h:x",
            "http://h:",
            "http://h:70000",
            "http://h h",
            "http://h/a b",
            "http://u:p@h",
            "http://h/?u:p",
            "http://h/#u:p",
            "http://h/ä",
            "http://h/\r\nx: y",
        ] {
            let error = Url::of_inferlet(bad, "a").unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{bad:?}");
            assert!(error.message().starts_with("registry_url: "), "{error}");
            assert!(!error.message().contains("u:p"), "{error}");
        }
    }

    #[test]
    fn a_name_too_long_for_a_url_is_refused() {
        let error = Url::of_inferlet("http://h", &"a".repeat(70_000)).unwrap_err();
        assert!(error.code() == Code::InvalidArgument && error.message().starts_with("name: "), "{error}");
    }

    #[test]
    fn redirects_lead_to_what_they_say() {
        let from = url("https://h:1/a/b?c");
        for (location, wanted, target) in [
            ("https://o/x?y#z", "https://o/x", "/x?y"),
            ("//o/x", "https://o/x", "/x"),
            ("/x", "https://h:1/x", "/x"),
            ("x", "https://h:1/a/x", "/a/x"),
            ("?x", "https://h:1/a/b", "/a/b?x"),
            ("", "https://h:1/a/b", "/a/b"),
        ] {
            let to = from.redirected(location).unwrap();
            assert_eq!((&*to.to_string(), &*to.target()), (wanted, target), "{location:?}");
        }
        assert!(url("http://h").redirected("https://h").is_ok());
        for bad in ["http://h", "ftp://h", "mailto:x", "https://u:p@h", "https://", "/a b"] {
            let why = from.redirected(bad).unwrap_err();
            assert!(!why.contains("u:p"), "{why}");
        }
    }
}
