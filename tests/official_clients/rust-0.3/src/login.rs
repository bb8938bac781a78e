//! Login: none, by key, by token, refused.

use std::path::Path;

use anyhow::{Result, ensure};
use pie_client::client::Client;
use pie_client::crypto::ParsedPrivateKey;

use crate::harness::{Args, Checks, refused};
use crate::unanswered;

const KEYS: [&str; 4] = ["ed25519", "rsa", "ecdsa256", "ecdsa384"];

pub async fn run(checks: &mut Checks, args: &Args) {
    for key in KEYS {
        run!(checks, {
            &format!("login, {key} key") => login(args, key, key),
            &format!("login, {key} key of several") => login(args, "all", key),
        });
    }
    run!(checks, {
        "login, key stored as PEM" => login(args, "pem", "rsa"),
        "login, engine without login" => no_login(args),
        "login refused: unknown user" => unknown_user(args),
        "login refused: wrong key, then right" => wrong_key(args),
        "login refused: no key" => no_key(args),
        "token login" => token(args),
        "token login refused" => wrong_token(args),
        "silence before login" => silence(args),
    });
}

async fn connect(args: &Args) -> Result<Client> {
    Client::connect(args.get("login")?).await
}

fn key(args: &Args, name: &str) -> Result<Option<ParsedPrivateKey>> {
    let text = std::fs::read_to_string(Path::new(args.get("keys")?).join(name))?;
    ParsedPrivateKey::parse(&text).map(Some)
}

async fn login(args: &Args, user: &str, key_name: &str) -> Result<()> {
    let client = connect(args).await?;
    client.authenticate(user, &key(args, key_name)?).await?;
    client.ping().await
}

async fn no_login(args: &Args) -> Result<()> {
    crate::api::connect(args.get("open")?).await?.ping().await
}

async fn unknown_user(args: &Args) -> Result<()> {
    let client = connect(args).await?;
    refused(client.authenticate("nobody", &None), "User 'nobody' is not authorized").await
}

async fn wrong_key(args: &Args) -> Result<()> {
    let client = connect(args).await?;
    let stranger = key(args, "stranger")?;
    refused(client.authenticate("ed25519", &stranger), "Signature verification failed").await?;
    client.authenticate("ed25519", &key(args, "ed25519")?).await?;
    client.ping().await
}

async fn no_key(args: &Args) -> Result<()> {
    let client = connect(args).await?;
    refused(client.authenticate("ed25519", &None), "Client private key is required").await
}

async fn token(args: &Args) -> Result<()> {
    let client = connect(args).await?;
    client.auth_by_token(args.get("token")?).await?;
    client.ping().await
}

async fn wrong_token(args: &Args) -> Result<()> {
    let client = connect(args).await?;
    let start = std::time::Instant::now();
    refused(client.auth_by_token("wrong"), "Invalid token").await?;
    ensure!(start.elapsed().as_millis() >= 1000, "refused at once; engines take 1 to 3 s");
    Ok(())
}

async fn silence(args: &Args) -> Result<()> {
    let client = connect(args).await?;
    unanswered(client.ping()).await?;
    client.authenticate("ed25519", &key(args, "ed25519")?).await?;
    client.ping().await
}
