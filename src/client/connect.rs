//! Connecting, and finding out what kind of engine is at the other end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::connection::{Client, Connection, run};
use crate::error::{Code, Error, Result};
use crate::options::Options;
use crate::runtime::{self, Member, Runtime};
use crate::transport::{Address, Frame, Reader, Refusal, Room, open};
use crate::wait::{Deadline, Promise, lock};
use crate::wire::{Generation, Incoming, Request, decode_binary, decode_text};

/// How long an engine that answers neither probe may stay silent before it is taken for one that ignores them.
const PROBE_TIME: Duration = Duration::from_millis(1500);
/// The correlation ids of the probes.
const PING_ID: u32 = 1;
const PROVE_ID: u32 = 2;

/// Connects to the engine at a URI.
pub fn connect(uri: &str, options: &Options, deadline: Deadline) -> Result<Client> {
    let address = Address::parse(uri)?;
    if deadline.is_over() {
        return Err(Error::new(Code::TimedOut, "pie_client_connect: the time limit was over before anything was sent"));
    }
    let shown = address.shown();
    let runtime = Runtime::acquire()?;
    let promise = Promise::new();
    let answer = Answer(Mutex::new(Some(Arc::clone(&promise))));
    let (options, handle) = (options.clone(), runtime.handle().clone());
    let task = handle.spawn(async move {
        let settled = match within(deadline, establish(&address, &options)).await {
            Some(Ok((reader, generation))) => Ok(start(reader, generation, &options, runtime)),
            Some(Err(error)) => Err(error),
            None => Err(too_late(&address)),
        };
        answer.give(settled);
    });
    // The task has the same limit and a better text; it is waited for a little longer.
    let patience = deadline.left().map_or(Deadline::Never, |left| Deadline::after(left + Duration::from_secs(1)));
    promise.wait(patience).unwrap_or_else(|| {
        task.abort();
        Err(Error::new(Code::TimedOut, format!("pie_client_connect: {shown} did not answer within the time limit")))
    })
}

fn too_late(address: &Address) -> Error {
    let text = format!(
        "{} did not complete the WebSocket handshake within the time limit; is it a Pie engine?",
        address.shown()
    );
    Error::new(Code::TimedOut, text)
}

async fn within<T>(deadline: Deadline, future: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Deadline::Never => Some(future.await),
        Deadline::At(end) => tokio::time::timeout_at(end.into(), future).await.ok(),
    }
}

/// Answers the connecting thread, at the latest when the runtime drops the task.
struct Answer(Mutex<Option<Arc<Promise<Result<Client>>>>>);

impl Answer {
    fn give(&self, answer: Result<Client>) {
        if let Some(promise) = lock(&self.0).take() {
            promise.keep(answer);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.give(Err(Error::new(Code::Closed, "pie_client_connect: the library was shut down meanwhile")));
    }
}

fn start(reader: Reader, generation: Generation, options: &Options, runtime: Arc<Runtime>) -> Client {
    let handle = runtime.handle().clone();
    let connection = Connection::new(&reader, generation, options, runtime);
    let member: Arc<dyn Member> = Arc::clone(&connection) as _;
    runtime::enroll(Arc::downgrade(&member));
    handle.spawn(run(Arc::clone(&connection), reader));
    log::info!("connected to an engine of generation {}", generation.name());
    Client::new(connection)
}

async fn establish(address: &Address, options: &Options) -> Result<(Reader, Generation)> {
    let given_no_path = address.path() == "/";
    if let Some(generation) = options.generation {
        let path = generation.path().filter(|_| given_no_path);
        let address = path.map_or_else(|| address.clone(), |path| address.with_path(path));
        return Ok((open(&address, options).await?, generation));
    }
    let reader = match open(address, options).await {
        // A gateway serves one path only.
        Err(Refusal::Http(401 | 404, _)) if given_no_path => open(&gateway_address(address), options).await,
        other => other,
    }?;
    let generation = tokio::time::timeout(PROBE_TIME, probe(&reader)).await.unwrap_or(Ok(Generation::G1))?;
    Ok((reader, generation))
}

fn gateway_address(address: &Address) -> Address {
    Generation::G2.path().map_or_else(|| address.clone(), |path| address.with_path(path))
}

/// Asks two questions that every engine survives: 0.5 answers the ping without a login and refuses the signature as
/// `Already authenticated`; 0.4 ignores the ping and refuses the signature for want of a challenge.
async fn probe(reader: &Reader) -> Result<Generation> {
    let room = Room { below: usize::MAX, until: Deadline::Never };
    for (id, request) in [(PING_ID, Request::Ping), (PROVE_ID, Request::AuthProve { signature: "" })] {
        reader.socket().send(Generation::G1.encode(id, &request)?, room)?;
    }
    loop {
        while let Some(frame) =
            reader.next_frame().map_err(|error| error.of("while finding out the engine's generation"))?
        {
            if let Some(generation) = tells_generation(&frame) {
                return Ok(generation);
            }
        }
        reader.ready().await?;
        reader.flush()?;
    }
}

fn tells_generation(frame: &Frame) -> Option<Generation> {
    match frame {
        Frame::Binary(bytes) => match decode_binary(bytes) {
            Incoming::Response { corr_id: PING_ID, ok: true, .. } => Some(Generation::G2),
            Incoming::Response { corr_id: PROVE_ID, result, .. } if result == "Already authenticated" => {
                Some(Generation::G2)
            }
            Incoming::Response { corr_id: PROVE_ID, .. } => Some(Generation::G1),
            _ => None,
        },
        Frame::Text(text) => {
            matches!(decode_text(text), Incoming::TurnDone | Incoming::Complaint(_)).then_some(Generation::G2)
        }
        Frame::Other => None,
    }
}
