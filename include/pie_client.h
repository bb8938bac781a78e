/*
 * libpie_client: the C client library for Pie, the programmable LLM serving engine.
 *
 * Generated from src/abi/ by `make header`: do not edit.
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 *
 * CONVENTIONS
 *
 * Status. Every function that can fail returns a pie_status. PIE_OK is 0; positive values are ordinary answers of
 * receives; negative values are errors.
 *
 * Error object. The last parameter is `pie_error **error`. NULL: not wanted. Otherwise it is set to a new object on a
 * negative status and to NULL on any other. It is only written, never read or freed: free it before reusing the variable.
 * There is no thread-local "last error".
 *
 * Out parameters are set to NULL or 0 on any status but PIE_OK. They may not be NULL unless the function says so.
 *
 * NULL. A NULL handle or required pointer is PIE_E_INVALID_ARGUMENT, and the text names the parameter; functions without
 * a status give 0, NULL or "". pie_X_free(NULL) does nothing. Where NULL is allowed, the parameter says so.
 *
 * Text in is NUL-terminated UTF-8, copied before the call returns; invalid UTF-8 is PIE_E_INVALID_ARGUMENT naming the
 * parameter. Bytes in are `const void *data, size_t size`, borrowed until a waiting call returns and copied by its
 * asynchronous twin; `data` may be NULL when `size` is 0. Text out is `char *`, freed with pie_string_free. Results of
 * getters (pie_process_id, pie_error_message, ...) live as long as their handle; pie_version, pie_status_name and
 * pie_options_describe for ever.
 *
 * Handles are opaque pointers with one owner. Frees never wait, and may come in any order, from any thread, and from inside
 * callbacks.
 *
 * Threads. Every function may be called from any thread, also at once on one handle, except that a handle must not be
 * freed while another call uses it (but pie_client_close from another thread is fine and ends that call). pie_options and
 * a taken pie_event belong to one thread at a time.
 *
 * Waiting. A call that may wait takes `int64_t timeout_ms`. PIE_FOREVER (-1): until it is done or the connection ends; an
 * engine that lives but never answers is then waited for without end. 0: for a receive, what is there now; for a request
 * "time is up", so PIE_E_TIMED_OUT and nothing sent; for close, clear and shutdown "begin, do not wait". Below -1 is
 * PIE_E_INVALID_ARGUMENT. When time is up, requests return PIE_E_TIMED_OUT and receives return PIE_EMPTY. A waiting
 * request ends early only by close or shutdown from another thread; what must be cancellable is asked by its `_async` twin.
 * A receive is ended by pie_queue_interrupt.
 *
 * A request given up (timed out, cancelled) means "not waited for", not "not done". A process whose launch reply comes
 * after that is terminated by the library, if the reply tells its id; one whose attach is answered after that is not, and
 * nobody can attach it again.
 *
 * Callbacks are plain C functions that return normally: no exception and no longjmp leaves them. In C++ declare them
 * noexcept, and catch inside: where an exception leaves one all the same, the program is ended by abort, with a message on
 * standard error. Where a registration takes a `drop`, that runs exactly once with the `user_data`, last, on any thread;
 * not at all if the registration failed. pie_sign_fn runs on the thread of the call that it was given to, and never after that call; pie_log_fn on any thread.
 *
 * Panics of the library never cross the boundary: they are PIE_E_INTERNAL with the panic's message.
 *
 * fork. In a child process every call on an inherited handle returns PIE_E_FORKED; frees of inherited handles neither
 * lock nor write to the parent's socket (they leak); no log callback is set, and no `drop` runs; new clients can be made.
 * Descriptors are close-on-exec.
 *
 * No descriptor that the library keeps is 0, 1 or 2, also in a host that has closed these. While a call looks up a name
 * or reads the system's certificates, the system's own may be.
 *
 * Signals. The library installs no handler, blocks all signals on its threads, and never lets SIGPIPE reach the host. A
 * signal that a host's thread handles while it waits in a call neither ends the wait nor makes it longer. A runtime that stops
 * its threads by signals (Mono, Unity) must not run its own code in callbacks on the library's threads: receive there on one of
 * its own, or let the callback be a function of the system that signals one, such as sem_post (Mono 6.8 showed it).
 *
 * Clocks. Time limits are measured with a clock that nobody sets. The time in which a process is stopped counts.
 *
 * Limits of the system. Where it has no descriptor or thread left, what needs one fails with PIE_E_IO or PIE_E_NO_MEMORY
 * (a server's program: PIE_E_MCP), the text says which limit to raise, and nothing else is harmed.
 *
 * Memory. Where there is none for what a caller or an engine determines the size of, the call fails with PIE_E_NO_MEMORY; a
 * message of the engine ends its connection with PIE_E_DISCONNECTED, and an event or a file from it is dropped and told of as
 * one (OVERFLOW, FILE with PIE_E_NO_MEMORY). A program that has not even a few kilobytes left (allocations below 64 KiB)
 * is ended by abort, and so is one that is promised memory that the system does not have.
 *
 * Versions. Compare PIE_ABI_VERSION (this header) with pie_abi_version() (the library). Fields are only appended, numbers
 * never change. Structs that the caller fills: zero is the default of every field; the library copies `struct_size` bytes
 * and takes zero for later fields; a size below version 1's, or above what the library knows with a non-zero byte beyond
 * it, is PIE_E_ABI_MISMATCH; unknown flag bits are PIE_E_INVALID_ARGUMENT; a field that a call does not use must be zero.
 * Structs of the library: a field exists if it ends within `struct_size`; read-only.
 *
 *
 * PROMISES
 *
 * Order and completeness. Events of one process come in the order in which the engine sent them, each once, the first one
 * included, however early it arrives after (or before) the launch reply. They may be received before the launching call
 * returns: route by `tag`. Where the DONE of an asynchronous launch or attach and the stream share a queue, DONE comes first.
 *
 * One slow reader harms nobody else. The socket is read whether or not events are taken. Of each process a queue keeps at
 * most the option queue_max_bytes of STDOUT, STDERR, MESSAGE, FILE and OTHER events, or one event if that is larger. Past
 * it such events of that process are dropped and counted; one OVERFLOW event marks each gap before the next event; RETURN
 * and ERROR always arrive.
 *
 * Or nothing is lost. With the option overflow=pause nothing is dropped: one event that has no room has the connection
 * stop reading until it has, so that the engine waits. Taking events, pie_process_free, pie_queue_free of the last handle,
 * close and shutdown end a pause. In it whatever is sent still goes out, but no answer, event or end of this connection
 * arrives: all processes of it wait for the slowest reader. A request that times out in a pause names the process that
 * holds it up. What cannot wait is dropped and marked as above: events that come before their launch reply, since that is
 * behind them; events of pie_client_launch_processes that nobody can take until the last of its replies is there; and
 * see pie_process_result. When a connection ends in a pause, what had no room is added to the queue before the ERROR.
 *
 * Ends. A lost or closed connection gives each running process one last ERROR event (PIE_E_DISCONNECTED, PIE_E_CLOSED)
 * and each request that status. PIE_END comes from a process's own queue and a client's queue, each time, once the last
 * event was taken; a queue from pie_queue_new never ends. Receives are negative only for misuse, fork, shutdown or no
 * memory.
 *
 * One way to empty a queue at a time. While a callback is set, receives on that queue (waiting ones included), a second
 * callback, and pie_queue_dispatch without a PIE_DISPATCH_MANUAL callback return PIE_E_INVALID_STATE; so does
 * pie_process_recv when the launch named a shared queue. A queue's callback never runs twice at once.
 *
 * Queues outlive. A queue lives while a handle, a process, a client, an MCP handler or a pending call uses it. Freeing the
 * last handle drops what waits, removes callback and wakeup, and closes the descriptor; later events are freed on arrival,
 * and results in them released. An MCP request that is freed unanswered is answered with an error.
 *
 * Shutdown. After pie_queue_clear_callback has returned PIE_OK, that callback does not run any more. After pie_client_close
 * has returned PIE_OK, every pending operation has completed, every stream has its last event, and no thread of the library
 * runs or will run a callback for its events; what waits in queues that the host empties itself stays there. After
 * pie_shutdown has returned PIE_OK, nothing of the host's is called. PIE_E_TIMED_OUT from one of them: it goes on, call
 * again. From inside a callback, what would wait for that callback gives PIE_E_WOULD_DEADLOCK and has changed nothing; frees
 * and asynchronous calls always work there.
 *
 * Launched without capture (PIE_LAUNCH_NO_CAPTURE), a process has no stream: receives give PIE_END at once, and
 * pie_process_result PIE_E_UNSUPPORTED. Where the engine tells no id (0.5), so do signal, transfer and terminate.
 *
 * Nothing hangs. Each wait with a finite timeout ends within it, whatever the engine does; each asynchronous call reports
 * exactly once. An engine or a network that falls silent is found by a ping: after the options keepalive_interval_ms and
 * keepalive_timeout_ms, together 40 s unless they are set, every wait and every stream ends with PIE_E_DISCONNECTED (not
 * in a pause, in which nothing is read). An engine that answers pings, but not the request, is waited for.
 *
 * Made again. With the option reconnect=on a connection that was lost is made again, see pie_client_connect. What was under
 * way on it is never sent a second time.
 *
 * The engine is not trusted. Any bytes from it give an error or are skipped; never a crash, never a file name that leaves
 * a directory, never memory without a bound: max_message_bytes for one message, max_file_bytes for all files under way on
 * a connection, and queue_max_bytes for what waits of one process or MCP handler, an event counting as 32 bytes at least
 * though it takes up to sixteen times that. The last event of a process comes beside it, and takes up to six times the
 * bytes of its message.
 *
 * Secrets (private keys, passphrases, tokens) are wiped from the library's memory after use, and never appear in a log, an
 * error or a panic message. With reconnect=on a client keeps what its login is repeated with until it is closed.
 */

/** @file
 * The C interface of libpie_client. */
#ifndef PIE_CLIENT_H
#define PIE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------------------
 * Types and constants.
 * ---------------------------------------------------------------------------- */

/** Connection settings. Belongs to one thread at a time; a client keeps a copy. */
typedef struct pie_options pie_options;

/** One connection to an engine. */
typedef struct pie_client pie_client;

/** One running or ended inferlet. */
typedef struct pie_process pie_process;

/** A share in a queue. What waits in the queue is dropped when the last share is freed. */
typedef struct pie_queue pie_queue;

/** An asynchronous call under way. */
typedef struct pie_op pie_op;

/** A private key. */
typedef struct pie_private_key pie_private_key;

/** What pie_client_list_processes gave. Read-only, and so fit for any number of threads. */
typedef struct pie_process_list pie_process_list;

/** Why a call failed. Owned by whom the call gave it to, freed with pie_error_free. */
typedef struct pie_error pie_error;

/** The version of this header; compare it with `pie_abi_version()` of the library that was loaded. */
#define PIE_ABI_VERSION 1

/** As a `timeout_ms`: wait until it is done or the connection ends. */
#define PIE_FOREVER (-1)

/** The call did what it is for. */
#define PIE_OK 0

/** Receives: nothing came in time. */
#define PIE_EMPTY 1

/** Receives: pie_queue_interrupt ended the wait; nothing is lost. */
#define PIE_INTERRUPTED 2

/** Receives: the last event was taken, no more will come. */
#define PIE_END 3

/** A NULL, a text that is no UTF-8, a value out of range: the text names the parameter. */
#define PIE_E_INVALID_ARGUMENT (-1)

/** There is no memory for it, or no thread: the text says what to raise. */
#define PIE_E_NO_MEMORY (-2)

/** A defect of the library: please report the text. */
#define PIE_E_INTERNAL (-3)

/** The handle was made before a fork, in the parent process. */
#define PIE_E_FORKED (-4)

/** The call would wait for the thread that it was made on. */
#define PIE_E_WOULD_DEADLOCK (-5)

/** This version of the library, or the engine's generation, does not have it. */
#define PIE_E_UNSUPPORTED (-6)

/** The operating system refused a file, or has no descriptor left. */
#define PIE_E_IO (-7)

