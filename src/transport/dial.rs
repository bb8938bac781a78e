//! A TCP connection to a host that may have several addresses, of which some may lead nowhere.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::runtime::offload;

/// How long an address has before the next one is tried beside it (RFC 8305, 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the first address of the host that answers. Takes as long as it takes: the caller sets the limit.
pub async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    first_of(look_up(host, port).await?.into_iter()).await
}

async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![(ip, port).into()]);
    }
    let host = host.to_owned();
    let looked_up = offload(move || Ok((&*host, port).to_socket_addrs()?.collect())).await;
    looked_up.unwrap_or_else(|error| Err(io::Error::other(error)))
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Before it is connected: what a host writes to a standard descriptor that it has closed must not go to an engine.
    #[cfg(unix)]
    let socket = Socket::from(crate::descriptors::above_standard(socket)?);
    socket.set_nonblocking(true)?;
    TcpSocket::from_std_stream(socket.into()).connect(address).await
}

async fn first_of(mut addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        let patience = addresses.next().map(|address| {
            attempts.spawn(connect(address));
            HEAD_START
        });
        match timeout(patience.unwrap_or(Duration::MAX), attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => failed = error,
            Ok(None) => return Err(failed),
            // Its time is up, or the runtime ends.
            Ok(Some(Err(_))) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Nobody answers there: its queue is full. What has to be kept meanwhile comes with it.
    fn dead_address() -> (SocketAddr, Vec<Socket>) {
        let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let mut kept = vec![socket()];
        kept[0].bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        kept[0].listen(0).unwrap();
        let address = kept[0].local_addr().unwrap();
        for _ in 0..4 {
            let client = socket();
            client.set_nonblocking(true).unwrap();
            let _ = client.connect(&address);
            kept.push(client);
        }
        (address.as_socket().unwrap(), kept)
    }

    #[test]
    fn an_address_that_leads_nowhere_does_not_keep_the_next_from_its_turn() {
        let (dead, _kept) = dead_address();
        let (_listener, alive) = listener();
        let stream = block_on(async { timeout(Duration::from_secs(60), first_of([dead, alive].into_iter())).await });
        assert_eq!(stream.unwrap().unwrap().peer_addr().unwrap(), alive);
    }

    #[test]
    fn the_last_refusal_is_told() {
        let (closed, address) = listener();
        drop(closed);
        let error = block_on(first_of([address, address].into_iter())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(block_on(first_of(std::iter::empty())).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
