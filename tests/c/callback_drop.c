/* `drop` runs exactly once for each registration that succeeded, last, whatever ends it: clear, the queue's last
   handle, the process's, the client's end does not, shutdown. It does not run where the registration failed. */
#include "callbacks.h"

static void cleared(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  for (int round = 1; round <= 3; round++) {
    int mode = round % 2 ? PIE_DISPATCH_THREAD : PIE_DISPATCH_MANUAL;
    OK(pie_queue_set_callback(queue, mode, write_down, &seen, write_drop, &error));
    STATUS(pie_queue_set_callback(queue, mode, write_down, &seen, write_drop, &error), PIE_E_INVALID_STATE);
    EQ(gate_value(&seen.drops), 0);
    OK(pie_queue_clear_callback(queue, WAIT, &error));
    EQ(gate_value(&seen.drops), 1);
    OK(pie_queue_clear_callback(queue, WAIT, &error)); /* there is none */
    EQ(gate_value(&seen.drops), 1);
    seen.drops.value = 0;
  }
  /* No drop, no user_data. */
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, write_down, NULL, NULL, &error));
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_queue_free(queue);
  OK(pie_client_ping(client, WAIT, NULL, &error));
}

static void failed(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch_to(client, "['never']", queue, 0);
  NAMES(pie_queue_set_callback(queue, 0, write_down, &seen, write_drop, &error), "mode");
  NAMES(pie_queue_set_callback(queue, 3, write_down, &seen, write_drop, &error), "mode");
  NAMES(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, NULL, &seen, write_drop, &error), "fn");
  NAMES(pie_queue_set_callback(NULL, PIE_DISPATCH_THREAD, write_down, &seen, write_drop, &error), "queue");
  STATUS(pie_process_set_callback(process, write_down, &seen, write_drop, &error), PIE_E_INVALID_STATE);
  NAMES(pie_process_set_callback(NULL, write_down, &seen, write_drop, &error), "process");
  EQ(seen.drops.value, 0);
  OK(pie_process_terminate(process, WAIT, &error));
  pie_event *last = take_from(queue); /* no callback was left behind */
  EQ(last->status, PIE_E_CANCELLED);
  pie_event_free(last);
  pie_process_free(process);
  pie_queue_free(queue);
  EQ(seen.drops.value, 0);
}

/* The last handle takes the callback with it, though a process still feeds the queue. */
static void queue_freed(pie_client *client, int mode) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new(), *second = NULL;
  OK(pie_queue_set_callback(queue, mode, write_down, &seen, write_drop, &error));
  pie_process *process = launch_to(client, "['recv',0],['return','x']", queue, 0);
  second = pie_process_queue(process);
  pie_queue_free(queue); /* another is there */
  EQ(gate_value(&seen.drops), 0);
  pie_queue_free(second);
  gate_await(&seen.drops, 1);
  OK(pie_process_signal(process, "x", &error));
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  pie_string_free(text);
  EQ(gate_value(&seen.calls), 0);
  pie_process_free(process);
}

static void process_freed(pie_client *client) {
  record seen = RECORD_INIT;
  pie_process *process = launch(client, "['send','a'],['never']");
  OK(pie_process_set_callback(process, write_down, &seen, write_drop, &error));
  gate_await(&seen.calls, 1);
  char *id = join_text(pie_process_id(process), "", "");
  pie_process_free(process);
  gate_await(&seen.drops, 1);
  EQ(seen.calls.value, 1);
  OK(pie_client_terminate_process(client, id, WAIT, &error));
  free(id);
}

/* Freed in the middle of a run: last means after that. */
static void freed_while_it_runs(pie_client *client) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT;
  seen.let_go = &open;
  pie_queue *queue = pie_queue_new();
  by_thread(queue, &seen);
  pie_process *process = launch_to(client, "['sendn',3]", queue, 0);
  gate_await(&seen.inside, 1);
  pie_queue_free(queue);
  pie_process_free(process);
  EQ(gate_value(&seen.drops), 0);
  gate_add(&open, 1);
  gate_await(&seen.drops, 1);
  EQ(seen.calls.value, 1); /* what waited went with the queue */
}

static void many(pie_client *client) {
  enum { MANY = 100 };
  record seen[MANY];
  pie_queue *queues[MANY];
  pie_process *process = launch(client, "['never']");
  for (int i = 0; i < MANY; i++) {
    record empty = RECORD_INIT;
    seen[i] = empty;
    queues[i] = pie_queue_new();
    OK(pie_queue_set_callback(queues[i], 1 + i % 2, write_down, &seen[i], write_drop, &error));
    OK(pie_client_ping_async(client, WAIT, queues[i], (uint64_t)i, NULL, &error));
  }
  for (int i = 0; i < MANY; i++) {
    if (i % 3 == 0) OK(pie_queue_clear_callback(queues[i], WAIT, &error));
    pie_queue_free(queues[i]);
  }
  for (int i = 0; i < MANY; i++) gate_await(&seen[i].drops, 1);
  pie_process_free(process);
  hang_up(client);
  OK(pie_shutdown(WAIT, &error));
  for (int i = 0; i < MANY; i++) EQ(seen[i].drops.value, 1);
}

/* Of every kind, removed by the shutdown before it returns. */
static void shut_down(int generation) {
  record seen[3] = {RECORD_INIT, RECORD_INIT, RECORD_INIT};
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *threaded = pie_queue_new(), *manual = pie_queue_new();
  by_thread(threaded, &seen[0]);
  by_hand(manual, &seen[1]);
  pie_process *process = launch(client, "['never']");
  OK(pie_process_set_callback(process, write_down, &seen[2], write_drop, &error));
  OK(pie_shutdown(WAIT, &error));
  for (int i = 0; i < 3; i++) EQ(seen[i].drops.value, 1);
  STATUS(pie_queue_set_callback(threaded, PIE_DISPATCH_THREAD, write_down, &seen[0], write_drop, &error), PIE_E_CLOSED);
  STATUS(pie_queue_clear_callback(threaded, WAIT, &error), PIE_E_CLOSED);
  STATUS(pie_process_set_callback(process, write_down, &seen[0], write_drop, &error), PIE_E_CLOSED);
  pie_queue_free(threaded);
  pie_queue_free(manual);
  pie_process_free(process);
  pie_client_free(client);
  OK(pie_shutdown(WAIT, &error));
  for (int i = 0; i < 3; i++) EQ(seen[i].drops.value, 1);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    cleared(client);
    failed(client);
    queue_freed(client, PIE_DISPATCH_THREAD);
    queue_freed(client, PIE_DISPATCH_MANUAL);
    process_freed(client);
    freed_while_it_runs(client);
    many(client);
    shut_down(generation);
  }
  return finish();
}