/** Time was up; what was asked for may still be done. */
#define PIE_E_TIMED_OUT (-8)

/** The caller itself ended it. */
#define PIE_E_CANCELLED (-9)

/** The client was closed, or the library shut down. */
#define PIE_E_CLOSED (-10)

/** Larger than a limit, which the text names. */
#define PIE_E_TOO_LARGE (-11)

/** The header that the caller was compiled with does not fit the library. */
#define PIE_E_ABI_MISMATCH (-12)

/** Not now or not here: the text says why. */
#define PIE_E_INVALID_STATE (-13)

/** The outgoing buffer is full: nothing was sent, try again later. */
#define PIE_E_BUSY (-14)

/** No connection came about. */
#define PIE_E_CONNECT (-20)

/** TLS failed. */
#define PIE_E_TLS (-21)

/** The connection was lost. */
#define PIE_E_DISCONNECTED (-22)

/** The engine sent what makes no sense. */
#define PIE_E_PROTOCOL (-23)

/** A private key cannot be used. */
#define PIE_E_KEY (-30)

/** Not logged in, or the engine refused the login. */
#define PIE_E_AUTH (-31)

/** The engine refused the request: its own words are in the text. */
#define PIE_E_REJECTED (-32)

/** The registry did not answer as it should. */
#define PIE_E_REGISTRY (-33)

/** An MCP server failed. */
#define PIE_E_MCP (-34)

/** The inferlet ended with an error. */
#define PIE_E_PROCESS (-35)

/** The inferlet wrote to its standard output: `data` is the text of one write. */
#define PIE_EVENT_STDOUT 1

/** The inferlet wrote to its standard error: `data` is the text of one write. */
#define PIE_EVENT_STDERR 2

/** The inferlet sent a message: `data` is its text. */
#define PIE_EVENT_MESSAGE 3

/**
 * The inferlet sent a file: `data` holds its bytes, whole and verified, `name` the name it suggests, made safe to join
 * to a directory, or NULL. With a negative `status` there is no file, and `data` is empty: PIE_E_PROTOCOL, it arrived
 * damaged; PIE_E_TOO_LARGE, the files under way had more bytes than the option max_file_bytes allows.
 */
#define PIE_EVENT_FILE 4

/** The inferlet ended well: `data` is what it returned. The last event of its process. */
#define PIE_EVENT_RETURN 5

/**
 * The inferlet failed or is out of reach: `status` and `error` say which, `data` is the engine's text, or why it is out
 * of reach. The last event of its process.
 */
#define PIE_EVENT_ERROR 6

/** An engine's event that this library does not know: its name is in `name`. */
#define PIE_EVENT_OTHER 7

/** Events were dropped here because the queue was full: `current` events of `total` bytes. */
#define PIE_EVENT_OVERFLOW 8

/** An asynchronous call has ended: `status` and `error` say how; what it bears is told at the call. */
#define PIE_EVENT_DONE 16

/**
 * What happened to a client's connection: `status` PIE_OK: it was made; PIE_E_CLOSED: it was closed, which is the last one;
 * otherwise negative: it was lost, or an attempt to make it again failed, and why. With the option reconnect, `current` is
 * the number of the attempt that succeeded or failed and `total` how many there may be; a loss itself bears 0 of
 * `total`. Lost for good, be it without reconnect or after the last attempt: 0 of 0.
 */
#define PIE_EVENT_CONNECTION 17

/** How far an asynchronous upload has come: `current` of `total` bytes are handed over. Only the newest one waits. */
#define PIE_EVENT_PROGRESS 18

/**
 * An inferlet asks an MCP server that pie_client_register_mcp_handler registered: `name` is the method, `data` the
 * params (JSON text). To be answered with pie_event_mcp_respond.
 */
#define PIE_EVENT_MCP_REQUEST 19

/**
 * Launch flag: the process has no stream. Its output is discarded by the engine, receives give PIE_END at once (nothing
 * of it comes to a queue that the launch named), pie_process_result gives PIE_E_UNSUPPORTED, and where the engine tells
 * no id (0.5), pie_process_id is "" and signal, transfer and terminate give PIE_E_UNSUPPORTED too. To receive from it,
 * attach it.
 */
#define PIE_LAUNCH_NO_CAPTURE 1

/** A callback runs inside pie_queue_dispatch alone. */
#define PIE_DISPATCH_MANUAL 1

/** A callback runs on a thread of its queue's own. */
#define PIE_DISPATCH_THREAD 2

/** No engine, or not known. */
#define PIE_GENERATION_UNKNOWN 0

/** Engines 0.1. */
#define PIE_GENERATION_0_1 1

/** Engines 0.2. */
#define PIE_GENERATION_0_2 2

/** Engines 0.3 and 0.4. */
#define PIE_GENERATION_0_4 4

/** Engines 0.5. */
#define PIE_GENERATION_0_5 5

/** Engines 0.6. */
#define PIE_GENERATION_0_6 6

/** Log nothing. */
#define PIE_LOG_OFF 0

/** What failed. */
#define PIE_LOG_ERROR 1

/** What is likely to fail. */
#define PIE_LOG_WARN 2

/** What happened. */
#define PIE_LOG_INFO 3

/** What happened, to the developers of the library. */
#define PIE_LOG_DEBUG 4

/** Everything. */
#define PIE_LOG_TRACE 5

/** How a call ended: 0, an ordinary answer of a receive (positive), or an error (negative). */
typedef int32_t pie_status;

/**
 * Something that happened. Allocated by the library, read-only, freed with pie_event_free. Skip the kinds
 * that you do not know; a field exists if it ends within `struct_size`.
 */
typedef struct pie_event {
  /** The size of the structure in the library that made it. */
  uint32_t struct_size;
  /** One of PIE_EVENT_*. */
  int32_t kind;
  /**
   * ERROR: PIE_E_PROCESS (the inferlet failed), PIE_E_CANCELLED (terminated by this client), PIE_E_DISCONNECTED,
   * PIE_E_CLOSED … DONE: how the call ended. CONNECTION: see there. FILE: PIE_OK, or why it could not be delivered.
   * Otherwise PIE_OK.
   */
  pie_status status;
  /** 0. */
  uint32_t flags;
  /**
   * The tag of the launch or attach; DONE and PROGRESS: of the asynchronous call; CONNECTION: of the asynchronous connect, 0
   * in the client's own queue; MCP_REQUEST: of the registration.
   */
  uint64_t tag;
  /**
   * 0, 1, 2 … within the process's stream, dropped events counted: a gap is a loss. OVERFLOW bears the number of the
   * first event that it stands for. MCP_REQUEST: 0, 1, 2 … within the registration. CONNECTION: 0, 1, 2 … of the client,
   * also of what was too old to be kept.
   */
  uint64_t sequence;
  /**
   * OVERFLOW: the number of events dropped. PROGRESS: the bytes handed over. DONE: see the call.
   * CONNECTION: which attempt.
   */
  uint64_t current;
  /** OVERFLOW: their bytes. PROGRESS: all bytes. CONNECTION: of how many attempts. */
  uint64_t total;
  /**
   * Whose event it is: the handle that the launch or attach gave. MCP_REQUEST: the process that asks, NULL if it is none of this
   * client's or its launch is not answered yet. Valid until the event is freed, also when the handle was
   * freed (then it only identifies the process). Never free it here.
   */
  pie_process *process;
  /** Text (UTF-8) or the bytes of a file; DONE: see the call. Never NULL, and `data[size]` is 0. */
  const char *data;
  /** The number of bytes at `data`. */
  size_t size;
  /** FILE, OTHER and MCP_REQUEST: see there. May be NULL. */
  const char *name;
  /** Set where `status` is negative; lives with the event, never free it. */
  const pie_error *error;
} pie_event;

/** How a process is launched. Start from PIE_LAUNCH_OPTIONS_INIT, or from zeros with `struct_size` set. */
typedef struct pie_launch_options {
  /** sizeof(pie_launch_options). */
  uint32_t struct_size;
  /** 0 or PIE_LAUNCH_NO_CAPTURE. */
  uint32_t flags;
  /** How many tokens the process may make; 0 = the engine's default. Engines 0.5 know none: PIE_E_UNSUPPORTED. */
  uint64_t token_budget;
  /** Comes back in each event of the process. */
  uint64_t tag;
  /** JSON text, checked before it is sent; NULL = {}. */
  const char *input;
  /** Where the process's events go; NULL = a queue of its own. The process keeps the queue itself, not this handle. */
  pie_queue *queue;
} pie_launch_options;

/** A running process as the engine lists it. */
typedef struct pie_process_info {
  /** The size of the structure in the library that made it. */
  uint32_t struct_size;
  /** 0. */
  uint32_t flags;
  /** How long it has been running. */
  uint64_t elapsed_secs;
  /** Its id; NULL, as the texts below, where the engine does not say. */
  const char *id;
  /** Whose it is; on 0.5 always "internal" (0.5.2). */
  const char *username;
  /** The inferlet, as name@version. */
  const char *program;
  /** The input of its launch. */
  const char *input;
} pie_process_info;

/** An MCP server that is a program. Start from PIE_MCP_SERVER_INIT, or from zeros with `struct_size` set. */
typedef struct pie_mcp_server {
  /** sizeof(pie_mcp_server). */
  uint32_t struct_size;
  /** 0. */
  uint32_t flags;
  /** NULL or "stdio": the program speaks on its standard input and output. Others are PIE_E_UNSUPPORTED. */
  const char *transport;
  /** The program: a name that is looked for in PATH, or a path with a slash in it, relative to `working_directory`. */
  const char *command;
  /** What the program is given, without its own name; NULL when `arg_count` is 0. No entry may be NULL. */
  const char *const *args;
  /** How many there are. */
  size_t arg_count;
  /** NULL: stdio has none. */
  const char *url;
  /** "NAME=value" each, added to the host's environment; NULL when `env_count` is 0. No entry may be NULL. */
  const char *const *env;
  /** How many there are. */
  size_t env_count;
  /** Where the program runs; NULL = where the host does. */
  const char *working_directory;
} pie_mcp_server;

/**
 * Takes an event, which it owns and frees with pie_event_free, and the `user_data` of its registration.
 *
 * Order: it gets the events of its queue in their order, one at a time: it never runs twice at once for one queue.
 * Thread: with PIE_DISPATCH_MANUAL the thread that calls pie_queue_dispatch, with PIE_DISPATCH_THREAD a thread of the
 * queue's own, on which all signals are blocked. Other queues go on meanwhile, and so do connections.
 * Re-entrancy: no lock of the library is held, and every call is allowed inside. What would wait for this very callback
 * to come back returns PIE_E_WOULD_DEADLOCK and has changed nothing: pie_queue_clear_callback and pie_queue_dispatch of its
 * queue, pie_shutdown, and on the queue's own thread pie_client_close of a client whose events come here (a time limit of 0
 * begins them; pie_client_close_async works). Frees work, of the queue, the process and the client too.
 * Lifetime: `user_data` is used until its `drop` was called, which happens once, after the last run. After
 * pie_queue_clear_callback has returned PIE_OK, it does not run any more.
 * It returns normally: no longjmp leaves it, and in C++ it should be noexcept: an exception that leaves it ends the program.
 */
typedef void (*pie_event_fn)(struct pie_event *event,
                             void *user_data);

/**
 * Tells the host that a queue has turned from empty to not empty. It must only signal (set a flag, write to a pipe, post to
 * an event loop), return soon, and call no pie_ function. It may run on any thread, and on several at once.
 */
typedef void (*pie_wakeup_fn)(void *user_data);

/**
 * Gives `user_data` back to the host: it is not used any more. Runs once for each registration that succeeded, on any
 * thread, and never in a forked child.
 */
typedef void (*pie_drop_fn)(void *user_data);

/**
 * Signs a challenge of an engine: `size` bytes at `challenge`, which engines verify as Ed25519, as RSA PKCS#1 v1.5 with
 * SHA-256, or as ECDSA P-256 with SHA-256 or P-384 with SHA-384 (the signature in DER). `*signature_size` is the room at
 * `signature` when it begins (4096 bytes in this version, never less than 1024) and must be the signature's length when
 * it ends. Returns 0 when it has signed, any other number when it has not. `user_data` is that of the call.
 */
