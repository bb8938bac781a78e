//! The login of 0.4.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use p256::ecdsa::signature::Signer;
use scripted_engine::{Config, Engine};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::*;

/// A directory of users that goes away with the test.
struct Users(PathBuf);

impl Users {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("scripted-engine-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory can be made");
        Self(path)
    }

    fn add(&self, name: &str, keys: &str) {
        std::fs::write(self.0.join(format!("{name}.pub")), keys).expect("a file can be written");
    }

    fn engine(&self) -> Engine {
        Engine::start(Config { users: Some(self.0.clone()), ..Config::default() })
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn key() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[7; 32])
}

fn pem() -> String {
    key().verifying_key().to_public_key_pem(LineEnding::LF).expect("PEM")
}

fn identify(client: &mut Client, name: &str) -> (bool, String) {
    client.call(json!({"type": "auth_identify", "username": name}))
}

fn prove(client: &mut Client, signature: &str) -> (bool, String) {
    client.call(json!({"type": "auth_prove", "signature": signature}))
}

fn signed(challenge: &str) -> String {
    let challenge = STANDARD.decode(challenge).expect("base64");
    assert_eq!(challenge.len(), 48);
    STANDARD.encode(key().sign(&challenge).to_bytes())
}

#[test]
fn a_signature_lets_a_user_in() {
    let users = Users::new("in");
    users.add("me", &pem());
    let engine = users.engine();
    let mut client = Client::raw(&engine, V04, "");
    let (ok, challenge) = identify(&mut client, "me");
    assert!(ok);
    assert_eq!(prove(&mut client, &signed(&challenge)), (true, "Authenticated".into()));
    assert_eq!(prove(&mut client, "AAAA"), (false, "Already authenticated".into()));
    assert_eq!(client.call(json!({"type": "query", "subject": "scripted", "record": "challenge"})), (true, challenge));
    client.launch(json!([["recv", 0]]));
    assert!(client.call(json!({"type": "list_processes"})).1.contains(r#""username":"me""#));
}

#[test]
fn a_challenge_may_be_anything() {
    let users = Users::new("anything");
    users.add("me", &pem());
    let engine = users.engine();
    let mut client = Client::raw(&engine, V04, "challenge=no%20base64");
    assert_eq!(identify(&mut client, "me"), (true, "no base64".into()));
}

#[test]
fn failures_leave_the_connection_open() {
    let users = Users::new("failures");
    users.add("me", &pem());
    users.add("keyless", "");
    let engine = users.engine();
    let mut client = Client::raw(&engine, V04, "");
    assert_eq!(identify(&mut client, "nobody"), (false, "User 'nobody' is not authorized".into()));
    assert!(identify(&mut client, "keyless").0);
    assert_eq!(prove(&mut client, "AAAA"), (false, "Signature verification failed".into()));
    assert_eq!(prove(&mut client, "AAAA"), (false, "No pending authentication".into()));
    identify(&mut client, "me");
    let wrong = "Invalid signature encoding: Invalid symbol 42, offset 0.";
    assert_eq!(prove(&mut client, "*"), (false, wrong.into()));
    identify(&mut client, "me");
    assert_eq!(prove(&mut client, "AAA"), (false, "Invalid signature encoding: Invalid padding".into()));
    let (first, second) = (identify(&mut client, "me").1, identify(&mut client, "me").1);
    assert_ne!(first, second);
    assert!(prove(&mut client, &signed(&second)).0);
}

#[test]
fn nothing_is_heard_before_the_login() {
    let users = Users::new("before");
    users.add("me", &pem());
    let engine = users.engine();
    let mut client = Client::raw(&engine, V04, "");
    client.ask(json!({"type": "ping"}));
    let (_, challenge) = identify(&mut client, "me");
    client.ask(json!({"type": "ping"}));
    client.ask(json!({"type": "launch_processes", "inferlet": "echo@0.1.0", "inputs": [], "capture_outputs": true}));
    let proved = client.ask(json!({"type": "auth_prove", "signature": signed(&challenge)}));
    assert!(client.next().is_response(proved));
    client.ping();
}

#[test]
fn the_token_lets_in_as_internal() {
    let engine = Engine::start(Config { token: "secret".into(), ..Config::default() });
    let mut client = Client::raw(&engine, V04, "");
    let start = Instant::now();
    assert_eq!(client.call(json!({"type": "auth_by_token", "token": "wrong"})), (false, "Invalid token".into()));
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(client.call(json!({"type": "auth_by_token", "token": "secret"})), (true, "Authenticated".into()));
    assert_eq!(client.call(json!({"type": "auth_by_token", "token": "x"})), (true, "Already authenticated".into()));
    assert_eq!(identify(&mut client, "other"), (true, "Already authenticated".into()));
    client.launch(json!([["recv", 0]]));
    assert!(client.call(json!({"type": "list_processes"})).1.contains(r#""username":"internal""#));
}
