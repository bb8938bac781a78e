/* overflow=pause: nothing is dropped, however small queue_max_bytes is, by whichever way out of the queue the events
 * leave. */

#include "memory.h"
#include "pause.h"

enum { SIZE = 20 };

/* Fewer under valgrind. */
static int many = 100000, fewer = 6000;

static char *ops_of(int count) {
  static char ops[64];
  snprintf(ops, sizeof ops, "['spam',%d,%d],['return','end']", count, SIZE);
  return ops;
}

static void by_receive(pie_client *client) {
  pie_process *process = launch(client, ops_of(many));
  long next = 0;
  while (!is_next(take(process), &next, many)) {
  }
  CHECK(take(process) == NULL);
  pie_process_free(process);
}

static void by_batch(pie_client *client, size_t capacity) {
  pie_process *process = launch(client, ops_of(fewer));
  pie_queue *queue = pie_process_queue(process);
  long next = 0;
  for (int last = 0; !last;) {
    pie_event *events[64];
    size_t count = 0;
    OK(pie_queue_recv_batch(queue, WAIT, events, capacity, &count, &error));
    for (size_t i = 0; i < count; i++) last = is_next(events[i], &next, fewer);
  }
  pie_queue_free(queue);
  pie_process_free(process);
}

typedef struct heard {
  long next;
  gate over;
} heard;

static void hear(pie_event *event, void *user_data) {
  heard *heard = user_data;
  if (is_next(event, &heard->next, fewer)) gate_add(&heard->over, 1);
}

static void by_dispatch(pie_client *client) {
  heard heard = {0, GATE_INIT};
  pie_process *process = launch(client, ops_of(fewer));
  pie_queue *queue = pie_process_queue(process);
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, hear, &heard, NULL, &error));
  while (heard.over.value == 0) {
    size_t count = 0;
    OK(pie_queue_dispatch(queue, 3, &count, &error));
    if (count == 0) rest_ms(1);
  }
  pie_queue_free(queue);
  pie_process_free(process);
}

static void by_callback(pie_client *client) {
  heard heard = {0, GATE_INIT};
  pie_process *process = launch(client, ops_of(fewer));
  OK(pie_process_set_callback(process, hear, &heard, NULL, &error));
  gate_await(&heard.over, 1);
  OK(pie_process_clear_callback(process, WAIT, &error));
  pie_process_free(process);
}

static void by_shared_queue(pie_client *client) {
  enum { PROCESSES = 4 };
  pie_queue *queue = pie_queue_new();
  pie_process *processes[PROCESSES];
  long next[PROCESSES] = {0};
  for (uint64_t i = 0; i < PROCESSES; i++) {
    /* Those that run already may hold the connection up. */
    char *json = script(ops_of(fewer / PROCESSES));
    pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
    pie_op *op = POISON;
    options.input = json;
    options.queue = queue;
    options.tag = i;
    OK(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 100 + i, &op, &error));
    pie_op_free(op);
    free(json);
  }
  for (int ended = 0; ended < PROCESSES;) {
    pie_event *event = take_from(queue);
    if (event->kind == PIE_EVENT_DONE) {
      EQ(event->status, PIE_OK);
      processes[event->tag - 100] = pie_event_take_process(event);
      pie_event_free(event);
    } else {
      uint64_t tag = event->tag;
      ended += is_next(event, &next[tag], fewer / PROCESSES);
    }
  }
  for (int i = 0; i < PROCESSES; i++) pie_process_free(processes[i]);
  pie_queue_free(queue);
}

static void wake(void *user_data) { gate_add(user_data, 1); }

static void by_wakeup(pie_client *client) {
  gate woken = GATE_INIT;
  pie_process *process = launch(client, ops_of(fewer));
  pie_queue *queue = pie_process_queue(process);
  OK(pie_queue_set_wakeup(queue, wake, &woken, NULL, &error));
  long next = 0;
  for (int last = 0, wakes = 1; !last; wakes++) {
    gate_await(&woken, wakes);
    pie_event *event = POISON;
    while (!last && pie_queue_recv(queue, 0, &event, NULL) == PIE_OK) last = is_next(event, &next, fewer);
  }
  OK(pie_queue_set_wakeup(queue, NULL, NULL, NULL, &error));
  pie_queue_free(queue);
  pie_process_free(process);
}

#ifndef _WIN32
static void by_descriptor(pie_client *client) {
  pie_process *process = launch(client, ops_of(fewer));
  pie_queue *queue = pie_process_queue(process);
  intptr_t fd = -1;
  OK(pie_queue_fd(queue, &fd, &error));
  long next = 0;
  for (int last = 0; !last;) {
    struct pollfd polled = {(int)fd, POLLIN, 0};
    EQ(poll(&polled, 1, WAIT), 1);
    pie_event *event = POISON;
    OK(pie_queue_recv(queue, 0, &event, &error));
    last = is_next(event, &next, fewer);
  }
  pie_queue_free(queue);
  pie_process_free(process);
}
#else
static void by_descriptor(pie_client *client) { (void)client; }
#endif

/* A file, like any event, is there whole or waits, however much larger than the budget it is. */
static void files(pie_client *client) {
  enum { LARGE = 3 << 20 };
  pie_process *process = launch(client, "['send','a'],['send_file',3145728],['send_file',3145728],['send','b']");
  await_pause(client, pie_process_id(process));
  unsigned char *wanted = pattern(LARGE);
  await_message(process, "a");
  for (int i = 0; i < 2; i++) {
    take_file(process, wanted, LARGE);
  }
  free(wanted);
  STREAM(process, "msg:b|return:done");
  pie_process_free(process);
}

int main(void) {
  if (!is_measurable()) many = 4000, fewer = 800;
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "overflow=pause queue_max_bytes=300");
    by_receive(client);
    by_batch(client, 64);
    by_batch(client, 2);
    by_dispatch(client);
    by_callback(client);
    by_shared_queue(client);
    by_wakeup(client);
    by_descriptor(client);
    files(client);
    hang_up(client);
    client = dial(generation, NULL, "overflow=pause queue_max_bytes=1"); /* one event at a time */
    by_batch(client, 64);
    by_callback(client);
    hang_up(client);
  }
  return finish();
}