typedef int32_t (*pie_sign_fn)(const uint8_t *challenge,
                               size_t size,
                               uint8_t *signature,
                               size_t *signature_size,
                               void *user_data);

/**
 * Takes a log line: its level (PIE_LOG_*), the part of the library it comes from, one line of text, and the `user_data`
 * of its registration. Runs on any thread, also on several at once; must return soon and call no pie_ function.
 */
typedef void (*pie_log_fn)(int32_t level,
                           const char *target,
                           const char *message,
                           void *user_data);

/** What a pie_launch_options starts from: struct_size and zeros. */
#define PIE_LAUNCH_OPTIONS_INIT { sizeof(pie_launch_options), 0, 0, 0, NULL, NULL }

/** What a pie_mcp_server starts from: struct_size and zeros. */
#define PIE_MCP_SERVER_INIT { sizeof(pie_mcp_server), 0, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL }

/* ----------------------------------------------------------------------------
 * The library as a whole.
 * ---------------------------------------------------------------------------- */

/**
 * Gives the version of the interface that the loaded library has; compare it with PIE_ABI_VERSION.
 *
 * @return A number that grows whenever something is added.
 * @threads Any.
 * @waits No.
 * @since 1
 */
uint32_t pie_abi_version(void);

/**
 * Gives the version of the library.
 *
 * @return "major.minor.patch"; never NULL, lives for ever.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const char *pie_version(void);

/**
 * Sends the library's log lines to a function. Without one the library is silent.
 *
 * @param max_level  The most detailed level wanted, PIE_LOG_*.
 * @param fn         Called for each line; NULL for none.
 * @param user_data  Given to `fn`; must stay valid until another function is set or pie_shutdown returned PIE_OK.
 * @threads Any. When it returns, the former function does not run any more.
 * @waits For lines that are being logged at this moment.
 * @since 1
 */
void pie_set_log_callback(int32_t max_level,
                          pie_log_fn fn,
                          void *user_data);

/**
 * Ends the library's work in this process: closes every client, ends every wait with PIE_E_CLOSED, has callbacks that run on
 * threads of the library take what waits, removes every callback, wakeup and the log callback, runs every `drop`, and ends
 * the library's threads. Handles must still be freed; other calls on them give PIE_E_CLOSED. New clients start a new life.
 *
 * @param timeout_ms  How long to wait for the threads, in milliseconds; 0 = begin only; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: nothing of the library runs any more, but for a thread in the system's name resolver, which nothing
 *         can break off and which touches nothing of the host's. PIE_E_TIMED_OUT: it goes on, call again.
 *         PIE_E_WOULD_DEADLOCK: called from a callback; nothing has changed.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_shutdown(int64_t timeout_ms,
                        pie_error **error);

/**
 * Frees a text that a call of this library gave.
 *
 * @param text  Taken over; NULL does nothing.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_string_free(char *text);

/* ----------------------------------------------------------------------------
 * Status and errors.
 * ---------------------------------------------------------------------------- */

/**
 * Gives the name of a status.
 *
 * @param status  Any number.
 * @return "PIE_E_TIMED_OUT" for PIE_E_TIMED_OUT, and so on; "PIE_UNKNOWN_STATUS" for other numbers. Never NULL; lives for ever.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const char *pie_status_name(pie_status status);

/**
 * Gives the status that came with an error.
 *
 * @param error  Borrowed; NULL gives PIE_OK.
 * @return A negative status, or PIE_OK.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_error_status(const pie_error *error);

/**
 * Gives the text of an error: one line that says what was wrong and what to do, with the engine's own words in it.
 *
 * @param error  Borrowed; NULL gives "".
 * @return UTF-8, never NULL; lives as long as the error.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const char *pie_error_message(const pie_error *error);

/**
 * Tells whether the same call may succeed later without any other change.
 *
 * @param error  Borrowed; NULL gives 0.
 * @return 1 for PIE_E_TIMED_OUT, PIE_E_BUSY, PIE_E_CONNECT, PIE_E_REGISTRY, PIE_E_DISCONNECTED of pie_client_connect or of a
 *         client that is being connected again (the option reconnect), and PIE_E_IO and PIE_E_NO_MEMORY where the system
 *         has no descriptor or thread left, unless the cause is one that stays (an HTTP status below 500, a message above a limit, an answer that makes
 *         no sense, an attach that was sent and may still be done); otherwise 0: a client that was lost for good stays lost.
 * @threads Any.
 * @waits No.
 * @since 1
 */
int32_t pie_error_is_retriable(const pie_error *error);

/**
 * Frees an error.
 *
 * @param error  Taken over; NULL does nothing. Never the error of an event, which lives with the event.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_error_free(pie_error *error);

/* ----------------------------------------------------------------------------
 * Options of a connection: text keys and values. docs/options.md and pie_options_describe list them all.
 * ---------------------------------------------------------------------------- */

/**
 * Makes options with every value at its default.
 *
 * @return A handle, freed with pie_options_free; NULL only when memory ran out.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_options *pie_options_new(void);

/**
 * Sets one option.
 *
 * @param options  Borrowed.
 * @param key      The option's name, such as "queue_max_bytes" or "header.authorization".
 * @param value    Its value as text: numbers in decimal digits.
 * @param error    Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_INVALID_ARGUMENT: no such key, or a value that is not allowed; the text lists what is.
 *         PIE_E_UNSUPPORTED: a value whose feature this version lacks. The former value stays on every failure.
 * @threads One at a time for one handle.
 * @waits No.
 * @since 1
 */
pie_status pie_options_set(pie_options *options,
                           const char *key,
                           const char *value,
                           pie_error **error);

/**
 * Describes every option.
 *
 * @return JSON text: an array of objects with key, type, default, range, meaning, and served (which values this version
 *         can serve, or "all"). Never NULL; lives for ever.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const char *pie_options_describe(void);

/**
 * Frees options.
 *
 * @param options  Taken over; NULL does nothing. Clients made with them are not touched.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_options_free(pie_options *options);

/* ----------------------------------------------------------------------------
 * Private keys. A key belongs to no client: one key may log in any number of clients, from any number of threads at
 * once, and may be freed as soon as those calls have returned.
 *
 * Keys are read in the forms OpenSSH, PKCS#8 (version 1 and 2), PKCS#1 (RSA) and SEC1 (ECDSA), as PEM text. They are
 * Ed25519, RSA of 2048 to 8192 bits (released engines take 4096 at most), ECDSA P-256 or ECDSA P-384. Encrypted ones are
 * opened in the form OpenSSH (up to 1000 rounds of bcrypt) and as PKCS#8 with PBES2 (AES in CBC mode; up to 10 000 000
 * rounds of PBKDF2, or scrypt with up to 256 MiB), but not in the older form `Proc-Type: 4,ENCRYPTED`.
 * ---------------------------------------------------------------------------- */

/**
 * Reads the first private key of a file.
 *
 * @param path        Copied. `~` and `~/` at its start stand for the environment variable HOME; `~user` is refused. The
 *                    file is a regular one of up to 1 MiB; nothing else is waited for.
 * @param passphrase  Borrowed, nothing of it is kept; NULL = none. Not looked at where the key is not encrypted.
 * @param out         Set to the key, which the caller frees with pie_private_key_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_IO: the operating system refuses the file. PIE_E_KEY: it holds no key that engines take, or the
 *         passphrase is missing or wrong; the text says which, and what to do. PIE_E_INVALID_ARGUMENT, also where `~`
 *         cannot be expanded.
 * @threads Any. It reads the environment where the path begins with `~`: no thread may change that meanwhile.
 * @waits No; an encrypted key takes as long to open as its maker wanted, usually less than a second.
 * @since 1
 */
pie_status pie_private_key_from_file(const char *path,
                                     const char *passphrase,
                                     pie_private_key **out,
                                     pie_error **error);

/**
 * Reads the first private key of a text.
 *
 * @param text        Borrowed; what is copied of it is wiped. What stands around the key, the ends of its lines,
 *                    blanks and a byte order mark do not matter.
 * @param passphrase  Borrowed, nothing of it is kept; NULL = none. Not looked at where the key is not encrypted.
 * @param out         Set to the key, which the caller frees with pie_private_key_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_KEY: there is no key that engines take, or the passphrase is missing or wrong; the text says
 *         which, and what to do. PIE_E_INVALID_ARGUMENT.
 * @threads Any.
 * @waits No; an encrypted key takes as long to open as its maker wanted, usually less than a second.
 * @since 1
 */
pie_status pie_private_key_parse(const char *text,
                                 const char *passphrase,
                                 pie_private_key **out,
                                 pie_error **error);

/**
 * Tells what kind of key it is: "ed25519", "rsa-3072" (with its bits), "ecdsa-p256" or "ecdsa-p384".
 *
 * @param key  Borrowed; NULL gives "".
 * @return The text; lives as long as the key.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const char *pie_private_key_algorithm(const pie_private_key *key);

/**
 * Frees a key and wipes it.
 *
 * @param key  Taken over; NULL does nothing. No call may be using it; a client that it has logged in does not need it.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_private_key_free(pie_private_key *key);

/* ----------------------------------------------------------------------------
 * Clients: connections to engines.
 * ---------------------------------------------------------------------------- */

/**
 * Connects to an engine and finds out its generation, unless the option `generation` names it. Engines 0.4.0 accept one
 * connection after another: one that hangs in its handshake holds up all others.
 *
 * Over TLS the engine's certificate is checked against the platform's roots, or those of the option tls_ca_file, which are
 * read anew each time.
 *
 * This call tries once. With the option reconnect=on, a connection that it made and that is lost later is made again:
 * after pauses of 250 ms at most, then twice as long each time up to reconnect_max_delay_ms, random by half, for up to
 * reconnect_max_attempts attempts, each of which may take 20 s to connect and 20 s for the login and what follows it. A
 * connection that held for 10 s begins anew with the first pause. Meanwhile every call fails at once with
 * PIE_E_DISCONNECTED, may be tried again later, and sends nothing; what was under way ends in the same way, and is never
 * sent a second time: it may or may not have been done. The login is repeated, MCP servers are offered again, and
 * processes are attached again where the engine allows it (documented 0.4; no released engine).
 *
 * @param uri         "ws://host:port", or "wss://host:port" for TLS; copied. Without a path, the path is the one that the
 *                    engine's generation serves.
 * @param options     Borrowed, copied; NULL = all defaults.
 * @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
 * @param out         Set to the client, which the caller frees with pie_client_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_CONNECT: nobody listens there, or not a Pie engine. PIE_E_TIMED_OUT. PIE_E_TLS: the
 *         text says which check failed. PIE_E_IO: a file of a tls_ option cannot be read, or the system has no
 *         descriptor left. PIE_E_NO_MEMORY: it has no thread left. PIE_E_DISCONNECTED: lost right away.
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED, PIE_E_CLOSED (options made before
 *         pie_shutdown, or pie_shutdown meanwhile).
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_connect(const char *uri,
                              const pie_options *options,
                              int64_t timeout_ms,
                              pie_client **out,
                              pie_error **error);

/**
 * Sends a ping to the engine and waits for its answer. A busy engine answers late: this measures it, it is no test of
 * the connection.
 *
 * @param client      Borrowed.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param rtt_ns      Set to the time to the answer in nanoseconds, 0 on any status but PIE_OK; may be NULL.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_REJECTED,
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_ping(pie_client *client,
                           int64_t timeout_ms,
                           int64_t *rtt_ns,
                           pie_error **error);

/**
 * Asks the engine for a fact, such as "model_status" (the record is ignored), whose answer is a JSON object.
 *
 * @param client      Borrowed.
 * @param subject     What is asked for; copied. Engines 0.4 never answer a subject that they do not know.
 * @param record      About what; copied; "" where the subject needs none.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param out         Set to the answer, which the caller frees with pie_string_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_query(pie_client *client,
                            const char *subject,
                            const char *record,
                            int64_t timeout_ms,
                            char **out,
                            pie_error **error);

/**
 * Tells the generation of the engine.
 *
 * @param client  Borrowed; NULL gives PIE_GENERATION_UNKNOWN.
 * @return PIE_GENERATION_*.
 * @threads Any.
 * @waits No.
 * @since 1
 */
