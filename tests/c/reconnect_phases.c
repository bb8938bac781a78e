/* Close, free, shutdown and the program's exit end a client at once and for all in each phase of making its connection
   again: in the pause, while the engine does not answer the handshake, and while it does not answer the login. Calls that
   come in a phase fail at once; nothing of them is sent. */
#include "lost.h"


typedef struct phase {
  const char *name, *faults, *options;
} phase;

static const phase phases[] = {
    {"pause", "x=pause", "reconnect=on reconnect_max_delay_ms=600000 close_timeout_ms=60000"},
    {"handshake", "skip=1&handshake=silent", AGAIN " close_timeout_ms=60000"},
    {"login", "skip=1&silent=auth_identify", AGAIN " close_timeout_ms=60000"},
    {"frozen", "skip=1&freeze_on=auth_identify", AGAIN " close_timeout_ms=60000"},
};
enum { PHASES = sizeof phases / sizeof *phases };

/* The engine saw so much of the next connection. */
static void await_phase(const phase *phase, pie_client *watch, long attempts, long logins) {
  for (int64_t end = now_ms() + WAIT; strcmp(phase->name, "pause") != 0; rest_ms(2)) {
    int is_login = strstr(phase->faults, "auth") != NULL;
    if (is_login ? messages(watch, "auth_identify") > logins : look_number(watch, "attempts") > attempts) return;
    CHECK(now_ms() < end);
  }
}

static void fail_at_once(pie_client *client, pie_process *process) {
  char *text = POISON;
  pie_process *none = POISON;
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(pie_client_query(client, "model_status", "", WAIT, &text, &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(pie_client_authenticate(client, "other", NULL, WAIT, &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(try_launch(client, "['never']", WAIT, 0, &none, &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(pie_client_install_program_bytes(client, "x", 1, MANIFEST("x"), 1, WAIT, &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(pie_process_signal(process, "x", &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(pie_process_transfer_file(process, "x", 1, WAIT, &error), PIE_E_DISCONNECTED, 1);
  RETRIABLE(pie_process_terminate(process, WAIT, &error), PIE_E_DISCONNECTED, 1);
  batches_give(client, PIE_GENERATION_0_4, WAIT, PIE_E_DISCONNECTED);
}

typedef struct scene {
  pie_client *client, *watch;
  pie_queue *queue;
  pie_process *process;
} scene;

static scene set(const phase *phase, int unique) {
  char faults[128];
  snprintf(faults, sizeof faults, "%s&scene=%d", phase->faults, unique);
  scene at = {dial(PIE_GENERATION_0_4, faults, phase->options), dial(PIE_GENERATION_0_4, NULL, NULL), NULL, NULL};
  at.queue = news_of(at.client);
  at.process = launch(at.client, "['never']");
  long attempts = look_number(at.watch, "attempts"), logins = messages(at.watch, "auth_identify");
  cut(at.client);
  pie_event *event = take_from(at.queue);
  EQ(event->status, PIE_E_DISCONNECTED);
  pie_event_free(event);
  await_phase(phase, at.watch, attempts, logins);
  return at;
}

static void strike(scene *at, long queries) {
  if (at->watch != NULL) {
    EQ(messages(at->watch, "launch_process"), queries);
    hang_up(at->watch);
  }
  pie_queue_free(at->queue);
  pie_process_free(at->process);
}

static void closes(const phase *phase, int unique, int waits) {
  scene at = set(phase, unique);
  long launches = messages(at.watch, "launch_process"), pings = messages(at.watch, "ping");
  fail_at_once(at.client, at.process);
  EQ(messages(at.watch, "ping"), pings);
  if (waits) OK(pie_client_close(at.client, PIE_FOREVER, &error));
  pie_client_free(at.client);
  NEWS(at.queue, PIE_E_CLOSED, 0, 0);
  ends(at.queue);
  ENDS_WITH(at.process, PIE_E_CLOSED);
  if (waits) await_number(at.watch, "connections", 1);
  strike(&at, launches);
}

static void shuts_down(const phase *phase, int unique) {
  scene at = set(phase, unique);
  OK(pie_shutdown(WAIT, &error));
  STATUS(pie_client_ping(at.client, WAIT, NULL, &error), PIE_E_CLOSED);
  pie_client_free(at.watch);
  at.watch = NULL;
  pie_client_free(at.client);
  strike(&at, 0);
}

#ifndef _WIN32
/* What a child does comes to its end, or the byte does not. Its exit code may be that of valgrind, which finds what is
   left behind in a child. */
static void in_child(void (*act)(void *), void *argument, int runs_exit_handlers) {
  int came[2];
  char byte = 0;
  EQ(pipe(came), 0);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    act(argument);
    EQ(write(came[1], "x", 1), 1);
    if (!runs_exit_handlers) _exit(0);
    exit(0);
  }
  close(came[1]);
  EQ(read(came[0], &byte, 1), 1);
  close(came[0]);
  int how = -1;
  EQ(waitpid(child, &how, 0), child);
  CHECK(WIFEXITED(how));
}

static int uniques;

static void set_in_child(void *phase) { set(phase, ++uniques + 1000); }

/* A program that just ends. */
static void exits(const phase *phase) {
  uniques++;
  in_child(set_in_child, (void *)phase, 1);
}

static void free_in_child(void *scene_of_parent) {
  scene *at = scene_of_parent;
  STATUS(pie_client_ping(at->client, WAIT, NULL, &error), PIE_E_FORKED);
  pie_client_free(at->client);
  pie_queue_free(at->queue);
  pie_process_free(at->process);
}

/* A child of a fork has nothing to do with the attempts of its parent. */
static void forks(const phase *phase, int unique) {
  scene at = set(phase, unique);
  in_child(free_in_child, &at, 0);
  pie_client_free(at.client);
  NEWS(at.queue, PIE_E_CLOSED, 0, 0);
  strike(&at, messages(at.watch, "launch_process"));
}
#else
static void exits(const phase *phase) { (void)phase; }

static void forks(const phase *phase, int unique) { (void)phase, (void)unique; }
#endif

int main(void) {
  int unique = 0;
  for (const phase *phase = phases; phase != phases + PHASES; phase++) exits(phase);
  for (const phase *phase = phases; phase != phases + PHASES; phase++) {
    closes(phase, ++unique, 1);
    closes(phase, ++unique, 0);
    forks(phase, ++unique);
    shuts_down(phase, ++unique);
  }
  return finish();
}
