//! The threads of the library: the one I/O thread with the process-wide tokio runtime, started when it is first needed,
//! ended when nobody holds it; and the threads that run callbacks.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

use crate::error::{Code, Error, Result};
use crate::fork::{self, PerProcess};
use crate::wait::{Deadline, Gate, Promise, lock};

/// How many times this process was shut down.
static SHUTDOWNS: AtomicU32 = AtomicU32::new(0);

static STATE: PerProcess<Mutex<State>> = PerProcess::new(Mutex::new(State::new()), || Mutex::new(State::new()));

/// How many name lookups, and how many parts of asynchronous calls that wait for files or computing, may be under way.
/// Lookups that were given up go on until the system's resolver gives up too, and must not keep others waiting.
const MOST_HELPERS: usize = 64;
/// How long a name lookup, which nothing can break off, may hold up the end of the I/O thread.
const LOOKUP_PATIENCE: Duration = Duration::from_millis(200);

thread_local! {
    static ON_IO_THREAD: Cell<bool> = const { Cell::new(false) };
    static FIRST_LOOK: Cell<bool> = const { Cell::new(false) };
    static HERE: u8 = const { 0 };
}

/// What `shutdown` has to end: connections and queues that a thread may be waiting at.
pub trait Member: Send + Sync {
    /// Ends every wait with `PIE_E_CLOSED`; does not wait itself.
    fn shut_down(&self);

    /// Whether the thread that asks is inside a callback of its.
    fn runs_here(&self) -> bool {
        false
    }

    /// Has its callback take what waits, and removes it; tells whether that was done in time.
    fn remove_callback(&self, _deadline: Deadline) -> bool {
        true
    }

    /// Whether the thread that asks has to come back before all of this owner is delivered.
    fn owes_here(&self, _owner: Owner) -> bool {
        false
    }

    /// Whether a thread of the library has taken, in time, all that waits for it of this owner.
    fn has_delivered(&self, _owner: Owner, _deadline: Deadline) -> bool {
        true
    }
}

/// Whose events: a number for each connection.
pub type Owner = u64;

/// What waits for a helper thread, and gets nothing if that was not wanted any more.
type JoinHelper<T> = tokio::task::JoinHandle<Option<T>>;

struct State {
    runtime: Weak<Runtime>,
    threads: Vec<Worker>,
    members: Vec<Weak<dyn Member>>,
    prune_at: usize,
    /// What a shutdown has begun to end.
    ending: Ending,
}

#[derive(Default)]
struct Ending {
    threads: Vec<Worker>,
    members: Vec<Weak<dyn Member>>,
}

struct Worker {
    ended: Arc<Gate>,
    /// Ends it, if it is an I/O thread.
    stop: Option<Arc<Notify>>,
    join: JoinHandle<()>,
}

impl Worker {
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
    starter: Arc<Starter>,
}

/// Tasks that other threads have begun. They are handed over together: for each task that tokio is given by another thread
/// it wakes the I/O thread with a system call.
struct Starter {
    /// `None` = the I/O thread takes no more.
    tasks: Mutex<Option<Vec<Task>>>,
    begun: Notify,
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

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
        let ending = Ending { threads: Vec::new(), members: Vec::new() };
        Self { runtime: Weak::new(), threads: Vec::new(), members: Vec::new(), prune_at: 64, ending }
    }

    /// Keeps a thread, and lets go of those that have ended.
    fn add(&mut self, thread: Worker) {
        let (over, running) =
            std::mem::take(&mut self.threads).into_iter().partition(|thread: &Worker| thread.join.is_finished());
        self.threads = running;
        self.threads.push(thread);
        let over: Vec<_> = over;
        over.into_iter().for_each(Worker::join);
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
        state.add(thread);
        state.runtime = Arc::downgrade(&runtime);
        Ok(runtime)
    }

    /// Where tasks are started.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Has the I/O thread do something. After a shutdown it is dropped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.starter.tasks);
        let Some(begun) = tasks.as_mut() else { return drop(tasks) };
        begun.push(Box::pin(task));
        drop(tasks);
        // Not a system call but for the first of several.
        self.starter.begun.notify_one();
    }
}

