/* §3 pie_queue_recv_batch waits for the first event only, in order, at most capacity; pie_events_free frees them.
   §1 Out parameters: on any status but PIE_OK all of the batch is NULL. */
#include "harness.h"

enum { COUNT = 1000, ROOM = 3 };

static pie_event *room[ROOM + 1];
static size_t got;

static void poison(void) {
  got = 7;
  for (size_t i = 0; i <= ROOM; i++) room[i] = POISON;
}

static void check_cleared(void) {
  EQ(got, 0);
  for (size_t i = 0; i < ROOM; i++) CHECK(room[i] == NULL);
  CHECK(room[ROOM] == POISON);
}

#define CLEARS(batch, status) (poison(), check_batch(__LINE__, #batch, batch, status))
static void check_batch(int line, const char *text, pie_status status, pie_status wanted) {
  if (got != 0 || room[0] != NULL || room[ROOM - 1] != NULL)
    fprintf(stderr, "line %d: %zu events, %p, %p\n", line, got, (void *)room[0], (void *)room[ROOM - 1]);
  check_number(__FILE__, line, text, status, wanted);
  check_cleared();
}

static void nothing_came(void) {
  pie_queue *queue = pie_queue_new();
  CLEARS(pie_queue_recv_batch(NULL, 0, room, ROOM, &got, NULL), PIE_E_INVALID_ARGUMENT);
  CLEARS(pie_queue_recv_batch(queue, -2, room, ROOM, &got, NULL), PIE_E_INVALID_ARGUMENT);
  CLEARS(pie_queue_recv_batch(queue, 0, room, ROOM, &got, NULL), PIE_EMPTY);
  CLEARS(pie_queue_recv_batch(queue, 1, room, ROOM, &got, NULL), PIE_EMPTY);
  pie_queue_interrupt(queue);
  CLEARS(pie_queue_recv_batch(queue, 0, room, ROOM, &got, NULL), PIE_INTERRUPTED);
  poison();
  NAMES(pie_queue_recv_batch(queue, 0, room, ROOM, NULL, &error), "count");
  got = 0;
  check_cleared();
  got = 7;
  NAMES(pie_queue_recv_batch(queue, 0, NULL, ROOM, &got, &error), "events");
  EQ(got, 0);
  OK(pie_shutdown(WAIT, &error));
  CLEARS(pie_queue_recv_batch(queue, 0, room, ROOM, &got, NULL), PIE_E_CLOSED);
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
    OK(pie_queue_recv_batch(queue, WAIT, events, 64, &count, &error));
    EQ(count, 1);
    EQ_TEXT(events[0]->data, "one");
    pie_events_free(events, count);
    STATUS(pie_queue_recv_batch(queue, 5, events, 64, &count, &error), PIE_EMPTY);
    EQ(count, 0);
    pie_queue_free(queue);
    pie_process_free(process);
    hang_up(client);
  }
  nothing_came();
  return finish();
}
