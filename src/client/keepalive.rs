//! Keepalive: an engine that has said nothing for a while is pinged, and one that then stays silent is given up.

use std::future::pending;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Connection;
use crate::error::{Code, Error};
use crate::options::Options;
use crate::transport::{PATIENCE, Reader};

/// Watches a connection; ends with the reason when the engine is gone. To be polled after whoever reads, so that what
/// arrived while this process was stopped is seen first.
pub async fn watch(connection: &Connection, reader: &Reader) -> Error {
    let Options { keepalive_interval_ms, keepalive_timeout_ms, .. } = connection.options;
    let (Some(interval), timeout) = (milliseconds(keepalive_interval_ms), milliseconds(keepalive_timeout_ms)) else {
        return pending().await;
    };
    loop {
        // What the engine says meanwhile is not read.
        if connection.is_paused() {
            sleep(interval).await;
            continue;
        }
        let silence = reader.last_sign().elapsed();
        if silence < interval {
            sleep(interval - silence).await;
            continue;
        }
        let pinged = Instant::now();
        reader.socket().ping();
        sleep(timeout.unwrap_or(interval)).await;
        // This process may have been stopped behind the last look at the socket, and a thread that waits there may still be.
        reader.take_back();
        sleep(PATIENCE).await;
        if timeout.is_some() && reader.last_sign() < pinged && !connection.is_paused() {
            return silent(keepalive_interval_ms, keepalive_timeout_ms);
        }
    }
}

fn milliseconds(option: u64) -> Option<Duration> {
    Some(option).filter(|&ms| ms > 0).map(Duration::from_millis)
}

fn silent(interval: u64, timeout: u64) -> Error {
    let text = format!(
        "the engine, or the network to it, is gone: nothing came for {interval} ms (keepalive_interval_ms), nor for {timeout} ms \
         (keepalive_timeout_ms) after a ping"
    );
    Error::new(Code::Disconnected, text)
}
