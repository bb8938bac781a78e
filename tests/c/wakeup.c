/* pie_queue_set_wakeup: fires once at once if events wait, then each time the queue turns from empty to not empty, and
   at no other time; a second one takes the place of the first, NULL removes it; `drop` runs once for each. It may stand
   beside a MANUAL callback. */
#include "callbacks.h"

typedef struct waker {
  gate fired, drops;
} waker;

#define WAKER_INIT {GATE_INIT, GATE_INIT}

static void fire(void *user_data) {
  waker *self = user_data;
  EQ(gate_value(&self->drops), 0);
  gate_add(&self->fired, 1);
}

static void drop(void *user_data) { gate_add(&((waker *)user_data)->drops, 1); }

static void set(pie_queue *queue, waker *waker) { OK(pie_queue_set_wakeup(queue, fire, waker, drop, &error)); }

/* So often by now: what came before the answers to two calls that the I/O thread goes on with is told. */
static void fired(pie_client *client, waker *waker, int wanted) {
  pie_queue *queue = pie_queue_new();
  gate_await(&waker->fired, wanted);
  for (int i = 0; i < 2; i++) {
    OK(pie_client_ping_async(client, WAIT, queue, 0, NULL, &error));
    pie_event_free(take_from(queue));
  }
  EQ(gate_value(&waker->fired), wanted);
  pie_queue_free(queue);
}

static void drain(pie_queue *queue) {
  pie_event *event = POISON;
  while (pie_queue_recv(queue, 0, &event, NULL) == PIE_OK) pie_event_free(event);
}

/* Each turn counts once, however many events there are and however they are taken. */
static void turns(pie_client *client) {
  waker seen = WAKER_INIT;
  pie_queue *queue = pie_queue_new();
  set(queue, &seen);
  fired(client, &seen, 0); /* it is empty */
  for (int turn = 1; turn <= 30; turn++) {
    pie_process *process = fill(client, queue, turn % 4);
    fired(client, &seen, turn); /* result came behind the last event */
    pie_event *one = take_from(queue);
    pie_event_free(one);
    if (turn % 4 > 0) { /* not empty in between */
      pie_process *more = fill(client, queue, 2);
      fired(client, &seen, turn);
      pie_process_free(more);
    }
    drain(queue);
    pie_process_free(process);
    fired(client, &seen, turn);
  }
  pie_queue_free(queue);
  gate_await(&seen.drops, 1);
}

static void waiting_already(pie_client *client) {
  waker seen = WAKER_INIT, second = WAKER_INIT;
  pie_queue *queue = pie_queue_new();
  pie_process *process = fill(client, queue, 5);
  set(queue, &seen);
  gate_await(&seen.fired, 1);
  pie_process *more = fill(client, queue, 5); /* no turn */
  fired(client, &seen, 1);
  set(queue, &second); /* takes its place */
  gate_await(&second.fired, 1);
  gate_await(&seen.drops, 1);
  drain(queue);
  pie_process_free(process);
  process = fill(client, queue, 1);
  fired(client, &second, 2);
  fired(client, &seen, 1);
  OK(pie_queue_set_wakeup(queue, NULL, NULL, NULL, &error));
  gate_await(&second.drops, 1);
  drain(queue);
  pie_process_free(more);
  more = fill(client, queue, 1);
  fired(client, &second, 2);
  OK(pie_queue_set_wakeup(queue, NULL, NULL, NULL, &error)); /* there is none */
  OK(pie_queue_set_wakeup(queue, NULL, &seen, drop, &error));
  pie_process_free(process);
  pie_process_free(more);
  pie_queue_free(queue);
  EQ(gate_value(&second.drops), 1);
}

/* A batch that takes a part leaves it not empty. */
static void batches(pie_client *client) {
  waker seen = WAKER_INIT;
  pie_queue *queue = pie_queue_new();
  set(queue, &seen);
  pie_process *process = fill(client, queue, 9), *more;
  pie_event *room[6];
  size_t count = 0;
  OK(pie_queue_recv_batch(queue, 0, room, 6, &count, &error));
  pie_events_free(room, count);
  EQ(count, 6);
  more = fill(client, queue, 1);
  fired(client, &seen, 1);
  OK(pie_queue_recv_batch(queue, 0, room, 6, &count, &error));
  EQ(count, 6); /* four and two: now it is empty, though nobody was told so */
  pie_events_free(room, count);
  pie_process_free(process);
  process = fill(client, queue, 0);
  fired(client, &seen, 2);
  pie_process_free(process);
  pie_process_free(more);
  pie_queue_free(queue);
}

/* The loop of a host that is told when to dispatch. */
static void beside_a_callback(pie_client *client) {
  waker told = WAKER_INIT;
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  by_hand(queue, &seen);
  set(queue, &told);
  pie_process *process = launch_to(client, "['send','a'],['recv',0],['send','b'],['recv',0]", queue, 0);
  gate_await(&told.fired, 1);
  EQ(dispatch(queue, 0), 1);
  OK(pie_process_signal(process, "x", &error));
  for (int turn = 2; seen.calls.value < 3; turn++) {
    gate_await(&told.fired, turn);
    while (dispatch(queue, 0) > 0) continue;
  }
  OK(pie_process_signal(process, "x", &error));
  while (seen.ends.value == 0) {
    dispatch(queue, 0);
    rest_ms(1);
  }
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(queue);
  gate_await(&told.drops, 1);
  EQ(seen.drops.value, 1);
}

/* Every kind of event is one. */
static void other_events(int generation) {
  waker seen = WAKER_INIT;
  pie_queue *queue = pie_queue_new();
  set(queue, &seen);
  char *uri = engine_uri(generation, NULL);
  pie_options *options = options_of(generation);
  OK(pie_client_connect_async(uri, options, WAIT, queue, 1, NULL, &error));
  gate_await(&seen.fired, 1);
  pie_event *done = take_done(queue, 1), *connected = take_from(queue);
  pie_client *client = pie_event_take_client(done);
  pie_event_free(done);
  pie_event_free(connected);
  pie_client *other = dial(generation, NULL, NULL);
  OK(pie_client_ping(other, WAIT, NULL, &error)); /* behind what was told */
  int before = gate_value(&seen.fired);
  CHECK(before <= 2);
  OK(pie_client_close(client, WAIT, &error));
  fired(other, &seen, before + 1); /* CONNECTION: closed */
  drain(queue);
  pie_client_free(client);
  pie_options_free(options);
  free(uri);
  /* An interrupt is no event. */
  pie_queue_interrupt(queue);
  fired(other, &seen, before + 1);
  hang_up(other);
  pie_queue_free(queue);
  gate_await(&seen.drops, 1);
}

static void failed_and_shut_down(void) {
  waker seen = WAKER_INIT, late = WAKER_INIT;
  NAMES(pie_queue_set_wakeup(NULL, fire, &late, drop, &error), "queue");
  pie_queue *queue = pie_queue_new();
  set(queue, &seen);
  OK(pie_shutdown(WAIT, &error));
  EQ(gate_value(&seen.drops), 1);
  STATUS(pie_queue_set_wakeup(queue, fire, &late, drop, &error), PIE_E_CLOSED);
  pie_queue_free(queue);
  EQ(gate_value(&seen.drops), 1);
  EQ(late.drops.value + late.fired.value, 0);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    turns(client);
    waiting_already(client);
    batches(client);
    beside_a_callback(client);
    other_events(generation);
    hang_up(client);
  }
  failed_and_shut_down();
  return finish();
}
