/* pie_op: cancel does nothing where the call has ended, and may come from any thread and from within the callback; free
   does not cancel; both may come when the client, the queue or the library's life is gone. pie_client_close_async: its
   DONE comes behind all others. */
#include "twins.h"

static void ended(pie_client *client, pie_queue *queue) {
  pie_op *op = POISON;
  OK(pie_client_ping_async(client, WAIT, queue, 1, &op, &error));
  pie_event *done = take_done(queue, 1);
  EQ(done->status, PIE_OK);
  for (int i = 0; i < 3; i++) pie_op_cancel(op);
  pie_event_free(done);
  pie_op_cancel(op);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  NONE(queue);
  pie_op_free(op);
}

/* Its DONE waits: that is the outcome, whatever is asked of it afterwards. */
static void outcome_waits(pie_client *client, pie_queue *queue) {
  pie_op *op = POISON;
  OK(pie_client_launch_process_async(client, ECHO, NULL, WAIT, queue, 2, &op, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* answered behind it */
  pie_op_cancel(op);
  pie_event *done = take_done(queue, 2);
  if (pie_client_generation(client) == PIE_GENERATION_0_4) EQ(done->status, PIE_OK);
  pie_process *process = pie_event_take_process(done);
  EQ(done->status == PIE_OK, process != NULL);
  pie_event_free(done);
  pie_process_free(process);
  pie_op_free(op);
}

static void free_does_not_cancel(int generation) {
  pie_client *client = dial(generation, "delay=ping:50", NULL);
  pie_queue *queue = pie_queue_new();
  pie_op *op = POISON;
  OK(pie_client_ping_async(client, WAIT, queue, 3, &op, &error));
  pie_op_free(op);
  pie_event *done = take_done(queue, 3);
  EQ(done->status, PIE_OK);
  CHECK(done->current >= 50000000);
  pie_event_free(done);
  pie_queue_free(queue);
  hang_up(client);
}

/* Whatever is gone first. */
static void any_order(int generation, int order) {
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new();
  pie_op *op = POISON;
  OK(pie_client_ping_async(client, PIE_FOREVER, queue, 4, &op, &error));
  for (int i = 0; i < 3; i++) {
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    switch (orders[order][i]) {
      case 0: pie_client_free(client); break;
      case 1: pie_queue_free(queue); break;
      default: pie_op_cancel(op), pie_op_free(op);
    }
  }
}

static void over_a_shutdown(int generation) {
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new();
  pie_op *ops[2] = {NULL, NULL};
  for (int i = 0; i < 2; i++) OK(pie_client_ping_async(client, PIE_FOREVER, queue, 5, &ops[i], &error));
  OK(pie_shutdown(WAIT, &error));
  pie_op_cancel(ops[0]);
  pie_op_free(ops[0]);
  pie_client *another = dial(generation, NULL, NULL); /* a new life */
  pie_op_cancel(ops[1]);
  OK(pie_client_ping(another, WAIT, NULL, &error));
  pie_op_free(ops[1]);
  pie_queue_free(queue);
  pie_client_free(client);
  hang_up(another);
}

/* Cancelled inside the callback that gets its DONE, and that of another's. */
typedef struct inside {
  pie_op *ops[2];
  gate dones;
  pie_status statuses[2];
} inside;

static void cancel_both(pie_event *event, void *user_data) {
  inside *with = user_data;
  with->statuses[event->tag] = event->status;
  for (int i = 0; i < 2; i++) pie_op_cancel(with->ops[i]);
  pie_event_free(event);
  gate_add(&with->dones, 1);
}

static void from_a_callback(int generation) {
  pie_client *client = dial(generation, "silent=list_processes", NULL);
  pie_queue *queue = pie_queue_new();
  inside with = {{NULL, NULL}, GATE_INIT, {7, 7}};
  OK(pie_client_list_processes_async(client, PIE_FOREVER, queue, 1, &with.ops[1], &error));
  OK(pie_client_ping_async(client, WAIT, queue, 0, &with.ops[0], &error));
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, cancel_both, &with, NULL, &error));
  gate_await(&with.dones, 2);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(with.statuses[0], PIE_OK);
  EQ(with.statuses[1], PIE_E_CANCELLED);
  for (int i = 0; i < 2; i++) pie_op_free(with.ops[i]);
  pie_queue_free(queue);
  hang_up(client);
}