int32_t pie_client_generation(const pie_client *client);

/**
 * Gives the queue of a client's own: what happens to its connection arrives there, as PIE_EVENT_CONNECTION. It is kept
 * from the connect on, whenever this is called; of what nobody takes, the 64 newest.
 *
 * @param client  Borrowed; NULL gives NULL.
 * @return A new handle, freed with pie_queue_free by the caller; NULL also after pie_shutdown and in a forked child. The
 *         queue ends with PIE_END behind the event that the client was closed.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_queue *pie_client_queue(pie_client *client);

/**
 * Closes the connection. Every request under way ends with PIE_E_CLOSED, and every running process's stream with an
 * ERROR event of that status; what waits in queues that the host empties stays there. After PIE_OK all of them have, and
 * callbacks that run on threads of the library have had all events of this client. MCP servers are ended:
 * their input is closed, SIGTERM follows after half of the option close_timeout_ms, SIGKILL after all of it. Engines
 * 0.5 then end the processes that this client launched with capture or attached.
 *
 * @param client      Borrowed: it must still be freed.
 * @param timeout_ms  In milliseconds; 0 = begin only; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, also the second time. PIE_E_TIMED_OUT: it goes on, call again to wait for it. PIE_E_WOULD_DEADLOCK:
 *         called on the thread of a callback that this client's events go to; nothing has changed (call
 *         pie_client_close_async there, or give 0). PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any; may be called while other threads use the client, and ends their calls.
 * @waits Up to `timeout_ms`, and never longer than the option close_timeout_ms, as engines do not answer a goodbye, what
 *        the system takes to end MCP servers that were killed, and what callbacks take for the events that wait.
 * @since 1
 */
pie_status pie_client_close(pie_client *client,
                            int64_t timeout_ms,
                            pie_error **error);

/**
 * Frees a client, and closes it if it is still open: that goes on by itself. Its processes' handles stay valid.
 *
 * @param client  Taken over; NULL does nothing. No call may be using this handle, but for a login from inside its signer.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_client_free(pie_client *client);

/* ----------------------------------------------------------------------------
 * Logging in. Engines 0.4 need it before anything else, also where they know no users; 0.5 need none, and say yes to
 * everybody. Where an engine wants a signature, it is made by a key, by a function of the host, or by an SSH agent. One
 * login at a time goes on for each client: a second one waits for the first. Once a client is logged in, it stays that user:
 * a further login under any name gives PIE_OK and changes nothing.
 *
 * What is signed is the engine's challenge: 48 random bytes. Nothing of another length and no text is signed
 * (PIE_E_PROTOCOL). An engine can pass on the challenge of another engine: whoever logs in to an engine lets it log in
 * as them wherever the same key is known. Have a key of its own for each domain of trust.
 * ---------------------------------------------------------------------------- */

/**
 * Logs in under a user's name. With the option reconnect=on the client keeps the name and its own share in the key, to
 * repeat the login when a lost connection is made again, until the client is closed, freed or lost for good, or logs
 * in otherwise on a later connection; then they are wiped. An engine that refuses the repeated login ends the attempts.
 *
 * @param client      Borrowed.
 * @param username    Copied.
 * @param key         Borrowed; it may be freed when the call has returned. NULL: for an engine whose login is off.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, also when logged in already. PIE_E_AUTH: the engine refused, or wants a key and `key` is NULL.
 *         PIE_E_PROTOCOL: its challenge makes no sense. PIE_E_KEY: the key cannot sign. PIE_E_TIMED_OUT,
 *         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_WOULD_DEADLOCK from inside a
 *         signer of the same client.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_authenticate(pie_client *client,
                                   const char *username,
                                   const pie_private_key *key,
                                   int64_t timeout_ms,
                                   pie_error **error);

/**
 * Logs in under a user's name, with signatures that a function of the host makes: a hardware token, a key service.
 *
 * `fn` is not asked again when the option reconnect makes a lost connection again: calls then give PIE_E_AUTH until
 * the host logs in once more, processes of the lost connection are out of reach, and their streams end.
 *
 * @param client      Borrowed.
 * @param username    Copied.
 * @param fn          Called once on the calling thread, and not at all where the engine wants no signature. It may take
 *                    its time, but when `timeout_ms` has passed meanwhile, its signature is not sent. Of this client it
 *                    may call anything but a login, even pie_client_free: the call then gives PIE_E_CLOSED. If it forks
 *                    and returns in the child too, the call gives PIE_E_FORKED there, and sends nothing.
 * @param user_data   Passed to `fn`; not looked at.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, also when logged in already. PIE_E_KEY: `fn` returned another number than 0, or a length of 0 or above
 *         its room; nothing was sent then. PIE_E_AUTH: the engine refused. PIE_E_PROTOCOL: its challenge makes no sense.
 *         PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED;
 *         PIE_E_WOULD_DEADLOCK from inside a signer of the same client.
 * @threads Any.
 * @waits Up to `timeout_ms`, and for `fn`.
 * @since 1
 */
pie_status pie_client_authenticate_with_signer(pie_client *client,
                                               const char *username,
                                               pie_sign_fn fn,
                                               void *user_data,
                                               int64_t timeout_ms,
                                               pie_error **error);

/**
 * Logs in under a user's name, with a key that the SSH agent of this session holds. Keys that cannot log in are passed
 * over: DSA, ECDSA P-521, FIDO security keys (sk-), RSA below 2048 bits, certificates. With the option reconnect=on the
 * agent is asked again whenever a lost connection is made again; only the name and `public_key` are kept for that.
 *
 * @param client      Borrowed.
 * @param username    Copied.
 * @param public_key  Copied; which key to use: a line as in a .pub file ("ssh-ed25519 AAAA... comment"), or a fingerprint
 *                    as `ssh-add -l` prints it ("SHA256:..."). NULL: the agent's keys in its order, until the engine
 *                    accepts one.
 * @param timeout_ms  In milliseconds; PIE_FOREVER. It bounds the agent too, which may ask its user for confirmation.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, also when logged in already; the agent is asked only where the engine wants a signature. PIE_E_KEY: no
 *         agent at the environment variable SSH_AUTH_SOCK, or it is locked, holds no fitting key, or does not sign.
 *         PIE_E_AUTH: the engine accepted none of the keys. PIE_E_PROTOCOL: its challenge makes no sense.
 *         PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_UNSUPPORTED
 *         where there are no Unix sockets; PIE_E_WOULD_DEADLOCK from inside a signer of the same client.
 * @threads Any. It reads the environment: no thread may change that meanwhile.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_authenticate_with_agent(pie_client *client,
                                              const char *username,
                                              const char *public_key,
                                              int64_t timeout_ms,
                                              pie_error **error);

/**
 * Logs in with the engine's internal token, as the user `internal`. Engines 0.4 only.
 *
 * @param client      Borrowed.
 * @param token       Borrowed; never logged, never part of an error; what is copied of it is wiped: at once, or with the
 *                    option reconnect=on, to repeat the login, when the client is closed, freed or lost for good.
 * @param timeout_ms  In milliseconds; PIE_FOREVER. An engine takes 1 to 3 s to refuse a wrong token (0.4.0).
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_AUTH: the engine refused. PIE_E_UNSUPPORTED: the generation has no tokens. PIE_E_TIMED_OUT,
 *         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_WOULD_DEADLOCK from inside a
 *         signer of the same client.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_auth_by_token(pie_client *client,
                                    const char *token,
                                    int64_t timeout_ms,
                                    pie_error **error);

/* ----------------------------------------------------------------------------
 * Programs: what an engine has installed.
 * ---------------------------------------------------------------------------- */

/**
 * Asks a registry which version an inferlet has. The engine is not asked: the call works before a login, and when the
 * connection to the engine is lost. Certificates are checked against what the system trusts (on Linux its store, or
 * SSL_CERT_FILE and SSL_CERT_DIR). Proxies, also those of the environment, are not used.
 *
 * @param client        Borrowed.
 * @param name          The inferlet's name; copied. One with an @ comes back as it is, and nobody is asked.
 * @param registry_url  "https://host:port/path" or "http:...", port and path as needed; copied. NULL: that of the Pie
 *                      project, `https://registry.pie-project.org/`.
 * @param timeout_ms    For all of it, in milliseconds; PIE_FOREVER.
 * @param out           Set to "name@version", the form that launches take, which the caller frees with
 *                      pie_string_free: the newest version that is not yanked, or the newest if all are. NULL on any
 *                      status but PIE_OK.
 * @param error         Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REGISTRY: the registry does not know the inferlet, or its answer is no use: the text says what
 *         was asked and what came; an answer may have 8 MiB, and 10 redirects may lead to it, none from https to http.
 *         PIE_E_TLS: the text says which check failed. PIE_E_CONNECT: nobody listens there. PIE_E_TIMED_OUT.
 *         PIE_E_CLOSED, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any. It reads the environment, which no thread may change meanwhile.
 * @waits Up to `timeout_ms`, and for the disk, which the system's certificates are read from for https: neither the
 *        limit nor a close ends that part.
 * @since 1
 */
pie_status pie_client_resolve_version(pie_client *client,
                                      const char *name,
                                      const char *registry_url,
                                      int64_t timeout_ms,
                                      char **out,
                                      pie_error **error);

/**
 * Asks whether a program is installed. Engines look at its name and version alone: they ignore the hashes of its files
 * (0.4.0) or take none (0.5), so a 1 does not mean that the installed bytes are these.
 *
 * @param client         Borrowed.
 * @param inferlet       "name@major.minor.patch"; copied.
 * @param wasm_path      The program's file, to be hashed; copied; may be NULL.
 * @param manifest_path  The manifest's file, to be hashed; copied; may be NULL.
 * @param timeout_ms     In milliseconds; PIE_FOREVER.
 * @param exists         Set to 1 or 0; 0 on any status but PIE_OK.
 * @param error          Set on failure; may be NULL.
 * @return PIE_OK, PIE_E_IO (a file cannot be read), PIE_E_REJECTED, PIE_E_PROTOCOL, PIE_E_TIMED_OUT,
 *         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`, and for the disk.
 * @since 1
 */
pie_status pie_client_check_program(pie_client *client,
                                    const char *inferlet,
                                    const char *wasm_path,
                                    const char *manifest_path,
                                    int64_t timeout_ms,
                                    int32_t *exists,
                                    pie_error **error);

/**
 * Installs a program from files: a WebAssembly component, or (0.5) a Python or JavaScript script.
 *
 * Without `force_overwrite` an engine keeps an installed program of the same name and version, drops this one, and says
 * PIE_OK all the same (seen with 0.4.0 and 0.5.2): after a rebuild under the same version, overwrite. A program that the
 * engine cannot compile may stay registered and fail at its launch.
 *
 * @param client           Borrowed.
 * @param program_path     The program's file; copied. It is read chunk by chunk while it is sent.
 * @param manifest_path    The manifest's file (TOML, UTF-8); copied.
 * @param force_overwrite  0, or another number for yes.
 * @param timeout_ms       For the upload and the engine's answer, in milliseconds; PIE_FOREVER. The engine compiles
 *                         before it answers.
 * @param error            Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_IO: a file cannot be read, or changed while it was being
 *         sent. PIE_E_TOO_LARGE: the manifest is larger than the engine's largest message. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`, for the disk, and within that for the uploads before it.
 * @since 1
 */
pie_status pie_client_install_program(pie_client *client,
                                      const char *program_path,
                                      const char *manifest_path,
                                      int32_t force_overwrite,
                                      int64_t timeout_ms,
                                      pie_error **error);

