/* From inside a callback, what would wait for that callback gives PIE_E_WOULD_DEADLOCK, also while another thread waits
   for the callback already: in clear, in close, in shutdown. */
#include "callbacks.h"

enum { CLEAR, CLOSE, SHUT_DOWN, WAYS };

static const char *const names[] = {"clear", "close", "shutdown"};

typedef struct meeting {
  int mode, outside, inside;
  pie_client *client;
  pie_queue *queue;
  gate entered, begun, drops;
  int runs;
} meeting;

static pie_status wait_by(meeting *with, int way, int64_t timeout_ms, pie_error **error) {
  switch (way) {
    case CLEAR: return pie_queue_clear_callback(with->queue, timeout_ms, error);
    case CLOSE: return pie_client_close(with->client, timeout_ms, error);
    default: return pie_shutdown(timeout_ms, error);
  }
}

/* A time limit, so that a library that waits is told apart. */
static void wait_inside(pie_event *event, void *user_data) {
  meeting *with = user_data;
  pie_event_free(event);
  if (with->runs++ > 0) return;
  gate_add(&with->entered, 1);
  gate_await(&with->begun, 1);
  rest_ms(20); /* the other thread is mostly waiting by now */
  for (int64_t limit = 500; limit <= 1000; limit += 500) {
    pie_error *error = POISON;
    pie_status status = wait_by(with, with->inside, limit, &error);
    /* After a shutdown has begun, other calls may say that, instead of waiting for it. */
    if (with->outside == SHUT_DOWN && with->inside != SHUT_DOWN && status == PIE_E_CLOSED)
      status = PIE_E_WOULD_DEADLOCK;
    if (status != PIE_E_WOULD_DEADLOCK)
      fprintf(stderr, "mode %d: %s inside, while %s waits: %s\n", with->mode, names[with->inside], names[with->outside],
              pie_status_name(status));
    EQ(status, PIE_E_WOULD_DEADLOCK);
    pie_error_free(error);
  }
}

static void dropped(void *user_data) { gate_add(&((meeting *)user_data)->drops, 1); }

static void *wait_outside(void *argument) {
  meeting *with = argument;
  gate_await(&with->entered, 1);
  gate_add(&with->begun, 1);
  OK(wait_by(with, with->outside, WAIT, &error));
  return NULL;
}

static void meet(int generation, int mode, int outside, int inside) {
  meeting with = {mode, outside, inside, NULL, NULL, GATE_INIT, GATE_INIT, GATE_INIT, 0};
  with.client = dial(generation, NULL, "close_timeout_ms=20");
  with.queue = pie_queue_new();
  pie_process *process = launch_to(with.client, "['send','a'],['never']", with.queue, 0);
  OK(pie_queue_set_callback(with.queue, mode, wait_inside, &with, dropped, &error));
  pthread_t thread = spawn(wait_outside, &with);
  for (size_t count = 0; mode == PIE_DISPATCH_MANUAL && count == 0; rest_ms(1))
    OK(pie_queue_dispatch(with.queue, 1, &count, &error));
  join(thread);
  pie_process_free(process);
  pie_queue_free(with.queue);
  pie_client_free(with.client);
  gate_await(&with.drops, 1);
}

int main(void) {
  EACH_GENERATION(generation) {
    for (int outside = 0; outside < WAYS; outside++)
      for (int inside = 0; inside < WAYS; inside++) {
        meet(generation, PIE_DISPATCH_THREAD, outside, inside);
        /* A close waits for no dispatch. */
        if (outside != CLOSE && inside != CLOSE) meet(generation, PIE_DISPATCH_MANUAL, outside, inside);
      }
  }
  return finish();
}
