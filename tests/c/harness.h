/*
 * What the tests share. A test is one program that proves one promise of the interface; it exits with 0 when the
 * promise holds and prints where and why when it does not.
 */
#ifndef HARNESS_H
#define HARNESS_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pie_client.h"
#include "portable.h"

enum {
  WAIT = 120000, /* of what must happen: long enough for valgrind on a busy machine */
  BRIEF = 200    /* of what must not happen */
};

#define ECHO "echo@0.1.0"
#define NO_SUCH_ID "00000000-0000-4000-8000-000000000000"
#define MANIFEST(name) "[package]\nname = \"" name "\"\nversion = \"0.1.0\"\n"
#define EACH_GENERATION(g) for (int g = PIE_GENERATION_0_4; g <= PIE_GENERATION_0_5; g++)

/* A pointer that no function may leave in an out parameter. */
extern char harness_poison[];
#define POISON ((void *)harness_poison)

/* Checks. */

#define CHECK(condition) check_true(__FILE__, __LINE__, #condition, (condition) ? 1 : 0)
#define EQ(got, wanted) check_number(__FILE__, __LINE__, #got, (intmax_t)(got), (intmax_t)(wanted))
#define EQ_TEXT(got, wanted) check_text(__FILE__, __LINE__, #got, (got), (wanted))
#define HAS(text, part) check_part(__FILE__, __LINE__, #text, (text), (part))

