//! What is no key for a login, and what to do instead. No text quotes what was read.

/// The one kind of key that every engine with a login takes and every tool makes.
macro_rules! advice {
    () => {
        "use an Ed25519 key (ssh-keygen -t ed25519)"
    };
}

pub(super) const DAMAGED: &str = "its numbers are no valid private key; the key is damaged";
pub(super) const P521: &str = concat!("an ECDSA key of the curve P-521, which engines do not take; ", advice!());
pub(super) const OTHER_CURVE: &str =
    concat!("an ECDSA key of a curve that engines do not take (they take P-256 and P-384); ", advice!());
pub(super) const DSA: &str = concat!("a DSA key, which engines do not take; ", advice!());
pub(super) const FIDO: &str = concat!(
    "a FIDO security key (sk-), whose private half never leaves its device; engines do not verify such signatures, so \
     pie_client_authenticate_with_agent cannot use it either; ",
    advice!()
);
pub(super) const OTHER_ALGORITHM: &str = concat!(
    "a key of a kind that engines do not take (they take Ed25519, RSA, ECDSA P-256 and ECDSA P-384); ",
    advice!()
);
pub(super) const RSA_TOO_LARGE: &str =
    "an RSA key of more than 8192 bits; this library takes 2048 to 8192, released engines 4096 at most";
pub(super) const RSA_EXPONENT: &str =
    concat!("an RSA key whose public exponent has more than 33 bits, which this library does not take; ", advice!());
pub(super) const RSA_PRIMES: &str =
    concat!("an RSA key of more than two primes, which this library does not take; ", advice!());
pub(super) const ENCRYPTED: &str = "the key is encrypted; pass its passphrase";
pub(super) const WRONG_PASSPHRASE: &str = "the passphrase does not open this key (or the key is damaged)";
pub(super) const LEGACY: &str = "the key is encrypted in the old PEM way (Proc-Type: 4,ENCRYPTED), which is not \
                                 supported; convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW";
pub(super) const OTHER_ENCRYPTION: &str = "the key is encrypted in a way that is not supported (supported is PBES2 with AES-128, AES-192 or AES-256 in CBC \
     mode and PBKDF2 or scrypt), or damaged; convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW";
pub(super) const OTHER_CIPHER: &str = "the key is encrypted in a way that is not supported (supported are AES and \
                                       ChaCha20 with bcrypt); convert it: ssh-keygen -p -f KEY";
pub(super) const NOT_A_KEY: &str =
    "not a private key; give one in OpenSSH, PKCS#8, PKCS#1 or SEC1 form, which begins with -----BEGIN";
pub(super) const UNREADABLE: &str = "the private key cannot be decoded; it is damaged or incomplete";
pub(super) const INCOMPLETE: &str = "the private key has no -----END line; it is incomplete";

const PUBLIC: &str = "a public key; give the private one (OpenSSH: the file without .pub)";
const CERTIFICATE: &str = "a certificate, not a private key; give the private key that belongs to it";
const REQUEST: &str = "a certificate request, not a private key; give the private key that belongs to it";

pub(super) fn rsa_too_small(bits: usize) -> String {
    format!(concat!("an RSA key of {} bits, which engines do not take (2048 is the least); ", advice!()), bits)
}

/// Why a PEM block of this label is no private key.
pub(super) fn label(label: &str) -> &'static str {
    match label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "SSH2 PUBLIC KEY" => PUBLIC,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" | "PKCS7" => CERTIFICATE,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => REQUEST,
        "DSA PRIVATE KEY" => DSA,
        "EC PARAMETERS" => "the parameters of an elliptic curve without a key",
        _ => NOT_A_KEY,
    }
}

/// Why a text without any PEM block is no private key.
pub(super) fn text(text: &str) -> &'static str {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    let kind = text.split([' ', '\t']).next().unwrap_or_default();
    if text.is_empty() {
        "empty; it should hold a private key"
    } else if kind.ends_with("-cert-v01@openssh.com") {
        CERTIFICATE
    } else if begins(&["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "---- BEGIN SSH2 PUBLIC KEY"]) {
        PUBLIC
    } else if begins(&["PuTTY-User-Key-File"]) {
        "a PuTTY key; convert it: puttygen KEY.ppk -O private-openssh -o NEW"
    } else {
        NOT_A_KEY
    }
}

/// Why bytes that are no text are no private key.
pub(super) fn bytes(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x30, ..] => "binary (DER?), not text; convert it: openssl pkey -inform DER -in OLD -out NEW",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "text in UTF-16; save it in UTF-8",
        _ => "binary, not a private key in text form (PEM)",
    }
}
