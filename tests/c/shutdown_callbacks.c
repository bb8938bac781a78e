/* pie_shutdown with callbacks, wakeups and asynchronous calls: from any thread; from inside a callback it is
   PIE_E_WOULD_DEADLOCK and has changed nothing; after PIE_OK nothing of the host's is called and every `drop` has run;
   PIE_E_TIMED_OUT while a callback does not come back; new clients start a new life. */
#include "callbacks.h"

static void *shut_down(void *argument) {
  (void)argument;
  OK(pie_shutdown(WAIT, &error));
  return NULL;
}

static void count_call(void *user_data) { gate_add(user_data, 1); }

/* Callbacks in full swing. */
static void in_full_swing(int generation, int on_another_thread) {
  enum { QUEUES = 6 };
  record seen[QUEUES];
  gate woken = GATE_INIT;
  pie_client *client = dial(generation, NULL, "close_timeout_ms=20");
  pie_queue *queues[QUEUES];
  pie_process *processes[QUEUES];
  for (int i = 0; i < QUEUES; i++) {
    record empty = RECORD_INIT;
    seen[i] = empty;
    queues[i] = pie_queue_new();
    if (i % 2) by_thread(queues[i], &seen[i]);
    if (i % 2 == 0) by_hand(queues[i], &seen[i]);
    OK(pie_queue_set_wakeup(queues[i], count_call, &woken, NULL, &error));
    processes[i] = launch_to(client, "['spam',3000,10],['never']", queues[i], 0);
  }
  gate_await(&seen[1].calls, 50);
  gate_await(&woken, 3);
  if (on_another_thread)
    join(spawn(shut_down, NULL));
  else
    OK(pie_shutdown(WAIT, &error));
  int calls[QUEUES], wakeups = gate_value(&woken);
  for (int i = 0; i < QUEUES; i++) {
    EQ(seen[i].drops.value, 1);
    EQ(seen[i].running, 0);
    calls[i] = seen[i].calls.value;
  }
  for (int i = 0; i < QUEUES; i++) pie_process_free(processes[i]), pie_queue_free(queues[i]);
  pie_client_free(client);
  for (int i = 0; i < QUEUES; i++) EQ(seen[i].calls.value, calls[i]);
  EQ(gate_value(&woken), wakeups);
}

/* Inside each kind of callback. */
typedef struct inside {
  gate tried, dropped;
} inside;

static void try_it(pie_event *event, void *user_data) {
  int last = event->kind == PIE_EVENT_ERROR;
  pie_event_free(event);
  if (last) return; /* meets_inside.c asks while a shutdown is under way */
  STATUS(pie_shutdown(WAIT, &error), PIE_E_WOULD_DEADLOCK);
  STATUS(pie_shutdown(PIE_FOREVER, &error), PIE_E_WOULD_DEADLOCK);
  gate_add(&((inside *)user_data)->tried, 1);
}

static void dropped(void *user_data) { gate_add(&((inside *)user_data)->dropped, 1); }

static void from_inside(int generation) {
  inside with[3] = {{GATE_INIT, GATE_INIT}, {GATE_INIT, GATE_INIT}, {GATE_INIT, GATE_INIT}};
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *threaded = pie_queue_new(), *manual = pie_queue_new();
  OK(pie_queue_set_callback(threaded, PIE_DISPATCH_THREAD, try_it, &with[0], dropped, &error));
  OK(pie_queue_set_callback(manual, PIE_DISPATCH_MANUAL, try_it, &with[1], dropped, &error));
  pie_process *process = launch(client, "['send','a'],['never']");
  OK(pie_process_set_callback(process, try_it, &with[2], dropped, &error));
  OK(pie_client_ping_async(client, WAIT, threaded, 1, NULL, &error));
  OK(pie_client_ping_async(client, WAIT, manual, 1, NULL, &error));
  gate_await(&with[0].tried, 1);
  gate_await(&with[2].tried, 1);
  while (dispatch(manual, 0) == 0) rest_ms(1);
  for (int i = 0; i < 3; i++) EQ(gate_value(&with[i].dropped), 0);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* as if nothing had been asked */
  OK(pie_shutdown(WAIT, &error));
  for (int i = 0; i < 3; i++) EQ(with[i].dropped.value, 1);
  pie_process_free(process);
  pie_queue_free(threaded);
  pie_queue_free(manual);
  pie_client_free(client);
}

