//! Who the client is: its certificates and its key, which is wiped as soon as the handshake is over.

use std::sync::{Arc, Mutex};

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use rustls::{Error as TlsError, InconsistentKeys, SignatureScheme};

use super::explain::of_certificate;
use super::files::Named;
use crate::error::{Error, Result};
use crate::options::TlsOptions;
use crate::wait::lock;
use crate::wipe::wiping;

/// What proves who the client is, until it is forgotten. The connection keeps its settings, and so this, for as long as
/// it lives.
pub(super) struct Identity(Mutex<Option<Arc<CertifiedKey>>>);

impl Identity {
    pub fn forget(&self) {
        wiping(|| drop(lock(&self.0).take()));
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        self.forget();
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        lock(&self.0).clone()
    }

    fn has_certs(&self) -> bool {
        lock(&self.0).is_some()
    }
}

/// What the options name, if they do.
pub(super) fn read(options: &TlsOptions, provider: &CryptoProvider) -> Result<Option<Identity>> {
    const CHAIN: &str = "tls_client_cert_file";
    const KEY: &str = "tls_client_key_file";
    let (chain, key) = match (&options.client_cert_file, &options.client_key_file) {
        (None, None) => return Ok(None),
        (Some(chain), Some(key)) => (Named { option: CHAIN, path: chain }, Named { option: KEY, path: key }),
        (Some(_), None) => return Err(one_alone(CHAIN, KEY)),
        (None, Some(_)) => return Err(one_alone(KEY, CHAIN)),
    };
    let certificates = chain.certificates()?;
    let certified =
        wiping(|| CertifiedKey::from_der(certificates, private_key(key)?, provider).map_err(told(chain, key)));
    Ok(Some(Identity(Mutex::new(Some(Arc::new(certified?))))))
}

fn one_alone(set: &str, missing: &str) -> Error {
    Error::argument(format!("options: {set} is set, but {missing} is not; set both, or neither"))
}

fn private_key(file: Named<'_>) -> Result<PrivateKeyDer<'static>> {
    let text = file.read()?;
    let encrypted = text.windows(9).any(|part| part == b"ENCRYPTED");
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        file.useless(if encrypted {
            "the key is encrypted, which is not supported here; decrypt it: openssl pkey -in OLD -out NEW"
        } else {
            "there is no private key in it; it should hold one as PEM text (PKCS#8, PKCS#1 or SEC1)"
        })
    })
}

fn told<'a>(chain: Named<'a>, key: Named<'a>) -> impl Fn(TlsError) -> Error + 'a {
    move |error| {
        match error {
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            key.useless(&format!("it does not belong to the first certificate in tls_client_cert_file ({})", chain.path))
        }
        TlsError::InvalidCertificate(problem) => {
            chain.useless(&format!("its first certificate cannot be used: {}", of_certificate(&problem)))
        }
        _ => key.useless("it is no key that TLS can use here; it can use RSA (2048 to 8192 bits), ECDSA P-256 and P-384, and Ed25519"),
    }
    }
}
