//! TLS: whom to trust, who the client is, the handshake, and what to say when it fails.
//!
//! Everything is read anew for each connection and sessions are never resumed: a resumed one would skip the check of a
//! certificate, so a renewed or withdrawn authority would not be noticed.

mod explain;
mod files;
mod identity;
#[cfg(test)]
mod tests;
mod trust;

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ConfigBuilder, client::WantsClientCert};

pub use explain::{Side, explain, is_error};

use super::Address;
use super::stream::Stream;
use super::tcp::Tcp;
use crate::error::{Code, Error, Result};
use crate::options::{Options, TlsOptions};
use crate::wipe::wiping;
use identity::Identity;

/// The settings of connections to servers that the system trusts: on Linux by its store, or SSL_CERT_FILE and
/// SSL_CERT_DIR; on macOS and Windows by their own checks.
///
/// Reads the store anew, which takes milliseconds of disk and processor: not for the I/O thread. The roots stay in
/// memory for as long as somebody has the settings.
pub fn client_config() -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let verifier = trust::platform(&provider, "set SSL_CERT_FILE")?;
    let mut config = builder(provider, verifier)?.with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn builder(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Code::Internal, format!("TLS has no versions: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier))
}

/// What a connection to an engine needs.
pub struct Settings {
    config: Arc<ClientConfig>,
    identity: Option<Arc<Identity>>,
}

/// Reads what the options name, or the system's store: not for the I/O thread.
pub fn settings(options: &TlsOptions) -> Result<Settings> {
    let provider = Arc::new(ring::default_provider());
    let identity = identity::read(options, &provider)?.map(Arc::new);
    let builder = builder(Arc::clone(&provider), trust::of(options, &provider)?)?;
    let mut config = match &identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::clone(identity) as _),
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Settings { config: Arc::new(config), identity })
}

/// Does the handshake of TLS. Takes as long as it takes: the caller sets the limit.
pub(super) async fn secure(tcp: Arc<Tcp>, settings: Settings, address: &Address, options: &Options) -> Result<Stream> {
    let name = ServerName::try_from(address.host().to_owned())
        .map_err(|_| Error::argument(format!("uri: {} is no name that a certificate can have", address.host())))?;
    let failed = |error| explain(&address.place(), &error, Side::Engine(&options.tls));
    let connection = ClientConnection::new(settings.config, name).map_err(|error| failed(io::Error::other(error)))?;
    let mut stream = Stream::tls(tcp, options.max_message_bytes, connection);
    while !step(&mut stream, settings.identity.is_some()).map_err(failed)? {
        stream.ready().await.map_err(failed)?;
    }
    if let Some(identity) = settings.identity {
        identity.forget();
    }
    Ok(stream)
}

/// The client's key signs in one of the steps.
fn step(stream: &mut Stream, is_secret: bool) -> io::Result<bool> {
    if is_secret { wiping(|| stream.shake_hands()) } else { stream.shake_hands() }
}
