//! What to say when TLS fails: which check it was, and what can be done.

use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::error::{Code, Error};
use crate::options::TlsOptions;

/// Whom TLS was spoken with.
#[derive(Clone, Copy)]
pub enum Side<'a> {
    /// A registry: the system alone says whom to trust.
    Registry,
    /// An engine.
    Engine(&'a TlsOptions),
}

fn cause(error: &io::Error) -> Option<&TlsError> {
    error.get_ref().and_then(|cause| cause.downcast_ref::<TlsError>())
}

/// Whether it is TLS that failed, not the connection under it.
pub fn is_error(error: &io::Error) -> bool {
    cause(error).is_some()
}

/// Why the handshake with a host failed.
pub fn explain(host: &str, error: &io::Error, side: Side<'_>) -> Error {
    let what = match (cause(error), side) {
        (Some(TlsError::InvalidCertificate(problem)), _) => {
            format!("the certificate check failed: {}", failed(problem, side))
        }
        (Some(TlsError::InvalidMessage(_)), Side::Engine(_)) => {
            "what answers there does not speak TLS; is it a ws:// address?".to_owned()
        }
        (Some(TlsError::InvalidMessage(_)), Side::Registry) => "what answers there does not speak TLS".to_owned(),
        (Some(TlsError::AlertReceived(alert)), _) => refused(*alert, side),
        (Some(other), _) => other.to_string(),
        // It may be the network, a proxy whose server is away, or somebody who does not know what to do with TLS.
        (None, Side::Engine(_)) => {
            let text = format!(
                "the connection to {host} broke during the TLS handshake ({}); is TLS spoken there, or is it a ws:// address?",
                broken(error)
            );
            return Error::new(Code::Connect, text);
        }
        (None, Side::Registry) => format!("the connection broke during the handshake: {error}"),
    };
    Error::new(Code::Tls, format!("TLS with {host} failed: {what}"))
}

fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the other side ended it".to_owned(),
        _ => error.to_string(),
    }
}

fn failed(problem: &CertificateError, side: Side<'_>) -> String {
    match problem {
        CertificateError::ExpiredContext { time, not_after } => {
            let days = time.as_secs().saturating_sub(not_after.as_secs()) / 86_400;
            format!("it has expired, {days} days ago by this machine's clock; the server needs a new one")
        }
        CertificateError::Expired => "it has expired; the server needs a new one".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock right?".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => other_host(presented),
        CertificateError::NotValidForName => other_host(&[]),
        CertificateError::UnknownIssuer => unknown_issuer(side),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => not_for_servers(),
        CertificateError::Other(other) => match &*other.to_string() {
            // The words of the verifiers, which have no other name for it.
            "CaUsedAsEndEntity" => {
                "it is that of an authority (CA:TRUE), which a server must not show; the server needs one \
                                    that an authority has issued, or a self-signed one with basicConstraints=CA:FALSE"
                    .to_owned()
            }
            "certificate had invalid extensions" => not_for_servers(),
            _ => of_certificate(problem),
        },
        other => of_certificate(other),
    }
}

/// What is wrong with a certificate, whoever shows it.
pub(super) fn of_certificate(problem: &CertificateError) -> String {
    match problem {
        CertificateError::BadEncoding => "it is damaged".to_owned(),
        CertificateError::Other(other) if other.to_string() == "UnsupportedCertVersion" => {
            "it is of X.509 version 1 or 2; version 3 is needed (openssl makes it when an extension is given)"
                .to_owned()
        }
        CertificateError::Other(other) => other.to_string(),
        other => other.to_string(),
    }
}

fn not_for_servers() -> String {
    "it is not made for servers (its extendedKeyUsage lacks serverAuth)".to_owned()
}

fn other_host(presented: &[String]) -> String {
    if presented.is_empty() {
        return "it is for another host: it names none (no subjectAltName); the server needs one that names this host"
            .to_owned();
    }
    // As the verifier spells them: DnsName("example.org"), IpAddress(127.0.0.1).
    let bare = |name: &String| match name.split_once('(') {
        Some((_, name)) => name.trim_end_matches(')').trim_matches('"').to_owned(),
        None => name.clone(),
    };
    let names: Vec<_> = presented.iter().take(8).map(bare).collect();
    format!("it is for another host: it names {}; use one of these in the address", names.join(", "))
}

fn unknown_issuer(side: Side<'_>) -> String {
    match side {
        Side::Registry => "its issuer is not trusted here; to trust one, add its certificate to the system's or set \
                           SSL_CERT_FILE"
            .to_owned(),
        Side::Engine(TlsOptions { ca_file: Some(path), .. }) => format!(
            "its issuer is none of the authorities in tls_ca_file ({path}); put the issuer's certificate there, or have the \
             server send the certificates between"
        ),
        Side::Engine(_) => "its issuer is not trusted here; to trust one, set the option tls_ca_file to a file with its \
                            certificate (if it is a public authority, the server may have left out certificates between)"
            .to_owned(),
    }
}

/// Why the server refused.
fn refused(alert: AlertDescription, side: Side<'_>) -> String {
    use AlertDescription as A;
    let has_identity = matches!(side, Side::Engine(options) if options.client_cert_file.is_some());
    match alert {
        A::ProtocolVersion => "the server speaks neither TLS 1.2 nor 1.3".to_owned(),
        A::NoApplicationProtocol => "the server does not serve HTTP/1.1 there".to_owned(),
        A::UnrecognisedName => "the server has no certificate for this host name".to_owned(),
        A::CertificateRequired => wants_certificate("the server wants a client certificate"),
        A::HandshakeFailure if !has_identity && matches!(side, Side::Engine(_)) => wants_certificate(
            "the server refused (handshake_failure); it shares no cipher, or wants a client certificate",
        ),
        A::UnknownCA
        | A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::AccessDenied
        | A::DecryptError
            if has_identity =>
        {
            format!(
                "the server does not take the client's certificate in tls_client_cert_file ({alert:?}); is it one that the \
                 server trusts, and not expired?"
            )
        }
        other => format!("the server refused ({other:?})"),
    }
}

fn wants_certificate(what: &str) -> String {
    format!("{what}: set the options tls_client_cert_file and tls_client_key_file")
}