/**
 * Installs a program from memory, as pie_client_install_program does.
 *
 * @param client           Borrowed.
 * @param program          The program; borrowed until the call returns; may be NULL when `size` is 0.
 * @param size             Its size in bytes.
 * @param manifest         The manifest's text (TOML); copied.
 * @param force_overwrite  0, or another number for yes.
 * @param timeout_ms       As pie_client_install_program.
 * @param error            Set on failure; may be NULL.
 * @return As pie_client_install_program, but for PIE_E_IO.
 * @threads Any.
 * @waits Up to `timeout_ms`, within that for the uploads before it.
 * @since 1
 */
pie_status pie_client_install_program_bytes(pie_client *client,
                                            const void *program,
                                            size_t size,
                                            const char *manifest,
                                            int32_t force_overwrite,
                                            int64_t timeout_ms,
                                            pie_error **error);

/* ----------------------------------------------------------------------------
 * Launching processes and daemons, attaching to processes, and what can be done to a process by its id.
 * ---------------------------------------------------------------------------- */

/**
 * Starts a process of an installed inferlet. Its events may be received before the call returns: route them by tag.
 *
 * When time is up and the engine's answer comes later, the library terminates the process.
 *
 * A busy engine may lose the first words of a process, and the return of one that ends at once: what comes before it
 * has noted who launched the process (0.5.2: 5 of 4000 and 3 of 9000, right after an install). One whose return was
 * lost stays listed, and silent, until pie_process_terminate. So an inferlet should begin by waiting for a signal or
 * for some 25 ms; where it does not, a receive needs a limit.
 *
 * @param client      Borrowed.
 * @param inferlet    "name@major.minor.patch", from 0.5 on also "name" for the newest; copied.
 * @param options     Borrowed, copied; NULL = all zeros.
 * @param timeout_ms  For the engine's answer, in milliseconds; PIE_FOREVER. An engine may have to download and compile.
 * @param out         Set to the process, which the caller frees with pie_process_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_UNSUPPORTED: a token budget on 0.5. PIE_E_TOO_LARGE: the
 *         input is. PIE_E_ABI_MISMATCH: options->struct_size. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED,
 *         PIE_E_AUTH, PIE_E_PROTOCOL, PIE_E_INVALID_ARGUMENT (the input is not JSON, among others), PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_launch_process(pie_client *client,
                                     const char *inferlet,
                                     const pie_launch_options *options,
                                     int64_t timeout_ms,
                                     pie_process **out,
                                     pie_error **error);

/**
 * Starts one process for each input: all of them, or none. The requests leave together, and are answered one by one.
 * Engines run fewer at once than they accept: 8 on 2 cores (0.5.2).
 *
 * All inputs are checked before anything is sent. When one cannot be started, those that were are terminated, and so are
 * those whose answers come later. (0.5 tells no id of a PIE_LAUNCH_NO_CAPTURE process: such a one runs on.)
 *
 * @param client      Borrowed.
 * @param inferlet    As for pie_client_launch_process.
 * @param inputs      Borrowed; `count` JSON texts, each of which may be NULL = {}. NULL only when `count` is 0.
 * @param count       How many processes; 0 starts none.
 * @param options     Borrowed, copied; NULL = all zeros. `input` must be NULL; the i-th process has the tag `tag` + i.
 * @param timeout_ms  For all answers together, in milliseconds; PIE_FOREVER.
 * @param out         Not NULL, also when `count` is 0. Room for `count` handles, in the order of the inputs, each freed with pie_process_free by the caller;
 *                    all NULL on any status but PIE_OK.
 * @param error       Set on failure; its text tells which input; may be NULL.
 * @return As pie_client_launch_process. PIE_E_TIMED_OUT: not all were answered in time.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_launch_processes(pie_client *client,
                                       const char *inferlet,
                                       const char *const *inputs,
                                       size_t count,
                                       const pie_launch_options *options,
                                       int64_t timeout_ms,
                                       pie_process **out,
                                       pie_error **error);

/**
 * Runs one process for each input and gives what they returned. Other calls and processes of the client go on
 * meanwhile.
 *
 * When one fails, the others are terminated, since nobody would receive what they return; to keep those results,
 * launch with pie_client_launch_processes into one queue.
 *
 * @param client      Borrowed.
 * @param inferlet    As for pie_client_launch_process.
 * @param inputs      As for pie_client_launch_processes.
 * @param count       How many processes; 0 gives [].
 * @param options     Borrowed, copied; NULL = all zeros. Only `token_budget` may be set; it is for each process.
 * @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
 * @param out_json    Set to a JSON array of the texts that the processes returned (strings, also where they are JSON
 *                    themselves: an inferlet that returned {} gives "{}"), in the order of the inputs, which the
 *                    caller frees with pie_string_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; its text tells which input; may be NULL.
 * @return As pie_client_launch_processes. PIE_E_PROCESS: an inferlet ended with an error. PIE_E_TIMED_OUT: not all had
 *         ended in time; those are terminated.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_run_processes(pie_client *client,
                                    const char *inferlet,
                                    const char *const *inputs,
                                    size_t count,
                                    const pie_launch_options *options,
                                    int64_t timeout_ms,
                                    char **out_json,
                                    pie_error **error);

/**
 * Makes the events of a running process this client's. From then on its messages, its files and its end arrive; what it
 * sent before is lost, and what it writes to its standard output never comes (0.4.0, 0.5.2).
 *
 * What can be attached, by what real engines did: a process launched with PIE_LAUNCH_NO_CAPTURE, once. A process whose
 * connection was lost cannot: 0.4 keeps it attached to the lost one and says `Process not found`, 0.5 has ended it.
 * Take care on 0.5: an attach to a running process that is refused ends that process as soon as this client's
 * connection ends, whoever it belongs to (0.5.2). A process that this client has let go of stays attached to it, and
 * cannot be attached again.
 *
 * @param client      Borrowed.
 * @param process_id  The id, as pie_process_id or pie_client_list_processes tell it; copied.
 * @param options     Borrowed, copied; NULL = all zeros. Only `tag` and `queue` may be set.
 * @param timeout_ms  For the engine's answer, in milliseconds; PIE_FOREVER. When time is up and the engine attaches it
 *                    later, nobody has a handle of it, its events are dropped, and it cannot be attached again: 0.4
 *                    keeps it attached, 0.5 ends it with this client's connection. Allow enough time.
 * @param out         Set to the process, which the caller frees with pie_process_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REJECTED: the engine refused; the text says what that may mean. PIE_E_INVALID_STATE: the process
 *         is attached to this client already, by its launch or an attach. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
 *         PIE_E_ABI_MISMATCH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_attach_process(pie_client *client,
                                     const char *process_id,
                                     const pie_launch_options *options,
                                     int64_t timeout_ms,
                                     pie_process **out,
                                     pie_error **error);

/**
 * Asks for the running processes: on 0.4 those of the user, on 0.5 everybody's.
 *
 * @param client      Borrowed.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param out         Set to the list, which the caller frees with pie_process_list_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, PIE_E_PROTOCOL (the answer is no list), PIE_E_REJECTED, PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
 *         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_list_processes(pie_client *client,
                                     int64_t timeout_ms,
                                     pie_process_list **out,
                                     pie_error **error);

/**
 * Sends a process a text, as pie_process_signal does, by its id. Engines drop it without a word unless the process was
 * launched with capture, or attached, on this connection.
 *
 * @param client      Borrowed.
 * @param process_id  Copied; "" is PIE_E_INVALID_ARGUMENT.
 * @param message     Copied.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: handed to the connection; engines do not acknowledge signals. PIE_E_BUSY: the outgoing buffer is
 *         full, nothing was sent. PIE_E_TOO_LARGE, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_signal_process(pie_client *client,
                                     const char *process_id,
                                     const char *message,
                                     pie_error **error);

/**
 * Has the engine end a process by its id. On 0.5 that may be anybody's.
 *
 * @param client      Borrowed.
 * @param process_id  Copied; "" is PIE_E_INVALID_ARGUMENT.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REJECTED: there is no such process, or it is not ours. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
 *         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_terminate_process(pie_client *client,
                                        const char *process_id,
                                        int64_t timeout_ms,
                                        pie_error **error);

/**
 * Has the engine serve HTTP by an inferlet, on the engine's machine at 127.0.0.1 and this port. Engines 0.4 only.
 *
 * The engine says PIE_OK before it listens, and also when it cannot because the port is taken (0.4.0): try a request.
 * It has no way to list or stop a daemon; one lives until the engine ends, and is no process of the list.
 *
 * @param client      Borrowed.
 * @param inferlet    "name@major.minor.patch"; copied.
 * @param port        1 to 65535.
 * @param input       JSON text, checked before it is sent; copied; NULL = {}. Engines 0.4.0 ignore it.
 * @param timeout_ms  In milliseconds; PIE_FOREVER. An engine may have to download and compile.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_REJECTED: the engine refused. PIE_E_UNSUPPORTED: the generation has no daemons. PIE_E_TIMED_OUT,
 *         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_launch_daemon(pie_client *client,
                                    const char *inferlet,
                                    uint32_t port,
                                    const char *input,
                                    int64_t timeout_ms,
                                    pie_error **error);

/* ----------------------------------------------------------------------------
 * MCP: servers that inferlets use through this client. Engines 0.4 pass on what their processes ask; 0.5 have no MCP.
 *
 * A server is a program that the library starts, or a handler within the host. Each request of the engine gets exactly
 * one answer as long as the connection lives: an error where there is no other. Params, results and error objects go
 * through as the JSON texts that they are.
 * ---------------------------------------------------------------------------- */

/**
 * Starts a program that is an MCP server, does the handshake with it, and offers it to the engine's processes under a
 * name. From then on the library passes their requests on to it.
 *
 * The program gets a process group of its own, the host's environment and an empty signal mask; what it writes to its
 * standard error is logged (PIE_LOG_DEBUG). The engine learns the name alone. A server that dies, closes its output or
 * writes a line over the option max_message_bytes is ended; requests are answered with an error then, and the name may
 * be registered again. A request that is not answered within the option mcp_timeout_ms is answered with an error.
 *
 * At its end (close, free, unregister, shutdown, loss of the connection for good, failure of this call) its standard input is
 * closed; SIGTERM and then SIGKILL follow to its whole group, after 2 and 4 seconds, but with a close or free after one
 * half and all of the option close_timeout_ms, and with a shutdown SIGKILL at once.
 *
 * @param client      Borrowed.
 * @param name        What inferlets call it; copied; not empty.
 * @param server      How it is started; borrowed, copied.
 * @param timeout_ms  For all of it, in milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_MCP: it cannot be started, exited, or refused the handshake: the text says which, with its
 *         last line on standard error. PIE_E_INVALID_STATE: the name is in use, or was unregistered meanwhile.
 *         PIE_E_UNSUPPORTED: another transport, or the engine's generation has no MCP. PIE_E_REJECTED: the engine
 *         refused. PIE_E_TIMED_OUT, PIE_E_ABI_MISMATCH, PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH,
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED. On failure the program is ended and the name free.
 * @threads Any. It reads the environment: no thread may change that meanwhile.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_register_mcp_server(pie_client *client,
                                          const char *name,
                                          const pie_mcp_server *server,
                                          int64_t timeout_ms,
                                          pie_error **error);

/**
 * Offers the engine's processes an MCP server within the host. Each of their requests comes as an event of kind
 * PIE_EVENT_MCP_REQUEST, and is answered with pie_event_mcp_respond.
 *
 * A request is answered with an error when its event is freed unanswered, when it is not answered within the option
 * mcp_timeout_ms, when 4096 of this handler are under way, and when those that wait in the queue take up more than
 * queue_max_bytes.
 *
 * @param client        Borrowed.
 * @param name          What inferlets call it; copied; not empty.
 * @param requests      Where its requests go; borrowed. The registration keeps the queue itself, not this handle: while
 *                      the queue has none, requests are answered with an error at once.
 * @param requests_tag  Comes back in each event.
 * @param timeout_ms    For the engine's answer, in milliseconds; PIE_FOREVER.
 * @param error         Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_INVALID_STATE: the name is in use, or was unregistered meanwhile. PIE_E_UNSUPPORTED: the
 *         engine's generation has no MCP. PIE_E_REJECTED: the engine refused. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED,
 *         PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED. On failure the name is free.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_client_register_mcp_handler(pie_client *client,
                                           const char *name,
                                           pie_queue *requests,
                                           uint64_t requests_tag,
                                           int64_t timeout_ms,
                                           pie_error **error);

/**
 * Offers an MCP server of either kind no longer. Its program is ended, requests under way and later ones are answered
 * with an error, and so are those that wait in a handler's queue; events that were taken may still be answered. Engines
 * are not told: they cannot forget a name.
 *
 * @param client  Borrowed.
 * @param name    Copied.
 * @param error   Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_INVALID_STATE: no such server is registered. PIE_E_DISCONNECTED, PIE_E_CLOSED,
 *         PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits No: the program ends by itself.
 * @since 1
 */
