/* What the tests of callbacks share: a callback that writes down what it got and checks that it is alone. */
#ifndef CALLBACKS_H
#define CALLBACKS_H

#include "twins.h"

typedef struct record {
  gate calls, ends, drops; /* so often so far */
  int running;             /* right now; only the callback touches it, which the lock of `calls` covers */
  pthread_t thread;        /* of the latest run */
  uint64_t next;           /* the sequence it must get */
  int64_t work_ms;         /* takes so long each time */
  gate *let_go;            /* waits there, if set, the first time */
  gate inside;
  pie_status last; /* of the ERROR */
} record;

#define RECORD_INIT {GATE_INIT, GATE_INIT, GATE_INIT, 0, 0, 0, 0, NULL, GATE_INIT, 0}

/* Never twice at once, in order, never after the drop. Events of one process. */
UNUSED static void write_down(pie_event *event, void *user_data) {
  record *to = user_data;
  pthread_mutex_lock(&to->calls.lock);
  EQ(to->running++, 0);
  to->thread = pthread_self();
  pthread_mutex_unlock(&to->calls.lock);
  EQ(gate_value(&to->drops), 0);
  check_event(event);
  if (event->kind < PIE_EVENT_DONE) EQ(event->sequence, to->next++);
  if (event->kind == PIE_EVENT_ERROR) to->last = event->status;
  int ended = event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR;
  pie_event_free(event);
  gate_add(&to->inside, 1);
  if (to->let_go != NULL) gate_await(to->let_go, 1);
  if (to->work_ms > 0) rest_ms((long)to->work_ms);
  pthread_mutex_lock(&to->calls.lock);
  to->running--;
  pthread_mutex_unlock(&to->calls.lock);
  gate_add(&to->calls, 1);
  if (ended) gate_add(&to->ends, 1);
}

UNUSED static void write_drop(void *user_data) {
  record *to = user_data;
  pthread_mutex_lock(&to->calls.lock);
  EQ(to->running, 0);
  pthread_mutex_unlock(&to->calls.lock);
  gate_add(&to->drops, 1);
}

UNUSED static void by_thread(pie_queue *queue, record *to) {
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, write_down, to, write_drop, &error));
}

UNUSED static void by_hand(pie_queue *queue, record *to) {
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, write_down, to, write_drop, &error));
}

UNUSED static size_t dispatch(pie_queue *queue, size_t max) {
  size_t count = 7777;
  OK(pie_queue_dispatch(queue, max, &count, &error));
  return count;
}

/* A queue in which so many events of one ended process wait: messages "0" …, then its return. */
UNUSED static pie_process *fill(pie_client *client, pie_queue *queue, int messages) {
  char ops[64], *text = POISON;
  snprintf(ops, sizeof ops, "['sendn',%d]", messages);
  pie_process *process = launch_to(client, ops, queue, 0);
  OK(pie_process_result(process, WAIT, &text, &error));
  pie_string_free(text);
  return process;
}

#endif
