//! Making a lost connection again: pauses between the attempts, the login, the names of MCP servers, the processes.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_core::{OsRng, RngCore};
use tokio::time::sleep;

use super::establish::establish_within;
use super::news::Attempt;
use super::reading::serve;
use super::{Connection, Process};
use crate::error::{Code, Error, Result};
use crate::options::Options;
use crate::transport::{Reader, Socket};
use crate::wait::Deadline;
use crate::wire::Request;

/// The longest pause before the first attempt; before each further one it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How long an attempt may take to connect, and how long what follows may take.
const ATTEMPT_TIME: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 20_000 });
/// A connection that has held for so long is no part of a series of failures.
const STABLE: Duration = Duration::from_secs(10);

/// Serves a connection, and where the options say so those that come after it, until there is no further one.
pub(super) async fn live(connection: &Arc<Connection>, reader: Reader) {
    let mut backoff = Backoff::new(&connection.options);
    let mut reader = reader;
    loop {
        let began = Instant::now();
        let why = serve(connection, &reader).await;
        // The reason is told before the socket goes: who finds that gone looks for it.
        if !(connection.options.reconnect && connection.lose(&why)) {
            return connection.finish(&why);
        }
        drop(reader);
        backoff.note_life(began.elapsed());
        match make_again(connection, &mut backoff).await {
            Ok(next) => reader = next,
            Err(given_up) => return connection.finish(&given_up),
        }
    }
}

/// Tries until the connection is there again, with all that can be had again.
async fn make_again(connection: &Arc<Connection>, backoff: &mut Backoff) -> Result<Reader> {
    let most = connection.options.reconnect_max_attempts;
    let mut attempt = Attempt { number: 1, most };
    loop {
        sleep(backoff.next()).await;
        let failure = match try_once(connection).await {
            Ok(reader) => {
                connection.come_up(attempt);
                return Ok(reader);
            }
            Err(failure) => failure,
        };
        connection.lose_attempt(attempt, &failure);
        let is_refused = failure.code() == Code::Auth;
        if attempt.number >= most || is_refused {
            return Err(given_up(attempt, &failure));
        }
        attempt.number += 1;
    }
}

fn given_up(attempt: Attempt, failure: &Error) -> Error {
    let text = format!(
        "the connection was lost and could not be made again (attempt {} of {}): {}",
        attempt.number,
        attempt.most,
        failure.message()
    );
    Error::new(Code::Disconnected, text)
}

async fn try_once(connection: &Arc<Connection>) -> Result<Reader> {
    let deadline = Deadline::after(ATTEMPT_TIME);
    let (reader, generation) = establish_within(deadline, &connection.address, &connection.options).await?;
    if generation != connection.generation {
        let (was, is) = (connection.generation.name(), generation.name());
        let text = format!("an engine of another generation answers now ({is}, not {was}); make a new client");
        return Err(Error::new(Code::Connect, text));
    }
    let processes = connection.begin_restoring(&reader)?;
    let restored = tokio::select! {
        biased;
        why = serve(connection, &reader) => Err(why),
        restored = restore(connection, reader.socket(), &processes) => restored,
        () = patience(connection) => Err(unanswered()),
    };
    restored.map(|()| reader)
}

fn unanswered() -> Error {
    Error::new(Code::TimedOut, "the engine did not answer in time what restores the login, MCP servers and processes")
}

/// Ends when the engine has had its time for all that restores.
async fn patience(connection: &Connection) {
    unpaused(connection, ATTEMPT_TIME).await;
}

/// Ends when the engine has had its time for giving processes back: one that it never answers about must not cost the others.
async fn silence(connection: &Connection) {
    unpaused(connection, ATTEMPT_TIME / 2).await;
}

/// Waits so long; in a pause, when answers are not read, as long again.
async fn unpaused(connection: &Connection, time: Duration) {
    sleep(time).await;
    while connection.is_paused() {
        sleep(time).await;
    }
}

/// Has the engine know again what it knew of this client.
async fn restore(connection: &Arc<Connection>, socket: &Arc<Socket>, processes: &[Arc<Process>]) -> Result<()> {
    let deadline = Deadline::Never;
    connection.login_again(socket, deadline).await?;
    connection.attach_again(socket, processes, deadline).await
}

