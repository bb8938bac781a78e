/* pie_queue_dispatch: never waits; runs the callback for at most `max` events, with 0 for as many as wait at the start;
   one that meets a running dispatch gives PIE_OK and 0; only one runs at a time, whatever the number of threads. */
#include "callbacks.h"

static void numbers(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  by_hand(queue, &seen);
  EQ(dispatch(queue, 0), 0); /* does not wait */
  EQ(dispatch(queue, 5), 0);
  pie_process *process = fill(client, queue, 9); /* ten events */
  EQ(dispatch(queue, 1), 1);
  EQ(dispatch(queue, 4), 4);
  EQ(seen.calls.value, 5);
  EQ(dispatch(queue, SIZE_MAX), 5);
  EQ(dispatch(queue, 0), 0);
  EQ(seen.next, 10);
  NAMES(pie_queue_dispatch(queue, 0, NULL, &error), "count");
  pie_process_free(process);
  pie_queue_free(queue);
}

/* Each run makes one event more wait: with max 0 it comes back all the same. */
typedef struct maker {
  pie_client *client;
  pie_queue *queue;
  size_t runs;
} maker;

static void make_more(pie_event *event, void *user_data) {
  maker *self = user_data;
  pie_event_free(event);
  self->runs++;
  pie_queue *mine = pie_queue_new();
  OK(pie_client_ping_async(self->client, WAIT, self->queue, 1, NULL, &error));
  OK(pie_client_ping_async(self->client, WAIT, mine, 2, NULL, &error));
  DONE(mine, 2, PIE_OK);
  pie_queue_free(mine);
}

static void as_many_as_wait(pie_client *client) {
  maker self = {client, pie_queue_new(), 0};
  pie_process *process = fill(client, self.queue, 2);
  OK(pie_queue_set_callback(self.queue, PIE_DISPATCH_MANUAL, make_more, &self, NULL, &error));
  EQ(dispatch(self.queue, 0), 3);
  EQ(self.runs, 3);
  size_t again = 0;
  while (again < 3) again += dispatch(self.queue, 3 - again);
  EQ(again, 3);
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(self.queue);
}

typedef struct worker {
  pie_queue *queue;
  record *seen;
  size_t count;
} worker;

static void *work(void *argument) {
  worker *self = argument;
  while (gate_value(&self->seen->ends) == 0) self->count += dispatch(self->queue, 1 + self->count % 3);
  return NULL;
}

/* Between them they run it once for each event. */
static void two_threads(pie_client *client) {
  enum { MESSAGES = 2000 };
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  by_hand(queue, &seen);
  pie_process *process = fill(client, queue, MESSAGES);
  worker workers[3] = {{queue, &seen, 0}, {queue, &seen, 0}, {queue, &seen, 0}};
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) threads[i] = spawn(work, &workers[i]);
  for (int i = 0; i < 3; i++) join(threads[i]);
  EQ(workers[0].count + workers[1].count + workers[2].count, MESSAGES + 1);
  EQ(seen.calls.value, MESSAGES + 1);
  EQ(seen.next, MESSAGES + 1);
  pie_process_free(process);
  pie_queue_free(queue);
}

static void *dispatch_all(void *argument) {
  worker *self = argument;
  self->count = dispatch(self->queue, 0);
  return NULL;
}

static void meets_a_running_one(pie_client *client) {
  gate open = GATE_INIT;
  record seen = RECORD_INIT;
  seen.let_go = &open;
  pie_queue *queue = pie_queue_new();
  by_hand(queue, &seen);
  pie_process *process = fill(client, queue, 3);
  worker self = {queue, &seen, 0};
  pthread_t thread = spawn(dispatch_all, &self);
  gate_await(&seen.inside, 1);
  for (int i = 0; i < 3; i++) EQ(dispatch(queue, i), 0);
  EQ(gate_value(&seen.calls), 0);
  gate_add(&open, 1);
  join(thread);
  EQ(self.count, 4);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* A callback may dispatch another queue. */
typedef struct nested {
  pie_queue *inner;
  size_t count;
} nested;

static void dispatch_inner(pie_event *event, void *user_data) {
  nested *self = user_data;
  pie_event_free(event);
  self->count += dispatch(self->inner, 0);
}

static void another_queue(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *outer = pie_queue_new();
  nested self = {pie_queue_new(), 0};
  by_hand(self.inner, &seen);
  pie_process *process = fill(client, self.inner, 3);
  OK(pie_queue_set_callback(outer, PIE_DISPATCH_MANUAL, dispatch_inner, &self, NULL, &error));
  OK(pie_client_ping_async(client, WAIT, outer, 1, NULL, &error));
  while (dispatch(outer, 0) == 0) rest_ms(1);
  EQ(self.count, 4);
  EQ(seen.calls.value, 4);
  pie_process_free(process);
  pie_queue_free(outer);
  pie_queue_free(self.inner);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    numbers(client);
    as_many_as_wait(client);
    two_threads(client);
    meets_a_running_one(client);
    another_queue(client);
    hang_up(client);
  }
  return finish();
}