/* DONE of the close is the last. */
static void close_is_last(int generation) {
  enum { MANY = 20 };
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch_to(client, "['never']", queue, 100);
  for (uint64_t i = 0; i < MANY; i++) OK(pie_client_ping_async(client, PIE_FOREVER, queue, i, NULL, &error));
  OK(pie_client_close_async(client, WAIT, queue, 99, NULL, &error));
  pie_client_free(client); /* at once */
  int ended = 0, streams = 0;
  for (int closed = 0; !closed;) {
    pie_event *event = take_from(queue);
    if (event->kind == PIE_EVENT_ERROR) {
      EQ(event->status, PIE_E_CLOSED);
      streams++;
    } else {
      EQ(event->kind, PIE_EVENT_DONE);
      EQ(event->status, event->tag == 99 ? PIE_OK : PIE_E_CLOSED);
      closed = event->tag == 99;
      ended += !closed;
    }
    pie_event_free(event);
  }
  EQ(ended, MANY);
  EQ(streams, 1);
  NONE(queue);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* A frozen engine ends no connection: the close takes close_timeout_ms. A limit below that passes, a cancel ends the
   call alone, and twice is fine. */
static void close_limits(int generation) {
  pie_client *client = dial(generation, NULL, "close_timeout_ms=500");
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch(client, "['burst'],['freeze']");
  NAMES(pie_client_close_async(client, -2, queue, 1, NULL, &error), "timeout_ms");
  pie_op *ops[3] = {NULL, NULL, NULL};
  OK(pie_client_close_async(client, WAIT, queue, 2, &ops[0], &error));
  OK(pie_client_close_async(client, 1, queue, 3, &ops[1], &error));
  OK(pie_client_close_async(client, PIE_FOREVER, queue, 4, &ops[2], &error));
  pie_op_cancel(ops[2]);
  pie_status statuses[5] = {7, 7, 7, 7, 7};
  for (int i = 0; i < 3; i++) {
    pie_event *done = take_from(queue);
    EQ(done->kind, PIE_EVENT_DONE);
    EQ(statuses[done->tag], 7);
    statuses[done->tag] = done->status;
    pie_event_free(done);
  }
  EQ(statuses[2], PIE_OK);
  if (statuses[3] != PIE_OK) EQ(statuses[3], PIE_E_TIMED_OUT);
  if (statuses[4] != PIE_OK) EQ(statuses[4], PIE_E_CANCELLED);
  ENDS_WITH(process, PIE_E_CLOSED);
  OK(pie_client_close_async(client, WAIT, queue, 5, NULL, &error)); /* twice is PIE_OK */
  DONE(queue, 5, PIE_OK);
  OK(pie_client_close(client, WAIT, &error));
  NONE(queue);
  for (int i = 0; i < 3; i++) pie_op_free(ops[i]);
  pie_process_free(process);
  pie_queue_free(queue);
  pie_client_free(client);
}

/* 0: begin, do not wait. */
static void close_begins(int generation) {
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new();
  OK(pie_client_ping_async(client, PIE_FOREVER, queue, 1, NULL, &error));
  pie_op *op = POISON;
  pie_status status = pie_client_close_async(client, 0, queue, 2, &op, NULL);
  if (status != PIE_OK) EQ(status, PIE_E_TIMED_OUT);
  if (status != PIE_OK) CHECK(op == NULL);
  pie_op_free(op);
  for (int left = status == PIE_OK ? 2 : 1; left > 0; left--) {
    pie_event *done = take_from(queue);
    if (done->tag == 1) EQ(done->status, PIE_E_CLOSED);
    if (done->tag == 2 && done->status != PIE_OK) EQ(done->status, PIE_E_TIMED_OUT);
    pie_event_free(done);
  }
  OK(pie_client_close(client, WAIT, &error));
  NONE(queue);
  pie_queue_free(queue);
  pie_client_free(client);
}

int main(void) {
  pie_op_cancel(NULL);
  pie_op_free(NULL);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pie_queue *queue = pie_queue_new();
    ended(client, queue);
    outcome_waits(client, queue);
    pie_queue_free(queue);
    hang_up(client);
    free_does_not_cancel(generation);
    for (int order = 0; order < 6; order++) any_order(generation, order);
    over_a_shutdown(generation);
    from_a_callback(generation);
    close_is_last(generation);
    close_limits(generation);
    close_begins(generation);
  }
  return finish();
}
