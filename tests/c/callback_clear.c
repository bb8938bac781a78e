/* pie_queue_clear_callback: after PIE_OK the callback does not run any more and its `drop` has run; PIE_E_TIMED_OUT
   while it runs, and it goes when it comes back; 0 begins. What it has not got stays in the queue. */
#include "callbacks.h"

/* Cleared in the middle: what is left is received, and nothing twice. */
static void in_the_middle(pie_client *client) {
  enum { MESSAGES = 400 };
  pie_queue *queue = pie_queue_new();
  for (int round = 0; round < 20; round++) {
    record seen = RECORD_INIT;
    pie_process *process = fill(client, queue, MESSAGES);
    by_thread(queue, &seen);
    if (round > 0) gate_await(&seen.calls, round * 10);
    OK(pie_queue_clear_callback(queue, WAIT, &error));
    int got = seen.calls.value;
    EQ(seen.drops.value, 1);
    EQ(seen.next, got);
    for (uint64_t next = (uint64_t)got; next < MESSAGES + 1; next++) {
      pie_event *event = take_from(queue);
      EQ(event->sequence, next);
      pie_event_free(event);
    }
    NONE(queue);
    EQ(seen.calls.value, got);
    pie_process_free(process);
  }
  pie_queue_free(queue);
}

typedef struct clearing {
  pie_queue *queue;
  gate ended;
} clearing;

static void *clear_it(void *argument) {
  clearing *with = argument;
  OK(pie_queue_clear_callback(with->queue, PIE_FOREVER, &error));
  gate_add(&with->ended, 1);
  return NULL;
}

static void while_it_runs(pie_client *client) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT;
  seen.let_go = &open;
  pie_queue *queue = pie_queue_new();
  pie_process *process = fill(client, queue, 3);
  by_thread(queue, &seen);
  gate_await(&seen.inside, 1);
  STATUS(pie_queue_clear_callback(queue, 0, &error), PIE_E_TIMED_OUT);
  STATUS(pie_queue_clear_callback(queue, 20, &error), PIE_E_TIMED_OUT);
  NAMES(pie_queue_clear_callback(queue, -2, &error), "timeout_ms");
  EQ(gate_value(&seen.drops), 0);
  clearing with = {queue, GATE_INIT};
  pthread_t one = spawn(clear_it, &with), two = spawn(clear_it, &with);
  rest_ms(10); /* mostly waiting by now */
  EQ(gate_value(&with.ended), 0);
  gate_add(&open, 1);
  join(one);
  join(two);
  EQ(seen.drops.value, 1);
  EQ(seen.calls.value, 1);
  for (uint64_t next = 1; next < 4; next++) {
    pie_event *event = take_from(queue);
    EQ(event->sequence, next);
    pie_event_free(event);
  }
  pie_process_free(process);
  pie_queue_free(queue);
}

/* Begun with 0, nobody waits: it goes by itself, and another may follow. */
static void begun(pie_client *client, int mode) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT, next = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  pie_process *process = fill(client, queue, 1);
  if (mode == PIE_DISPATCH_THREAD) {
    seen.let_go = &open;
    by_thread(queue, &seen);
    gate_await(&seen.inside, 1);
    STATUS(pie_queue_clear_callback(queue, 0, &error), PIE_E_TIMED_OUT);
    gate_add(&open, 1);
    gate_await(&seen.drops, 1);
    EQ(seen.calls.value, 1);
  } else {
    by_hand(queue, &seen);
    OK(pie_queue_clear_callback(queue, 0, &error)); /* it does not run */
    EQ(seen.drops.value, 1);
  }
  pie_error *error = POISON;
  next.next = (uint64_t)seen.calls.value;
  pie_status status;
  do { /* the former one may be on its way out */
    status = pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, write_down, &next, write_drop, &error);
    pie_error_free(error);
  } while (status == PIE_E_INVALID_STATE);
  EQ(status, PIE_OK);
  gate_await(&next.ends, 1);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(next.drops.value, 1);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* A dispatch under way on another thread is waited for as well. */
static void *dispatch_one(void *queue) {
  EQ(dispatch(queue, 1), 1);
  return NULL;
}

static void while_dispatched(pie_client *client) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT;
  seen.let_go = &open;
  pie_queue *queue = pie_queue_new();
  pie_process *process = fill(client, queue, 3);
  by_hand(queue, &seen);
  pthread_t thread = spawn(dispatch_one, queue);
  gate_await(&seen.inside, 1);
  STATUS(pie_queue_clear_callback(queue, 5, &error), PIE_E_TIMED_OUT);
  EQ(gate_value(&seen.drops), 0);
  gate_add(&open, 1);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(gate_value(&seen.drops), 1);
  join(thread);
  EQ(seen.calls.value, 1);
  pie_event_free(take_from(queue));
  pie_process_free(process);
  pie_queue_free(queue);
}

static void of_nothing(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  OK(pie_queue_clear_callback(queue, 0, &error));
  OK(pie_queue_clear_callback(queue, PIE_FOREVER, &error));
  pie_process *process = launch(client, "['return','x']");
  OK(pie_process_clear_callback(process, 0, &error));
  STREAM(process, "return:x");
  OK(pie_process_clear_callback(process, WAIT, &error)); /* of an ended one */
  pie_process_free(process);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    in_the_middle(client);
    while_it_runs(client);
    begun(client, PIE_DISPATCH_THREAD);
    begun(client, PIE_DISPATCH_MANUAL);
    while_dispatched(client);
    of_nothing(client);
    hang_up(client);
  }
  return finish();
}
