//! From an address to an open WebSocket.

use std::sync::Arc;

use socket2::SockRef;
use tokio::net::TcpStream;
use tungstenite::error::ProtocolError;
use tungstenite::handshake::client::{ClientHandshake, Request, Response};
use tungstenite::handshake::{HandshakeError, MidHandshake};
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{ClientRequestBuilder, WebSocket};

use super::socket::Reader;
use super::stream::{READ_BYTES, Stream};
use super::tcp::Tcp;
use super::tls::Side;
use super::{Address, dial, tls};
use crate::error::{Code, Error, Result, remedy};
use crate::options::Options;
use crate::runtime::offload;

/// Room for the largest message that any engine takes (16 MiB); it also bounds the pongs that an engine does not read.
const WRITE_BUFFER_MAX_BYTES: usize = 17 << 20;

/// Why no WebSocket came about.
#[derive(Debug)]
pub enum Refusal {
    /// The server answered with this HTTP status.
    Http(u16, Error),
    /// Anything else.
    Other(Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Http(_, error) | Refusal::Other(error) => error,
        }
    }
}

/// Connects and does the WebSocket handshake. Takes as long as it takes: the caller sets the limit.
///
/// `on_connected` is called when there is a TCP connection.
pub async fn open(address: &Address, options: &Options, on_connected: impl FnOnce()) -> Result<Reader, Refusal> {
    let settings = settings(address, options).await.map_err(Refusal::Other)?;
    let tcp = connect(address).await.map_err(Refusal::Other)?;
    on_connected();
    let request = request(address, options).map_err(Refusal::Other)?;
    let limit = usize::try_from(options.max_message_bytes).unwrap_or(usize::MAX);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_MAX_BYTES)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let tcp = Arc::new(tcp);
    let stream = match settings {
        Some(settings) => tls::secure(Arc::clone(&tcp), settings, address, options).await.map_err(Refusal::Other)?,
        None => Stream::plain(Arc::clone(&tcp), options.max_message_bytes),
    };
    let begun = ClientHandshake::start(stream, request, Some(config));
    let begun = begun.map_err(|error| Refusal::Other(Error::argument(format!("uri: {error}"))))?;
    let websocket = upgrade(begun, address, options).await?;
    if address.is_tls() && !options.tls.verify {
        let text = "so the certificate was not checked: whoever sits between can read and change everything";
        log::warn!("{}: tls_verify is false, {text}", address.shown());
    }
    Ok(Reader::new(tcp, websocket))
}

/// What TLS needs, if the address wants it; read anew each time, so that renewed certificates are used.
async fn settings(address: &Address, options: &Options) -> Result<Option<tls::Settings>> {
    if !address.is_tls() {
        return Ok(None);
    }
    let options = options.tls.clone();
    offload(move || tls::settings(&options)).await?.map(Some)
}

async fn connect(address: &Address) -> Result<Tcp> {
    let refused = |error: std::io::Error| {
        let place = address.place();
        // Name lookups have no kind of error of their own.
        let is_lookup = error.to_string().starts_with("failed to lookup");
        let hint = if is_lookup { "is the host's name right?" } else { "is the engine running there?" };
        if let Some(told) = error.get_ref().and_then(|told| told.downcast_ref::<Error>()) {
            return told.clone().of(format_args!("no connection to {place}"));
        }
        match remedy(&error) {
            "" => Error::new(Code::Connect, format!("no connection to {place}: {error}; {hint}")),
            _ => Error::io(&format!("no connection to {place}"), &error),
        }
    };
    let tcp = dial(address.host(), address.port()).await.map_err(refused)?;
    // Small requests must not wait for the acknowledgement of the one before.
    tcp.set_nodelay(true).map_err(refused)?;
    // Without it, a host that dies silently is never noticed by an idle connection.
    SockRef::from(&tcp).set_keepalive(true).map_err(refused)?;
    keep_queue_short(&tcp);
    Tcp::new(tcp).map_err(refused)
}

