//! What every Rust driver needs around its checks: arguments, one line a check, deadlines.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A table of checks, run one after the other.
macro_rules! run {
    ($checks:expr, { $($name:expr => $check:expr,)* }) => {
        $($checks.run($name, $check).await;)*
    };
}

const CHECK_SECONDS: u64 = 20;

/// The driver's `key=value` arguments.
pub struct Args(HashMap<String, String>);

impl Args {
    pub fn parse() -> Self {
        let pairs = std::env::args().skip(1);
        Self(pairs.filter_map(|a| a.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))).collect())
    }

    pub fn get(&self, key: &str) -> Result<&str> {
        self.0.get(key).map(String::as_str).with_context(|| format!("argument {key}= is missing"))
    }

    /// Whether the engine is the scripted one, so that its misbehaving operations can be used.
    pub fn scripted(&self) -> bool {
        !self.0.contains_key("real")
    }
}

#[derive(Default)]
pub struct Checks {
    done: usize,
}

impl Checks {
    pub async fn run<T>(&mut self, name: &str, check: impl Future<Output = Result<T>>) {
        self.done += 1;
        match within(CHECK_SECONDS * 1000, check).await {
            Ok(_) => println!("ok\t{name}"),
            Err(error) => {
                let text = format!("{error:#}");
                let words: Vec<&str> = text.split_whitespace().collect();
                println!("failed\t{name}\t{}", words.join(" "));
            }
        }
    }

    /// The last line: without it the runner takes the driver for crashed.
    pub fn finish(self) {
        println!("done\t{}", self.done);
    }
}

pub async fn within<T>(millis: u64, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(Duration::from_millis(millis), work).await.context("no answer in time")?
}

/// The call must fail, and its error must hold the engine's own text.
pub async fn refused<T>(call: impl Future<Output = Result<T>>, text: &str) -> Result<()> {
    let Err(error) = call.await else { bail!("not refused, expected: {text}") };
    let got = format!("{error:#}");
    ensure!(got.contains(text), "refused with {got:?}, expected {text:?}");
    Ok(())
}
