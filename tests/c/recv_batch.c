/* §3 pie_queue_recv_batch waits for the first event only, in order, at most capacity; pie_events_free frees them. */
#include "harness.h"

enum { COUNT = 1000 };

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
  return finish();
}
