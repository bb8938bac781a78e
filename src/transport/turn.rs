//! Whose turn it is to read a connection: its task on the I/O thread, or a thread that waits for an answer, which so has it
//! without another thread in between.
//!
//! While a thread waits at the socket, the kernel wakes that one alone. What it does not handle by itself, or does not come
//! to, is the task's again as soon as it leaves.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::socket::{Frame, Look, Rest, Socket};
use super::tcp::Tcp;
use crate::error::{Code, Error, Result};
use crate::wait::lock;

/// How long a thread waits at the socket: it may have been given its answer in another way.
pub const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 2000 } else { 5 });

/// Where the latest answer took less than this, a thread looks for the next one for so long before it sleeps: to be woken takes
/// as long as an engine on the same machine needs for the answer. Between the looks it lets others run.
const QUICK: Duration = Duration::from_micros(100);

/// The task reads, or is about to.
const BUSY: u8 = 0;
/// The task waits for the kernel's word, and all that came was handled.
const FREE: u8 = 1;
/// A thread waits at the socket.
const ATTENDED: u8 = 2;

/// What was read and is for the task to handle: a frame, or why the connection is over.
type Kept = Option<Result<Frame>>;

/// Who reads.
#[derive(Debug)]
pub(super) struct Turns {
    /// `BUSY`, `FREE` or `ATTENDED`.
    who: AtomicU8,
    /// Whether what a thread waited for latest came within `QUICK`.
    was_quick: AtomicBool,
    /// Locked by whoever reads, until it has handled what it read: so all is handled in the order in which it came.
    kept: Mutex<Kept>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { who: AtomicU8::new(BUSY), was_quick: AtomicBool::default(), kept: Mutex::default() }
    }
}

impl Turns {
    fn change(&self, from: u8, to: u8) -> std::result::Result<u8, u8> {
        self.who.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
    }

    /// The task waits for the kernel's word.
    pub(super) fn rest(&self) {
        // Otherwise a thread waits at the socket.
        let _ = self.change(BUSY, FREE);
    }

    /// The task is about to read, whoever waits at the socket.
    pub(super) fn take_back(&self) {
        self.who.store(BUSY, Ordering::SeqCst);
    }

    /// Whether the task is to read. If not, what came is left to the thread that waits at the socket.
    fn begin(&self, may_leave: bool) -> bool {
        let is_kept = self.kept.try_lock().is_ok_and(|kept| kept.is_some());
        if may_leave && !is_kept && self.who.load(Ordering::SeqCst) == ATTENDED {
            return false;
        }
        self.take_back();
        true
    }
}

/// A turn to read. Until it is over nobody else reads.
#[derive(Debug)]
pub struct Turn<'a> {
    socket: &'a Socket,
    kept: MutexGuard<'a, Kept>,
}

impl Turn<'_> {
    /// Looks for the next frame. An error ends the connection.
    pub fn look(&mut self) -> Result<Look> {
        match self.kept.take() {
            Some(kept) => kept.map(|frame| Look { frame: Some(frame), rest: Rest::Here }),
            None => self.socket.look(),
        }
    }

    /// Leaves this to the task, before all that comes later.
    pub fn keep(mut self, frame: Result<Frame>) {
        *self.kept = Some(frame);
    }
}

impl Socket {
    /// The turn of the task, unless what came may be left, and is.
    pub(super) fn turn(&self, may_leave: bool) -> Option<Turn<'_>> {
        self.turns.begin(may_leave).then(|| self.take_turn(lock(&self.turns.kept)))
    }

    fn take_turn<'a>(&'a self, kept: MutexGuard<'a, Kept>) -> Turn<'a> {
        self.allow();
        Turn { socket: self, kept }
    }

    /// Has this thread wait at the socket; `None` if somebody else reads or is about to, or the connection is over.
    pub fn attend(self: Arc<Self>) -> Option<Attendant> {
        let tcp = self.attendable().filter(|_| Tcp::CAN_HUSH && !self.is_blocked())?;
        self.turns.change(FREE, ATTENDED).ok()?;
        let attendant = Attendant { socket: self, tcp, leaves_work: false };
        attendant.tcp.hush().then_some(attendant)
    }
}

#[cfg(test)]
impl Socket {
    /// Whether a frame waits for the task.
    pub fn keeps_something(&self) -> bool {
        lock(&self.turns.kept).is_some()
    }
}

/// A thread that waits at the socket.
#[derive(Debug)]
pub struct Attendant {
    socket: Arc<Socket>,
    /// Keeps the descriptor.
    tcp: Arc<Tcp>,
    leaves_work: bool,
}

impl Attendant {
    /// Waits for something to read until this moment; tells whether there may be something in time.
    pub fn wait(&self, until: Instant) -> bool {
        let (begun, was_quick) = (Instant::now(), &self.socket.turns.was_quick);
        let has_come = was_quick.load(Ordering::Relaxed) && self.look_until(until.min(begun + QUICK));
        let has_come = has_come || self.sleep(until);
        was_quick.store(has_come && begun.elapsed() < QUICK, Ordering::Relaxed);
        has_come
    }

    fn look_until(&self, until: Instant) -> bool {
        while Instant::now() < until {
            if !matches!(self.tcp.wait(Duration::ZERO), Ok(false)) {
                return true;
            }
            thread::yield_now();
        }
        false
    }

    fn sleep(&self, until: Instant) -> bool {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.tcp.wait(left) {
                _ if left.is_zero() => return false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                waited => return waited.unwrap_or(false),
            }
        }
    }

    /// The turn to read; `None` if the task has it, or something to do first.
    pub fn turn(&mut self) -> Option<Turn<'_>> {
        if self.socket.turns.who.load(Ordering::SeqCst) != ATTENDED {
            return None;
        }
        let kept = match self.socket.turns.kept.try_lock() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        kept.is_none().then(|| self.socket.take_turn(kept))
    }

    /// There is something for the task to do.
    pub fn leave_work(&mut self) {
        self.leaves_work = true;
    }
}

impl Drop for Attendant {
    /// What the task has left, and this thread has not come to, is the task's again.
    fn drop(&mut self) {
        let turns = &self.socket.turns;
        if thread::panicking() {
            let text = "a defect of the library ended this connection; please report it";
            *lock(&turns.kept) = Some(Err(Error::new(Code::Internal, text)));
            self.leaves_work = true;
        }
        // If it has something to do, nobody comes before it. It may have begun by itself.
        let _ = turns.change(ATTENDED, if self.leaves_work { BUSY } else { FREE });
        // What it was told before that, it has left to this thread.
        self.tcp.tell();
        if self.leaves_work || self.socket.is_blocked() {
            self.socket.rouse();
        }
    }
}
