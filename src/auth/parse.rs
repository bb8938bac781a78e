//! From a text to a private key.

use super::{PrivateKey, asn1, encrypted, openssh, pem, refuse, unusable};
use crate::error::Result;
use crate::wipe::wiping;

/// The first private key of a text.
pub fn parse(text: &str, passphrase: Option<&str>) -> Result<PrivateKey> {
    wiping(|| parse_and_leave_traces(text, passphrase))
}

fn parse_and_leave_traces(text: &str, passphrase: Option<&str>) -> Result<PrivateKey> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let blocks = pem::blocks(text);
    let Some(block) = blocks.iter().find(|block| reads(block.label)).or(blocks.first()) else {
        return Err(unusable(refuse::text(text)));
    };
    if block.label.ends_with("PRIVATE KEY") && block.is_legacy_encrypted() {
        return Err(unusable(refuse::LEGACY));
    } else if !reads(block.label) {
        return Err(unusable(refuse::label(block.label)));
    }
    let bytes = block.decode()?;
    match block.label {
        "OPENSSH PRIVATE KEY" => openssh::parse(&bytes, passphrase),
        "ENCRYPTED PRIVATE KEY" => asn1::pkcs8(&encrypted::open(&bytes, passphrase)?),
        "RSA PRIVATE KEY" => asn1::pkcs1(&bytes),
        "EC PRIVATE KEY" => asn1::sec1(&bytes, curve(&blocks)?),
        _ => asn1::pkcs8(&bytes),
    }
}

fn reads(label: &str) -> bool {
    let labels = ["OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
    labels.contains(&label)
}

/// The curve that openssl names in a block of its own before the key.
fn curve(blocks: &[pem::Block<'_>]) -> Result<Option<asn1::Curve>> {
    let parameters = blocks.iter().find(|block| block.label == "EC PARAMETERS");
    parameters.map(|block| asn1::parameters(&block.decode()?)).transpose()
}