impl Starter {
    async fn run(&self) {
        loop {
            self.begun.notified().await;
            let begun = lock(&self.tasks).as_mut().map(std::mem::take);
            begun.into_iter().flatten().for_each(|task| drop(tokio::spawn(task)));
        }
    }

    fn end(&self) {
        // What their ends have called may want the lock.
        let never_begun = lock(&self.tasks).take();
        drop(never_begun);
    }
}

impl fmt::Debug for Starter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Starter")
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

/// Starts a thread that runs callbacks.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut state = self::state();
    let thread = spawn_worker(name, None, body).map_err(|error| Error::no_thread("a thread for callbacks", &error))?;
    state.add(thread);
    Ok(())
}

/// All that may have callbacks, those that a shutdown has not done with included.
pub fn members() -> Vec<Arc<dyn Member>> {
    let state = state();
    state.members.iter().chain(&state.ending.members).filter_map(Weak::upgrade).collect()
}

/// Whether this is the I/O thread.
pub fn on_io_thread() -> bool {
    ON_IO_THREAD.get()
}

/// What tells this thread from the others that live. Asking the standard library would leave a handle behind on it.
pub fn this_thread() -> usize {
    HERE.with(|here| std::ptr::from_ref(here).addr())
}

/// Looks at a future on a host's thread for the first time, where nothing may take long.
pub fn first_look<T>(look: impl FnOnce() -> T) -> T {
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            FIRST_LOOK.set(false);
        }
    }
    let _over = Over;
    FIRST_LOOK.set(true);
    look()
}

/// Whether a future is being looked at on a host's thread for the first time.
pub fn is_first_look() -> bool {
    FIRST_LOOK.get()
}

