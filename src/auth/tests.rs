//! What no key file of a tool shows.

use super::*;

fn fails(text: &str, part: &str) {
    let error = parse(text, Some("hunter2")).unwrap_err();
    assert_eq!(error.code(), Code::Key);
    assert!(error.message().contains(part), "{error}");
}

#[test]
fn what_is_no_key_is_named() {
    fails("", "empty");
    fails("\u{feff} \r\n", "empty");
    fails("-----BEGIN PRIVATE KEY-----\nMC4C", "incomplete");
    fails("-----BEGIN PRIVATE KEY-----\nMC4*\n-----END PRIVATE KEY-----", "damaged");
    fails("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", "damaged");
    fails("-----BEGIN SECRETS-----\n-----END SECRETS-----", "not a private key");
    fails("PuTTY-User-Key-File-3: ssh-ed25519", "puttygen");
}

#[test]
fn a_key_shows_its_kind_alone() {
    let key = PrivateKey::ed25519(&[65; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(ed25519)");
}
