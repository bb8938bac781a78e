//! One question over HTTP/1.1: a connection, a GET, an answer of bounded size.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::portions::{HeadRoom, Portions};
use super::{MAX_BODY_BYTES, Progress, Url, broken, shortened, useless};
use crate::error::{Code, Error, Result};
use crate::transport::tls::Side;
use crate::transport::{dial, tls};

/// What a server answered.
#[derive(Debug)]
pub enum Answer {
    /// The thing itself.
    Body(Vec<u8>),
    /// Where to look for it.
    Elsewhere(String),
}

/// TCP with or without TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Gets what is at a URL, over TLS if there are settings for it. Takes as long as it takes: the caller sets the limit.
pub async fn get(url: &Url, tls: Option<Arc<ClientConfig>>, user_agent: &str, progress: &Progress) -> Result<Answer> {
    let room = HeadRoom::new();
    let stream = Portions::new(connect(url, tls, progress).await?, room.clone());
    progress.waits_for(format!("{url} did not answer"));
    let failed = |error| explain(url, &error);
    let (sender, connection) = Builder::new().handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // The connection does the work of both; when it ends first, the exchange is told so in its own words.
    let driven = async {
        let _ = connection.await;
        pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        answer = exchange(sender, url, user_agent, progress, &room) => answer,
        never = driven => match never {},
    }
}

async fn connect(url: &Url, tls: Option<Arc<ClientConfig>>, progress: &Progress) -> Result<Box<dyn Stream>> {
    let place = format!("{}:{}", shortened(url.host()), url.port());
    progress.waits_for(format!("the name of {place} was not looked up, or no TCP connection came about,"));
    let tcp = dial(url.host(), url.port()).await.map_err(|error| {
        Error::new(Code::Connect, format!("no connection to the registry at {place}: {error}; is registry_url right?"))
    })?;
    let Some(config) = tls else { return Ok(Box::new(tcp)) };
    progress.waits_for(format!("{place} did not finish the TLS handshake"));
    let host = ServerName::try_from(url.host().to_owned())
        .map_err(|_| Error::new(Code::Tls, format!("{place} has no name that a certificate can have")))?;
    let tls = TlsConnector::from(config).connect(host, tcp).await;
    Ok(Box::new(tls.map_err(|error| tls::explain(&place, &error, Side::Registry))?))
}

async fn exchange(
    mut sender: SendRequest<String>,
    url: &Url,
    user_agent: &str,
    progress: &Progress,
    room: &HeadRoom,
) -> Result<Answer> {
    let request = Request::get(url.target())
        .header(HOST, url.authority())
        .header(USER_AGENT, user_agent)
        .header(ACCEPT, "application/json")
        .header(ACCEPT_ENCODING, "identity")
        .header(CONNECTION, "close")
        .body(String::new())
        .map_err(|error| Error::new(Code::Internal, format!("GET {url} cannot be sent: {error}")))?;
    let response = sender.send_request(request).await.map_err(|error| explain(url, &error))?;
    room.lift();
    progress.waits_for(format!("the answer of {url} did not end"));
    if is_redirect(response.status()) {
        return location(&response).map(Answer::Elsewhere).ok_or_else(|| useless(url, "a redirect that leads nowhere"));
    }
    check(&response, url)?;
    read(response.into_body(), url).await.map(Answer::Body)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn location(response: &Response<Incoming>) -> Option<String> {
    response.headers().get(LOCATION)?.to_str().ok().map(str::to_owned)
}

/// Refuses what is not the answer to the question.
fn check(response: &Response<Incoming>, url: &Url) -> Result<()> {
    let status = response.status();
    match response.headers().get(CONTENT_ENCODING) {
        Some(encoding) if status == StatusCode::OK && encoding != "identity" => {
            let encoding = shortened(&String::from_utf8_lossy(encoding.as_bytes()));
            Err(useless(url, &format!("an answer packed as {encoding:?}, which was not asked for")))
        }
        _ if status == StatusCode::OK => Ok(()),
        _ if status == StatusCode::NOT_FOUND => {
            let text = format!("HTTP 404: the registry at {} has no inferlet of this name", shortened(url.authority()));
            Err(useless(url, &text))
        }
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(broken(url, &format!("HTTP {status}")))
        }
        _ => Err(useless(url, &format!("HTTP {status}; is this the address of a registry?"))),
    }
}

async fn read(mut body: Incoming, url: &Url) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|error| explain(url, &error))?.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BODY_BYTES {
            return Err(useless(url, &format!("an answer of more than {} MiB", MAX_BODY_BYTES >> 20)));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn explain(url: &Url, error: &hyper::Error) -> Error {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    broken(url, &format!("no whole HTTP answer ({error}{cause})"))
}
