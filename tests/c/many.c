/* at scale: a thousand processes over one queue, each event once and in its order, told apart by tag. */
#include "harness.h"

enum { COUNT = 1000 };

int main(void) {
  EACH_GENERATION(generation) {
    static pie_process *processes[COUNT];
    static uint64_t next[COUNT];
    memset(next, 0, sizeof next);
    pie_client *client = dial(generation, NULL, NULL);
    pie_queue *queue = pie_queue_new();
    for (size_t i = 0; i < COUNT; i++) processes[i] = launch_to(client, "['send','a'],['send','b']", queue, i);
    for (size_t ended = 0; ended < COUNT;) {
      pie_event *events[32];
      size_t count = 0;
      OK(pie_queue_recv_batch(queue, WAIT, events, 32, &count, &error));
      for (size_t i = 0; i < count; i++) {
        const pie_event *event = events[i];
        CHECK(event->tag < COUNT && event->process == processes[event->tag]);
        EQ(event->sequence, next[event->tag]++);
        EQ_TEXT(event->data, event->sequence == 0 ? "a" : event->sequence == 1 ? "b" : "done");
        ended += event->kind == PIE_EVENT_RETURN;
      }
      pie_events_free(events, count);
    }
    for (size_t i = 0; i < COUNT; i++) {
      EQ(next[i], 3);
      pie_process_free(processes[i]);
    }
    pie_queue_free(queue);
    hang_up(client);
  }
  return finish();
}
