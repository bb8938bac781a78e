/* pie_client_close waits for what a thread callback has still to get of the client: after PIE_OK it has had every
   event, the last ones included, and no library thread will run it again. PIE_E_TIMED_OUT while it has not. What waits
   in a queue that the host empties itself stays there. */
#include "callbacks.h"

enum { MESSAGES = 60 };

static void slow_callback(int generation) {
  record seen = RECORD_INIT;
  seen.work_ms = 2;
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  char ops[64];
  snprintf(ops, sizeof ops, "['sendn',%d],['never']", MESSAGES);
  by_thread(queue, &seen);
  pie_process *process = launch_to(client, ops, queue, 0);
  OK(pie_client_close(client, WAIT, &error));
  EQ(seen.ends.value, 1); /* nothing runs any more: no lock is needed */
  EQ(seen.last, PIE_E_CLOSED);
  int calls = seen.calls.value;
  EQ(seen.running, 0);
  rest_ms(20);
  EQ(gate_value(&seen.calls), calls);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  NONE(queue);
  pie_process_free(process);
  pie_queue_free(queue);
  pie_client_free(client);
}

/* A callback that does not come back holds up the close, not the rest. */
static void stuck_callback(int generation) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT;
  seen.let_go = &open;
  pie_client *client = dial(generation, NULL, "close_timeout_ms=20"), *other = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  by_thread(queue, &seen);
  pie_process *process = launch_to(client, "['send','a'],['never']", queue, 0);
  gate_await(&seen.inside, 1);
  STATUS(pie_client_close(client, 50, &error), PIE_E_TIMED_OUT);
  STATUS(pie_client_close(client, 0, &error), PIE_E_TIMED_OUT);
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_CLOSED);
  OK(pie_client_ping(other, WAIT, NULL, &error));
  EQ(gate_value(&seen.ends), 0);
  gate_add(&open, 1);
  OK(pie_client_close(client, WAIT, &error));
  EQ(seen.ends.value, 1);
  EQ(seen.calls.value, 2);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(queue);
  pie_client_free(client);
  hang_up(other);
}

/* DONE events of the client count too, and so do those of other clients' in the same queue not. */
static void dones(int generation) {
  record seen = RECORD_INIT;
  seen.work_ms = 1;
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new();
  by_thread(queue, &seen);
  for (uint64_t i = 0; i < 30; i++) OK(pie_client_ping_async(client, PIE_FOREVER, queue, i, NULL, &error));
  OK(pie_client_close(client, WAIT, &error));
  EQ(seen.calls.value, 30);
  pie_queue_free(queue);
  gate_await(&seen.drops, 1);
  pie_client_free(client);
}

/* The client's own queue: its last CONNECTION event. */
static void connection(int generation) {
  record seen = RECORD_INIT;
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_client_queue(client);
  by_thread(queue, &seen);
  OK(pie_client_close(client, WAIT, &error));
  EQ(seen.calls.value, 2); /* connected, closed */
  pie_client_free(client);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(seen.drops.value, 1);
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_END);
  pie_queue_free(queue);
}

/* Neither a queue that is received from nor a MANUAL callback is waited for, and both keep everything. */
static void emptied_by_the_host(int generation) {
  record seen = RECORD_INIT;
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *manual = pie_queue_new();
  by_hand(manual, &seen);
  pie_process *one = launch(client, "['burst'],['sendn',3],['flush'],['never']");
  pie_process *two = launch_to(client, "['burst'],['sendn',3],['flush'],['never']", manual, 0);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* behind both bursts */
  OK(pie_client_close(client, WAIT, &error));
  EQ(seen.calls.value, 0);
  EQ(dispatch(manual, 0), 4);
  EQ(seen.last, PIE_E_CLOSED);
  STREAM(one, "msg:0|msg:1|msg:2|error:PIE_E_CLOSED");
  pie_process_free(one);
  pie_process_free(two);
  pie_queue_free(manual);
  pie_client_free(client);
}

/* close_async's DONE comes behind what a thread callback has to get. */
static void asynchronously(int generation) {
  record seen = RECORD_INIT;
  seen.work_ms = 2;
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new(), *dones = pie_queue_new();
  by_thread(queue, &seen);
  pie_process *process = launch_to(client, "['sendn',20],['never']", queue, 0);
  OK(pie_client_close_async(client, WAIT, dones, 1, NULL, &error));
  DONE(dones, 1, PIE_OK);
  EQ(gate_value(&seen.ends), 1);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(queue);
  pie_queue_free(dones);
  pie_client_free(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    slow_callback(generation);
    stuck_callback(generation);
    dones(generation);
    connection(generation);
    emptied_by_the_host(generation);
    asynchronously(generation);
  }
  return finish();
}
