//! Where log lines go: to the host's callback, or nowhere.

use std::sync::{PoisonError, RwLock};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::fork::PerProcess;

/// Takes a line: its level (1 = error … 5 = trace), the module it comes from, its text.
pub type Sink = Box<dyn Fn(i32, &str, &str) + Send + Sync>;

static SINK: PerProcess<RwLock<Option<Sink>>> = PerProcess::new(RwLock::new(None), || RwLock::new(None));

struct HostLog;

/// Sends lines up to a level (0 = none … 5 = trace) to a sink. When it returns, the former sink does not run any more.
pub fn set(max_level: i32, sink: Option<Sink>) {
    let max_level = if sink.is_some() { filter(max_level) } else { LevelFilter::Off };
    // Fails from the second time on, and where a Rust host has a logger of its own.
    let _ = log::set_logger(&HostLog);
    let mut current = SINK.get().write().unwrap_or_else(PoisonError::into_inner);
    log::set_max_level(max_level);
    *current = sink;
}

fn filter(level: i32) -> LevelFilter {
    match level {
        ..=0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 => LevelFilter::Warn,
        3 => LevelFilter::Info,
        4 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    }
}

fn number(level: Level) -> i32 {
    match level {
        Level::Error => 1,
        Level::Warn => 2,
        Level::Info => 3,
        Level::Debug => 4,
        Level::Trace => 5,
    }
}

impl Log for HostLog {
    /// Other crates' lines may hold a message's bytes, and with them a secret.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(env!("CARGO_PKG_NAME"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if let Some(sink) = &*SINK.get().read().unwrap_or_else(PoisonError::into_inner) {
            sink(number(record.level()), record.target(), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}