/* The call names its error parameter &error: it gets a poisoned variable, for the library may only write it. */
#define STATUS_TEXTS(call, wanted, word, texts)                                      \
  do {                                                                               \
    pie_error *error = (pie_error *)POISON;                                          \
    pie_status got_ = (call);                                                        \
    check_status(__FILE__, __LINE__, #call, got_, (wanted), error, (word), (texts)); \
  } while (0)
#define STATUS(call, wanted) STATUS_TEXTS(call, wanted, NULL, NULL)
#define OK(call) STATUS(call, PIE_OK)
/* One text or more that the message must contain. */
#define FAILS(call, wanted, ...) STATUS_TEXTS(call, wanted, NULL, ((const char *const[]){__VA_ARGS__, NULL}))
/* PIE_E_INVALID_ARGUMENT whose message has the parameter's name as a word. */
#define NAMES(call, parameter) STATUS_TEXTS(call, PIE_E_INVALID_ARGUMENT, parameter, NULL)

/* The status, and whether the same call may succeed later as it is: 1 or 0. */
#define RETRIABLE(call, wanted, again)                                             \
  do {                                                                             \
    pie_error *error = (pie_error *)POISON;                                        \
    pie_status got_ = (call);                                                      \
    check_retriable(__FILE__, __LINE__, #call, got_, (wanted), error, (again));    \
  } while (0)

void check_true(const char *file, int line, const char *text, int holds);
void check_number(const char *file, int line, const char *text, intmax_t got, intmax_t wanted);
void check_text(const char *file, int line, const char *text, const char *got, const char *wanted);
void check_part(const char *file, int line, const char *text, const char *got, const char *part);
/* Takes the error. */
void check_status(const char *file, int line, const char *call, pie_status got, pie_status wanted, pie_error *error,
                  const char *word, const char *const *texts);
void check_retriable(const char *file, int line, const char *call, pie_status got, pie_status wanted, pie_error *error,
                     int again);
/* One line, not empty. */
void check_message(const char *file, int line, const pie_error *error);
int has_word(const char *text, const char *word);
int is_json(const char *text);

/* This memory, which must be there. */
void *have(void *memory);
/* Three texts in one; freed by the caller. */
char *join_text(const char *a, const char *b, const char *c);

/* Ends a test: shuts the library down, so that what is left is a leak. */
int finish(void);

/* Time and threads. */

int64_t now_ms(void);
void rest_ms(long ms);
/* A thread. The argument belongs to the caller until join. */
pthread_t spawn(void *(*run)(void *), void *argument);
void join(pthread_t thread);
/* A flag that one thread sets and others wait for. */
typedef struct gate {
  pthread_mutex_t lock;
  pthread_cond_t turned;
  int value;
} gate;
#define GATE_INIT {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}
void gate_add(gate *gate, int amount);
void gate_await(gate *gate, int at_least);
int gate_value(gate *gate);

#ifndef _WIN32
/* Runs a statement in a forked child, and waits until that has come through it: a byte tells, since the child's exit status
   may tell of the leaks that it is allowed. */
#define IN_CHILD(statement)         \
  do {                              \
    int ends_[2];                   \
    pid_t child_ = fork_with(ends_); \
    if (child_ == 0) {              \
      statement;                    \
      come_through(ends_);          \
    }                               \
    await_child(child_, ends_);     \
  } while (0)
pid_t fork_with(int ends[2]);
_Noreturn void come_through(const int ends[2]);
void await_child(pid_t child, const int ends[2]);
#endif

/* The engines. */

/* An environment variable that must be there. */
const char *environment(const char *name);
/* The URI of the scripted engine of a generation, with faults (NULL: none) as its query; freed by the caller. */
char *engine_uri(int generation, const char *faults);
/* Options from "key=value key=value". */
pie_options *options_from(const char *text);
/* Connected, the generation pinned and further options set; logged in where the generation needs it. */
pie_client *dial(int generation, const char *faults, const char *options);
pie_client *dial_without_login(int generation, const char *faults, const char *options);
/* Connected to the real engine, with the echo inferlet installed. */
pie_client *dial_real(void);
/* PIE_OK from a close that is waited for, then freed. */
void hang_up(pie_client *client);

/* What the engine saw (query `scripted`); freed with pie_string_free. */
char *look(pie_client *client, const char *record);
long look_number(pie_client *client, const char *record);
/* Has an engine that freezes on a ping (freeze_on=ping) freeze. */
void freeze(pie_client *client);
/* How many messages of a type this connection has sent. */
size_t count_sent(pie_client *client, const char *type);
/* Until the engine says this number. */
void await_number(pie_client *client, const char *record, long wanted);
/* How often a text stands in another. */
size_t count_text(const char *text, const char *part);

/* Processes. */

/* `['send','x'],['return',1]` as the JSON that the echo inferlet takes; freed by the caller. */
char *script(const char *ops);
pie_process *launch(pie_client *client, const char *ops);
pie_process *launch_to(pie_client *client, const char *ops, pie_queue *queue, uint64_t tag);
pie_status try_launch(pie_client *client, const char *ops, int64_t timeout_ms, uint32_t flags, pie_process **out,
                      pie_error **error);

/* Launches with PIE_LAUNCH_NO_CAPTURE and lets go of the handle; the id as the engine lists it, freed by the caller.
   From one thread at a time. */
char *launch_apart(pie_client *client, const char *ops);
/* Attached by another connection, or again. */
pie_process *attach(pie_client *client, const char *id);

/* Batches, runs, attaches and (0.4) daemons, each with this time limit, give this status and no process or text. */
void batches_give(pie_client *client, int generation, int64_t timeout_ms, pie_status wanted);

/* Checks what holds for every event. */
void check_event(const pie_event *event);
/* The next event of a process's own queue, NULL at PIE_END; freed by the caller. */
pie_event *take(pie_process *process);
/* The next event is a file of these bytes. */
void take_file(pie_process *process, const void *bytes, size_t size);
/* The next event of a queue, which must come. */
pie_event *take_from(pie_queue *queue);
/* Waits for a message with this text, freeing what comes before it. */
void await_message(pie_process *process, const char *text);
/* The next event, which must be the message `file:SIZE:…` of a process that got a file. */
void await_file(pie_process *process, size_t size);
/* "out:hi|msg:0|return:done": the rest of a stream, its order, sequence, end and handle checked; freed by the caller.
 */
char *transcript(pie_process *process);
#define STREAM(process, wanted) check_stream(__FILE__, __LINE__, (process), (wanted))
void check_stream(const char *file, int line, pie_process *process, const char *wanted);
/* The rest of a stream must end with an ERROR of this status; returns how many events came before it. */
#define ENDS_WITH(process, status) check_end(__FILE__, __LINE__, (process), (status))
size_t check_end(const char *file, int line, pie_process *process, pie_status status);

/* Bytes as the engine's send_file makes them; freed by the caller. */
unsigned char *pattern(size_t size);
/* A file in a temporary directory; the path is freed by the caller after unlink. */
char *temporary_file(const void *data, size_t size);

/* A TCP server that is no engine: every connection gets these bytes once its request is in, then it is held or closed.
 */
typedef struct stub stub;
stub *stub_start(const void *answer, size_t size, int hold);
/* The same behind a WebSocket handshake that is right: the bytes are frames, or what a stranger takes for frames. */
stub *stub_start_websocket(const void *frames, size_t size, int hold);
/* The bytes go out as soon as the client has sent anything. */
stub *stub_start_at_once(const void *answer, size_t size, int hold);
/* ws://127.0.0.1:PORT, freed by the caller. */
char *stub_uri(const stub *stub);
/* The first request, once it came; lives as long as the stub. */
const char *stub_request(stub *stub);
void stub_stop(stub *stub);
/* A port that nobody listens on. */
int closed_port(void);

#endif
