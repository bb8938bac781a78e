//! Types and constants.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use super::boundary::{self, optional_handle, optional_text};
use super::error::pie_error;
use super::process::pie_process;
use super::queue::pie_queue;
use crate::client::Launch;
use crate::error::{Code, Error, Result};
use crate::mcp::Spec;

/// How a call ended: 0, an ordinary answer of a receive (positive), or an error (negative).
pub type pie_status = i32;

/// The version of this header; compare it with `pie_abi_version()` of the library that was loaded.
pub const PIE_ABI_VERSION: u32 = 1;
/// As a `timeout_ms`: wait until it is done or the connection ends.
pub const PIE_FOREVER: i64 = -1;

/// The call did what it is for.
pub const PIE_OK: i32 = 0;
/// Receives: nothing came in time.
pub const PIE_EMPTY: i32 = 1;
/// Receives: pie_queue_interrupt ended the wait; nothing is lost.
pub const PIE_INTERRUPTED: i32 = 2;
/// Receives: the last event was taken, no more will come.
pub const PIE_END: i32 = 3;
/// A NULL, a text that is no UTF-8, a value out of range: the text names the parameter.
pub const PIE_E_INVALID_ARGUMENT: i32 = -1;
/// There is no memory for it, or no thread: the text says what to raise.
pub const PIE_E_NO_MEMORY: i32 = -2;
/// A defect of the library: please report the text.
pub const PIE_E_INTERNAL: i32 = -3;
/// The handle was made before a fork, in the parent process.
pub const PIE_E_FORKED: i32 = -4;
/// The call would wait for the thread that it was made on.
pub const PIE_E_WOULD_DEADLOCK: i32 = -5;
/// This version of the library, or the engine's generation, does not have it.
pub const PIE_E_UNSUPPORTED: i32 = -6;
/// The operating system refused a file, or has no descriptor left.
pub const PIE_E_IO: i32 = -7;
/// Time was up; what was asked for may still be done.
pub const PIE_E_TIMED_OUT: i32 = -8;
/// The caller itself ended it.
pub const PIE_E_CANCELLED: i32 = -9;
/// The client was closed, or the library shut down.
pub const PIE_E_CLOSED: i32 = -10;
/// Larger than a limit, which the text names.
pub const PIE_E_TOO_LARGE: i32 = -11;
/// The header that the caller was compiled with does not fit the library.
pub const PIE_E_ABI_MISMATCH: i32 = -12;
/// Not now or not here: the text says why.
pub const PIE_E_INVALID_STATE: i32 = -13;
/// The outgoing buffer is full: nothing was sent, try again later.
pub const PIE_E_BUSY: i32 = -14;
/// No connection came about.
pub const PIE_E_CONNECT: i32 = -20;
/// TLS failed.
pub const PIE_E_TLS: i32 = -21;
/// The connection was lost.
pub const PIE_E_DISCONNECTED: i32 = -22;
/// The engine sent what makes no sense.
pub const PIE_E_PROTOCOL: i32 = -23;
/// A private key cannot be used.
pub const PIE_E_KEY: i32 = -30;
/// Not logged in, or the engine refused the login.
pub const PIE_E_AUTH: i32 = -31;
/// The engine refused the request: its own words are in the text.
pub const PIE_E_REJECTED: i32 = -32;
/// The registry did not answer as it should.
pub const PIE_E_REGISTRY: i32 = -33;
/// An MCP server failed.
pub const PIE_E_MCP: i32 = -34;
/// The inferlet ended with an error.
pub const PIE_E_PROCESS: i32 = -35;

