//! TLS: whom to trust, and what to say when a server cannot be.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error as TlsError};
use rustls_platform_verifier::Verifier;

use crate::error::{Code, Error, Result};

/// The settings of connections to servers that the system trusts: on Linux by its store, or SSL_CERT_FILE and
/// SSL_CERT_DIR; on macOS and Windows by their own checks.
///
/// Reads the store anew, which takes milliseconds of disk and processor: not for the I/O thread. The roots stay in
/// memory for as long as somebody has the settings.
pub fn client_config() -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider)).map_err(|error| no_roots(&error))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Code::Internal, format!("TLS has no versions: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn no_roots(error: &TlsError) -> Error {
    let hint = "install the system's certificates (ca-certificates), or set SSL_CERT_FILE";
    Error::new(Code::Tls, format!("no certificates to check servers against: {error}; {hint}"))
}

/// Why the handshake with a host failed.
pub fn explain(host: &str, error: &io::Error) -> Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<TlsError>());
    let what = match cause {
        Some(TlsError::InvalidCertificate(problem)) => format!("the certificate check failed: {}", failed(problem)),
        Some(TlsError::InvalidMessage(_)) => "what answers there does not speak TLS".to_owned(),
        Some(TlsError::AlertReceived(AlertDescription::ProtocolVersion)) => {
            "the server speaks neither TLS 1.2 nor 1.3".to_owned()
        }
        Some(other) => other.to_string(),
        None => format!("the connection broke during the handshake: {error}"),
    };
    Error::new(Code::Tls, format!("TLS with {host} failed: {what}"))
}

fn failed(problem: &CertificateError) -> String {
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock right?".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "its issuer is not trusted here; to trust one, add its certificate to the system's or set SSL_CERT_FILE"
                .to_owned()
        }
        other => other.to_string(),
    }
}