pie_status pie_client_unregister_mcp_server(pie_client *client,
                                            const char *name,
                                            pie_error **error);

/**
 * Answers a PIE_EVENT_MCP_REQUEST. Once: the first answer counts. The event must still be freed.
 *
 * @param event  Borrowed.
 * @param ok     Not 0: json is the result. 0: json is an error object, {"code":-32000,"message":"…","data":…} with data where
 *               it is wanted, or a JSON string, which becomes the message under the code -32000.
 * @param json   JSON text, sent as it is; copied.
 * @param error  Set on failure; may be NULL.
 * @return PIE_OK: handed to the connection. PIE_E_INVALID_ARGUMENT (the event is no request, the text no JSON or no
 *         error object) and PIE_E_TOO_LARGE (more than the engine takes in one message): the request stays open.
 *         PIE_E_INVALID_STATE: answered already. PIE_E_TIMED_OUT: the engine has got an error meanwhile.
 *         PIE_E_DISCONNECTED: the connection that it came on is lost, even if there is another one by now; nobody waits
 *         for the answer. PIE_E_CLOSED, PIE_E_FORKED.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_event_mcp_respond(pie_event *event,
                                 int32_t ok,
                                 const char *json,
                                 pie_error **error);

/* ----------------------------------------------------------------------------
 * Lists of processes.
 * ---------------------------------------------------------------------------- */

/**
 * Tells how many processes a list has.
 *
 * @param list  Borrowed; NULL gives 0.
 * @return The number.
 * @threads Any.
 * @waits No.
 * @since 1
 */
size_t pie_process_list_size(const pie_process_list *list);

/**
 * Gives one process of a list.
 *
 * @param list   Borrowed; NULL gives NULL.
 * @param index  From 0.
 * @return The process, or NULL past the end; lives as long as the list.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const pie_process_info *pie_process_list_get(const pie_process_list *list,
                                             size_t index);

/**
 * Frees a list.
 *
 * @param list  Taken over; NULL does nothing.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_process_list_free(pie_process_list *list);

/* ----------------------------------------------------------------------------
 * Processes.
 * ---------------------------------------------------------------------------- */

/**
 * Gives the process's id.
 *
 * @param process  Borrowed; NULL gives "".
 * @return The id as the engine spells it; "" where the engine tells none (0.5 with PIE_LAUNCH_NO_CAPTURE). Never NULL;
 *         lives as long as the handle.
 * @threads Any.
 * @waits No.
 * @since 1
 */
const char *pie_process_id(const pie_process *process);

/**
 * Takes the oldest event of a process that was launched without a queue.
 *
 * When the connection is lost, the stream ends with an ERROR of PIE_E_DISCONNECTED. With the option reconnect=on and an
 * engine 0.4 it stays open, and goes on when the process is attached again; if the engine refuses that, as released ones
 * do, the ERROR comes then, and its text has the engine's words. What the engine had to say in between and does not
 * keep is not counted.
 *
 * @param process     Borrowed.
 * @param timeout_ms  How long to wait for one, in milliseconds; 0 = only what is there; PIE_FOREVER.
 * @param out         Set to the event, which the caller frees with pie_event_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK; PIE_EMPTY when time is up; PIE_INTERRUPTED; PIE_END after the last event, each time, and at once
 *         where the launch had PIE_LAUNCH_NO_CAPTURE, whether or not it named a queue. PIE_E_INVALID_STATE: the launch
 *         named a queue, receive there. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_CLOSED after pie_shutdown.
 * @threads Any, several at once: each event comes to one of them.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_process_recv(pie_process *process,
                            int64_t timeout_ms,
                            pie_event **out,
                            pie_error **error);

/**
 * Sends the process a text, which it receives in the order of the calls. Engines drop it without a word where
 * the process was launched with PIE_LAUNCH_NO_CAPTURE and its id is known (0.4): attach it, and use that handle.
 *
 * @param process  Borrowed.
 * @param message  Copied.
 * @param error    Set on failure; may be NULL.
 * @return PIE_OK: handed to the connection; engines do not acknowledge signals. PIE_E_BUSY: the outgoing buffer is
 *         full, nothing was sent. PIE_E_INVALID_STATE: the process has ended (of one with PIE_LAUNCH_NO_CAPTURE nobody
 *         tells that: PIE_OK). PIE_E_UNSUPPORTED: it has no id. PIE_E_TOO_LARGE, PIE_E_DISCONNECTED, PIE_E_CLOSED,
 *         PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_process_signal(pie_process *process,
                              const char *message,
                              pie_error **error);

/**
 * Sends the process a file from memory. Uploads of one client go one at a time, in the order of the calls.
 *
 * Engines drop a file without a word unless the inferlet is waiting for one: have it send a message when it is ready,
 * and send the file then (seen with 0.4.0 and 0.5.2). They also drop it where the process was launched with
 * PIE_LAUNCH_NO_CAPTURE: attach it, and use that handle; and where it is larger than they take, 256 MiB unless they are
 * configured otherwise.
 *
 * @param process     Borrowed.
 * @param data        Borrowed until the call returns; may be NULL when `size` is 0.
 * @param size        In bytes; 0 is a file too.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: handed to the connection; engines do not acknowledge files. PIE_E_TIMED_OUT: only a part was sent,
 *         and the engine drops it. PIE_E_INVALID_STATE: the process has ended (as for pie_process_signal).
 *         PIE_E_UNSUPPORTED: it has no id.
 *         PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits While more than the option upload_window_bytes waits to be sent, and for the uploads before it; up to
 *        `timeout_ms`.
 * @since 1
 */
pie_status pie_process_transfer_file(pie_process *process,
                                     const void *data,
                                     size_t size,
                                     int64_t timeout_ms,
                                     pie_error **error);

/**
 * Sends the process a file from disk, as pie_process_transfer_file does; it is read chunk by chunk while it is sent.
 *
 * @param process     Borrowed.
 * @param path        The file's path; copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return As pie_process_transfer_file; PIE_E_IO: the file cannot be read, or changed while it was being sent.
 * @threads Any.
 * @waits As pie_process_transfer_file, and for the disk.
 * @since 1
 */
pie_status pie_process_transfer_path(pie_process *process,
                                     const char *path,
                                     int64_t timeout_ms,
                                     pie_error **error);

/**
 * Has the engine end the process. Its last event is then an ERROR with the status PIE_E_CANCELLED, unless it ended by
 * itself first.
 *
 * @param process     Borrowed.
 * @param timeout_ms  How long to wait for the engine's answer, in milliseconds; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK, also when the process has ended already, but not where the launch had PIE_LAUNCH_NO_CAPTURE: nobody
 *         tells of that end, and then the engine's answer is PIE_E_REJECTED, `Process not found`. PIE_E_REJECTED: the
 *         engine refused. PIE_E_UNSUPPORTED: the process has no id. PIE_E_TIMED_OUT, PIE_E_DISCONNECTED, PIE_E_CLOSED,
 *         PIE_E_AUTH, PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_process_terminate(pie_process *process,
                                 int64_t timeout_ms,
                                 pie_error **error);

/**
 * Waits until the process ends, whoever takes its events, and gives what it returned. Once the end is known, what waits
 * in the process's own queue is dropped; when time is up, nothing is. Asked again, it gives the same answer.
 *
 * With the option overflow=pause, a process whose events nobody takes would never come to its end. So while this call
 * waits, the process's own queue drops what has no room, as overflow=drop does, provided that nobody has received from it,
 * set a callback or wakeup, asked for its descriptor, or has another handle of it. Otherwise whoever has begun to take its
 * events has to go on; if that is not done, or in a callback of that queue, this call waits until its time is up, and the
 * error says which process holds everything up.
 *
 * @param process     Borrowed.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param out         Set to the text of the RETURN event, which the caller frees with pie_string_free (a NUL in it
 *                    becomes U+FFFD); NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_PROCESS: the inferlet failed, its text is in the error's. PIE_E_CANCELLED: it was terminated by
 *         this client. PIE_E_DISCONNECTED, PIE_E_CLOSED: it is out of reach. PIE_E_TIMED_OUT: it has not ended.
 *         PIE_E_UNSUPPORTED: launched with PIE_LAUNCH_NO_CAPTURE. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED.
 * @threads Any, several at once.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_process_result(pie_process *process,
                              int64_t timeout_ms,
                              char **out,
                              pie_error **error);

/**
 * Has a callback take the process's events, as pie_queue_set_callback with PIE_DISPATCH_THREAD on its own queue does.
 *
 * @param process    Borrowed.
 * @param fn         The callback; it owns each event and frees it.
 * @param user_data  Given to it; NULL is fine.
 * @param drop       As for pie_queue_set_callback; at the latest it runs when the process's handle and those of its queue
 *                   are freed. May be NULL.
 * @param error      Set on failure; may be NULL.
 * @return As pie_queue_set_callback; PIE_E_INVALID_STATE also when the launch named a queue: set its callback.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_process_set_callback(pie_process *process,
                                    pie_event_fn fn,
                                    void *user_data,
                                    pie_drop_fn drop,
                                    pie_error **error);

/**
 * Removes the callback of the process's own queue, as pie_queue_clear_callback does.
 *
 * @param process     Borrowed.
 * @param timeout_ms  In milliseconds; 0 = begin, do not wait; PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return As pie_queue_clear_callback; PIE_E_INVALID_STATE when the launch named a queue.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_process_clear_callback(pie_process *process,
                                      int64_t timeout_ms,
                                      pie_error **error);

/**
 * Gives the queue that the process's events arrive in.
 *
 * @param process  Borrowed; NULL gives NULL.
 * @return A new handle, freed with pie_queue_free by the caller. The queue of a process's own ends with PIE_END after
 *         the last event, and right away when the process's handle is freed.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_queue *pie_process_queue(pie_process *process);

/**
 * Lets go of a process. The inferlet runs on until it ends, or until an engine ends it with the connection; no receive
 * yields its events any more.
 *
 * @param process  Taken over; NULL does nothing. No call may be using this handle.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_process_free(pie_process *process);

/* ----------------------------------------------------------------------------
 * Queues: where events arrive. One queue may serve many processes and asynchronous calls; any number of threads may
 * receive from it, and each event comes to one of them. There are four ways to empty a queue: receives that wait or do not
 * (pie_queue_recv, pie_queue_recv_batch); a descriptor for poll, epoll or kqueue (pie_queue_fd); a wakeup that tells an
 * event loop of another kind to come and receive (pie_queue_set_wakeup); a callback (pie_queue_set_callback), run by a
 * thread of the queue's own or by the host's own loop (pie_queue_dispatch).
 * ---------------------------------------------------------------------------- */

