//! Keys in the forms of openssl: PKCS#8, PKCS#1 and SEC1.

use pkcs8::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use pkcs8::der::{Decode, Tag, Tagged};
use pkcs8::{AlgorithmIdentifierRef, PrivateKeyInfo};
use sec1::{EcParameters, EcPrivateKey};

use super::key::RsaNumbers;
use super::refuse::{DSA, OTHER_ALGORITHM, OTHER_CURVE, P521, RSA_PRIMES, UNREADABLE};
use super::{PrivateKey, unusable};
use crate::error::{Error, Result};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const ED25519_OID: ObjectIdentifier = oid("1.3.101.112");
const RSA_OID: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const EC_OID: ObjectIdentifier = oid("1.2.840.10045.2.1");
const DSA_OID: ObjectIdentifier = oid("1.2.840.10040.4.1");
const P256_OID: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384_OID: ObjectIdentifier = oid("1.3.132.0.34");
const P521_OID: ObjectIdentifier = oid("1.3.132.0.35");

/// A curve that engines take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Curve {
    fn of(oid: ObjectIdentifier) -> Result<Self> {
        match oid {
            P256_OID => Ok(Self::P256),
            P384_OID => Ok(Self::P384),
            P521_OID => Err(unusable(P521)),
            _ => Err(unusable(OTHER_CURVE)),
        }
    }

    fn key(self, number: &[u8]) -> Result<PrivateKey> {
        match self {
            Self::P256 => PrivateKey::p256(number),
            Self::P384 => PrivateKey::p384(number),
        }
    }
}

fn unreadable<T>(_: T) -> Error {
    unusable(UNREADABLE)
}

/// A key of any kind, in version 1 or 2.
pub(super) fn pkcs8(der: &[u8]) -> Result<PrivateKey> {
    let info = PrivateKeyInfo::from_der(der).map_err(unreadable)?;
    match info.algorithm.oid {
        ED25519_OID => {
            let seed = OctetStringRef::from_der(info.private_key).map_err(unreadable)?;
            PrivateKey::ed25519(seed.as_bytes())
        }
        RSA_OID => pkcs1(info.private_key),
        EC_OID => sec1(info.private_key, Some(named(info.algorithm)?)),
        DSA_OID => Err(unusable(DSA)),
        _ => Err(unusable(OTHER_ALGORITHM)),
    }
}

fn named(algorithm: AlgorithmIdentifierRef<'_>) -> Result<Curve> {
    curve_of(algorithm.parameters.ok_or_else(|| unreadable(()))?)
}

/// Instead of its name, a curve may stand there number by number.
fn curve_of(parameters: AnyRef<'_>) -> Result<Curve> {
    match parameters.tag() {
        Tag::ObjectIdentifier => Curve::of(parameters.decode_as().map_err(unreadable)?),
        _ => Err(unusable(OTHER_CURVE)),
    }
}

/// The curve that a block `EC PARAMETERS` names.
pub(super) fn parameters(der: &[u8]) -> Result<Curve> {
    curve_of(AnyRef::from_der(der).map_err(unreadable)?)
}

/// An ECDSA key; `curve` is what stands outside of it.
pub(super) fn sec1(der: &[u8], curve: Option<Curve>) -> Result<PrivateKey> {
    let key =
        EcPrivateKey::from_der(der).map_err(|_| unusable(if curve.is_some() { UNREADABLE } else { OTHER_CURVE }))?;
    let inside = key.parameters.and_then(EcParameters::named_curve).map(Curve::of).transpose()?;
    match (inside, curve) {
        (Some(inside), Some(outside)) if inside != outside => Err(unreadable(())),
        _ => inside.or(curve).ok_or_else(|| unusable(OTHER_CURVE))?.key(key.private_key),
    }
}

/// An RSA key of two primes.
pub(super) fn pkcs1(der: &[u8]) -> Result<PrivateKey> {
    let key = pkcs1::RsaPrivateKey::from_der(der).map_err(unreadable)?;
    if key.other_prime_infos.is_some() {
        return Err(unusable(RSA_PRIMES));
    }
    PrivateKey::rsa(&RsaNumbers {
        modulus: key.modulus.as_bytes(),
        public_exponent: key.public_exponent.as_bytes(),
        private_exponent: key.private_exponent.as_bytes(),
        primes: [key.prime1.as_bytes(), key.prime2.as_bytes()],
    })
}
