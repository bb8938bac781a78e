//! Keys in the form of ssh-keygen.

use ssh_key::private::{EcdsaKeypair, KeypairData, RsaKeypair};
use ssh_key::{Algorithm, EcdsaCurve, Kdf, Mpint};
use zeroize::Zeroizing;

use super::key::RsaNumbers;
use super::refuse::{DAMAGED, DSA, ENCRYPTED, FIDO, OTHER_ALGORITHM, P521, UNREADABLE, WRONG_PASSPHRASE};
use super::{PrivateKey, unusable};
use crate::error::Result;

/// A key file says how much work its passphrase takes, so a hostile one could hang its reader. 16 and 24 rounds are
/// what ssh-keygen does by itself; a round takes some 10 ms.
const BCRYPT_MAX_ROUNDS: u32 = 1000;

pub(super) fn parse(bytes: &[u8], passphrase: Option<&str>) -> Result<PrivateKey> {
    let sealed = ssh_key::PrivateKey::from_bytes(bytes).map_err(|_| unusable(UNREADABLE))?;
    // Before the passphrase is asked for: its public half is in the clear.
    check_algorithm(&sealed.algorithm())?;
    if !sealed.is_encrypted() {
        return key(sealed.key_data());
    }
    check_work(sealed.kdf())?;
    let passphrase = passphrase.ok_or_else(|| unusable(ENCRYPTED))?;
    let open = sealed.decrypt(passphrase).map_err(|_| unusable(WRONG_PASSPHRASE))?;
    key(open.key_data())
}

/// Refuses what engines do not take.
pub(super) fn check_algorithm(algorithm: &Algorithm) -> Result<()> {
    match algorithm {
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 } => Err(unusable(P521)),
        Algorithm::Dsa => Err(unusable(DSA)),
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => Err(unusable(FIDO)),
        Algorithm::Ed25519 | Algorithm::Rsa { .. } | Algorithm::Ecdsa { .. } => Ok(()),
        _ => Err(unusable(OTHER_ALGORITHM)),
    }
}

fn check_work(kdf: &Kdf) -> Result<()> {
    match kdf {
        Kdf::Bcrypt { rounds, .. } if *rounds > BCRYPT_MAX_ROUNDS => Err(unusable(format!(
            "the passphrase is protected by {rounds} rounds of bcrypt; this library does at most {BCRYPT_MAX_ROUNDS}"
        ))),
        _ => Ok(()),
    }
}

fn key(data: &KeypairData) -> Result<PrivateKey> {
    match data {
        KeypairData::Ed25519(pair) => PrivateKey::ed25519(&*Zeroizing::new(pair.private.to_bytes())),
        KeypairData::Rsa(pair) => rsa(pair),
        KeypairData::Ecdsa(EcdsaKeypair::NistP256 { private, .. }) => PrivateKey::p256(private.as_slice()),
        KeypairData::Ecdsa(EcdsaKeypair::NistP384 { private, .. }) => PrivateKey::p384(private.as_slice()),
        _ => Err(unusable(OTHER_ALGORITHM)),
    }
}

fn rsa(pair: &RsaKeypair) -> Result<PrivateKey> {
    let number = |number: &'_ Mpint| number.as_positive_bytes().map(<[u8]>::to_vec).map(Zeroizing::new);
    let numbers = [&pair.public.n, &pair.public.e, &pair.private.d, &pair.private.p, &pair.private.q].map(number);
    let [Some(n), Some(e), Some(d), Some(p), Some(q)] = &numbers else {
        return Err(unusable(DAMAGED));
    };
    PrivateKey::rsa(&RsaNumbers { modulus: n, public_exponent: e, private_exponent: d, primes: [p, q] })
}
