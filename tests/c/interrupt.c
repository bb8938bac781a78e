/* pie_queue_interrupt: sets a flag; one receive, waiting or the next, clears it and returns PIE_INTERRUPTED, no
   event lost. */
#include "harness.h"

typedef struct waiting {
  pie_queue *queue;
  gate began;
} waiting;

static void *wait_for_interrupt(void *argument) {
  waiting *with = argument;
  pie_event *event = POISON;
  gate_add(&with->began, 1);
  STATUS(pie_queue_recv(with->queue, PIE_FOREVER, &event, &error), PIE_INTERRUPTED);
  CHECK(event == NULL);
  return NULL;
}

static void flag(pie_queue *queue) {
  pie_event *event = POISON, *room[4];
  size_t count = 7;
  pie_queue_interrupt(queue);
  pie_queue_interrupt(queue); /* a flag, no counter */
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_INTERRUPTED);
  CHECK(event == NULL);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  pie_queue_interrupt(queue);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_INTERRUPTED);
  pie_queue_interrupt(queue);
  STATUS(pie_queue_recv_batch(queue, WAIT, room, 4, &count, &error), PIE_INTERRUPTED);
  EQ(count, 0);
  STATUS(pie_queue_recv_batch(queue, 0, room, 4, &count, &error), PIE_EMPTY);
}

static void while_waiting(pie_queue *queue) {
  waiting with = {queue, GATE_INIT};
  for (int i = 0; i < 50; i++) {
    pthread_t thread = spawn(wait_for_interrupt, &with);
    gate_await(&with.began, i + 1);
    if (i % 2) rest_ms(1); /* mostly inside the receive, or before it */
    pie_queue_interrupt(queue);
    join(thread);
  }
}

static void *one_of_two(void *argument) {
  waiting *with = argument;
  pie_event *event = POISON;
  STATUS(pie_queue_recv(with->queue, PIE_FOREVER, &event, &error), PIE_INTERRUPTED);
  gate_add(&with->began, 1);
  return NULL;
}

/* One interrupt ends one of two receives. */
static void two_waiting(pie_queue *queue) {
  waiting with = {queue, GATE_INIT};
  pthread_t one = spawn(one_of_two, &with), two = spawn(one_of_two, &with);
  pie_queue_interrupt(queue);
  gate_await(&with.began, 1);
  rest_ms(20); /* the other has time to end wrongly */
  pthread_mutex_lock(&with.began.lock);
  EQ(with.began.value, 1);
  pthread_mutex_unlock(&with.began.lock);
  pie_queue_interrupt(queue);
  join(one);
  join(two);
}

static void by_the_process(pie_client *client) {
  pie_process *process = launch(client, "['recv',0]");
  pie_queue *queue = pie_process_queue(process);
  pie_event *event = POISON;
  pie_queue_interrupt(queue);
  STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_INTERRUPTED);
  CHECK(event == NULL);
  OK(pie_process_signal(process, "x", &error));
  STREAM(process, "msg:got:x|return:done");
  pie_queue_interrupt(queue); /* an ended queue as well, then it ends again */
  STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_INTERRUPTED);
  STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_END);
  pie_queue_free(queue);
  pie_process_free(process);
}

static void no_event_lost(pie_client *client) {
  pie_process *process = launch(client, "['sendn',500]");
  pie_queue *queue = pie_process_queue(process);
  size_t next = 0, interrupts = 0;
  for (pie_status status = PIE_OK; status != PIE_END;) {
    pie_event *event = POISON;
    int interrupted = next % 3 == 0 && interrupts <= next / 3;
    if (interrupted) pie_queue_interrupt(queue), interrupts++;
    status = pie_queue_recv(queue, WAIT, &event, NULL);
    EQ(status == PIE_INTERRUPTED, interrupted);
    if (status == PIE_OK)
      EQ(event->sequence, next++), pie_event_free(event);
    else
      CHECK(event == NULL);
  }
  EQ(next, 501);
  EQ(interrupts, 168);
  pie_queue_free(queue);
  pie_process_free(process);
}

int main(void) {
  pie_queue *queue = pie_queue_new();
  flag(queue);
  while_waiting(queue);
  two_waiting(queue);
  pie_queue_free(queue);
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  no_event_lost(client);
  by_the_process(client);
  hang_up(client);
  return finish();
}
