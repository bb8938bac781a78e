/* A program may end without freeing anything, in whatever state the library is: no crash, no hang. Each state is a
   program of its own: this one, started again. */
#include "callbacks.h"

static gate got = GATE_INIT, never = GATE_INIT;

static void count_event(pie_event *event, void *user_data) {
  (void)user_data;
  pie_event_free(event);
  gate_add(&got, 1);
}

static void keep_event(pie_event *event, void *user_data) {
  (void)event, (void)user_data;
  gate_add(&got, 1);
}

static void stay(pie_event *event, void *user_data) {
  (void)event, (void)user_data;
  gate_add(&got, 1);
  gate_await(&never, 1);
}

static void leave(pie_event *event, void *user_data) {
  (void)event, (void)user_data;
  exit(0);
}

static void wake(void *user_data) { (void)user_data; }

static void dropped(void *user_data) { (void)user_data; }

static void *receive(void *queue) {
  pie_event *event = NULL;
  gate_add(&got, 1);
  pie_queue_recv(queue, PIE_FOREVER, &event, NULL);
  return NULL;
}

static void *ping(void *client) {
  gate_add(&got, 1);
  pie_client_ping(client, PIE_FOREVER, NULL, NULL);
  return NULL;
}

static pie_client *client;
static pie_queue *queue;

static void talk_to(pie_event_fn fn, int mode) {
  OK(pie_queue_set_callback(queue, mode, fn, NULL, dropped, &error));
  launch_to(client, "['spam',100000000,10]", queue, 0);
}

static void busy(void) {
  talk_to(count_event, PIE_DISPATCH_THREAD);
  gate_await(&got, 10);
}

static void keeping(void) {
  talk_to(keep_event, PIE_DISPATCH_THREAD);
  gate_await(&got, 10);
}

static void staying(void) {
  talk_to(stay, PIE_DISPATCH_THREAD);
  gate_await(&got, 1);
}

static void leaving(void) {
  talk_to(leave, PIE_DISPATCH_THREAD);
  gate_await(&never, 1);
}

static void leaving_a_dispatch(void) {
  talk_to(leave, PIE_DISPATCH_MANUAL);
  for (;;) dispatch(queue, 0);
}

static void waiting(void) {
  spawn(receive, queue);
  spawn(ping, client);
  gate_await(&got, 2);
  rest_ms(5);
}

static void under_way(void) {
  for (uint64_t i = 0; i < 20; i++) OK(pie_client_ping_async(client, PIE_FOREVER, queue, i, NULL, &error));
  OK(pie_client_launch_process_async(client, ECHO, NULL, WAIT, queue, 21, NULL, &error));
}

static void connecting(void) {
  char *uri = engine_uri(PIE_GENERATION_0_5, "handshake=silent");
  OK(pie_client_connect_async(uri, NULL, PIE_FOREVER, queue, 1, NULL, &error));
  free(uri);
}

static void told(void) {
  intptr_t fd = 0;
  OK(pie_queue_set_wakeup(queue, wake, NULL, dropped, &error));
  STATUS(pie_queue_fd(queue, &fd, &error), QUEUE_FD_GIVES);
  launch_to(client, "['spam',100000000,10]", queue, 0);
  pie_event_free(take_from(queue));
}

static void closing(void) { OK(pie_client_close_async(client, PIE_FOREVER, queue, 1, NULL, &error)); }

static void shutting_down(void) {
  busy();
  pie_shutdown(0, NULL);
}

static void shut_down(void) {
  busy();
  OK(pie_shutdown(WAIT, &error));
}

static void idle(void) {}

typedef struct state {
  const char *name;
  void (*reach)(void);
} state;

static const state states[] = {
    {"idle", idle},          {"busy", busy},           {"keeping", keeping},
    {"staying", staying},    {"leaving", leaving},     {"leaving_a_dispatch", leaving_a_dispatch},
    {"waiting", waiting},    {"under_way", under_way}, {"connecting", connecting},
    {"told", told},          {"closing", closing},     {"shutting_down", shutting_down},
    {"shut_down", shut_down}};
enum { STATES = sizeof states / sizeof *states, PROGRAMS = 104 };

static void be(const char *name, int generation, int by_return) {
  client = dial(generation, "silent=ping", NULL);
  queue = pie_queue_new();
  for (int i = 0; i < STATES; i++)
    if (strcmp(states[i].name, name) == 0) states[i].reach();
  if (by_return) return;
  exit(0);
}

static void start(const char *program, int which) {
  char name[64], generation[8], way[8];
  snprintf(name, sizeof name, "%s", states[which % STATES].name);
  snprintf(generation, sizeof generation, "%d", which / STATES % 2 ? PIE_GENERATION_0_4 : PIE_GENERATION_0_5);
  snprintf(way, sizeof way, "%d", which / STATES / 2 % 2);
  char *arguments[] = {(char *)(uintptr_t)program, name, generation, way, NULL};
  int status = run_to_the_end(program, arguments);
  if (status != 0) fprintf(stderr, "%s %s %s: status %x\n", name, generation, way, (unsigned)status);
  EQ(status, 0);
}

int main(int count, char **arguments) {
  if (count > 1) {
    be(arguments[1], atoi(arguments[2]), atoi(arguments[3]));
    return 0;
  }
  EQ(setenv("ASAN_OPTIONS", "detect_leaks=0", 1), 0); /* they leak: that is what this is about */
  for (int i = 0; i < PROGRAMS; i++) start(arguments[0], i);
  return finish();
}
