/* pie_queue_recv_batch waits for the first event only, in order, at most capacity; pie_events_free frees them.
   Out parameters: on any status but PIE_OK all of the batch is NULL. */
#include "harness.h"

enum { COUNT = 1000, ROOM = 3 };

static pie_event *room[ROOM + 1];
static size_t got;

static void poison(void) {
  got = 7;
  for (size_t i = 0; i <= ROOM; i++) room[i] = POISON;
}

static void check_cleared(const char *call) {
  check_number(__FILE__, __LINE__, call, (intmax_t)got, 0);
  for (size_t i = 0; i < ROOM; i++) check_true(__FILE__, __LINE__, call, room[i] == NULL);
  CHECK(room[ROOM] == POISON); /* beyond the capacity nothing is touched */
}

#define CLEARS(call, status) \
  do {                       \
    poison();                \
    STATUS(call, status);    \
    check_cleared(#call);    \
  } while (0)

static void nothing_came(void) {
  pie_queue *queue = pie_queue_new();
  CLEARS(pie_queue_recv_batch(NULL, 0, room, ROOM, &got, &error), PIE_E_INVALID_ARGUMENT);
  CLEARS(pie_queue_recv_batch(queue, -2, room, ROOM, &got, &error), PIE_E_INVALID_ARGUMENT);
  CLEARS(pie_queue_recv_batch(queue, 0, room, ROOM, &got, &error), PIE_EMPTY);
  CLEARS(pie_queue_recv_batch(queue, 1, room, ROOM, &got, &error), PIE_EMPTY);
  pie_queue_interrupt(queue);
  CLEARS(pie_queue_recv_batch(queue, 0, room, ROOM, &got, &error), PIE_INTERRUPTED);
  poison();
  NAMES(pie_queue_recv_batch(queue, 0, room, ROOM, NULL, &error), "count");
  got = 0; /* not given, so not written */
  check_cleared("without a count");
  got = 7;
  NAMES(pie_queue_recv_batch(queue, 0, NULL, ROOM, &got, &error), "events");
  EQ(got, 0);
  OK(pie_shutdown(WAIT, &error));
  CLEARS(pie_queue_recv_batch(queue, 0, room, ROOM, &got, &error), PIE_E_CLOSED);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pie_process *process = launch(client, "['sendn',1000]");
    pie_queue *queue = pie_process_queue(process);
    pie_event *events[64];
    size_t next = 0, count = 0, capacity = 1;
    for (;;) {
      pie_error *error = POISON;
      for (size_t i = 0; i < 64; i++) events[i] = POISON;
      pie_status status = pie_queue_recv_batch(queue, WAIT, events, capacity, &count, &error);
      CHECK(error == NULL);
      if (status == PIE_END) break;
      EQ(status, PIE_OK);
      CHECK(count >= 1 && count <= capacity);
      for (size_t i = 0; i < count; i++) {
        check_event(events[i]);
        EQ(events[i]->sequence, next++);
      }
      for (size_t i = capacity; i < 64; i++) CHECK(events[i] == POISON); /* beyond the capacity nothing is touched */
      pie_events_free(events, count);
      capacity = capacity % 64 + 1;
    }
    EQ(count, 0);
    EQ(next, COUNT + 1);
    pie_queue_free(queue);
    pie_process_free(process);

    /* One event is there: a batch of 64 does not wait for more. */
    process = launch(client, "['send','one'],['never']");
    queue = pie_process_queue(process);
    for (size_t i = 0; i < 64; i++) events[i] = POISON;
    OK(pie_queue_recv_batch(queue, WAIT, events, 64, &count, &error));
    EQ(count, 1);
    EQ_TEXT(events[0]->data, "one");
    for (size_t i = 1; i < 64; i++) CHECK(events[i] == NULL);
    pie_events_free(events, count);
    events[0] = POISON;
    STATUS(pie_queue_recv_batch(queue, 5, events, 64, &count, &error), PIE_EMPTY);
    EQ(count, 0);
    CHECK(events[0] == NULL);
    pie_queue_free(queue);
    pie_process_free(process);

    /* All that is there, not one by one. */
    process = launch(client, "['burst'],['sendn',10],['flush'],['never']");
    queue = pie_process_queue(process);
    OK(pie_client_ping(client, WAIT, NULL, &error)); /* its answer comes behind the messages */
    OK(pie_queue_recv_batch(queue, WAIT, events, 64, &count, &error));
    EQ(count, 10);
    pie_events_free(events, count);
    CHECK(events[0] == NULL && events[9] == NULL);
    pie_queue_free(queue);
    pie_process_free(process);
    hang_up(client);
  }
  nothing_came();
  return finish();
}
