/* An event of a few words takes one block of memory on its way from the socket to the host, whichever way out of the queue
   the host uses; a batch takes a few for itself. */
#include "callbacks.h"

enum { EVENTS = 30000, MOST_PER_CENT = 105, OF_BATCH = 2 };

/* The system's, behind ours, which the library calls too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static long blocks;

static void tally(void) { __atomic_add_fetch(&blocks, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
  tally();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  tally();
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  tally();
  return __libc_realloc(block, size);
}

static long blocks_so_far(void) { return __atomic_load_n(&blocks, __ATOMIC_RELAXED); }

static pie_process *waiting(pie_client *client, pie_queue *queue) {
  char ops[64];
  snprintf(ops, sizeof ops, "['recv',0],['flood',%d,32]", EVENTS);
  return queue == NULL ? launch(client, ops) : launch_to(client, ops, queue, 0);
}

static void check_blocks(const char *way, long since, long batches) {
  long taken = blocks_so_far() - since;
  printf("%s: %ld blocks for %d events in %ld batches\n", way, taken, EVENTS, batches);
  CHECK(taken >= EVENTS && taken - OF_BATCH * batches <= (long)EVENTS * MOST_PER_CENT / 100);
}

static void one_by_one(pie_client *client) {
  pie_process *process = waiting(client, NULL);
  pie_event *event = NULL;
  long since = blocks_so_far(), count = 0;
  OK(pie_process_signal(process, "go", &error));
  while (pie_process_recv(process, WAIT, &event, NULL) == PIE_OK) {
    count++;
    pie_event_free(event);
  }
  EQ(count, EVENTS + 2);
  check_blocks("one by one", since, 0);
  pie_process_free(process);
}

static void in_batches(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  pie_process *process = waiting(client, queue);
  pie_event *events[256];
  long since = blocks_so_far(), count = 0, batches = 0;
  OK(pie_process_signal(process, "go", &error));
  while (count < EVENTS + 2) {
    size_t taken = 0;
    OK(pie_queue_recv_batch(queue, WAIT, events, 256, &taken, &error));
    count += (long)taken;
    batches++;
    pie_events_free(events, taken);
  }
  check_blocks("in batches", since, batches);
  pie_process_free(process);
  pie_queue_free(queue);
}

static gate called = GATE_INIT;
static long seen;

static void on_event(pie_event *event, void *user_data) {
  (void)user_data;
  seen++;
  if (event->kind == PIE_EVENT_RETURN) gate_add(&called, 1);
  pie_event_free(event);
}

static void by_callback(pie_client *client) {
  pie_process *process = waiting(client, NULL);
  OK(pie_process_set_callback(process, on_event, NULL, NULL, &error));
  long since = blocks_so_far();
  OK(pie_process_signal(process, "go", &error));
  gate_await(&called, 1);
  EQ(seen, EVENTS + 2);
  check_blocks("by callback", since, 0);
  pie_process_free(process);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  one_by_one(client);
  in_batches(client);
  by_callback(client);
  hang_up(client);
  return finish();
}