/// What has not left yet waits with us, where its progress is seen, not with the kernel: behind megabytes on a slow line
/// a ping would wait longer than an engine has to answer it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn keep_queue_short(tcp: &TcpStream) {
    const UNSENT_BYTES: u32 = 128 << 10;
    if let Err(error) = SockRef::from(tcp).set_tcp_notsent_lowat(UNSENT_BYTES) {
        log::debug!("the kernel's queue stays as it is: {error}");
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn keep_queue_short(_: &TcpStream) {}

fn request(address: &Address, options: &Options) -> Result<Request> {
    let own = [("x-pie-identity", &*options.identity), ("user-agent", &*options.user_agent)];
    let further = options.headers.iter().map(|(name, value)| (&**name, &**value));
    let uri = address.uri().parse().map_err(|error| Error::argument(format!("uri: {error}")))?;
    let builder = ClientRequestBuilder::new(uri);
    let mut request = tungstenite::client::IntoClientRequest::into_client_request(builder)
        .map_err(|error| Error::argument(format!("uri: {error}")))?;
    for (name, value) in own.into_iter().chain(further) {
        let bad = |what: &dyn std::fmt::Display| {
            Error::argument(format!("options: the header {name} cannot be sent: {what}"))
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| bad(&error))?;
        request.headers_mut().insert(header, HeaderValue::from_str(value).map_err(|error| bad(&error))?);
    }
    Ok(request)
}

type Handshake = MidHandshake<ClientHandshake<Stream>>;

async fn upgrade(mut handshake: Handshake, address: &Address, options: &Options) -> Result<WebSocket<Stream>, Refusal> {
    loop {
        match handshake.handshake() {
            Ok((websocket, _)) => return Ok(websocket),
            Err(HandshakeError::Interrupted(unfinished)) => handshake = unfinished,
            Err(HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                return Err(refused(&response, address));
            }
            Err(HandshakeError::Failure(error)) => return Err(Refusal::Other(no_websocket(&error, address, options))),
        }
        let ready = handshake.get_mut().get_mut().ready().await;
        ready.map_err(|error| Refusal::Other(Error::new(Code::Connect, error.to_string())))?;
    }
}

fn no_websocket(error: &tungstenite::Error, address: &Address, options: &Options) -> Error {
    if let tungstenite::Error::Io(error) = error
        && tls::is_error(error)
    {
        return tls::explain(&address.place(), error, Side::Engine(&options.tls));
    }
    let hint = if address.is_tls() { "" } else { ", or does TLS have to be spoken there (wss://)" };
    let text = format!(
        "{} did not answer as a WebSocket server ({error}); is this the address of a Pie engine{hint}?",
        address.shown()
    );
    let error_told = Error::new(Code::Connect, text);
    if is_cut_off(error) { error_told } else { error_told.for_good() }
}

/// Whether it was not the answer that made no sense: an engine may just have ended, or not have begun.
fn is_cut_off(error: &tungstenite::Error) -> bool {
    use tungstenite::Error::{AlreadyClosed, ConnectionClosed, Io, Protocol};
    matches!(error, Io(_) | ConnectionClosed | AlreadyClosed | Protocol(ProtocolError::HandshakeIncomplete))
}

fn refused(response: &Response, address: &Address) -> Refusal {
    const SHOWN_BYTES: usize = 200;
    let status = response.status();
    let body = response.body().as_deref().unwrap_or_default();
    let body = String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES)]);
    let hint = match status.as_u16() {
        // As nginx says it.
        400 if body.contains("HTTPS port") => "TLS is spoken there: use wss://",
        400 if body.contains("SSL certificate") => {
            "set the options tls_client_cert_file and tls_client_key_file to a certificate that the server takes"
        }
        401 | 403 => "set the option identity (tenant/user) or the header that the server wants (option header.NAME)",
        404 => "is this the address and path of a Pie engine?",
        300..=399 => "redirects are not followed; use the address that it leads to",
        _ => "is this the address of a Pie engine, and is it well?",
    };
    let told = if body.trim().is_empty() { String::new() } else { format!(" ({})", body.trim()) };
    let location = response.headers().get("location").and_then(|to| to.to_str().ok());
    let location = location.map(|to| format!(" to {to}")).unwrap_or_default();
    let text = format!("{} answered HTTP {}{location}{told}; {hint}", address.shown(), status.as_u16());
    let error = Error::new(Code::Connect, text);
    Refusal::Http(status.as_u16(), if status.is_server_error() { error } else { error.for_good() })
}
