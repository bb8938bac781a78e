//! The one process-wide tokio runtime: one I/O thread, started when it is first needed, ended when nobody holds it.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

use crate::error::{Code, Error, Result};
use crate::fork::{self, PerProcess};
use crate::wait::{Deadline, Promise, lock};

/// How many times this process was shut down.
static SHUTDOWNS: AtomicU32 = AtomicU32::new(0);

static STATE: PerProcess<Mutex<State>> = PerProcess::new(Mutex::new(State::new()), || Mutex::new(State::new()));

/// How many name lookups may be under way. Those that were given up go on until the system's resolver gives up too, and
/// must not keep others waiting.
const MOST_LOOKUPS: usize = 64;
/// How long a name lookup, which nothing can break off, may hold up the end of the I/O thread.
const LOOKUP_PATIENCE: Duration = Duration::from_millis(200);

thread_local! {
    static ON_IO_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// What `shutdown` has to end: connections and queues that a thread may be waiting at.
pub trait Member: Send + Sync {
    /// Ends every wait with `PIE_E_CLOSED`; does not wait itself.
    fn shut_down(&self);
}

struct State {
    runtime: Weak<Runtime>,
    threads: Vec<IoThread>,
    /// The threads that a shutdown ends.
    ending: Vec<IoThread>,
    members: Vec<Weak<dyn Member>>,
    prune_at: usize,
}

struct IoThread {
    stop: Arc<Notify>,
    ended: Arc<Promise<()>>,
    join: JoinHandle<()>,
}

impl IoThread {
    /// To be called when it has ended: nothing of it is left afterwards.
    fn join(self) {
        // A panic of the I/O thread has been told to its connections already.
        let _ = self.join.join();
    }
}

/// Keeps the I/O thread alive.
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    stop: Arc<Notify>,
}

/// Which life and which shutdown a handle was made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    forks: u32,
    shutdowns: u32,
}

impl Birth {
    /// Of what is made now.
    pub fn now() -> Self {
        Self { forks: fork::count(), shutdowns: SHUTDOWNS.load(Ordering::Acquire) }
    }

    /// Whether what was born then belongs to a parent process.
    pub fn is_inherited(self) -> bool {
        self.forks != fork::count()
    }

    /// Refuses what a parent process made, and what was made before a shutdown.
    pub fn check(self) -> Result<()> {
        if self.is_inherited() {
            Err(Error::new(Code::Forked, "the handle was made before fork; make a new one in the child process"))
        } else if self.shutdowns != SHUTDOWNS.load(Ordering::Acquire) {
            Err(Error::new(Code::Closed, "the handle was made before pie_shutdown; free it and make a new one"))
        } else {
            Ok(())
        }
    }
}

impl State {
    const fn new() -> Self {
        Self { runtime: Weak::new(), threads: Vec::new(), ending: Vec::new(), members: Vec::new(), prune_at: 64 }
    }
}

fn state() -> MutexGuard<'static, State> {
    lock(STATE.get())
}

impl Runtime {
    /// The running runtime, or a new one.
    pub fn acquire() -> Result<Arc<Self>> {
        let mut state = self::state();
        if let Some(running) = state.runtime.upgrade() {
            return Ok(running);
        }
        let (runtime, thread) = start()?;
        let (over, running): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.threads).into_iter().partition(|thread| thread.join.is_finished());
        state.threads = running;
        over.into_iter().for_each(IoThread::join);
        state.threads.push(thread);
        state.runtime = Arc::downgrade(&runtime);
        Ok(runtime)
    }

    /// Where tasks are started.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

/// Has `shutdown` end this too.
pub fn enroll(member: Weak<dyn Member>) {
    let mut state = self::state();
    if state.members.len() >= state.prune_at {
        state.members.retain(|member| member.strong_count() > 0);
        state.prune_at = 64.max(2 * state.members.len());
    }
    state.members.push(member);
}

/// Ends every member and every thread; what was made before it is closed from its start on.
pub fn shutdown(deadline: Deadline) -> Result<()> {
    let mut state = self::state();
    if ON_IO_THREAD.get() {
        return Err(Error::new(Code::WouldDeadlock, "pie_shutdown waits for the thread that it was called on"));
    }
    SHUTDOWNS.fetch_add(1, Ordering::AcqRel);
    let members = std::mem::take(&mut state.members);
    state.runtime = Weak::new();
    let threads = std::mem::take(&mut state.threads);
    let stops: Vec<_> = threads.iter().map(|thread| Arc::clone(&thread.stop)).collect();
    state.ending.extend(threads);
    drop(state);
    for member in members.iter().filter_map(Weak::upgrade) {
        member.shut_down();
    }
    for stop in stops {
        stop.notify_one();
    }
    join_threads(deadline)
}

fn join_threads(deadline: Deadline) -> Result<()> {
    loop {
        let Some(ended) = state().ending.last().map(|thread| Arc::clone(&thread.ended)) else {
            return Ok(());
        };
        if ended.wait(deadline).is_none() {
            return Err(Error::new(Code::TimedOut, "pie_shutdown: the I/O thread has not ended yet; call it again"));
        }
        ended.keep(());
        let finished = state().ending.pop_if(|thread| Arc::ptr_eq(&thread.ended, &ended));
        finished.into_iter().for_each(IoThread::join);
    }
}

/// Starts the I/O thread. The runtime is made there: making it leaves its marks in the storage of the thread it is made on.
fn start() -> Result<(Arc<Runtime>, IoThread)> {
    let (stop, started, ended) = (Arc::new(Notify::new()), Promise::new(), Promise::new());
    let (asked, begins, ends) = (Arc::clone(&stop), Arc::clone(&started), Arc::clone(&ended));
    let body = move || {
        ON_IO_THREAD.set(true);
        let tokio = build();
        begins.keep(tokio.as_ref().map(|tokio| tokio.handle().clone()).map_err(failed));
        if let Ok(tokio) = tokio {
            tokio.block_on(asked.notified());
            tokio.shutdown_timeout(LOOKUP_PATIENCE);
        }
        ends.keep(());
    };
    let spawn = || thread::Builder::new().name("pie-io".into()).spawn(body);
    let join = with_signals_blocked(spawn).map_err(|error| failed(&error))?;
    let handle = started.wait(Deadline::Never).unwrap_or_else(|| Err(failed(&io::ErrorKind::Other.into())))?;
    Ok((Arc::new(Runtime { handle, stop: Arc::clone(&stop) }), IoThread { stop, ended, join }))
}

fn build() -> io::Result<tokio::runtime::Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_io().enable_time();
    builder
        .max_blocking_threads(MOST_LOOKUPS)
        .thread_keep_alive(Duration::from_secs(1))
        .thread_name("pie-resolve")
        .build()
}

fn failed(error: &io::Error) -> Error {
    Error::new(Code::Internal, format!("the I/O thread could not be started: {error}"))
}

/// A thread inherits its creator's signal mask, so the host's signals never arrive on a thread of the library.
#[cfg(unix)]
fn with_signals_blocked<T>(spawn: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, SigmaskHow};
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK);
    let spawned = spawn();
    if let Ok(before) = before {
        // Only an invalid `how` can fail.
        let _ = before.thread_set_mask();
    }
    spawned
}

#[cfg(not(unix))]
fn with_signals_blocked<T>(spawn: impl FnOnce() -> T) -> T {
    spawn()
}
