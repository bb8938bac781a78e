/* On a real engine: 200 processes at once on one connection, none of whose events is lost. */
#include "harness.h"

enum { COUNT = 200 };

int main(void) {
  static pie_process *processes[COUNT];
  static uint64_t next[COUNT];
  pie_client *client = dial_real();
  pie_queue *queue = pie_queue_new();
  for (size_t i = 0; i < COUNT; i++)
    processes[i] = launch_to(client, "['sendn',5],['recv',0],['return','end']", queue, i);
  for (size_t i = 0; i < COUNT; i++) OK(pie_process_signal(processes[i], "go", &error));
  for (size_t ended = 0; ended < COUNT;) {
    pie_event *event = take_from(queue);
    CHECK(event->tag < COUNT && event->process == processes[event->tag]);
    EQ(event->sequence, next[event->tag]++);
    if (event->sequence < 5) EQ(strtol(event->data, NULL, 10), event->sequence);
    if (event->sequence == 5) EQ_TEXT(event->data, "got:go");
    if (event->kind == PIE_EVENT_RETURN) ended++;
    CHECK(event->kind != PIE_EVENT_ERROR);
    pie_event_free(event);
  }
  for (size_t i = 0; i < COUNT; i++) {
    EQ(next[i], 7);
    pie_process_free(processes[i]);
  }
  pie_queue_free(queue);
  hang_up(client);
  return finish();
}
