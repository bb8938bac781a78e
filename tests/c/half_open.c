/* The network to the engine goes away without a word (tests/half_open): each call that waits, however long it would, and
   each stream ends with PIE_E_DISCONNECTED within the keepalive's limits, whether or not the host takes what arrives, and
   while an upload fills the buffers. */
#include "callbacks.h"

enum { SIZE = 32 << 20, SLACK = 3000 };

static unsigned char *bytes;
static int64_t cut_at, slowest;
static int limit;
static gate waiting = GATE_INIT;

static void command(const char *name) { EQ(system(environment(name)), 0); }

/* Within the limits, and not before the engine was gone. */
static void noticed(const char *what) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  int64_t after = now_ms() - cut_at;
  pthread_mutex_lock(&lock);
  if (after > slowest) slowest = after;
  if (after >= limit + SLACK) fprintf(stderr, "%s ended %" PRId64 " ms after the cut\n", what, after);
  pthread_mutex_unlock(&lock);
  CHECK(cut_at > 0 && after < limit + SLACK);
}

#define CALL(name, call)                                        \
  static void *name(void *client) {                             \
    char *out = NULL;                                           \
    pie_process *process = NULL;                                \
    pie_process_list *list = NULL;                              \
    (void)out, (void)process, (void)list;                       \
    gate_add(&waiting, 1);                                      \
    if (limit < SLACK) /* otherwise the kernel may know first */ \
      FAILS(call, PIE_E_DISCONNECTED, "keepalive");             \
    else                                                        \
      STATUS(call, PIE_E_DISCONNECTED);                         \
    noticed(#name);                                             \
    return NULL;                                                \
  }

CALL(query, pie_client_query(client, "model_status", "", PIE_FOREVER, &out, &error))
CALL(ping, pie_client_ping(client, PIE_FOREVER, NULL, &error))
CALL(list, pie_client_list_processes(client, PIE_FOREVER, &list, &error))
CALL(start, pie_client_launch_process(client, ECHO, NULL, PIE_FOREVER, &process, &error))
CALL(end, pie_client_terminate_process(client, NO_SUCH_ID, PIE_FOREVER, &error))
CALL(check, pie_client_check_program(client, ECHO, NULL, NULL, PIE_FOREVER, &(int32_t){0}, &error))

/* More than the buffers hold, again and again: one of them is cut. */
static void *upload(void *client) {
  pie_status status = PIE_OK;
  gate_add(&waiting, 1);
  while (status == PIE_OK)
    status = pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("half"), 1, PIE_FOREVER, NULL);
  EQ(status, PIE_E_DISCONNECTED);
  noticed("upload");
  return NULL;
}

static void *receive(void *process) {
  gate_add(&waiting, 1);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  noticed("recv");
  return NULL;
}

static void *result(void *process) {
  char *out = POISON;
  gate_add(&waiting, 1);
  STATUS(pie_process_result(process, PIE_FOREVER, &out, &error), PIE_E_DISCONNECTED);
  noticed("result");
  return NULL;
}

static void *signals(void *process) {
  pie_status status = PIE_OK;
  gate_add(&waiting, 1);
  while (status == PIE_OK || status == PIE_E_BUSY) {
    status = pie_process_signal(process, "x", NULL);
    rest_ms(1);
  }
  CHECK(status == PIE_E_DISCONNECTED);
  noticed("signal");
  return NULL;
}

/* Asynchronous calls, events and the connection's news in one queue, of which nothing is taken until it is cut. */
static void take_what_came(pie_queue *queue) {
  int done = 0, ended = 0;
  while (done < 2 || ended < 1) {
    pie_event *event = take_from(queue);
    done += event->kind == PIE_EVENT_DONE;
    ended += event->kind == PIE_EVENT_ERROR;
    if (event->kind == PIE_EVENT_DONE || event->kind == PIE_EVENT_ERROR) EQ(event->status, PIE_E_DISCONNECTED);
    pie_event_free(event);
  }
  noticed("queue");
}

static void cut(int generation, const char *options) {
  /* One connection with an upload, one where all wait and nothing is sent, one of which nothing is read. */
  pie_client *loud = dial(generation, "silent=query", options);
  pie_client *quiet = dial(generation, "silent=query,ping,list_processes,launch_process,terminate_process,check_program",
                           options);
  pie_client *unread = dial(generation, "silent=ping,query", options);
  pie_client *talks = dial(generation, NULL, options), *still = dial(generation, NULL, options);
  pie_queue *queue = pie_queue_new();
  intptr_t fd = -1;
  pie_process *never = launch(talks, "['never']"), *signalled = launch(loud, "['never']");
  pie_process *told = launch(still, "['send','a'],['never']");
  pie_process *kept = launch_to(unread, "['spam',1000,100],['never']", queue, 0);
  OK(pie_client_ping_async(unread, PIE_FOREVER, queue, 1, NULL, &error));
  OK(pie_client_ping_async(unread, PIE_FOREVER, queue, 2, NULL, &error));
  OK(pie_queue_fd(queue, &fd, &error));
  cut_at = 0;
  waiting.value = 0;
  pthread_t threads[] = {spawn(query, loud),  spawn(upload, loud), spawn(signals, signalled), spawn(query, quiet),
                         spawn(ping, quiet),  spawn(list, quiet),  spawn(start, quiet),       spawn(end, quiet),
                         spawn(check, quiet), spawn(receive, told), spawn(result, never)};
  enum { THREADS = sizeof threads / sizeof *threads };
  gate_await(&waiting, THREADS);
  rest_ms(50); /* the upload is under way */
  cut_at = now_ms();
  command("PIE_TEST_CUT");
  for (int i = 0; i < THREADS; i++) join(threads[i]);
  take_what_came(queue);
  /* A close does not wait for who is gone. */
  pie_client *const clients[] = {loud, quiet, unread, talks, still};
  for (int i = 0; i < 5; i++) hang_up(clients[i]);
  noticed("close");
  command("PIE_TEST_MEND");
  pie_process *const processes[] = {never, signalled, told, kept};
  for (int i = 0; i < 4; i++) pie_process_free(processes[i]);
  pie_queue_free(queue);
}

int main(void) {
  const char *how = getenv("PIE_TEST_KEEPALIVE");
  int is_default = how != NULL && strcmp(how, "default") == 0;
  limit = is_default ? 40000 : 900;
  bytes = pattern(SIZE);
  EACH_GENERATION(generation) cut(generation, is_default ? NULL : "keepalive_interval_ms=300 keepalive_timeout_ms=600");
  free(bytes);
  printf("%" PRId64 " of %d ms passed until the last of them knew\n", slowest, limit);
  return finish();
}
