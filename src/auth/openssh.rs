//! Keys in the form of ssh-keygen. They are taken apart here, since ssh-key 0.6 refuses one ECDSA key in 256, whose number
//! begins with a zero byte; deciphering is its business.

use ssh_key::{Algorithm, Cipher, EcdsaCurve, Kdf};
use zeroize::Zeroizing;

use super::key::RsaNumbers;
use super::refuse::{DAMAGED, DSA, ENCRYPTED, FIDO, OTHER_ALGORITHM, OTHER_CIPHER, P521, UNREADABLE, WRONG_PASSPHRASE};
use super::{PrivateKey, unusable};
use crate::error::{Error, Result};

const MAGIC: &[u8] = b"openssh-key-v1\0";
/// A key file says how much work its passphrase takes, so a hostile one could hang its reader. 16 and 24 rounds are
/// what ssh-keygen does by itself; a round takes some 10 ms.
const BCRYPT_MAX_ROUNDS: u32 = if cfg!(fuzzing) { 16 } else { 1000 };

/// The fields of a key, which are taken from its front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or_else(unreadable)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(unreadable)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    fn string(&mut self) -> Result<&'a [u8]> {
        let size = self.number()?;
        self.take(usize::try_from(size).unwrap_or(usize::MAX))
    }

    fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.string()?).map_err(|_| unreadable())
    }
}

fn unreadable() -> Error {
    unusable(UNREADABLE)
}

pub(super) fn parse(bytes: &[u8], passphrase: Option<&str>) -> Result<PrivateKey> {
    let mut fields = Fields(bytes.strip_prefix(MAGIC).ok_or_else(unreadable)?);
    let (cipher, kdf, options) = (fields.text()?, fields.text()?, fields.string()?);
    if fields.number()? != 1 {
        return Err(unreadable());
    }
    // Before the passphrase is asked for: its public half is in the clear.
    check_algorithm(&algorithm(&mut Fields(fields.string()?))?)?;
    let sealed = fields.string()?;
    if cipher == "none" {
        return private(sealed).unwrap_or_else(|| Err(unreadable()));
    }
    let mut buffer = Zeroizing::new(sealed.to_vec());
    open(&mut buffer, fields.0, cipher, &work(kdf, options)?, passphrase)?;
    private(&buffer).unwrap_or_else(|| Err(unusable(WRONG_PASSPHRASE)))
}

fn algorithm(fields: &mut Fields<'_>) -> Result<Algorithm> {
    Algorithm::new(fields.text()?).map_err(|_| unusable(OTHER_ALGORITHM))
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

/// How the cipher's key comes from the passphrase.
fn work(kdf: &str, options: &[u8]) -> Result<Kdf> {
    if kdf != "bcrypt" {
        return Err(unusable(OTHER_CIPHER));
    }
    let mut options = Fields(options);
    let (salt, rounds) = (options.string()?.to_vec(), options.number()?);
    if rounds > BCRYPT_MAX_ROUNDS {
        return Err(unusable(format!(
            "the passphrase is protected by {rounds} rounds of bcrypt; this library does at most {BCRYPT_MAX_ROUNDS}"
        )));
    }
    Ok(Kdf::Bcrypt { salt, rounds })
}

/// Deciphers in place; `rest` follows in the file.
fn open(buffer: &mut [u8], rest: &[u8], cipher: &str, kdf: &Kdf, passphrase: Option<&str>) -> Result<()> {
    let cipher = Cipher::new(cipher).map_err(|_| unusable(OTHER_CIPHER))?;
    if cipher == Cipher::TDesCbc {
        return Err(unusable(OTHER_CIPHER));
    }
    let tag = cipher.has_tag().then(|| rest.first_chunk().copied().ok_or_else(unreadable)).transpose()?;
    let passphrase = passphrase.ok_or_else(|| unusable(ENCRYPTED))?;
    let wrong = |_| unusable(WRONG_PASSPHRASE);
    let (key, iv) = kdf.derive_key_and_iv(cipher, passphrase).map_err(wrong)?;
    cipher.decrypt(&key, &iv, buffer, tag).map_err(|_| unusable(WRONG_PASSPHRASE))
}

/// The key itself; nothing where the two numbers before it differ, as they do after a wrong passphrase.
fn private(bytes: &[u8]) -> Option<Result<PrivateKey>> {
    let mut fields = Fields(bytes);
    let (first, second) = (fields.number().ok()?, fields.number().ok()?);
    (first == second).then(|| key(&mut fields))
}

fn key(fields: &mut Fields<'_>) -> Result<PrivateKey> {
    match algorithm(fields)? {
        Algorithm::Ed25519 => {
            let _public = fields.string()?;
            PrivateKey::ed25519(fields.string()?.get(..32).ok_or_else(unreadable)?)
        }
        Algorithm::Rsa { .. } => rsa(fields),
        Algorithm::Ecdsa { curve } => {
            let (_curve, _public) = (fields.string()?, fields.string()?);
            ecdsa(curve, fields.string()?)
        }
        _ => Err(unusable(OTHER_ALGORITHM)),
    }
}

fn rsa(fields: &mut Fields<'_>) -> Result<PrivateKey> {
    let mut next = || fields.string();
    let (modulus, public_exponent, private_exponent) = (next()?, next()?, next()?);
    let _inverse = next()?;
    PrivateKey::rsa(&RsaNumbers { modulus, public_exponent, private_exponent, primes: [next()?, next()?] })
}

/// The number has no leading zeros but the one that keeps it positive.
fn ecdsa(curve: EcdsaCurve, number: &[u8]) -> Result<PrivateKey> {
    let start = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    let mut padded = Zeroizing::new([0; 48]);
    let size: usize = if curve == EcdsaCurve::NistP256 { 32 } else { 48 };
    let place = size.checked_sub(number.len() - start).and_then(|from| padded.get_mut(from..size));
    place.ok_or_else(|| unusable(DAMAGED))?.copy_from_slice(&number[start..]);
    match curve {
        EcdsaCurve::NistP256 => PrivateKey::p256(&padded[..size]),
        EcdsaCurve::NistP384 => PrivateKey::p384(&padded[..size]),
        EcdsaCurve::NistP521 => Err(unusable(P521)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One key in 256 begins with a zero byte, which its form leaves out.
    #[test]
    fn a_short_number_is_a_key_as_well() {
        let key = ecdsa(EcdsaCurve::NistP256, &[7; 31]).unwrap();
        let whole = PrivateKey::p256(&[&[0][..], &[7; 31]].concat()).unwrap();
        assert_eq!(key.sign(b"challenge").unwrap(), whole.sign(b"challenge").unwrap());
        assert_eq!(ecdsa(EcdsaCurve::NistP384, &[0, 0x80, 1]).unwrap().algorithm(), "ecdsa-p384");
        assert!(ecdsa(EcdsaCurve::NistP256, &[1; 33]).is_err());
        assert!(ecdsa(EcdsaCurve::NistP256, &[]).is_err());
    }
}
