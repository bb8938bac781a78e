//! Private keys. The first byte says under which label the rest stands, which is written in base64 then, so that the fuzzer
//! works on what is inside; with 0 the rest is the whole text.

use base64ct::{Base64, Encoding};

use super::{check_error, memory};
use crate::auth::{PrivateKey, parse};
use crate::error::Code;

const LABELS: [&str; 6] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "EC PARAMETERS",
];
/// Of the keys in the corpus that are encrypted.
const PASSPHRASE: &str = "correct horse";
/// scrypt takes 16 MiB as openssl sets it, and with `--cfg fuzzing` no more.
const WORK: usize = 20 << 20;

pub fn keys(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else { return };
    let Some(text) = text(kind, rest) else { return };
    for passphrase in [None, Some(PASSPHRASE)] {
        memory::within(WORK + 64 * text.len(), || match parse(&text, passphrase) {
            Ok(key) => check_key(&key),
            Err(error) => {
                check_error(&error);
                assert_eq!(error.code(), Code::Key);
                assert!(!error.message().contains(PASSPHRASE) && error.message().len() < 400, "{error}");
            }
        });
    }
}

fn text(kind: u8, rest: &[u8]) -> Option<String> {
    let Some(label) = usize::from(kind).checked_sub(1).map(|at| LABELS[at % LABELS.len()]) else {
        return std::str::from_utf8(rest).ok().map(str::to_owned);
    };
    Some(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", Base64::encode_string(rest)))
}

fn check_key(key: &PrivateKey) {
    let algorithm = key.algorithm();
    let bits = algorithm.strip_prefix("rsa-").and_then(|bits| bits.parse().ok());
    let is_known = matches!(&*algorithm, "ed25519" | "ecdsa-p256" | "ecdsa-p384");
    assert!(is_known || bits.is_some_and(|bits: u32| (2048..=8192).contains(&bits)), "{algorithm}");
    // A key of numbers that do not fit each other may refuse to sign.
    match key.sign(b"challenge") {
        Ok(signature) => assert!((8..=1024).contains(&signature.len())),
        Err(error) => check_error(&error),
    }
}