impl Connection {
    /// Attaches those again that ran when the connection was lost. The stream of one that the engine refuses ends.
    async fn attach_again(
        self: &Arc<Self>,
        socket: &Arc<Socket>,
        processes: &[Arc<Process>],
        deadline: Deadline,
    ) -> Result<()> {
        let mut asked = Vec::new();
        for process in processes {
            let process_id = process.id().to_str().unwrap_or_default();
            // Its route is there already, so no event that follows the answer can come too early.
            asked.push(self.ask_on(socket, &Request::AttachProcess { process_id }, deadline).await);
        }
        let (mut silence, mut is_silent) = (pin!(silence(self)), false);
        let unanswered = || Err(Error::new(Code::TimedOut, "the engine does not answer"));
        for (process, asked) in processes.iter().zip(asked) {
            let answer = match asked {
                Ok(mut asked) if is_silent => asked.poll().unwrap_or_else(unanswered),
                Ok(asked) => tokio::select! {
                    biased;
                    answer = asked.answer(deadline) => answer,
                    () = &mut silence => {
                        is_silent = true;
                        unanswered()
                    }
                },
                Err(error) => Err(error),
            };
            match answer {
                Err(error) if matches!(error.code(), Code::Disconnected | Code::Closed) => return Err(error),
                Err(error) => self.let_go(process, &error),
                Ok(_) => {
                    process.is_given_back();
                    log::info!("process {} is attached again", process.id().to_string_lossy());
                }
            }
        }
        Ok(())
    }

    /// The engine has not given a process back.
    fn let_go(&self, process: &Arc<Process>, refusal: &Error) {
        let text = format!(
            "the connection was lost and made again, but the process could not be attached again: {}",
            refusal.message()
        );
        self.cut(process, &Error::new(Code::Disconnected, text).for_good()).fire();
    }
}

/// The pauses between attempts: twice as long each time, and random by half, so that the clients of an engine that was
/// restarted do not all come at once.
struct Backoff {
    level: u32,
    longest: Duration,
}

impl Backoff {
    fn new(options: &Options) -> Self {
        Self { level: 0, longest: Duration::from_millis(options.reconnect_max_delay_ms) }
    }

    /// How long a connection has held.
    fn note_life(&mut self, life: Duration) {
        if life >= STABLE {
            self.level = 0;
        }
    }

    fn next(&mut self) -> Duration {
        let mut random = [0; 4];
        // Without random numbers the pause has its full length.
        let random = OsRng.try_fill_bytes(&mut random).map_or(u32::MAX, |()| u32::from_ne_bytes(random));
        let pause = self.pause(f64::from(random) / f64::from(u32::MAX));
        self.level = self.level.saturating_add(1);
        pause
    }

    /// `random` is from 0 to 1.
    fn pause(&self, random: f64) -> Duration {
        let full = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(self.level).unwrap_or(u32::MAX)).min(self.longest);
        full.mul_f64((1.0 + random) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(longest_ms: u64) -> Backoff {
        Backoff { level: 0, longest: Duration::from_millis(longest_ms) }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = backoff(30_000);
        let pauses: Vec<_> = (0..9)
            .map(|level| {
                backoff.level = level;
                backoff.pause(1.0).as_millis()
            })
            .collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        backoff.level = u32::MAX;
        assert_eq!(backoff.pause(1.0).as_millis(), 30_000);
    }

    #[test]
    fn a_pause_is_random_by_half() {
        let mut backoff = backoff(100);
        assert_eq!(backoff.pause(0.0).as_millis(), 50);
        let pauses: std::collections::HashSet<_> = (0..20).map(|_| backoff.next()).collect();
        assert!(pauses.len() > 10);
        assert!(pauses.iter().all(|pause| (50..=100).contains(&pause.as_millis())), "{pauses:?}");
    }

    #[test]
    fn only_a_connection_that_has_held_starts_anew() {
        let mut backoff = backoff(30_000);
        backoff.next();
        backoff.note_life(STABLE / 2);
        assert_eq!(backoff.level, 1);
        backoff.note_life(STABLE);
        assert_eq!(backoff.level, 0);
    }
}