/**
 * Makes a queue. Launches name it, and the events of their processes arrive in it.
 *
 * @return A handle, freed with pie_queue_free; NULL only when memory ran out. The queue itself lives on while a process
 *         feeds it. It never ends: receives give PIE_EMPTY, not PIE_END, when nothing is left.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_queue *pie_queue_new(void);

/**
 * Takes the oldest event.
 *
 * @param queue       Borrowed.
 * @param timeout_ms  How long to wait for one, in milliseconds; 0 = only what is there; PIE_FOREVER.
 * @param out         Set to the event, which the caller frees with pie_event_free; NULL on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK; PIE_EMPTY when time is up; PIE_INTERRUPTED; PIE_END from the queue of one process after its last
 *         event, each time. PIE_E_INVALID_ARGUMENT, PIE_E_FORKED; PIE_E_CLOSED after pie_shutdown. The loss of a
 *         connection is no error here: it comes as each process's last event.
 * @threads Any, several at once.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_queue_recv(pie_queue *queue,
                          int64_t timeout_ms,
                          pie_event **out,
                          pie_error **error);

/**
 * Takes up to `capacity` events. Waits for the first one only.
 *
 * @param queue       Borrowed.
 * @param timeout_ms  How long to wait for the first, in milliseconds; 0 = only what is there; PIE_FOREVER.
 * @param events      Room for `capacity` pointers; the first `*count` are set to events, which the caller frees (see
 *                    pie_events_free), the others to NULL.
 * @param capacity    At least 1.
 * @param count       Set to the number of events; 0 on any status but PIE_OK.
 * @param error       Set on failure; may be NULL.
 * @return As pie_queue_recv.
 * @threads Any, several at once.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_queue_recv_batch(pie_queue *queue,
                                int64_t timeout_ms,
                                pie_event **events,
                                size_t capacity,
                                size_t *count,
                                pie_error **error);

/**
 * Has a callback take the events of a queue from now on, those that wait already first. While it is set, receives on the
 * queue return PIE_E_INVALID_STATE, those that are waiting included. See pie_event_fn for what it may do.
 *
 * @param queue      Borrowed. The callback stays when this handle is freed, as long as another one is there.
 * @param mode       PIE_DISPATCH_MANUAL: it runs inside pie_queue_dispatch alone. PIE_DISPATCH_THREAD: it runs on a thread
 *                   of this queue's own, which the library starts.
 * @param fn         The callback; it owns each event and frees it.
 * @param user_data  Given to it; NULL is fine.
 * @param drop       Called once with `user_data`, on any thread, when the callback will not run any more; not when this call
 *                   fails. May be NULL.
 * @param error      Set on failure; may be NULL.
 * @return PIE_OK. PIE_E_INVALID_STATE: the queue has a callback. PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED (after
 *         pie_shutdown), PIE_E_FORKED, PIE_E_NO_MEMORY (no thread could be started).
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_queue_set_callback(pie_queue *queue,
                                  int32_t mode,
                                  pie_event_fn fn,
                                  void *user_data,
                                  pie_drop_fn drop,
                                  pie_error **error);

/**
 * Removes the callback of a queue. Events that it has not got stay in the queue.
 *
 * @param queue       Borrowed.
 * @param timeout_ms  How long to wait until the callback has come back, in milliseconds; 0 = begin, do not wait;
 *                    PIE_FOREVER.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: it does not run any more, and its `drop` has run; also when there was none. PIE_E_TIMED_OUT: it is still
 *         running and goes when it comes back; call again to wait. PIE_E_WOULD_DEADLOCK: called from the callback itself;
 *         nothing has changed (with 0, it begins there too). PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED, PIE_E_FORKED.
 * @threads Any.
 * @waits Up to `timeout_ms`.
 * @since 1
 */
pie_status pie_queue_clear_callback(pie_queue *queue,
                                    int64_t timeout_ms,
                                    pie_error **error);

/**
 * Runs the callback of a queue, on the calling thread, for events that wait. For a host's own loop: once a frame, or when
 * pie_queue_fd or the wakeup says so.
 *
 * @param queue  Borrowed.
 * @param max    For how many events at most; 0 = as many as wait now, so that it comes back though more arrive.
 * @param count  Set to the number of events that it ran for; may not be NULL.
 * @param error  Set on failure; may be NULL.
 * @return PIE_OK; also, with 0 events, while another thread dispatches this queue. PIE_E_INVALID_STATE: the queue has no
 *         callback of the mode PIE_DISPATCH_MANUAL. PIE_E_WOULD_DEADLOCK: called from the callback itself.
 *         PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED, PIE_E_FORKED.
 * @threads Any.
 * @waits No, but for the callback itself.
 * @since 1
 */
pie_status pie_queue_dispatch(pie_queue *queue,
                              size_t max,
                              size_t *count,
                              pie_error **error);

/**
 * Has a function tell the host that events wait: at once if some do, then each time the queue turns from empty to not
 * empty. So receive until PIE_EMPTY, or dispatch until nothing is left, and then wait for the next one. It may be set
 * beside a callback of the mode PIE_DISPATCH_MANUAL.
 *
 * @param queue      Borrowed.
 * @param fn         See pie_wakeup_fn. It takes the place of a former one; NULL removes that.
 * @param user_data  Given to it; NULL is fine.
 * @param drop       Called once with `user_data`, on any thread, when `fn` will not run any more (which may be shortly after
 *                   it was removed); not when this call fails. May be NULL.
 * @param error      Set on failure; may be NULL.
 * @return PIE_OK, PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED (after pie_shutdown), PIE_E_FORKED.
 * @threads Any. `fn` runs on the library's I/O thread, or on a host thread within a call that closes a client (so hold no
 *          lock there that `fn` wants), or within this call.
 * @waits No.
 * @since 1
 */
pie_status pie_queue_set_wakeup(pie_queue *queue,
                                pie_wakeup_fn fn,
                                void *user_data,
                                pie_drop_fn drop,
                                pie_error **error);

/**
 * Gives a descriptor that is readable while an event or an interrupt waits, and after pie_shutdown: for poll, epoll, kqueue
 * and the event loops built on them. It costs nothing until it is asked for; from then on one system call each time the
 * queue turns from empty to not empty or back, however many events there are.
 *
 * @param queue  Borrowed.
 * @param fd     Set to the descriptor; 0 on any status but PIE_OK. Only to be polled: never read, write or close it. It is
 *               closed with the queue's last handle: take it out of the loop before that.
 * @param error  Set on failure; may be NULL.
 * @return PIE_OK; asked again, the same descriptor. PIE_E_UNSUPPORTED on Windows. PIE_E_IO: the system has no descriptor
 *         left. PIE_E_INVALID_ARGUMENT, PIE_E_CLOSED, PIE_E_FORKED.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_queue_fd(pie_queue *queue,
                        ptrdiff_t *fd,
                        pie_error **error);

/**
 * Ends one receive: one that waits now or, if none does, the next one clears the interrupt and returns PIE_INTERRUPTED.
 * No event is lost. Interrupts that meet no receive count as one.
 *
 * @param queue  Borrowed; NULL does nothing.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_queue_interrupt(pie_queue *queue);

/**
 * Frees a queue's handle. When it was the last one, what waits in the queue is freed, and so is what arrives later.
 *
 * @param queue  Taken over; NULL does nothing. No call may be using this handle.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_queue_free(pie_queue *queue);

/* ----------------------------------------------------------------------------
 * Asynchronous calls. For each waiting call of this list there is a twin with `_async` behind its name: connect,
 * authenticate, authenticate_with_agent, auth_by_token, ping, query, resolve_version, check_program, install_program,
 * install_program_bytes, launch_process, launch_processes, run_processes, attach_process, list_processes,
 * terminate_process, launch_daemon, register_mcp_server, register_mcp_handler and close of a client; transfer_file,
 * transfer_path and terminate of a process.
 *
 * A twin takes the same inputs without the outs, and then a time limit, a queue, a tag, and room for a pie_op. It returns at
 * once. When it returns PIE_OK, exactly one DONE event comes to the queue, possibly before the call returns, whatever
 * happens: answered, refused, timed out, cancelled, closed, shut down. (After pie_shutdown nobody can receive it any more;
 * a callback gets it before that.) When it fails on the spot, for a wrong argument, a time limit of 0, or on a client
 * that is closed, lost or not logged in, it returns the error and no DONE comes; whatever the engine says comes as DONE. What
 * DONE bears is taken from it with a pie_event_take function; what nobody takes is released
 * with the event: a client is closed, a process let go of.
 * ---------------------------------------------------------------------------- */

/**
 * Asks an asynchronous call to end. Its DONE comes with PIE_E_CANCELLED, unless the outcome was there; what it asked the
 * engine for may still be done, but for a launch, whose processes are then terminated.
 *
 * @param op  Borrowed; NULL does nothing, and so does a call that has ended.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_op_cancel(pie_op *op);

/**
 * Frees the handle of an asynchronous call, which goes on: this does not cancel it.
 *
 * @param op  Taken over; NULL does nothing.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_op_free(pie_op *op);

/**
 * Takes the client that a DONE event bears.
 *
 * @param event  The event of a pie_client_connect_async, borrowed; NULL gives NULL.
 * @return The client, freed with pie_client_free by the caller; NULL where the event bears none (any more).
 * @threads That of the event.
 * @waits No.
 * @since 1
 */
pie_client *pie_event_take_client(pie_event *event);

/**
 * Takes the process that a DONE event bears.
 *
 * @param event  The event of a pie_client_launch_process_async or pie_client_attach_process_async, borrowed; NULL gives NULL.
 * @return The process, freed with pie_process_free by the caller; NULL where the event bears none (any more).
 * @threads That of the event.
 * @waits No.
 * @since 1
 */
pie_process *pie_event_take_process(pie_event *event);

/**
 * Takes the processes that a DONE event bears.
 *
 * @param event     The event of a pie_client_launch_processes_async, borrowed; NULL gives 0.
 * @param out       Room for `capacity` handles, set in the order of the inputs, each freed with pie_process_free by the
 *                  caller; NULL only to ask for the number.
 * @param capacity  How many places there are.
 * @return How many processes the event bears. When that is more than `capacity`, none is taken; 0 where it bears none (any
 *         more).
 * @threads That of the event.
 * @waits No.
 * @since 1
 */
size_t pie_event_take_processes(pie_event *event,
                                pie_process **out,
                                size_t capacity);

/**
 * Takes the list of processes that a DONE event bears.
 *
 * @param event  The event of a pie_client_list_processes_async, borrowed; NULL gives NULL.
 * @return The list, freed with pie_process_list_free by the caller; NULL where the event bears none (any more), and where
 *         there is no memory for it.
 * @threads That of the event.
 * @waits No.
 * @since 1
 */
pie_process_list *pie_event_take_process_list(pie_event *event);

/* ----------------------------------------------------------------------------
 * Asynchronous calls of a client: to connect, log in, ask, close. Each takes what the waiting call takes, a queue and a tag,
 * and reports to that queue.
 * ---------------------------------------------------------------------------- */

/**
 * Connects to an engine, as pie_client_connect does.
 *
 * DONE bears the client: pie_event_take_client. Behind it the queue gets the client's CONNECTION events, with the same tag.
 *
 * @param uri  As for pie_client_connect; copied.
 * @param options  Borrowed, copied; NULL = the defaults.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_connect. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_connect_async(const char *uri,
                                    const pie_options *options,
                                    int64_t timeout_ms,
                                    pie_queue *queue,
                                    uint64_t tag,
                                    pie_op **op,
                                    pie_error **error);

/**
 * Logs in under a name, as pie_client_authenticate does.
 *
 * DONE bears nothing.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param username  Copied.
 * @param key  Borrowed, kept by the call as long as it needs it; NULL = no key.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_authenticate. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_authenticate_async(pie_client *client,
                                         const char *username,
                                         const pie_private_key *key,
                                         int64_t timeout_ms,
                                         pie_queue *queue,
                                         uint64_t tag,
                                         pie_op **op,
                                         pie_error **error);

/**
 * Logs in with the keys of an SSH agent, as pie_client_authenticate_with_agent does.
 *
 * DONE bears nothing. A thread of the library waits for the agent meanwhile.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param username  Copied.
 * @param public_key  As for pie_client_authenticate_with_agent; copied; NULL = any key.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_authenticate_with_agent. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_authenticate_with_agent_async(pie_client *client,
                                                    const char *username,
                                                    const char *public_key,
                                                    int64_t timeout_ms,
                                                    pie_queue *queue,
                                                    uint64_t tag,
                                                    pie_op **op,
                                                    pie_error **error);

/**
 * Logs in with the engine's internal token, as pie_client_auth_by_token does.
 *
 * DONE bears nothing.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param token  Copied, and wiped when it has been sent.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_auth_by_token. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_auth_by_token_async(pie_client *client,
                                          const char *token,
                                          int64_t timeout_ms,
                                          pie_queue *queue,
                                          uint64_t tag,
                                          pie_op **op,
                                          pie_error **error);

/**
 * Measures the time from a request to the engine's answer, as pie_client_ping does.
 *
 * DONE bears the nanoseconds in `current`.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_ping. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_ping_async(pie_client *client,
                                 int64_t timeout_ms,
                                 pie_queue *queue,
                                 uint64_t tag,
                                 pie_op **op,
                                 pie_error **error);

/**
 * Asks the engine for a fact, as pie_client_query does.
 *
 * DONE bears the answer in `data`.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param subject  Copied.
 * @param record  Copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_query. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_query_async(pie_client *client,
                                  const char *subject,
                                  const char *record,
                                  int64_t timeout_ms,
                                  pie_queue *queue,
                                  uint64_t tag,
                                  pie_op **op,
                                  pie_error **error);

/**
 * Closes the connection, as pie_client_close does. It works inside every callback.
 *
 * DONE bears nothing; it comes when all other calls of the client have reported, and every stream has its last event.
 *
 * @param client  Borrowed: it must still be freed, which may be at once.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_close. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_close_async(pie_client *client,
                                  int64_t timeout_ms,
                                  pie_queue *queue,
                                  uint64_t tag,
                                  pie_op **op,
                                  pie_error **error);

/* ----------------------------------------------------------------------------
 * Asynchronous calls about programs and MCP servers.
 * ---------------------------------------------------------------------------- */

