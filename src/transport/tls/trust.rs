//! Whom to trust.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::files::Named;
use crate::error::{Code, Error, Result};
use crate::options::TlsOptions;

/// What the options say: nobody is asked, certain authorities, or the platform's.
pub(super) fn of(options: &TlsOptions, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    match &options.ca_file {
        _ if !options.verify => Ok(Arc::new(Anybody(Arc::clone(provider)))),
        Some(path) => authorities(Named { option: "tls_ca_file", path }, provider),
        None => platform(provider, "set the option tls_ca_file"),
    }
}

/// `remedy`: what else can be done where the platform has no certificates.
pub(super) fn platform(provider: &Arc<CryptoProvider>, remedy: &str) -> Result<Arc<dyn ServerCertVerifier>> {
    let verifier = Verifier::new(Arc::clone(provider)).map_err(|error| no_roots(&error, remedy))?;
    Ok(Arc::new(verifier))
}

fn no_roots(error: &TlsError, remedy: &str) -> Error {
    let set = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(|name| std::env::var_os(name).map(|path| format!(" ({name} is set to {})", path.display())));
    let text = format!(
        "no certificates to check servers against: {error}{}; install the system's certificates (package ca-certificates), \
         or {remedy}",
        set.collect::<String>()
    );
    Error::new(Code::Tls, text)
}

fn authorities(file: Named<'_>, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(file.certificates()?);
    if added == 0 {
        return Err(file.useless("none of its certificates can be read; they are damaged"));
    } else if ignored > 0 {
        log::warn!("tls_ca_file: {}: {ignored} of its certificates cannot be read and are left out", file.path);
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider)).build();
    Ok(verifier.map_err(|error| file.useless(&error.to_string()))?)
}

/// Takes every certificate. Whoever shows it must still have its key.
struct Anybody(Arc<CryptoProvider>);

impl fmt::Debug for Anybody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Anybody")
    }
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