/* While one does not come back. */
static void stuck(int generation) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT, other = RECORD_INIT;
  seen.let_go = &open;
  pie_client *client = dial(generation, NULL, "close_timeout_ms=20");
  pie_queue *queue = pie_queue_new(), *second = pie_queue_new();
  by_thread(queue, &seen);
  by_thread(second, &other);
  OK(pie_client_ping_async(client, WAIT, queue, 1, NULL, &error));
  gate_await(&seen.inside, 1);
  STATUS(pie_shutdown(30, &error), PIE_E_TIMED_OUT);
  STATUS(pie_shutdown(0, &error), PIE_E_TIMED_OUT);
  EQ(gate_value(&seen.drops), 0);
  pthread_t threads[2] = {spawn(shut_down, NULL), spawn(shut_down, NULL)};
  rest_ms(10);
  gate_add(&open, 1);
  for (int i = 0; i < 2; i++) join(threads[i]);
  EQ(seen.drops.value, 1);
  EQ(other.drops.value, 1);
  pie_queue_free(queue);
  pie_queue_free(second);
  pie_client_free(client);
}

/* What waits with a host's own receive in a callback's thread or elsewhere ends; calls after it fail. */
static void old_handles(int generation) {
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new(), *of_client = pie_client_queue(client);
  pie_process *process = launch(client, "['never']");
  pie_op *op = POISON;
  pie_event *event = POISON;
  size_t count = 7;
  intptr_t fd = 7;
  OK(pie_client_ping_async(client, PIE_FOREVER, queue, 1, &op, &error));
  OK(pie_shutdown(WAIT, &error));
  pie_op_cancel(op);
  pie_op_free(op);
  STATUS(pie_client_ping_async(client, WAIT, queue, 2, &op, &error), PIE_E_CLOSED);
  CHECK(op == NULL);
  STATUS(pie_client_close_async(client, WAIT, queue, 2, NULL, &error), PIE_E_CLOSED);
  STATUS(pie_queue_recv(of_client, 0, &event, &error), PIE_E_CLOSED);
  STATUS(pie_queue_dispatch(queue, 0, &count, &error), PIE_E_CLOSED);
  STATUS(pie_queue_fd(queue, &fd, &error), PIE_E_CLOSED);
  STATUS(pie_queue_set_wakeup(queue, count_call, NULL, NULL, &error), PIE_E_CLOSED);
  STATUS(pie_queue_clear_callback(queue, WAIT, &error), PIE_E_CLOSED);
  STATUS(pie_process_clear_callback(process, WAIT, &error), PIE_E_CLOSED);
  CHECK(count == 0 && fd == 0 && event == NULL);
  /* An old queue for a new client, and a new queue for an old one. */
  pie_client *another = dial(generation, NULL, NULL);
  pie_queue *fresh = pie_queue_new();
  STATUS(pie_client_ping_async(another, WAIT, queue, 3, NULL, &error), PIE_E_CLOSED);
  STATUS(pie_client_ping_async(client, WAIT, fresh, 3, NULL, &error), PIE_E_CLOSED);
  OK(pie_client_ping_async(another, WAIT, fresh, 3, NULL, &error));
  DONE(fresh, 3, PIE_OK);
  record seen = RECORD_INIT;
  by_thread(fresh, &seen);
  pie_process *talks = launch_to(another, "['send','x']", fresh, 0);
  gate_await(&seen.ends, 1);
  OK(pie_queue_clear_callback(fresh, WAIT, &error));
  pie_process_free(talks);
  pie_queue_free(fresh);
  pie_queue_free(queue);
  pie_queue_free(of_client);
  pie_process_free(process);
  pie_client_free(client);
  hang_up(another);
}

int main(void) {
  EACH_GENERATION(generation) {
    in_full_swing(generation, 0);
    in_full_swing(generation, 1);
    from_inside(generation);
    stuck(generation);
    old_handles(generation);
  }
  return finish();
}
