/* One way to empty a queue at a time: while a callback is set, receives (waiting ones included), a second callback, and
   a dispatch without a MANUAL one are PIE_E_INVALID_STATE; so is pie_process_recv when the launch named a queue. */
#include "callbacks.h"

static void receives_fail(pie_queue *queue) {
  pie_event *event = POISON, *room[2] = {POISON, POISON};
  size_t count = 7;
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_E_INVALID_STATE);
  CHECK(event == NULL);
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_E_INVALID_STATE);
  STATUS(pie_queue_recv_batch(queue, 0, room, 2, &count, &error), PIE_E_INVALID_STATE);
  EQ(count, 0);
  CHECK(room[0] == NULL && room[1] == NULL);
}

static void second_fails(pie_queue *queue, record *seen) {
  STATUS(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, write_down, seen, write_drop, &error), PIE_E_INVALID_STATE);
  STATUS(pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, write_down, seen, write_drop, &error), PIE_E_INVALID_STATE);
}

static void dispatch_fails(pie_queue *queue) {
  size_t count = 7;
  STATUS(pie_queue_dispatch(queue, 0, &count, &error), PIE_E_INVALID_STATE);
  EQ(count, 0);
}

static void both_modes(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch_to(client, "['never']", queue, 0);
  dispatch_fails(queue); /* there is no callback */
  by_thread(queue, &seen);
  receives_fail(queue);
  second_fails(queue, &seen);
  dispatch_fails(queue); /* none of that mode */
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  NONE(queue);
  seen.drops.value = 0;
  by_hand(queue, &seen);
  receives_fail(queue);
  second_fails(queue, &seen);
  EQ(dispatch(queue, 0), 0);
  OK(pie_process_terminate(process, WAIT, &error));
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  dispatch_fails(queue);
  pie_event *last = take_from(queue); /* it was nobody's yet */
  EQ(last->status, PIE_E_CANCELLED);
  pie_event_free(last);
  EQ(seen.calls.value, 0);
  pie_process_free(process);
  pie_queue_free(queue);
}

typedef struct receiver {
  pie_queue *queue;
  pie_process *process; /* NULL: receives from the queue */
  gate *began;
} receiver;

static void *receive(void *argument) {
  receiver *with = argument;
  pie_event *event = POISON, *room[2];
  size_t count = 7;
  gate_add(with->began, 1);
  if (with->process != NULL) {
    STATUS(pie_process_recv(with->process, PIE_FOREVER, &event, &error), PIE_E_INVALID_STATE);
  } else {
    STATUS(pie_queue_recv(with->queue, PIE_FOREVER, &event, &error), PIE_E_INVALID_STATE);
    STATUS(pie_queue_recv_batch(with->queue, PIE_FOREVER, room, 2, &count, &error), PIE_E_INVALID_STATE);
  }
  CHECK(event == NULL);
  return NULL;
}

/* All that wait end, and so does what begins afterwards. */
static void waiting_ones(pie_client *client, int mode) {
  gate began = GATE_INIT;
  record seen = RECORD_INIT;
  pie_process *process = launch(client, "['never']");
  pie_queue *queue = pie_process_queue(process);
  receiver with[3] = {{queue, NULL, &began}, {queue, NULL, &began}, {queue, process, &began}};
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) threads[i] = spawn(receive, &with[i]);
  gate_await(&began, 3);
  rest_ms(10); /* mostly inside the receive */
  OK(pie_queue_set_callback(queue, mode, write_down, &seen, write_drop, &error));
  for (int i = 0; i < 3; i++) join(threads[i]);
  pie_event *event = POISON;
  STATUS(pie_process_recv(process, WAIT, &event, &error), PIE_E_INVALID_STATE);
  CHECK(event == NULL);
  STATUS(pie_process_set_callback(process, write_down, &seen, write_drop, &error), PIE_E_INVALID_STATE);
  OK(pie_process_clear_callback(process, WAIT, &error));
  EQ(seen.drops.value, 1);
  OK(pie_process_terminate(process, WAIT, &error));
  ENDS_WITH(process, PIE_E_CANCELLED); /* receives work again */
  pie_queue_free(queue);
  pie_process_free(process);
}

static void shared_queue(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch_to(client, "['send','a']", queue, 0);
  pie_event *event = POISON;
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_E_INVALID_STATE);
  STATUS(pie_process_set_callback(process, write_down, &seen, write_drop, &error), PIE_E_INVALID_STATE);
  STATUS(pie_process_clear_callback(process, WAIT, &error), PIE_E_INVALID_STATE);
  by_thread(queue, &seen);
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_E_INVALID_STATE);
  STATUS(pie_process_clear_callback(process, WAIT, &error), PIE_E_INVALID_STATE);
  gate_await(&seen.ends, 1);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(seen.drops.value, 1);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* Beside a callback there may be what takes nothing: a wakeup of the MANUAL mode, a descriptor. */
static void beside(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  intptr_t fd = 0;
  by_hand(queue, &seen);
  STATUS(pie_queue_fd(queue, &fd, &error), QUEUE_FD_GIVES);
  pie_process *process = fill(client, queue, 5);
  EQ(dispatch(queue, 0), 6);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    both_modes(client);
    waiting_ones(client, PIE_DISPATCH_THREAD);
    waiting_ones(client, PIE_DISPATCH_MANUAL);
    shared_queue(client);
    beside(client);
    hang_up(client);
  }
  return finish();
}
