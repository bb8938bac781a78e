//! What an engine is started with.

use std::path::PathBuf;

/// Which wire is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    V04,
    V05,
}

/// What a lost connection of 0.4 means to its processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// The process stays attached to a connection that is gone, as in the released engines.
    Released,
    /// The process is detached, its events are kept, and it can be attached again.
    Documented,
}

/// What TLS is served with: PEM files, and what is to be special.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
    /// Clients need a certificate of one of these authorities.
    pub client_ca: Option<PathBuf>,
    /// "1.2" or "1.3" alone.
    pub version: Option<String>,
    /// ChaCha20-Poly1305 alone.
    pub no_aes: bool,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub generation: Generation,
    /// 0 takes a free one.
    pub port: u16,
    /// The directory of `NAME.pub` files; none turns the login off. Used by 0.4 only.
    pub users: Option<PathBuf>,
    /// What `auth_by_token` takes. Used by 0.4 only.
    pub token: String,
    pub attach: Attach,
    pub max_upload_mb: usize,
    /// None: no TLS.
    pub tls: Option<Tls>,
}

impl Config {
    pub fn new(generation: Generation) -> Self {
        Self { generation, ..Self::default() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            generation: Generation::V04,
            port: 0,
            users: None,
            token: "scripted-token".into(),
            attach: Attach::Released,
            max_upload_mb: 256,
            tls: None,
        }
    }
}
