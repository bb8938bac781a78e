//! Encrypted PKCS#8 keys.

use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::der::Decode;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters, ScryptParams};
use zeroize::Zeroizing;

use super::refuse::{ENCRYPTED, OTHER_ENCRYPTION, WRONG_PASSPHRASE};
use super::unusable;
use crate::error::Result;

/// A key file says how much work its passphrase takes, so a hostile one could hang its reader. openssl's defaults are
/// 2048 rounds of PBKDF2, and N = 16384, r = 8, p = 1 for scrypt. A fuzzer finds the limits, and would spend its time there.
const PBKDF2_MAX_ROUNDS: u32 = if cfg!(fuzzing) { 10_000 } else { 10_000_000 };
const SCRYPT_MAX_BYTES: u64 = if cfg!(fuzzing) { 17 << 20 } else { 256 << 20 };
const SCRYPT_MAX_WORK: u64 = if cfg!(fuzzing) { 1 << 17 } else { 1 << 23 };

/// The PKCS#8 key inside.
pub(super) fn open(der: &[u8], passphrase: Option<&str>) -> Result<Zeroizing<Vec<u8>>> {
    let sealed = EncryptedPrivateKeyInfo::from_der(der).map_err(|_| unusable(OTHER_ENCRYPTION))?;
    let EncryptionScheme::Pbes2(parameters) = sealed.encryption_algorithm else {
        return Err(unusable(OTHER_ENCRYPTION));
    };
    check_work(&parameters)?;
    let passphrase = passphrase.ok_or_else(|| unusable(ENCRYPTED))?;
    let mut buffer = Zeroizing::new(sealed.encrypted_data.to_vec());
    let size = parameters.decrypt_in_place(passphrase, &mut buffer).map_err(|_| unusable(WRONG_PASSPHRASE))?.len();
    // A wrong passphrase yields a good padding once in 256 times: what follows is then no key.
    let is_key = pkcs8::PrivateKeyInfo::from_der(&buffer[..size]).is_ok();
    buffer.truncate(size);
    if is_key { Ok(buffer) } else { Err(unusable(WRONG_PASSPHRASE)) }
}

fn check_work(parameters: &Parameters<'_>) -> Result<()> {
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) if kdf.iteration_count > PBKDF2_MAX_ROUNDS => Err(unusable(format!(
            "the passphrase is protected by {} rounds of PBKDF2; this library does at most {PBKDF2_MAX_ROUNDS}",
            kdf.iteration_count
        ))),
        Kdf::Scrypt(kdf) => check_scrypt(kdf),
        _ => Ok(()),
    }
}

fn check_scrypt(kdf: &ScryptParams<'_>) -> Result<()> {
    let (cost, block, lanes) = (kdf.cost_parameter, u64::from(kdf.block_size), u64::from(kdf.parallelization));
    let work = cost.saturating_mul(block).saturating_mul(lanes);
    let memory = cost.saturating_add(lanes).saturating_mul(block).saturating_mul(128);
    if work > SCRYPT_MAX_WORK || memory > SCRYPT_MAX_BYTES {
        return Err(unusable(format!(
            "the passphrase is protected by scrypt with N = {cost}, r = {block}, p = {lanes}; this library takes at \
             most 256 MiB for it, and N * r * p up to {SCRYPT_MAX_WORK}"
        )));
    }
    // The library for it takes the logarithm before it looks.
    if cost.is_power_of_two() { Ok(()) } else { Err(unusable(OTHER_ENCRYPTION)) }
}
