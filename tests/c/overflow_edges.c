/* §4.2: a queue keeps one event of a process if that alone is larger than queue_max_bytes; RETURN and ERROR always
 * arrive. */
#include "harness.h"

/* One event larger than the limit is kept, and a following one told dropped. */
static void oversize(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  char *result = POISON;
  pie_process *process = launch_to(client, "['sendbig',1000000],['send','b'],['return','end']", queue, 0);
  OK(pie_process_result(process, WAIT, &result, &error));
  pie_string_free(result);
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_MESSAGE);
  EQ(event->size, 1000000);
  pie_event_free(event);
  event = take_from(queue);
  EQ(event->kind, PIE_EVENT_OVERFLOW);
  EQ(event->current, 1);
  pie_event_free(event);
  event = take_from(queue);
  EQ(event->kind, PIE_EVENT_RETURN);
  EQ(event->sequence, 2);
  pie_event_free(event);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* ERROR always arrives too, also the one that no engine sends. */
static void then_cut(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  char *result = POISON;
  pie_process *process = launch_to(client, "['spam',1000,1000],['wait_room'],['fin']", queue, 0);
  STATUS(pie_process_result(process, WAIT, &result, &error), PIE_E_DISCONNECTED);
  uint64_t next = 0;
  pie_event *event = take_from(queue);
  for (; event->kind != PIE_EVENT_ERROR; event = take_from(queue)) {
    next = event->kind == PIE_EVENT_OVERFLOW ? next + event->current : event->sequence + 1;
    pie_event_free(event);
  }
  EQ(event->status, PIE_E_DISCONNECTED);
  EQ(event->sequence, next);
  EQ(next, 1000);
  pie_event_free(event);
  pie_process_free(process);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "queue_max_bytes=100000");
    oversize(client);
    then_cut(client);
    pie_client_free(client);
  }
  return finish();
}
