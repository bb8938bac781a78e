/* Signals that come in a storm, with and without SA_RESTART, end no wait early and none late, and change no status;
   handlers run on the host's threads alone. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* setitimer */
#endif
#include "mcp.h"

#include <sys/time.h>

static __thread int is_hosts;
static int handled, elsewhere;

static void on_signal(int number) {
  (void)number;
  __atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
  if (!is_hosts) __atomic_add_fetch(&elsewhere, 1, __ATOMIC_SEQ_CST);
}

static void storm(int flags, int microseconds) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = flags;
  EQ(sigaction(SIGALRM, &action, NULL), 0);
  struct itimerval often = {{0, microseconds}, {0, microseconds}};
  EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
}

#define TAKES(ms, call)               \
  do {                                \
    int64_t begun_ = now_ms();        \
    call;                             \
    CHECK(now_ms() - begun_ >= (ms)); \
  } while (0)

enum { LIMIT = 150, SIZE = 6 << 20 };

static gate done = GATE_INIT;

static void on_event(pie_event *event, void *user_data) {
  (void)user_data;
  int kind = event->kind;
  pie_event_free(event);
  rest_ms(1);
  if (kind == PIE_EVENT_RETURN) gate_add(&done, 1);
}

static void storms(int how) {
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  EQ(pthread_sigmask(how, &alarm, NULL), 0);
}

static void *receive(void *process) {
  is_hosts = 1;
  storms(SIG_UNBLOCK);
  pie_event *event = POISON;
  STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_OK);
  pie_event_free(event);
  return NULL;
}

static void waits(int generation) {
  pie_client *client = dial(generation, "silent=query&pause_ms=150", NULL);
  unsigned char *bytes = pattern(SIZE);
  char *path = temporary_file(bytes, SIZE), *text = POISON;
  pie_process *process = launch(client, "['recv',0],['recv_file',0]"), *third = launch(client, "['sleep',0.3]");
  pie_queue *queue = pie_queue_new();
  pie_event *event = POISON, *batch[2];
  size_t count;
  TAKES(LIMIT, STATUS(pie_process_recv(process, LIMIT, &event, &error), PIE_EMPTY));
  TAKES(LIMIT, STATUS(pie_queue_recv_batch(queue, LIMIT, batch, 2, &count, &error), PIE_EMPTY));
  TAKES(LIMIT, STATUS(pie_client_query(client, "a", "b", LIMIT, &text, &error), PIE_E_TIMED_OUT));
  TAKES(LIMIT, STATUS(pie_process_result(process, LIMIT, &text, &error), PIE_E_TIMED_OUT));
  OK(pie_process_result(third, PIE_FOREVER, &text, &error));
  EQ_TEXT(text, "done");
  pie_string_free(text);
  storms(SIG_BLOCK); /* until the new thread has said that it is the host's */
  pthread_t thread = spawn(receive, process);
  storms(SIG_UNBLOCK);
  OK(pie_client_ping(client, PIE_FOREVER, NULL, &error));
  OK(pie_process_signal(process, "x", &error));
  join(thread);
  OK(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("storm"), 1, WAIT, &error));
  OK(pie_process_transfer_path(process, path, WAIT, &error));
  await_file(process, SIZE);
  if (generation == PIE_GENERATION_0_4) {
    add_program(client, "x", NULL);
    ANSWERS(begin_ask(client, "x", "echo", "1"), "ok:1");
    OK(pie_client_unregister_mcp_server(client, "x", &error));
  }
  int ends = done.value;
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, on_event, NULL, NULL, &error));
  pie_process *fourth = launch_to(client, "['sendn',50]", queue, 0);
  gate_await(&done, ends + 1);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(fourth);
  pie_process_free(third);
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
  EQ(unlink(path), 0);
  free(path);
  free(bytes);
}

int main(void) {
  is_hosts = 1;
  EACH_GENERATION(generation) {
    for (int restart = 0; restart <= 1; restart++) {
      storm(restart ? SA_RESTART : 0, 1000);
      waits(generation);
      storm(SA_RESTART, 0);
    }
  }
  CHECK(handled > 100);
  EQ(elsewhere, 0);
  return finish();
}
