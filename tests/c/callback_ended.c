/* A queue that ends by itself (its process has ended, its client was closed) has nothing for its callback any more;
   clear keeps its promise there too: after PIE_OK the `drop` has run. */
#include "callbacks.h"

enum { THREADS = 4, ROUNDS = 150 };

static int generation;

static void of_a_process(pie_client *client) {
  record seen = RECORD_INIT;
  pie_process *process = launch(client, "['return','x']");
  OK(pie_process_set_callback(process, write_down, &seen, write_drop, &error));
  gate_await(&seen.ends, 1); /* its thread is on its way out */
  OK(pie_process_clear_callback(process, WAIT, &error));
  EQ(gate_value(&seen.drops), 1);
  pie_process_free(process);
}

static void of_a_client(int round) {
  record seen = RECORD_INIT;
  pie_client *client = dial(generation, NULL, "close_timeout_ms=0");
  pie_queue *queue = pie_client_queue(client);
  by_thread(queue, &seen);
  OK(pie_client_close(client, WAIT, &error));
  EQ(gate_value(&seen.calls), 2);
  if (round % 2) pie_client_free(client), client = NULL;
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(gate_value(&seen.drops), 1);
  pie_queue_free(queue);
  pie_client_free(client);
}

static void *run(void *argument) {
  for (int round = 0; round < ROUNDS; round++) {
    of_a_process(argument);
    if (round % 10 < 2) of_a_client(round);
  }
  return NULL;
}

int main(void) {
  EACH_GENERATION(g) {
    generation = g;
    pie_client *client = dial(g, NULL, NULL);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) threads[i] = spawn(run, client);
    for (int i = 0; i < THREADS; i++) join(threads[i]);
    hang_up(client);
  }
  return finish();
}
