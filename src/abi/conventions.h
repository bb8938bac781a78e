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