/// The inferlet wrote to its standard output: `data` is the text of one write.
pub const PIE_EVENT_STDOUT: i32 = 1;
/// The inferlet wrote to its standard error: `data` is the text of one write.
pub const PIE_EVENT_STDERR: i32 = 2;
/// The inferlet sent a message: `data` is its text.
pub const PIE_EVENT_MESSAGE: i32 = 3;
/// The inferlet sent a file: `data` holds its bytes, whole and verified, `name` the name it suggests, made safe to join
/// to a directory, or NULL. With a negative `status` there is no file, and `data` is empty: PIE_E_PROTOCOL, it arrived
/// damaged; PIE_E_TOO_LARGE, the files under way had more bytes than the option max_file_bytes allows.
pub const PIE_EVENT_FILE: i32 = 4;
/// The inferlet ended well: `data` is what it returned. The last event of its process.
pub const PIE_EVENT_RETURN: i32 = 5;
/// The inferlet failed or is out of reach: `status` and `error` say which, `data` is the engine's text, or why it is out
/// of reach. The last event of its process.
pub const PIE_EVENT_ERROR: i32 = 6;
/// An engine's event that this library does not know: its name is in `name`.
pub const PIE_EVENT_OTHER: i32 = 7;
/// Events were dropped here because the queue was full: `current` events of `total` bytes.
pub const PIE_EVENT_OVERFLOW: i32 = 8;

/// An asynchronous call has ended: `status` and `error` say how; what it bears is told at the call.
pub const PIE_EVENT_DONE: i32 = 16;
/// What happened to a client's connection: `status` PIE_OK: it was made; PIE_E_CLOSED: it was closed, which is the last one;
/// otherwise negative: it was lost, or an attempt to make it again failed, and why. With the option reconnect, `current` is
/// the number of the attempt that succeeded or failed and `total` how many there may be; a loss itself bears 0 of
/// `total`. Lost for good, be it without reconnect or after the last attempt: 0 of 0.
pub const PIE_EVENT_CONNECTION: i32 = 17;
/// How far an asynchronous upload has come: `current` of `total` bytes are handed over. Only the newest one waits.
pub const PIE_EVENT_PROGRESS: i32 = 18;
/// An inferlet asks an MCP server that pie_client_register_mcp_handler registered: `name` is the method, `data` the
/// params (JSON text). To be answered with pie_event_mcp_respond.
pub const PIE_EVENT_MCP_REQUEST: i32 = 19;

/// Launch flag: the process has no stream. Its output is discarded by the engine, receives give PIE_END at once (nothing
/// of it comes to a queue that the launch named), pie_process_result gives PIE_E_UNSUPPORTED, and where the engine tells
/// no id (0.5), pie_process_id is "" and signal, transfer and terminate give PIE_E_UNSUPPORTED too. To receive from it,
/// attach it.
pub const PIE_LAUNCH_NO_CAPTURE: u32 = 1;

/// A callback runs inside pie_queue_dispatch alone.
pub const PIE_DISPATCH_MANUAL: i32 = 1;
/// A callback runs on a thread of its queue's own.
pub const PIE_DISPATCH_THREAD: i32 = 2;

/// No engine, or not known.
pub const PIE_GENERATION_UNKNOWN: i32 = 0;
/// Engines 0.1.
pub const PIE_GENERATION_0_1: i32 = 1;
/// Engines 0.2.
pub const PIE_GENERATION_0_2: i32 = 2;
/// Engines 0.3 and 0.4.
pub const PIE_GENERATION_0_4: i32 = 4;
/// Engines 0.5.
pub const PIE_GENERATION_0_5: i32 = 5;
/// Engines 0.6.
pub const PIE_GENERATION_0_6: i32 = 6;

/// Log nothing.
pub const PIE_LOG_OFF: i32 = 0;
/// What failed.
pub const PIE_LOG_ERROR: i32 = 1;
/// What is likely to fail.
pub const PIE_LOG_WARN: i32 = 2;
/// What happened.
pub const PIE_LOG_INFO: i32 = 3;
/// What happened, to the developers of the library.
pub const PIE_LOG_DEBUG: i32 = 4;
/// Everything.
pub const PIE_LOG_TRACE: i32 = 5;

