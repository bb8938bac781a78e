use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream as StdStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use socket2::SockRef;

use tokio::net::TcpStream;

use super::*;

/// A server's certificate, and its key.
fn certificate(folder: &Path) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x"])
        .args(["-keyout", "key", "-out", "certificate"])
        .current_dir(folder)
        .output();
    assert!(made.unwrap().status.success());
    let certificate = CertificateDer::from_pem_file(folder.join("certificate")).unwrap();
    (certificate, PrivateKeyDer::from_pem_file(folder.join("key")).unwrap())
}

fn made(name: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let folder = std::env::temp_dir().join(format!("pie-tls-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pair = certificate(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    pair
}

fn server_config(name: &str, asks_for_certificate: bool) -> Arc<ServerConfig> {
    let (certificate, key) = made(name);
    let provider = Arc::new(ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
    let builder = match asks_for_certificate {
        true => builder.with_client_cert_verifier(verifier),
        false => builder.with_no_client_auth(),
    };
    Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
}

/// A stream after its handshake, and a thread that goes on with the server's side, after the handshake if that succeeds.
fn connected<T: Send + 'static>(
    config: Arc<ServerConfig>,
    serve: impl FnOnce(ServerConnection, StdStream) -> T + Send + 'static,
) -> (Stream, JoinHandle<T>) {
    let (stream, server) = try_connected(config, serve);
    (stream.unwrap(), server)
}

fn try_connected<T: Send + 'static>(
    config: Arc<ServerConfig>,
    serve: impl FnOnce(ServerConnection, StdStream) -> T + Send + 'static,
) -> (Result<Stream>, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut tcp, mut connection) = (listener.accept().unwrap().0, ServerConnection::new(config).unwrap());
        let _ = connection.complete_io(&mut tcp);
        serve(connection, tcp)
    });
    let tcp = StdStream::connect(address).unwrap();
    SockRef::from(&tcp).set_send_buffer_size(4096).unwrap();
    tcp.set_nonblocking(true).unwrap();
    let mut options = crate::options::Options::default();
    options.tls.verify = false;
    let address = Address::parse(&format!("wss://{address}")).unwrap();
    let secured = async {
        let tcp = Arc::new(Tcp::new(TcpStream::from_std(tcp).unwrap()).unwrap());
        secure(tcp, settings(&options.tls).unwrap(), &address, &options).await
    };
    (runtime().block_on(secured), server)
}

/// One for all tests: streams belong to it.
fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

fn would_block<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Reads to the end, once it is told to.
fn late_reader() -> (Sender<()>, impl FnOnce(ServerConnection, StdStream) -> io::Result<usize>) {
    let (go, told) = channel();
    let read = move |connection, tcp| {
        told.recv().unwrap();
        rustls::StreamOwned::new(connection, tcp).read_to_end(&mut Vec::new())
    };
    (go, read)
}

#[test]
fn what_waits_in_tls_is_known_to_wait_and_nothing_is_lost() {
    let (go, read) = late_reader();
    let (mut stream, server) = connected(server_config("waits", false), read);
    let mut sent = 0;
    while !would_block(&stream.flush()) {
        sent += stream.write(&[7; 1000]).unwrap();
    }
    assert!(stream.is_blocked());
    assert!(would_block(&stream.write(&[7; 1000])), "TLS must not take more while something waits in it");
    go.send(()).unwrap();
    while would_block(&stream.flush()) {
        runtime().block_on(stream.ready()).unwrap();
    }
    assert!(!stream.is_blocked());
    stream.end();
    assert_eq!(server.join().unwrap().unwrap(), sent);
}

#[test]
fn an_end_without_goodbye_is_told_from_one_with_it() {
    for says_goodbye in [true, false] {
        let (mut stream, server) =
            connected(server_config(&format!("goodbye-{says_goodbye}"), false), move |mut connection, mut tcp| {
                if says_goodbye {
                    connection.send_close_notify();
                    connection.complete_io(&mut tcp).unwrap();
                }
            });
        server.join().unwrap();
        let end = loop {
            match stream.read(&mut [0; 100]) {
                blocked if would_block(&blocked) => runtime().block_on(stream.ready()).unwrap(),
                end => break end,
            }
        };
        match says_goodbye {
            true => assert_eq!(end.unwrap(), 0),
            false => assert!(end.unwrap_err().to_string().contains("close_notify")),
        }
    }
}

#[test]
fn a_server_that_refuses_after_the_handshake_is_heard_though_it_has_hung_up() {
    let (mut stream, server) = connected(server_config("refuses", true), |_, tcp| {
        SockRef::from(&tcp).set_linger(Some(Duration::ZERO)).unwrap();
    });
    server.join().unwrap();
    let error = loop {
        match stream.write(b"GET / HTTP/1.1\r\n") {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => break error,
            _ => {}
        }
    };
    assert!(is_error(&error), "{error:?}");
    let told = explain("h", &error, Side::Engine(&crate::options::Options::default().tls));
    assert!(told.message().contains("wants a client certificate"), "{told}");
}

#[test]
fn a_certificate_that_anybody_may_show_must_still_be_the_servers_own() {
    for (version, name) in [(&rustls::version::TLS12, "stolen-12"), (&rustls::version::TLS13, "stolen-13")] {
        let ((certificate, _), (_, key)) = (made(&format!("{name}-a")), made(&format!("{name}-b")));
        let key = ring::default_provider().key_provider.load_private_key(key).unwrap();
        let stolen = rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::new(vec![certificate], key));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(stolen));
        let (stream, server) = try_connected(Arc::new(config), |_, _| {});
        server.join().unwrap();
        assert_eq!(stream.unwrap_err().code(), Code::Tls);
    }
}
