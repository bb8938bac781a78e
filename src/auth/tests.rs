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
fn lines_end_as_they_like_and_blanks_do_not_matter() {
    // RFC 8410, 10.3.
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
               -----END PRIVATE KEY-----\n";
    let wanted = parse(key, None).unwrap().sign(b"challenge").unwrap();
    for odd in [
        key.replace('\n', "\r\n"),
        key.replace('\n', "\r"),
        key.replace('\n', " "),
        key.replace('\n', ""),
        key.replace('\n', "\n\n\t "),
        key.replace('\n', "\u{a0}\n"),
        key.replace("CAQ", "C \nA\tQ"),
        format!("key: {key}"),
        format!("-----BEGIN NOTHING\nelse-----{key}"),
        format!("-----BEGIN NOTHING-----\nelse\n-----END NOTHING-----{key}"),
        format!("\u{feff}{key} and more"),
    ] {
        assert_eq!(parse(&odd, None).unwrap().sign(b"challenge").unwrap(), wanted, "{odd:?}");
    }
    fails(
        "-----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,ENCRYPTED DEK-Info: A,0 AA -----END RSA PRIVATE KEY-----",
        "Proc-Type",
    );
}

#[test]
fn a_key_shows_its_kind_alone() {
    let key = PrivateKey::ed25519(&[65; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(ed25519)");
}
