//! A private key that is ready to sign.

use std::fmt;

use p256::ecdsa::signature::Signer as _;
use rand_core::OsRng;
use rsa::pkcs1v15;
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey};

use super::refuse::{DAMAGED, RSA_EXPONENT, RSA_TOO_LARGE, rsa_too_small};
use super::unusable;
use crate::error::Result;
use crate::wipe::wiping;

const RSA_MIN_BITS: usize = 2048;
/// Signing takes time that grows with the cube of it, and a key file may come from anywhere.
const RSA_MAX_BITS: usize = 8192;
/// What the crate rsa takes.
const MAX_EXPONENT_BITS: usize = 33;

/// A private key. Its numbers are wiped when it is dropped.
pub struct PrivateKey(Kind);

enum Kind {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Rsa(Box<pkcs1v15::SigningKey<Sha256>>),
    P256(Box<p256::ecdsa::SigningKey>),
    P384(Box<p384::ecdsa::SigningKey>),
}

/// The numbers of an RSA key, most significant byte first.
pub(super) struct RsaNumbers<'a> {
    pub modulus: &'a [u8],
    pub public_exponent: &'a [u8],
    pub private_exponent: &'a [u8],
    pub primes: [&'a [u8]; 2],
}

/// Refuses RSA keys of a size that engines do not take.
pub(super) fn check_rsa_bits(bits: usize) -> Result<()> {
    match bits {
        ..RSA_MIN_BITS => Err(unusable(rsa_too_small(bits))),
        RSA_MIN_BITS..=RSA_MAX_BITS => Ok(()),
        _ => Err(unusable(RSA_TOO_LARGE)),
    }
}

impl PrivateKey {
    pub(super) fn ed25519(seed: &[u8]) -> Result<Self> {
        let key = ed25519_dalek::SigningKey::try_from(seed).map_err(|_| unusable(DAMAGED))?;
        Ok(Self(Kind::Ed25519(Box::new(key))))
    }

    pub(super) fn p256(number: &[u8]) -> Result<Self> {
        let key = p256::ecdsa::SigningKey::from_slice(number).map_err(|_| unusable(DAMAGED))?;
        Ok(Self(Kind::P256(Box::new(key))))
    }

    pub(super) fn p384(number: &[u8]) -> Result<Self> {
        let key = p384::ecdsa::SigningKey::from_slice(number).map_err(|_| unusable(DAMAGED))?;
        Ok(Self(Kind::P384(Box::new(key))))
    }

    pub(super) fn rsa(numbers: &RsaNumbers<'_>) -> Result<Self> {
        let number = BigUint::from_bytes_be;
        let (modulus, exponent) = (number(numbers.modulus), number(numbers.public_exponent));
        // Before anything is computed with them.
        check_rsa_bits(modulus.bits())?;
        let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte & 1 == 1);
        if !is_odd(numbers.modulus) || !is_odd(numbers.public_exponent) {
            return Err(unusable(DAMAGED));
        } else if exponent.bits() > MAX_EXPONENT_BITS {
            return Err(unusable(RSA_EXPONENT));
        }
        let (secret, primes) = (number(numbers.private_exponent), numbers.primes.map(number));
        // These would pass for a key, and a signature would take as long as the file's maker likes.
        let is_too_long = |number: &BigUint| number.bits() > modulus.bits();
        if is_too_long(&secret) || primes.iter().any(is_too_long) || primes[0] == primes[1] {
            return Err(unusable(DAMAGED));
        }
        let key = RsaPrivateKey::from_components(modulus, exponent, secret, primes.to_vec());
        let key = key.map_err(|_| unusable(DAMAGED))?;
        Ok(Self(Kind::Rsa(Box::new(pkcs1v15::SigningKey::new(key)))))
    }

    /// Its kind and size: "rsa-3072".
    pub fn algorithm(&self) -> String {
        match &self.0 {
            Kind::Ed25519(_) => "ed25519".into(),
            Kind::Rsa(key) => format!("rsa-{}", AsRef::<RsaPrivateKey>::as_ref(&**key).n().bits()),
            Kind::P256(_) => "ecdsa-p256".into(),
            Kind::P384(_) => "ecdsa-p384".into(),
        }
    }

    /// Signs as engines verify: ECDSA signatures are DER, RSA's are PKCS#1 v1.5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        wiping(|| self.sign_and_leave_traces(message))
    }

    fn sign_and_leave_traces(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature = match &self.0 {
            Kind::Ed25519(key) => key.try_sign(message).map(|signature| signature.to_bytes().to_vec()),
            // Blinded, so that the time it takes tells nothing about the key.
            Kind::Rsa(key) => key.try_sign_with_rng(&mut OsRng, message).map(|signature| signature.to_vec()),
            Kind::P256(key) => {
                key.try_sign(message).map(|signature: p256::ecdsa::Signature| signature.to_der().as_bytes().to_vec())
            }
            Kind::P384(key) => {
                key.try_sign(message).map(|signature: p384::ecdsa::Signature| signature.to_der().as_bytes().to_vec())
            }
        };
        signature.map_err(|_| unusable(format!("key: {DAMAGED}")))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 to this power, plus 1.
    fn above(power: usize) -> BigUint {
        (BigUint::from(1_u8) << power) + 1_u8
    }

    /// A key of these two factors with the public exponent 3, as far as it is checked: where both factors are one more than
    /// a power of two, any private exponent of this form fits.
    fn rsa(factors: [BigUint; 2], power: usize) -> Result<PrivateKey> {
        let modulus = (&factors[0] * &factors[1]).to_bytes_be();
        let private_exponent = (above(power) / 3_u8).to_bytes_be();
        let primes = factors.map(|factor| factor.to_bytes_be());
        PrivateKey::rsa(&RsaNumbers {
            modulus: &modulus,
            public_exponent: &[3],
            private_exponent: &private_exponent,
            primes: [&primes[0], &primes[1]],
        })
    }

    #[test]
    fn an_rsa_key_that_makes_signatures_slow_is_damaged() {
        assert_eq!(rsa([above(1024), above(1026)], 1027).unwrap().algorithm(), "rsa-2051");
        for (factors, power) in [([above(1024), above(1026)], 5001), ([above(1024), above(1024)], 1027)] {
            let error = rsa(factors, power).unwrap_err();
            assert!(error.message().contains("damaged"), "{error}");
        }
    }
}
