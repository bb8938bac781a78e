/* PROGRESS of asynchronous uploads: `current` of `total` bytes, growing, with the tag of the call; only the newest
   waits; it reaches the total before the DONE of an upload that succeeded; none comes behind the DONE. */
#include "twins.h"

enum { SIZE = 6 << 20 };

typedef struct seen {
  uint64_t last, total;
  size_t count;
} seen;

static void step(seen *so_far, const pie_event *event) {
  EQ(event->kind, PIE_EVENT_PROGRESS);
  EQ(event->status, PIE_OK);
  CHECK(event->current <= event->total && event->current >= so_far->last);
  if (so_far->count++ > 0) EQ(event->total, so_far->total);
  so_far->last = event->current;
  so_far->total = event->total;
}

/* Until DONE. */
static seen follow(pie_queue *queue, uint64_t tag, pie_status wanted) {
  seen so_far = {0, 0, 0};
  for (;;) {
    pie_event *event = take_from(queue);
    EQ(event->tag, tag);
    int done = event->kind == PIE_EVENT_DONE;
    if (done)
      EQ(event->status, wanted);
    else
      step(&so_far, event);
    pie_event_free(event);
    if (done) break;
  }
  NONE(queue);
  return so_far;
}

static void whole(pie_queue *queue, uint64_t tag, size_t total) {
  seen so_far = follow(queue, tag, PIE_OK);
  CHECK(so_far.count >= 1);
  EQ(so_far.last, so_far.total);
  if (total > 0) EQ(so_far.total, total);
}

static pie_process *waiting_for_a_file(pie_client *client) {
  pie_process *process = launch(client, "['send','ready'],['recv_file',0]");
  await_message(process, "ready");
  return process;
}

static void received(pie_client *client, unsigned char *bytes) {
  pie_queue *queue = pie_queue_new();
  char *path = temporary_file(bytes, SIZE), *manifest = temporary_file(MANIFEST("up"), strlen(MANIFEST("up")));
  pie_process *process = waiting_for_a_file(client);
  OK(pie_process_transfer_file_async(process, bytes, SIZE, WAIT, queue, 1, NULL, &error));
  whole(queue, 1, SIZE);
  pie_process_free(process);
  process = waiting_for_a_file(client);
  OK(pie_process_transfer_path_async(process, path, WAIT, queue, 2, NULL, &error));
  whole(queue, 2, SIZE);
  pie_process_free(process);
  OK(pie_client_install_program_bytes_async(client, bytes, SIZE, MANIFEST("up"), 1, WAIT, queue, 3, NULL, &error));
  whole(queue, 3, 0); /* the manifest may count */
  OK(pie_client_install_program_async(client, path, manifest, 1, WAIT, queue, 4, NULL, &error));
  whole(queue, 4, 0);
  pie_queue_free(queue);
  unlink(path), unlink(manifest);
  free(path), free(manifest);
}

/* Nobody receives while it goes on: one PROGRESS is left, the last, then DONE. */
static void only_the_newest(pie_client *client, unsigned char *bytes) {
  pie_queue *queue = pie_queue_new();
  for (int i = 0; i < 3; i++) {
    OK(pie_client_install_program_bytes_async(client, bytes, SIZE, MANIFEST("up"), 1, WAIT, queue, 5, NULL, &error));
    /* Uploads go one at a time: when a second one is through, so is the first. */
    OK(pie_client_install_program_bytes(client, "next", 4, MANIFEST("next"), 1, WAIT, &error));
    pie_event *event = take_from(queue);
    EQ(event->kind, PIE_EVENT_PROGRESS);
    EQ(event->current, event->total);
    pie_event_free(event);
    DONE(queue, 5, PIE_OK);
    NONE(queue);
  }
  pie_queue_free(queue);
}

/* Two at once: each has one of its own. */
static void two_at_once(pie_client *client, unsigned char *bytes) {
  pie_queue *queue = pie_queue_new();
  seen of[2] = {{0, 0, 0}, {0, 0, 0}};
  for (uint64_t i = 0; i < 2; i++)
    OK(pie_client_install_program_bytes_async(client, bytes, SIZE, MANIFEST("up"), 1, WAIT, queue, i, NULL, &error));
  for (int ended = 0; ended < 2;) {
    pie_event *event = take_from(queue);
    CHECK(event->tag < 2);
    if (event->kind == PIE_EVENT_DONE) {
      EQ(event->status, PIE_OK);
      EQ(of[event->tag].last, of[event->tag].total);
      CHECK(of[event->tag].count > 0);
      ended++;
    } else {
      step(&of[event->tag], event);
    }
    pie_event_free(event);
  }
  NONE(queue);
  pie_queue_free(queue);
}

static void empty(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  pie_process *process = waiting_for_a_file(client);
  OK(pie_process_transfer_file_async(process, NULL, 0, WAIT, queue, 6, NULL, &error));
  seen so_far = follow(queue, 6, PIE_OK);
  EQ(so_far.last, 0);
  pie_event *event = take(process);
  HAS(event->data, "file:0:");
  pie_event_free(event);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* The bytes are the caller's again as soon as the call has returned. */
static void copied(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  unsigned char *bytes = pattern(300000);
  pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
  await_message(process, "ready");
  OK(pie_process_transfer_file_async(process, bytes, 300000, WAIT, queue, 7, NULL, &error));
  memset(bytes, 0xee, 300000);
  free(bytes);
  bytes = pattern(300000);
  whole(queue, 7, 300000);
  take_file(process, bytes, 300000);
  pie_process_free(process);
  free(bytes);
  pie_queue_free(queue);
}

/* It stops where it got stuck, and none comes behind the DONE. */
static void given_up(int generation, unsigned char *bytes) {
  pie_client *client = dial(generation, "freeze_on=transfer_file", "upload_window_bytes=65536 close_timeout_ms=20");
  pie_queue *queue = pie_queue_new();
  pie_process *process = waiting_for_a_file(client);
  pie_op *op = POISON;
  OK(pie_process_transfer_file_async(process, bytes, LARGE, PIE_FOREVER, queue, 8, &op, &error));
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_PROGRESS);
  CHECK(event->current < event->total && event->total == LARGE);
  pie_event_free(event);
  pie_op_cancel(op);
  seen so_far = follow(queue, 8, PIE_E_CANCELLED);
  CHECK(so_far.last < LARGE);
  pie_op_free(op);
  pie_process_free(process);
  hang_up(client);
  NONE(queue);
  pie_queue_free(queue);
}

int main(void) {
  unsigned char *bytes = pattern(LARGE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "upload_window_bytes=100000");
    received(client, bytes);
    only_the_newest(client, bytes);
    two_at_once(client, bytes);
    empty(client);
    copied(client);
    given_up(generation, bytes);
    hang_up(client);
  }
  free(bytes);
  return finish();
}
