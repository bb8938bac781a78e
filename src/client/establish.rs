//! From an address to an open WebSocket, and what kind of engine is at the other end.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::options::Options;
use crate::transport::{Address, Frame, Look, Reader, Refusal, Rest, UNBOUNDED, open};
use crate::wait::Deadline;
use crate::wire::{Generation, Incoming, Request, decode_binary, decode_text};

/// How long an engine that answers neither probe may stay silent before it is taken for one that ignores them.
const PROBE_TIME: Duration = Duration::from_millis(1500);
/// The path that gateways serve.
const GATEWAY_PATH: &str = "/v1/ws";
/// The correlation ids of the probes.
const PING_ID: u32 = 1;
const PROVE_ID: u32 = 2;

/// Connects within a time limit, and finds out the generation.
pub(super) async fn establish_within(
    deadline: Deadline,
    address: &Address,
    options: &Options,
) -> Result<(Reader, Generation)> {
    let step = Step(AtomicU8::new(0));
    let established = timed(deadline, establish(address, options, &step)).await;
    established.unwrap_or_else(|| Err(step.too_late(address)))
}

async fn establish(address: &Address, options: &Options, step: &Step) -> Result<(Reader, Generation)> {
    let given_no_path = address.path() == "/";
    let connected = || step.reach(1);
    if let Some(generation) = options.generation {
        let path = generation.path().filter(|_| given_no_path);
        let address = path.map_or_else(|| address.clone(), |path| address.with_path(path));
        return Ok((open(&address, options, connected).await?, generation));
    }
    let reader = match open(address, options, connected).await {
        // A gateway serves one path only, and may still be booting: it answers nothing then.
        Err(Refusal::Http(401 | 404, _)) if given_no_path => {
            let reader = open(&address.with_path(GATEWAY_PATH), options, connected).await?;
            return Ok((reader, Generation::G2));
        }
        other => other?,
    };
    step.reach(2);
    // A 0.4 engine answers the second probe at once, unless it is no 0.4 engine that was reached under this path.
    let silent = if address.path().ends_with(GATEWAY_PATH) { Generation::G2 } else { Generation::G1 };
    let generation = tokio::time::timeout(PROBE_TIME, probe(&reader)).await.unwrap_or(Ok(silent))?;
    Ok((reader, generation))
}

/// Asks two questions that every engine survives: 0.5 answers the ping without a login and refuses the signature as
/// `Already authenticated`; 0.4 ignores the ping and refuses the signature for want of a challenge.
async fn probe(reader: &Reader) -> Result<Generation> {
    for (id, request) in [(PING_ID, Request::Ping), (PROVE_ID, Request::AuthProve { signature: "" })] {
        reader.socket().send(Generation::G1.encode(id, &request)?, UNBOUNDED)?;
    }
    loop {
        reader.look_for_end();
        reader.flush()?;
        let look = reader.turn(true).map_or_else(|| Ok(Look::default()), |mut turn| turn.look());
        let look = look.map_err(|error| error.of("while finding out the engine's generation"))?;
        if let Some(generation) = look.frame.as_ref().and_then(tells_generation) {
            return Ok(generation);
        } else if look.rest == Rest::Away {
            reader.ready().await?;
        } else {
            // An engine that never stops talking must not keep the time limit from coming.
            tokio::task::yield_now().await;
        }
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

/// How far connecting has come.
struct Step(AtomicU8);

impl Step {
    /// What is waited for at each step.
    const WAITED_FOR: [&str; 3] = [
        "its name was not looked up, or no TCP connection came about,",
        "the WebSocket handshake was not answered",
        "the engine's generation was not found out",
    ];

    fn reach(&self, step: u8) {
        self.0.store(step, Ordering::Relaxed);
    }

    fn too_late(&self, address: &Address) -> Error {
        let waited_for = match self.0.load(Ordering::Relaxed) {
            1 if address.is_tls() => "the handshake of TLS, or of the WebSocket in it, was not answered",
            step => Self::WAITED_FOR[usize::from(step)],
        };
        let text = format!("{}: {waited_for} within the time limit; is a Pie engine running there?", address.shown());
        Error::new(Code::TimedOut, text)
    }
}

/// On the I/O thread alone, which has the clock.
pub(super) async fn timed<T>(deadline: Deadline, future: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Deadline::Never => Some(future.await),
        Deadline::Past => None,
        Deadline::At(end) => tokio::time::timeout_at(end.into(), future).await.ok(),
    }
}