/// Something that happened. Allocated by the library, read-only, freed with pie_event_free. Skip the kinds
/// that you do not know; a field exists if it ends within `struct_size`.
#[repr(C)]
pub struct pie_event {
    /// The size of the structure in the library that made it.
    pub struct_size: u32,
    /// One of PIE_EVENT_*.
    pub kind: i32,
    /// ERROR: PIE_E_PROCESS (the inferlet failed), PIE_E_CANCELLED (terminated by this client), PIE_E_DISCONNECTED,
    /// PIE_E_CLOSED … DONE: how the call ended. CONNECTION: see there. FILE: PIE_OK, or why it could not be delivered.
    /// Otherwise PIE_OK.
    pub status: pie_status,
    /// 0.
    pub flags: u32,
    /// The tag of the launch or attach; DONE and PROGRESS: of the asynchronous call; CONNECTION: of the asynchronous connect, 0
    /// in the client's own queue; MCP_REQUEST: of the registration.
    pub tag: u64,
    /// 0, 1, 2 … within the process's stream, dropped events counted: a gap is a loss. OVERFLOW bears the number of the
    /// first event that it stands for. MCP_REQUEST: 0, 1, 2 … within the registration. CONNECTION: 0, 1, 2 … of the client,
    /// also of what was too old to be kept.
    pub sequence: u64,
    /// OVERFLOW: the number of events dropped. PROGRESS: the bytes handed over. DONE: see the call.
    /// CONNECTION: which attempt.
    pub current: u64,
    /// OVERFLOW: their bytes. PROGRESS: all bytes. CONNECTION: of how many attempts.
    pub total: u64,
    /// Whose event it is: the handle that the launch or attach gave. MCP_REQUEST: the process that asks, NULL if it is none of this
    /// client's or its launch is not answered yet. Valid until the event is freed, also when the handle was
    /// freed (then it only identifies the process). Never free it here.
    pub process: *mut pie_process,
    /// Text (UTF-8) or the bytes of a file; DONE: see the call. Never NULL, and `data[size]` is 0.
    pub data: *const c_char,
    /// The number of bytes at `data`.
    pub size: usize,
    /// FILE, OTHER and MCP_REQUEST: see there. May be NULL.
    pub name: *const c_char,
    /// Set where `status` is negative; lives with the event, never free it.
    pub error: *const pie_error,
}

/// How a process is launched. Start from PIE_LAUNCH_OPTIONS_INIT, or from zeros with `struct_size` set.
#[repr(C)]
pub struct pie_launch_options {
    /// sizeof(pie_launch_options).
    pub struct_size: u32,
    /// 0 or PIE_LAUNCH_NO_CAPTURE.
    pub flags: u32,
    /// How many tokens the process may make; 0 = the engine's default. Engines 0.5 know none: PIE_E_UNSUPPORTED.
    pub token_budget: u64,
    /// Comes back in each event of the process.
    pub tag: u64,
    /// JSON text, checked before it is sent; NULL = {}.
    pub input: *const c_char,
    /// Where the process's events go; NULL = a queue of its own. The process keeps the queue itself, not this handle.
    pub queue: *mut pie_queue,
}

impl pie_launch_options {
    /// What the caller filled in; zeros for NULL.
    pub(super) unsafe fn copy(options: *const Self) -> Result<Self> {
        let (input, queue) = (ptr::null(), ptr::null_mut());
        let zeros = Self { struct_size: 0, flags: 0, token_budget: 0, tag: 0, input, queue };
        // SAFETY: as the caller's; the structure begins with its size, and all its bit patterns are valid.
        unsafe { boundary::structure(options, size_of::<Self>(), zeros, "options") }
    }

    /// Refuses what a call has no use for: only the fields `used` may be set.
    pub(super) fn only(&self, used: &[&str], call: &str) -> Result<()> {
        let set = [
            ("flags", self.flags != 0),
            ("token_budget", self.token_budget != 0),
            ("tag", self.tag != 0),
            ("input", !self.input.is_null()),
            ("queue", !self.queue.is_null()),
        ];
        let unused = set.iter().filter(|(field, is_set)| *is_set && !used.contains(field)).map(|(field, _)| *field);
        match &*unused.collect::<Vec<_>>() {
            [] => Ok(()),
            unused => {
                let unused = unused.join(", ");
                Err(Error::argument(format!("options: {call} does not use {unused}; leave it zero")))
            }
        }
    }

