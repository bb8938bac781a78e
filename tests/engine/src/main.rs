//! `scripted-engine`: an engine that serves until its standard input ends or it is told to terminate.

use scripted_engine::{Attach, Config, Engine, Generation, Tls};
use std::io::{Read, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: scripted-engine [--generation 0.4|0.5] [--port N] [--users DIR] [--token TEXT] \
                     [--attach released|documented] [--max-upload-mb N] \
                     [--tls-cert FILE --tls-key FILE [--tls-client-ca FILE] [--tls-version 1.2|1.3] [--tls-no-aes 1]]";

fn main() -> ExitCode {
    let engine = match parse(std::env::args().skip(1)).and_then(start) {
        Ok(engine) => engine,
        Err(text) => {
            eprintln!("scripted-engine: {text}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    println!("READY {}", engine.uri());
    // Whoever waits for the line reads a pipe.
    let _ = std::io::stdout().flush();
    wait_for_end();
    ExitCode::SUCCESS
}

fn start(config: Config) -> Result<Engine, String> {
    Engine::try_start(config).map_err(|error| error.to_string())
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Config, String> {
    let mut config = Config::default();
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        set(&mut config, &flag, value).ok_or_else(|| format!("{flag}: not understood"))?;
    }
    Ok(config)
}

fn set(config: &mut Config, flag: &str, value: String) -> Option<()> {
    match flag {
        "--generation" => config.generation = generation(&value)?,
        "--port" => config.port = value.parse().ok()?,
        "--users" => config.users = Some(value.into()),
        "--token" => config.token = value,
        "--attach" => config.attach = attach(&value)?,
        "--max-upload-mb" => config.max_upload_mb = value.parse().ok()?,
        "--tls-cert" => tls(config).cert = value.into(),
        "--tls-key" => tls(config).key = value.into(),
        "--tls-client-ca" => tls(config).client_ca = Some(value.into()),
        "--tls-version" => tls(config).version = Some(value),
        "--tls-no-aes" => tls(config).no_aes = value == "1",
        _ => return None,
    }
    Some(())
}

fn tls(config: &mut Config) -> &mut Tls {
    config.tls.get_or_insert_default()
}

fn generation(value: &str) -> Option<Generation> {
    match value {
        "0.4" => Some(Generation::V04),
        "0.5" => Some(Generation::V05),
        _ => None,
    }
}

fn attach(value: &str) -> Option<Attach> {
    match value {
        "released" => Some(Attach::Released),
        "documented" => Some(Attach::Documented),
        _ => None,
    }
}

/// SIGTERM ends a process that does not handle it.
fn wait_for_end() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