/// Where the first look at a future ends: what follows takes long, or is an engine's doing and no failure on the spot.
pub async fn after_first_look() {
    poll_fn(|_| if is_first_look() { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// Does what takes long: on a thread beside the I/O thread, or on this one if it is a host's, which waits anyhow.
pub async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    after_first_look().await;
    if !on_io_thread() {
        return Ok(work());
    }
    match help(work)?.await {
        Ok(Some(done)) => Ok(done),
        Err(error) if error.is_panic() => {
            Err(Error::new(Code::Internal, "a defect of the library ended the call; please report it"))
        }
        _ => Err(Error::new(Code::Closed, "the library was shut down meanwhile")),
    }
}

/// Has a helper thread do something. Where no thread can be started, tokio panics, and keeps the work for the next one.
fn help<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHelper<T>> {
    let is_wanted = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&is_wanted);
    let begin = || tokio::task::spawn_blocking(move || asked.load(Ordering::Acquire).then(work));
    catch_unwind(AssertUnwindSafe(begin)).map_err(|panic| {
        is_wanted.store(false, Ordering::Release);
        let why = panic.downcast_ref::<String>().map_or("the system has no more threads", String::as_str);
        Error::no_thread("a helper thread", &why)
    })
}

/// Ends every member and every thread; what was made before it is closed from its start on.
pub fn shutdown(deadline: Deadline) -> Result<()> {
    if on_io_thread() || members().iter().any(|member| member.runs_here()) {
        return Err(Error::new(Code::WouldDeadlock, "pie_shutdown waits for the callback that it was called from"));
    }
    let mut state = self::state();
    SHUTDOWNS.fetch_add(1, Ordering::AcqRel);
    let members = std::mem::take(&mut state.members);
    state.runtime = Weak::new();
    let threads = std::mem::take(&mut state.threads);
    let stops: Vec<_> = threads.iter().filter_map(|thread| thread.stop.clone()).collect();
    state.ending.threads.extend(threads);
    state.ending.members.extend(members.iter().cloned());
    drop(state);
    for member in members.iter().filter_map(Weak::upgrade) {
        member.shut_down();
    }
    for stop in stops {
        stop.notify_one();
    }
    // In this order: what the I/O thread tells at its end is for the callbacks, which their threads end with.
    join_threads(deadline, |thread| thread.stop.is_some())?;
    remove_callbacks(deadline)?;
    join_threads(deadline, |_| true)
}

fn remove_callbacks(deadline: Deadline) -> Result<()> {
    loop {
        let Some(member) = state().ending.members.pop() else { return Ok(()) };
        if member.upgrade().is_some_and(|member| !member.remove_callback(deadline)) {
            state().ending.members.push(member);
            return Err(not_yet());
        }
    }
}

fn join_threads(deadline: Deadline, which: impl Fn(&Worker) -> bool) -> Result<()> {
    loop {
        let Some(ended) = state().ending.threads.iter().rfind(|thread| which(thread)).map(|it| Arc::clone(&it.ended))
        else {
            return Ok(());
        };
        if !ended.wait(deadline) {
            return Err(not_yet());
        }
        let mut state = state();
        let at = state.ending.threads.iter().position(|thread| Arc::ptr_eq(&thread.ended, &ended));
        let thread = at.map(|at| state.ending.threads.remove(at));
        drop(state);
        thread.into_iter().for_each(Worker::join);
    }
}

fn not_yet() -> Error {
    Error::new(Code::TimedOut, "pie_shutdown: a thread of the library has not ended yet; call it again")
}

/// Starts the I/O thread. The runtime is made there: making it leaves its marks in the storage of the thread it is made on.
fn start() -> Result<(Arc<Runtime>, Worker)> {
    let (stop, started) = (Arc::new(Notify::new()), Promise::new());
    let (asked, begins) = (Arc::clone(&stop), Arc::clone(&started));
    let starter = Arc::new(Starter { tasks: Mutex::new(Some(Vec::new())), begun: Notify::new() });
    let starts = Arc::clone(&starter);
    let body = move || {
        ON_IO_THREAD.set(true);
        let tokio = build();
        begins.keep(tokio.as_ref().map(|tokio| tokio.handle().clone()).map_err(failed));
        if let Ok(tokio) = tokio {
            tokio.block_on(async {
                tokio::select! {
                    () = asked.notified() => {}
                    () = starts.run() => {}
                }
            });
            starts.end();
            tokio.shutdown_timeout(LOOKUP_PATIENCE);
        }
    };
    let thread = spawn_worker("pie-io", Some(Arc::clone(&stop)), body)
        .map_err(|error| Error::no_thread("the I/O thread", &error))?;
    let handle = started.wait(Deadline::Never).unwrap_or_else(|| Err(failed(&io::ErrorKind::Other.into())))?;
    Ok((Arc::new(Runtime { handle, stop, starter }), thread))
}

fn spawn_worker(name: &str, stop: Option<Arc<Notify>>, body: impl FnOnce() + Send + 'static) -> io::Result<Worker> {
    let ended = Arc::new(Gate::default());
    let ends = Arc::clone(&ended);
    let spawn = || {
        thread::Builder::new().name(name.into()).spawn(move || {
            let _ends = Opens(ends);
            body();
        })
    };
    Ok(Worker { ended, stop, join: with_signals_blocked(spawn)? })
}

/// Opens a gate at its end, also after a panic.
struct Opens(Arc<Gate>);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn build() -> io::Result<tokio::runtime::Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_io().enable_time();
    builder.max_blocking_threads(MOST_HELPERS).thread_keep_alive(Duration::from_secs(1)).thread_name("pie-helper");
    #[cfg(unix)]
    return crate::descriptors::make_above_standard(|| builder.build());
    #[cfg(not(unix))]
    builder.build()
}

fn failed(error: &io::Error) -> Error {
    Error::io("the I/O thread could not be started", error)
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
