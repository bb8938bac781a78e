/* of each process a queue keeps at most queue_max_bytes; past it events are dropped and counted, one OVERFLOW
   marks each gap, RETURN always arrives, and nobody else is harmed. */
#include "harness.h"

enum { COUNT = 3000, SIZE = 1000, LIMIT = 100000 };

/* How many messages came, how many were told dropped; numbers and gaps must agree with that. */
static void tally(pie_queue *queue, size_t *came, size_t *dropped, size_t *marks) {
  uint64_t next = 0, gap = 0;
  size_t bytes = 0;
  for (int ended = 0; !ended;) {
    pie_event *event = take_from(queue);
    if (event->kind == PIE_EVENT_OVERFLOW) {
      EQ(gap, 0); /* two marks never meet */
      EQ(event->sequence, next);
      CHECK(event->current > 0);
      EQ(event->total, event->current * SIZE);
      gap = event->current;
      *dropped += event->current;
      ++*marks;
    } else {
      EQ(event->sequence, next + gap);
      next = event->sequence + 1;
      gap = 0;
      ended = event->kind == PIE_EVENT_RETURN;
      if (event->kind == PIE_EVENT_MESSAGE) {
        EQ(event->size, SIZE);
        EQ(strtol(event->data, NULL, 10), event->sequence);
        ++*came;
        if (*marks == 0) CHECK((bytes += event->size) <= LIMIT);
      }
    }
    pie_event_free(event);
  }
}

/* Nothing is taken until the process is over. */
static void stalled(pie_client *client) {
  char ops[64], *result = POISON;
  size_t came = 0, dropped = 0, marks = 0;
  snprintf(ops, sizeof ops, "['spam',%d,%d],['return','end']", COUNT, SIZE);
  pie_queue *queue = pie_queue_new();
  pie_process *slow = launch_to(client, ops, queue, 1);
  OK(pie_process_result(slow, WAIT, &result, &error)); /* discards only what waits in a queue of its own */
  EQ_TEXT(result, "end");
  pie_string_free(result);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process *other = launch(client, "['sendn',5]"); /* the limit is of each process */
  STREAM(other, "msg:0|msg:1|msg:2|msg:3|msg:4|return:done");
  pie_process_free(other);
  pie_process *shared = launch_to(client, "['send','x']", queue, 2);
  OK(pie_process_result(shared, WAIT, &result, &error));
  pie_string_free(result);
  pie_process_free(shared); /* and its events with it */
  tally(queue, &came, &dropped, &marks);
  EQ(came + dropped, COUNT);
  CHECK(came > 0 && dropped > 0);
  EQ(marks, 1);
  pie_process_free(slow);
  pie_queue_free(queue);
}

/* A reader that is slower than the engine: gaps come and go. */
static void slow_reader(pie_client *client) {
  uint64_t next = 0;
  size_t came = 0;
  pie_process *process = launch(client, "['spam',1000,1000],['recv',0],['spam',1000,1000],['return','end']");
  pie_event *event = take(process);
  OK(pie_process_signal(process, "go", &error));
  for (; event->kind != PIE_EVENT_RETURN; event = take(process)) {
    if (event->kind == PIE_EVENT_OVERFLOW)
      next += event->current;
    else
      EQ(event->sequence, next), next++;
    pie_event_free(event);
    if (++came % 100 == 0) rest_ms(1);
  }
  EQ(event->sequence, 2001); /* two bursts and the answer to the signal */
  EQ(next, 2001);
  pie_event_free(event);
  CHECK(take(process) == NULL);
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "queue_max_bytes=100000");
    stalled(client);
    slow_reader(client);
    hang_up(client);
  }
  return finish();
}
