//! Public keys of users, and what they sign.

use p256::ecdsa::signature::Verifier;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::sha2::Sha256;
use rsa::{BigUint, RsaPublicKey, pkcs1v15};
use ssh_key::public::{EcdsaPublicKey, KeyData};
use std::path::Path;

pub enum Key {
    Rsa(pkcs1v15::VerifyingKey<Sha256>),
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
}

/// The keys in `NAME.pub`; none when there is no such user. Lines that are no key are skipped.
pub fn of_user(directory: &Path, name: &str) -> Option<Vec<Key>> {
    if name.is_empty() || name.contains(['/', '\\', '\0']) {
        return None;
    }
    let text = std::fs::read_to_string(directory.join(format!("{name}.pub"))).ok()?;
    match text.contains("-----BEGIN") {
        true => Some(from_pem(&text).into_iter().collect()),
        false => Some(text.lines().filter_map(from_openssh).collect()),
    }
}

fn from_pem(text: &str) -> Option<Key> {
    let rsa = || RsaPublicKey::from_public_key_pem(text).ok().or(RsaPublicKey::from_pkcs1_pem(text).ok());
    let ed25519 = || ed25519_dalek::VerifyingKey::from_public_key_pem(text).ok().map(Key::Ed25519);
    let p256 = || p256::ecdsa::VerifyingKey::from_public_key_pem(text).ok().map(Key::P256);
    let p384 = || p384::ecdsa::VerifyingKey::from_public_key_pem(text).ok().map(Key::P384);
    ed25519().or_else(p256).or_else(p384).or_else(|| rsa().map(rsa_key))
}

fn from_openssh(line: &str) -> Option<Key> {
    match ssh_key::PublicKey::from_openssh(line.trim()).ok()?.key_data() {
        KeyData::Rsa(key) => {
            let number = |bytes: Option<&[u8]>| bytes.map(BigUint::from_bytes_be);
            let (n, e) = (number(key.n.as_positive_bytes())?, number(key.e.as_positive_bytes())?);
            RsaPublicKey::new(n, e).ok().map(rsa_key)
        }
        KeyData::Ed25519(key) => ed25519_dalek::VerifyingKey::from_bytes(&key.0).ok().map(Key::Ed25519),
        KeyData::Ecdsa(EcdsaPublicKey::NistP256(point)) => {
            p256::ecdsa::VerifyingKey::from_sec1_bytes(point.as_bytes()).ok().map(Key::P256)
        }
        KeyData::Ecdsa(EcdsaPublicKey::NistP384(point)) => {
            p384::ecdsa::VerifyingKey::from_sec1_bytes(point.as_bytes()).ok().map(Key::P384)
        }
        _ => None,
    }
}

fn rsa_key(key: RsaPublicKey) -> Key {
    Key::Rsa(pkcs1v15::VerifyingKey::new(key))
}

impl Key {
    /// RSA is PKCS#1 v1.5 with SHA-256; ECDSA signatures are DER.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => pkcs1v15::Signature::try_from(signature).is_ok_and(|s| key.verify(message, &s).is_ok()),
            Self::Ed25519(key) => {
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
            Self::P256(key) => {
                p256::ecdsa::Signature::from_der(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
            Self::P384(key) => {
                p384::ecdsa::Signature::from_der(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use std::path::PathBuf;

    fn directory() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys")
    }

    fn bytes(name: &str) -> Vec<u8> {
        let text = std::fs::read_to_string(directory().join("signatures.json")).expect("the file is there");
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        STANDARD.decode(all[name].as_str().expect("a text")).expect("base64")
    }

    fn verified(user: &str, signature: &str) -> bool {
        let keys = of_user(&directory(), user).expect("the user is known");
        keys.iter().any(|key| key.verifies(&bytes("message"), &bytes(signature)))
    }

    #[test]
    fn signatures_of_every_kind_verify_in_every_format() {
        for kind in ["ed25519", "rsa", "p256", "p384"] {
            assert!(verified(kind, kind) && verified(&format!("{kind}-pem"), kind) && verified("all", kind), "{kind}");
        }
        assert!(verified("rsa-pkcs1", "rsa"));
    }

    #[test]
    fn other_signatures_do_not() {
        assert!(!verified("rsa", "rsa-pss") && !verified("p256", "p384") && !verified("ed25519", "message"));
    }

    #[test]
    fn names_do_not_leave_the_directory() {
        assert!(
            of_user(&directory().join("elsewhere"), "../rsa").is_none() && of_user(&directory(), "nobody").is_none()
        );
    }
}