    /// The same in Rust.
    pub(super) unsafe fn launch(&self) -> Result<Launch<'_>> {
        if self.flags & !PIE_LAUNCH_NO_CAPTURE != 0 {
            let known = format!("known is PIE_LAUNCH_NO_CAPTURE ({PIE_LAUNCH_NO_CAPTURE:#x})");
            return Err(Error::argument(format!("options: flags is {:#x}; {known}", self.flags)));
        }
        // SAFETY: as the caller's.
        let input = unsafe { optional_text(self.input, "options: input") }?;
        // SAFETY: as the caller's.
        let queue = unsafe { optional_handle(self.queue, "options: queue") }?;
        Ok(Launch {
            input,
            no_capture: self.flags & PIE_LAUNCH_NO_CAPTURE != 0,
            token_budget: self.token_budget,
            tag: self.tag,
            queue: queue.map(|queue| Arc::clone(queue.share.queue())),
            held: false,
            is_among_many: false,
        })
    }
}

/// An MCP server that is a program. Start from PIE_MCP_SERVER_INIT, or from zeros with `struct_size` set.
#[repr(C)]
pub struct pie_mcp_server {
    /// sizeof(pie_mcp_server).
    pub struct_size: u32,
    /// 0.
    pub flags: u32,
    /// NULL or "stdio": the program speaks on its standard input and output. Others are PIE_E_UNSUPPORTED.
    pub transport: *const c_char,
    /// The program: a name that is looked for in PATH, or a path with a slash in it, relative to `working_directory`.
    pub command: *const c_char,
    /// What the program is given, without its own name; NULL when `arg_count` is 0. No entry may be NULL.
    pub args: *const *const c_char,
    /// How many there are.
    pub arg_count: usize,
    /// NULL: stdio has none.
    pub url: *const c_char,
    /// "NAME=value" each, added to the host's environment; NULL when `env_count` is 0. No entry may be NULL.
    pub env: *const *const c_char,
    /// How many there are.
    pub env_count: usize,
    /// Where the program runs; NULL = where the host does.
    pub working_directory: *const c_char,
}

impl pie_mcp_server {
    /// What the caller filled in.
    pub(super) unsafe fn spec(server: *const Self) -> Result<Spec> {
        const STDIO: &str = "stdio";
        let (text, list) = (ptr::null(), ptr::null());
        let zeros = Self {
            struct_size: 0,
            flags: 0,
            transport: text,
            command: text,
            args: list,
            arg_count: 0,
            url: text,
            env: list,
            env_count: 0,
            working_directory: text,
        };
        if server.is_null() {
            return Err(boundary::null("server"));
        }
        // SAFETY: as the caller's; the structure begins with its size, and all its bit patterns are valid.
        let server = unsafe { boundary::structure(server, size_of::<Self>(), zeros, "server") }?;
        if server.flags != 0 {
            return Err(Error::argument(format!("server: flags is {:#x}; none are known", server.flags)));
        }
        // SAFETY: as the caller's, for all that follows.
        unsafe {
            let transport = optional_text(server.transport, "server: transport")?.unwrap_or(STDIO);
            if transport != STDIO {
                let text = format!("server: transport is {transport:?}; this version of the library has stdio alone");
                return Err(Error::new(Code::Unsupported, text));
            } else if !server.url.is_null() {
                return Err(Error::argument("server: url is set, but the transport stdio has none; leave it NULL"));
            }
            let env = boundary::texts(server.env, server.env_count, "server: env")?;
            let working_directory = optional_text(server.working_directory, "server: working_directory")?;
            let args = boundary::texts(server.args, server.arg_count, "server: args")?;
            let command = boundary::text(server.command, "server: command")?;
            if command.is_empty() {
                return Err(Error::argument("server: command is empty; give a program"));
            }
            Ok(Spec {
                command: command.to_owned(),
                args: args.into_iter().map(str::to_owned).collect(),
                env: env.into_iter().enumerate().map(variable).collect::<Result<_>>()?,
                working_directory: working_directory.map(str::to_owned),
                #[cfg(unix)]
                native: super::folder::enter,
                #[cfg(windows)]
                native: super::job::bind,
            })
        }
    }
}

