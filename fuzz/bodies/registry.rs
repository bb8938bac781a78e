//! What a registry answers. The first byte says which part of it; see `registry`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use socket2::SockRef;

use super::{check_error, memory};
use crate::registry::version::version_in;
use crate::registry::{Progress, Url, get, version_at};
use crate::wire::names::is_version;

/// Stands between the answers of one input, each to a connection of its own.
const BETWEEN: &[u8] = b"\0\0";

pub fn registry(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else { return };
    memory::within((2 << 20) + 64 * rest.len(), || match kind % 3 {
        0 => body(rest),
        1 => redirects(&String::from_utf8_lossy(rest)),
        _ => exchange(rest),
    });
}

/// A body alone.
fn body(bytes: &[u8]) {
    let url = Url::of_inferlet("http://registry.test", "a").unwrap();
    match version_in(bytes, &url) {
        Ok(version) => assert!(is_version(&version), "{version:?}"),
        Err(error) => check_error(&error),
    }
}

/// One redirect after the other, and a base URL of the host's.
fn redirects(text: &str) {
    for from in ["https://registry.test:1/a/b?c", "http://[::1]/x"] {
        let mut url = Url::of_inferlet(from.split('?').next().unwrap(), "a").unwrap();
        for location in text.split('\n') {
            match url.redirected(location) {
                Ok(to) => {
                    assert!(!url.is_https() || to.is_https());
                    assert!(to.target().starts_with('/') && to.port() > 0 && !to.host().is_empty(), "{to:?}");
                    url = to;
                }
                Err(why) => assert!(why.len() < 2000 && !why.contains('\n'), "{why:?}"),
            }
        }
    }
    let (base, name) = text.split_once('\n').unwrap_or((text, "a"));
    if let Err(error) = Url::of_inferlet(base, name) {
        // It repeats what the host gave.
        assert!(!error.message().is_empty() && error.message().len() < 1000 + 4 * text.len());
    }
}

/// The server of all inputs. One thread serves it, and each connection gets the next answer.
struct Server {
    url: Url,
    give: std::sync::mpsc::SyncSender<Vec<u8>>,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (give, answers) = std::sync::mpsc::sync_channel(0);
        std::thread::spawn(move || answers.iter().for_each(|answer: Vec<u8>| serve(&listener, &answer)));
        Server { url: Url::of_inferlet(&base, "a").unwrap(), give }
    })
}

fn serve(listener: &TcpListener, answer: &[u8]) {
    let (mut tcp, _) = listener.accept().unwrap();
    let _ = tcp.write_all(answer).and_then(|()| tcp.shutdown(std::net::Shutdown::Write));
    drain(&mut tcp);
}

/// Until the other side has closed. No port is kept after it.
fn drain(tcp: &mut TcpStream) {
    let mut room = [0; 4096];
    while tcp.read(&mut room).is_ok_and(|size| size > 0) {}
    let _ = SockRef::from(&*tcp).set_linger(Some(Duration::ZERO));
}

/// Answers over HTTP, redirects to the same server included.
fn exchange(bytes: &[u8]) {
    let (server, mut rest) = (server(), Some(bytes));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = version_at(&server.url, |at, _| {
        let all = rest.unwrap_or_default();
        let at_end = all.windows(BETWEEN.len()).position(|part| part == BETWEEN);
        rest = at_end.map(|end| &all[end + BETWEEN.len()..]);
        assert!(!at.is_https() || at.authority() != server.url.authority());
        server.give.send(at_end.map_or(all, |end| &all[..end]).to_vec()).unwrap();
        // Wherever it leads, nobody but this server is asked.
        runtime.block_on(get(&server.url, None, "fuzz", &Progress::default()))
    });
    match result {
        Ok(version) => assert!(is_version(&version), "{version:?}"),
        Err(error) => check_error(&error),
    }
}