/**
 * Asks a registry which version an inferlet has, as pie_client_resolve_version does.
 *
 * DONE bears "name@version" in `data`. A thread of the library reads the system's certificates for https.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param name  Copied.
 * @param registry_url  Copied; NULL: that of the Pie project.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_resolve_version. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_resolve_version_async(pie_client *client,
                                            const char *name,
                                            const char *registry_url,
                                            int64_t timeout_ms,
                                            pie_queue *queue,
                                            uint64_t tag,
                                            pie_op **op,
                                            pie_error **error);

/**
 * Asks whether a program is installed, as pie_client_check_program does.
 *
 * DONE bears 1 or 0 in `current`.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param inferlet  Copied.
 * @param wasm_path  Copied; may be NULL.
 * @param manifest_path  Copied; may be NULL.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_check_program. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_check_program_async(pie_client *client,
                                          const char *inferlet,
                                          const char *wasm_path,
                                          const char *manifest_path,
                                          int64_t timeout_ms,
                                          pie_queue *queue,
                                          uint64_t tag,
                                          pie_op **op,
                                          pie_error **error);

/**
 * Installs a program from files, as pie_client_install_program does.
 *
 * DONE bears nothing; PROGRESS events tell how far the upload has come.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param program_path  Copied. The file is read while it is sent.
 * @param manifest_path  Copied. The file is read at once.
 * @param force_overwrite  0, or another number for yes.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_install_program. Otherwise none comes.
 * @threads Any.
 * @waits For the disk, to open the file and to read the manifest.
 * @since 1
 */
pie_status pie_client_install_program_async(pie_client *client,
                                            const char *program_path,
                                            const char *manifest_path,
                                            int32_t force_overwrite,
                                            int64_t timeout_ms,
                                            pie_queue *queue,
                                            uint64_t tag,
                                            pie_op **op,
                                            pie_error **error);

/**
 * Installs a program from memory, as pie_client_install_program_bytes does.
 *
 * DONE bears nothing; PROGRESS events tell how far the upload has come.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param program  Copied before the call returns; may be NULL when `size` is 0.
 * @param size  Its size in bytes.
 * @param manifest  Copied.
 * @param force_overwrite  0, or another number for yes.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_install_program_bytes. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_install_program_bytes_async(pie_client *client,
                                                  const void *program,
                                                  size_t size,
                                                  const char *manifest,
                                                  int32_t force_overwrite,
                                                  int64_t timeout_ms,
                                                  pie_queue *queue,
                                                  uint64_t tag,
                                                  pie_op **op,
                                                  pie_error **error);

/**
 * Starts a program that is an MCP server, as pie_client_register_mcp_server does.
 *
 * DONE bears nothing.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param name  Copied.
 * @param server  Borrowed, copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_register_mcp_server. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_register_mcp_server_async(pie_client *client,
                                                const char *name,
                                                const pie_mcp_server *server,
                                                int64_t timeout_ms,
                                                pie_queue *queue,
                                                uint64_t tag,
                                                pie_op **op,
                                                pie_error **error);

/**
 * Offers an MCP server within the host, as pie_client_register_mcp_handler does.
 *
 * DONE bears nothing.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param name  Copied.
 * @param requests  Where requests come; borrowed, the handler keeps the queue itself.
 * @param requests_tag  The tag of the requests.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_register_mcp_handler. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_register_mcp_handler_async(pie_client *client,
                                                 const char *name,
                                                 pie_queue *requests,
                                                 uint64_t requests_tag,
                                                 int64_t timeout_ms,
                                                 pie_queue *queue,
                                                 uint64_t tag,
                                                 pie_op **op,
                                                 pie_error **error);

/* ----------------------------------------------------------------------------
 * Asynchronous calls about processes.
 * ---------------------------------------------------------------------------- */

/**
 * Starts a process of an installed inferlet, as pie_client_launch_process does.
 *
 * DONE bears the process: pie_event_take_process. Where its events go to the same queue, they come behind DONE.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param inferlet  Copied.
 * @param options  Borrowed, copied; NULL = all zeros.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_launch_process. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_launch_process_async(pie_client *client,
                                           const char *inferlet,
                                           const pie_launch_options *options,
                                           int64_t timeout_ms,
                                           pie_queue *queue,
                                           uint64_t tag,
                                           pie_op **op,
                                           pie_error **error);

/**
 * Starts one process for each input, all of them or none, as pie_client_launch_processes does.
 *
 * DONE bears the processes, and their number in `current`: pie_event_take_processes. Where their events go to the same
 * queue, they come behind DONE.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param inferlet  Copied.
 * @param inputs  Copied; `count` JSON texts, each of which may be NULL = {}. NULL only when `count` is 0.
 * @param count  How many processes.
 * @param options  As for pie_client_launch_processes; copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_launch_processes. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_launch_processes_async(pie_client *client,
                                             const char *inferlet,
                                             const char *const *inputs,
                                             size_t count,
                                             const pie_launch_options *options,
                                             int64_t timeout_ms,
                                             pie_queue *queue,
                                             uint64_t tag,
                                             pie_op **op,
                                             pie_error **error);

/**
 * Runs one process for each input, as pie_client_run_processes does.
 *
 * DONE bears the JSON array in `data`. Cancelled, it ends the processes.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param inferlet  Copied.
 * @param inputs  As for pie_client_launch_processes_async.
 * @param count  How many processes.
 * @param options  As for pie_client_run_processes; copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_run_processes. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_run_processes_async(pie_client *client,
                                          const char *inferlet,
                                          const char *const *inputs,
                                          size_t count,
                                          const pie_launch_options *options,
                                          int64_t timeout_ms,
                                          pie_queue *queue,
                                          uint64_t tag,
                                          pie_op **op,
                                          pie_error **error);

/**
 * Makes the events of a running process this client's, as pie_client_attach_process does.
 *
 * DONE bears the process: pie_event_take_process. Where its events go to the same queue, they come behind DONE.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param process_id  Copied.
 * @param options  As for pie_client_attach_process; copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_attach_process. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_attach_process_async(pie_client *client,
                                           const char *process_id,
                                           const pie_launch_options *options,
                                           int64_t timeout_ms,
                                           pie_queue *queue,
                                           uint64_t tag,
                                           pie_op **op,
                                           pie_error **error);

/**
 * Asks for the running processes, as pie_client_list_processes does.
 *
 * DONE bears the list: pie_event_take_process_list.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_list_processes. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_list_processes_async(pie_client *client,
                                           int64_t timeout_ms,
                                           pie_queue *queue,
                                           uint64_t tag,
                                           pie_op **op,
                                           pie_error **error);

/**
 * Has the engine end a process by its id, as pie_client_terminate_process does.
 *
 * DONE bears nothing.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param process_id  Copied.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_terminate_process. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_terminate_process_async(pie_client *client,
                                              const char *process_id,
                                              int64_t timeout_ms,
                                              pie_queue *queue,
                                              uint64_t tag,
                                              pie_op **op,
                                              pie_error **error);

/**
 * Has the engine serve HTTP by an inferlet, as pie_client_launch_daemon does.
 *
 * DONE bears nothing.
 *
 * @param client  Borrowed; the call goes on when it is freed, and ends with PIE_E_CLOSED.
 * @param inferlet  Copied.
 * @param port  1 to 65535.
 * @param input  Copied; NULL = {}.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_client_launch_daemon. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_client_launch_daemon_async(pie_client *client,
                                          const char *inferlet,
                                          uint32_t port,
                                          const char *input,
                                          int64_t timeout_ms,
                                          pie_queue *queue,
                                          uint64_t tag,
                                          pie_op **op,
                                          pie_error **error);

/**
 * Sends the process a file from memory, as pie_process_transfer_file does.
 *
 * DONE bears nothing; PROGRESS events tell how far the upload has come.
 *
 * @param process  Borrowed; the call goes on when it is freed.
 * @param data  Copied before the call returns; may be NULL when `size` is 0.
 * @param size  In bytes; 0 is a file too.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_process_transfer_file. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_process_transfer_file_async(pie_process *process,
                                           const void *data,
                                           size_t size,
                                           int64_t timeout_ms,
                                           pie_queue *queue,
                                           uint64_t tag,
                                           pie_op **op,
                                           pie_error **error);

/**
 * Sends the process a file from disk, as pie_process_transfer_path does.
 *
 * DONE bears nothing; PROGRESS events tell how far the upload has come.
 *
 * @param process  Borrowed; the call goes on when it is freed.
 * @param path  Copied. The file is read while it is sent.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_process_transfer_path. Otherwise none comes.
 * @threads Any.
 * @waits For the disk, to open the file.
 * @since 1
 */
pie_status pie_process_transfer_path_async(pie_process *process,
                                           const char *path,
                                           int64_t timeout_ms,
                                           pie_queue *queue,
                                           uint64_t tag,
                                           pie_op **op,
                                           pie_error **error);

/**
 * Has the engine end the process, as pie_process_terminate does.
 *
 * DONE bears nothing.
 *
 * @param process  Borrowed; the call goes on when it is freed.
 * @param timeout_ms  In milliseconds; PIE_FOREVER.
 * @param queue       Where DONE comes; borrowed, the call keeps the queue itself.
 * @param tag         Comes back in DONE.
 * @param op          Set to the call under way, freed by the caller with pie_op_free; NULL on any status but PIE_OK. May be
 *                    NULL: not wanted.
 * @param error       Set on failure; may be NULL.
 * @return PIE_OK: exactly one DONE comes, its status as of pie_process_terminate. Otherwise none comes.
 * @threads Any.
 * @waits No.
 * @since 1
 */
pie_status pie_process_terminate_async(pie_process *process,
                                       int64_t timeout_ms,
                                       pie_queue *queue,
                                       uint64_t tag,
                                       pie_op **op,
                                       pie_error **error);

/* ----------------------------------------------------------------------------
 * Events.
 * ---------------------------------------------------------------------------- */

/**
 * Frees an event, and with it all that it points to.
 *
 * @param event  Taken over; NULL does nothing.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_event_free(pie_event *event);

/**
 * Frees the events of an array, and sets each place to NULL. The array itself stays the caller's.
 *
 * @param events  Borrowed; its events are taken over. NULL does nothing, and so does each NULL in it.
 * @param count   How many places the array has.
 * @threads Any.
 * @waits No.
 * @since 1
 */
void pie_events_free(pie_event **events,
                     size_t count);

#ifdef __cplusplus
}
#endif

#endif /* PIE_CLIENT_H */
