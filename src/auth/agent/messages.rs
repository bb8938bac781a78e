//! What is said to an agent, and what it answers.

use ssh_agent_lib::proto::signature::RSA_SHA2_256;
use ssh_agent_lib::proto::{PublicCredential, Request, Response, SignRequest};
use ssh_agent_lib::ssh_encoding::{Decode, Encode};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Mpint, Signature};

use super::super::key::check_rsa_bits;
use super::super::openssh::check_algorithm;
use super::super::unusable;
use super::link::Link;
use crate::error::{Error, Result};

const IDENTITIES_ANSWER: u8 = 12;
const SIGN_RESPONSE: u8 = 14;

fn senseless<T>(_: T) -> Error {
    unusable("the agent's answer makes no sense; is SSH_AUTH_SOCK the socket of an SSH agent?")
}

fn ask(link: &mut Link<'_>, request: &Request) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    request.encode(&mut bytes).map_err(senseless)?;
    link.ask(&bytes)
}

/// The agent's keys. Those that cannot be decoded are skipped, whatever their comments: one odd key must not hide the
/// others, and so the list is not decoded as a whole.
pub(super) fn list(link: &mut Link<'_>) -> Result<Vec<KeyData>> {
    let answer = ask(link, &Request::RequestIdentities)?;
    let [IDENTITIES_ANSWER, rest @ ..] = &*answer else {
        return Err(match Response::decode(&mut &*answer) {
            Ok(Response::Failure) => unusable("the agent refused to list its keys; is it locked?"),
            other => senseless(other),
        });
    };
    let mut rest = rest;
    let count = u32::decode(&mut rest).map_err(senseless)?;
    let mut keys = Vec::new();
    for _ in 0..count {
        let key = Vec::<u8>::decode(&mut rest).map_err(senseless)?;
        Vec::<u8>::decode(&mut rest).map_err(senseless)?;
        if let Ok(PublicCredential::Key(key)) = PublicCredential::decode(&mut &*key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Refuses a key whose signatures engines do not take.
pub(super) fn check_usable(key: &KeyData) -> Result<()> {
    check_algorithm(&key.algorithm())?;
    match modulus(key) {
        Some(modulus) => check_rsa_bits(modulus.len() * 8 - leading_zeros(modulus)),
        None => Ok(()),
    }
}

fn modulus(key: &KeyData) -> Option<&[u8]> {
    key.rsa()?.n.as_positive_bytes()
}

fn leading_zeros(number: &[u8]) -> usize {
    number.first().map_or(0, |first| first.leading_zeros() as usize)
}

/// Why an agent's key does not sign; the next one may.
pub(super) enum Unsigned {
    /// The agent says no.
    Refused,
    /// The agent is from before the SHA-2 signatures of RSA keys.
    Sha1,
    /// Engines would not take what it answered.
    Unfit,
}

/// The signature as engines take it.
pub(super) fn signature(link: &mut Link<'_>, key: &KeyData, challenge: &[u8]) -> Result<Result<Vec<u8>, Unsigned>> {
    let flags = if key.is_rsa() { RSA_SHA2_256 } else { 0 };
    let credential = PublicCredential::Key(key.clone());
    let answer = ask(link, &Request::SignRequest(SignRequest { credential, data: challenge.to_vec(), flags }))?;
    match (Response::decode(&mut &*answer), signature_kind(&answer)) {
        (Ok(Response::SignResponse(signature)), _) => Ok(convert(key, &signature).ok_or(Unsigned::Unfit)),
        (Ok(Response::Failure | Response::ExtensionFailure), _) => Ok(Err(Unsigned::Refused)),
        // Signatures of some kinds are not decoded.
        (_, Some(kind)) if key.is_rsa() && kind == "ssh-rsa" => Ok(Err(Unsigned::Sha1)),
        (_, Some(_)) => Ok(Err(Unsigned::Unfit)),
        (other, None) => Err(senseless(other)),
    }
}

/// The kind of signature that an answer holds.
fn signature_kind(answer: &[u8]) -> Option<String> {
    let [SIGN_RESPONSE, rest @ ..] = answer else { return None };
    let signature = Vec::<u8>::decode(&mut &*rest).ok()?;
    String::decode(&mut &*signature).ok()
}

fn convert(key: &KeyData, signature: &Signature) -> Option<Vec<u8>> {
    match (signature.algorithm(), key.algorithm()) {
        (Algorithm::Ed25519, Algorithm::Ed25519) => Some(signature.as_bytes().to_vec()),
        (Algorithm::Rsa { hash: Some(HashAlg::Sha256) }, Algorithm::Rsa { .. }) => {
            padded(signature.as_bytes(), modulus(key)?.len())
        }
        (Algorithm::Ecdsa { curve }, Algorithm::Ecdsa { curve: wanted }) if curve == wanted => {
            ecdsa(curve, signature.as_bytes())
        }
        _ => None,
    }
}

/// Agents may leave leading zeros out.
fn padded(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut padded = vec![0; size.checked_sub(number.len())?];
    padded.extend_from_slice(number);
    Some(padded)
}

/// Two numbers of SSH as a DER sequence.
fn ecdsa(curve: EcdsaCurve, mut numbers: &[u8]) -> Option<Vec<u8>> {
    let size = match curve {
        EcdsaCurve::NistP256 => 32,
        EcdsaCurve::NistP384 => 48,
        EcdsaCurve::NistP521 => return None,
    };
    let mut next = || padded(Mpint::decode(&mut numbers).ok()?.as_positive_bytes()?, size);
    let fixed = [next()?, next()?].concat();
    match curve {
        EcdsaCurve::NistP256 => Some(p256::ecdsa::Signature::from_slice(&fixed).ok()?.to_der().as_bytes().to_vec()),
        EcdsaCurve::NistP384 => Some(p384::ecdsa::Signature::from_slice(&fixed).ok()?.to_der().as_bytes().to_vec()),
        EcdsaCurve::NistP521 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// r or s is shorter than the field once in 128 signatures, and has its top bit set in every second.
    #[test]
    fn numbers_of_any_length_become_der() {
        let mpint = |number: &[u8]| {
            let mut bytes = Vec::new();
            Mpint::from_positive_bytes(number).unwrap().encode(&mut bytes).unwrap();
            bytes
        };
        let numbers = [mpint(&[0x80; 32]), mpint(&[7; 30])].concat();
        let der = ecdsa(EcdsaCurve::NistP256, &numbers).unwrap();
        let wanted = [&[0x30, 67, 2, 33, 0][..], &[0x80; 32], &[2, 30], &[7; 30]].concat();
        assert_eq!(der, wanted);
        assert_eq!(ecdsa(EcdsaCurve::NistP256, &mpint(&[1; 32])), None);
        assert_eq!(ecdsa(EcdsaCurve::NistP256, &[mpint(&[1; 33]), mpint(&[1])].concat()), None);
    }

    #[test]
    fn a_short_rsa_signature_gets_its_zeros_back() {
        assert_eq!(padded(&[1, 2], 4), Some(vec![0, 0, 1, 2]));
        assert_eq!(padded(&[1, 2], 1), None);
    }
}
