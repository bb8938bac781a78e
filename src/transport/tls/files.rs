//! The files that options name.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::file::{Unread, read};

/// Room for the authorities of a whole system, remarks included.
const MAX_BYTES: u64 = 16 << 20;

/// A file that an option names.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub option: &'a str,
    pub path: &'a str,
}

impl Named<'_> {
    pub fn read(self) -> Result<Zeroizing<Vec<u8>>> {
        read(Path::new(self.path), MAX_BYTES).map_err(|problem| match problem {
            Unread::Refused(error) => Error::io(&format!("{}: {}", self.option, self.path), &error),
            Unread::Directory => self.useless("it is a directory; give the path of a PEM file"),
            Unread::Special => self.useless("it is no regular file (a pipe or a device); give the path of a PEM file"),
            Unread::TooLarge => self.useless("it is larger than 16 MiB, and so no file of certificates"),
        })
    }

    /// The certificates in it, in their order; one at least.
    pub fn certificates(self) -> Result<Vec<CertificateDer<'static>>> {
        let text = self.read()?;
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(self.useless("it is empty; it should hold certificates as PEM text"));
        }
        // What is wrong with it is not quoted: it may be a private key.
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        match read {
            Ok(certificates) if certificates.is_empty() => Err(self.useless(
                "there is no certificate in it; it should hold PEM text with -----BEGIN CERTIFICATE----- \
                 (from DER: openssl x509 -inform DER -in OLD -out NEW)",
            )),
            Ok(certificates) => Ok(certificates),
            Err(_) => Err(self.useless("its PEM text is damaged or incomplete")),
        }
    }

    pub fn useless(self, why: &str) -> Error {
        Error::new(Code::Tls, format!("{}: {}: {why}", self.option, self.path))
    }
}
