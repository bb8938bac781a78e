//! The bytes of a connection: the kernel's, or TLS over it, with the interface of tokio's stream. Faults that are about
//! TCP are about the bytes of TLS then.

use crate::config::Tls;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, RootCertStore, ServerConfig, ServerConnection};
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

pub struct Stream {
    tcp: TcpStream,
    tls: Option<Mutex<ServerConnection>>,
    /// How many bytes of TLS leave at a time.
    split: AtomicUsize,
}

impl Stream {
    /// Without TLS, or before its handshake.
    pub fn new(tcp: TcpStream, tls: Option<&Arc<ServerConfig>>) -> io::Result<Self> {
        let tls = tls.map(|config| ServerConnection::new(config.clone())).transpose().map_err(io::Error::other)?;
        Ok(Self { tcp, tls: tls.map(Mutex::new), split: AtomicUsize::new(usize::MAX) })
    }

    pub async fn shake_hands(&self) -> io::Result<()> {
        let Some(tls) = &self.tls else { return Ok(()) };
        while tls.lock().unwrap().is_handshaking() {
            self.flush().await?;
            self.tcp.readable().await?;
            let pulled = self.pull(&mut tls.lock().unwrap());
            match pulled {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        self.flush().await
    }

    pub fn split(&self, bytes: usize) {
        self.split.store(bytes, Ordering::Relaxed);
    }

    pub fn socket(&self) -> SockRef<'_> {
        SockRef::from(&self.tcp)
    }

    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.tcp.ready(interest).await
    }

    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.tcp.take_error()
    }

    /// What is decrypted already is read before the kernel says that there is nothing.
    pub async fn readable(&self) -> io::Result<()> {
        self.tcp.readable().await
    }

    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return self.tcp.try_read(buffer) };
        let mut tls = tls.lock().unwrap();
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.pull(&mut tls)?,
                read => return read,
            };
        }
    }

    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.tcp.writable().await?;
            match self.try_write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        self.flush().await
    }

    /// Ends the engine's side. TLS says so first, unless it is to look cut off.
    pub async fn finish(&self, says_so: bool) -> io::Result<()> {
        if let Some(tls) = &self.tls
            && says_so
        {
            tls.lock().unwrap().send_close_notify();
            self.flush().await?;
        }
        self.socket().shutdown(Shutdown::Write)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return self.tcp.try_write(bytes) };
        let mut tls = tls.lock().unwrap();
        self.push(&mut tls)?;
        tls.writer().write(bytes)
    }

    async fn flush(&self) -> io::Result<()> {
        let Some(tls) = &self.tls else { return Ok(()) };
        loop {
            let pushed = self.push(&mut tls.lock().unwrap());
            match pushed {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.tcp.writable().await?,
                pushed => return pushed,
            }
        }
    }

    fn push(&self, tls: &mut ServerConnection) -> io::Result<()> {
        while tls.wants_write() {
            tls.write_tls(&mut Raw(self))?;
        }
        Ok(())
    }

    fn pull(&self, tls: &mut ServerConnection) -> io::Result<usize> {
        let size = tls.read_tls(&mut Raw(self))?;
        let processed = tls.process_new_packets();
        // Alerts.
        let _ = self.push(tls);
        processed.map(|_| size).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

struct Raw<'a>(&'a Stream);

impl Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.tcp.try_read(buffer)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = bytes.len().min(self.0.split.load(Ordering::Relaxed));
        self.0.tcp.try_write(&bytes[..size])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn server_config(tls: &Tls) -> io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(provider(tls.no_aes));
    let versions = match tls.version.as_deref() {
        Some("1.2") => vec![&TLS12],
        Some("1.3") => vec![&TLS13],
        _ => vec![&TLS13, &TLS12],
    };
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions);
    let builder = builder.map_err(io::Error::other)?;
    let builder = match &tls.client_ca {
        Some(path) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(io::Error::other)?;
    let mut config = builder.with_single_cert(certificates(&tls.cert)?, key).map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Valgrind takes what the assembly of AES-GCM computes for uninitialised, and then all that was received with it.
fn provider(no_aes: bool) -> CryptoProvider {
    let mut provider = ring::default_provider();
    if no_aes {
        let chacha = [
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ];
        provider.cipher_suites.retain(|suite| chacha.contains(&suite.suite()));
    }
    provider
}

fn certificates(path: &std::path::Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).map_err(io::Error::other)?;
    read.collect::<Result<_, _>>().map_err(io::Error::other)
}
