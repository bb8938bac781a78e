/* The system's clock is set back and forth, and the host is stopped for longer than its limits: time limits are neither
   early nor late, and nothing is lost. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "harness.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static int64_t jump; /* seconds that the wall clock is off */

static int64_t offset(void) { return __atomic_load_n(&jump, __ATOMIC_SEQ_CST); }

/* In the place of the system's, for the library too. */
int clock_gettime(clockid_t clock, struct timespec *now) {
  union {
    void *found;
    int (*call)(clockid_t, struct timespec *);
  } real;
  real.found = dlsym(RTLD_NEXT, "clock_gettime");
  int status = real.call(clock, now);
  if (clock == CLOCK_REALTIME && status == 0) now->tv_sec += offset();
  return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  int status = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return status;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}

static gate over = GATE_INIT;

static void *set_the_clock(void *unused) {
  static const int64_t jumps[] = {3600, -3600, 400000000, -400000000, 1, -1, 0};
  for (size_t i = 0; !gate_value(&over); i++) {
    __atomic_store_n(&jump, jumps[i % (sizeof jumps / sizeof *jumps)], __ATOMIC_SEQ_CST);
    rest_ms(1);
  }
  return unused;
}

/* Each kind of wait takes its time, and no more than the one that guards against hanging. */
#define TAKES(ms, call)                   \
  do {                                    \
    int64_t begun_ = now_ms();            \
    call;                                 \
    CHECK(now_ms() - begun_ >= (ms));     \
    CHECK(now_ms() - begun_ < WAIT);      \
  } while (0)

enum { LIMIT = 120 };

static void waits(int generation) {
  char *silent = engine_uri(generation, "handshake=silent");
  pie_client *client = dial(generation, "silent=ping,query", NULL), *none = POISON;
  pie_process *process = launch(client, "['recv',0],['send','b']");
  pie_queue *queue = pie_queue_new();
  pie_event *event = POISON, *batch[2];
  size_t count;
  char *text = POISON;
  TAKES(LIMIT, STATUS(pie_process_recv(process, LIMIT, &event, &error), PIE_EMPTY));
  TAKES(LIMIT, STATUS(pie_queue_recv(queue, LIMIT, &event, &error), PIE_EMPTY));
  TAKES(LIMIT, STATUS(pie_queue_recv_batch(queue, LIMIT, batch, 2, &count, &error), PIE_EMPTY));
  TAKES(LIMIT, STATUS(pie_client_ping(client, LIMIT, NULL, &error), PIE_E_TIMED_OUT));
  TAKES(LIMIT, STATUS(pie_client_query(client, "a", "b", LIMIT, &text, &error), PIE_E_TIMED_OUT));
  TAKES(LIMIT, STATUS(pie_process_result(process, LIMIT, &text, &error), PIE_E_TIMED_OUT));
  TAKES(LIMIT, STATUS(pie_client_connect(silent, NULL, LIMIT, &none, &error), PIE_E_TIMED_OUT));
  TAKES(LIMIT, {
    OK(pie_client_ping_async(client, LIMIT, queue, 1, NULL, &error));
    event = take_from(queue);
    EQ(event->status, PIE_E_TIMED_OUT);
    pie_event_free(event);
  });
  int64_t rtt = -1;
  pie_client *other = dial(generation, "delay=ping:50", NULL);
  OK(pie_client_ping(other, WAIT, &rtt, &error));
  CHECK(rtt >= 50000000 && rtt < WAIT * INT64_C(1000000));
  hang_up(other);
  OK(pie_process_signal(process, "go", &error));
  STREAM(process, "msg:got:go|msg:b|return:done");
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
  free(silent);
}

/* It is stopped in the middle of its waits. A byte tells that it came so far. */
static void be_stopped(int generation, int out) {
  pie_client *client = dial(generation, "hold=query:400", NULL);
  pie_process *process = launch(client, "['sendn',20],['recv',0],['sendn',20]");
  pie_event *event = POISON;
  char *text = POISON;
  await_message(process, "19");
  EQ(write(out, "k", 1), 1);
  STATUS(pie_process_recv(process, 1000, &event, &error), PIE_EMPTY);
  EQ(write(out, "k", 1), 1);
  pie_status status = pie_client_query(client, "scripted", "processes", 1000, &text, NULL);
  CHECK(status == PIE_OK || status == PIE_E_TIMED_OUT); /* the answer is there, but so is the end of its time */
  if (status == PIE_OK) pie_string_free(text);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_process_signal(process, "go", &error));
  await_message(process, "got:go");
  for (int i = 0; i < 20; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    await_message(process, number);
  }
  STREAM(process, "return:done");
  pie_process_free(process);
  hang_up(client);
}

static void stopped(int generation) {
  int ends[2], status = 0;
  char byte = 0;
  EQ(pipe(ends), 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    close(ends[0]);
    be_stopped(generation, ends[1]);
    exit(finish());
  }
  close(ends[1]);
  for (int i = 0; i < 2; i++) {
    EQ(read(ends[0], &byte, 1), 1);
    EQ(kill(pid, SIGSTOP), 0);
    EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    rest_ms(1500);
    EQ(kill(pid, SIGCONT), 0);
  }
  EQ(waitpid(pid, &status, 0), pid);
  EQ(status, 0);
  close(ends[0]);
}

int main(void) {
  EACH_GENERATION(generation) stopped(generation); /* forks before the library is used */
  pthread_t thread = spawn(set_the_clock, NULL);
  EACH_GENERATION(generation) waits(generation);
  gate_add(&over, 1);
  join(thread);
  return finish();
}