/// An environment variable. Its value may be a secret, and is not repeated.
fn variable((index, text): (usize, &str)) -> Result<(String, String)> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) =
        parts.ok_or_else(|| Error::argument(format!("server: env[{index}] is not of the form NAME=value")))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// A running process as the engine lists it.
#[repr(C)]
pub struct pie_process_info {
    /// The size of the structure in the library that made it.
    pub struct_size: u32,
    /// 0.
    pub flags: u32,
    /// How long it has been running.
    pub elapsed_secs: u64,
    /// Its id; NULL, as the texts below, where the engine does not say.
    pub id: *const c_char,
    /// Whose it is; on 0.5 always "internal" (0.5.2).
    pub username: *const c_char,
    /// The inferlet, as name@version.
    pub program: *const c_char,
    /// The input of its launch.
    pub input: *const c_char,
}

/// Signs a challenge of an engine: `size` bytes at `challenge`, which engines verify as Ed25519, as RSA PKCS#1 v1.5 with
/// SHA-256, or as ECDSA P-256 with SHA-256 or P-384 with SHA-384 (the signature in DER). `*signature_size` is the room at
/// `signature` when it begins (4096 bytes in this version, never less than 1024) and must be the signature's length when
/// it ends. Returns 0 when it has signed, any other number when it has not. `user_data` is that of the call.
pub type pie_sign_fn = Option<
    unsafe extern "C-unwind" fn(
        challenge: *const u8,
        size: usize,
        signature: *mut u8,
        signature_size: *mut usize,
        user_data: *mut c_void,
    ) -> i32,
>;

/// Takes an event, which it owns and frees with pie_event_free, and the `user_data` of its registration.
///
/// Order: it gets the events of its queue in their order, one at a time: it never runs twice at once for one queue.
/// Thread: with PIE_DISPATCH_MANUAL the thread that calls pie_queue_dispatch, with PIE_DISPATCH_THREAD a thread of the
/// queue's own, on which all signals are blocked. Other queues go on meanwhile, and so do connections.
/// Re-entrancy: no lock of the library is held, and every call is allowed inside. What would wait for this very callback
/// to come back returns PIE_E_WOULD_DEADLOCK and has changed nothing: pie_queue_clear_callback and pie_queue_dispatch of its
/// queue, pie_shutdown, and on the queue's own thread pie_client_close of a client whose events come here (a time limit of 0
/// begins them; pie_client_close_async works). Frees work, of the queue, the process and the client too.
/// Lifetime: `user_data` is used until its `drop` was called, which happens once, after the last run. After
/// pie_queue_clear_callback has returned PIE_OK, it does not run any more.
/// It returns normally: no longjmp leaves it, and in C++ it should be noexcept: an exception that leaves it ends the program.
pub type pie_event_fn = Option<unsafe extern "C-unwind" fn(event: *mut pie_event, user_data: *mut c_void)>;

/// Tells the host that a queue has turned from empty to not empty. It must only signal (set a flag, write to a pipe, post to
/// an event loop), return soon, and call no pie_ function. It may run on any thread, and on several at once.
pub type pie_wakeup_fn = Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>;

/// Gives `user_data` back to the host: it is not used any more. Runs once for each registration that succeeded, on any
/// thread, and never in a forked child.
pub type pie_drop_fn = Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>;

/// Takes a log line: its level (PIE_LOG_*), the part of the library it comes from, one line of text, and the `user_data`
/// of its registration. Runs on any thread, also on several at once; must return soon and call no pie_ function.
pub type pie_log_fn = Option<
    unsafe extern "C-unwind" fn(level: i32, target: *const c_char, message: *const c_char, user_data: *mut c_void),
>;
