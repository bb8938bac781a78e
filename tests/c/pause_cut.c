/* overflow=pause: an end of the connection that comes in a pause is told behind all events that arrived, in their order. */
#include "pause.h"

enum { COUNT = 500 };

/* `end` ends the connection; whole: all of what was sent before it arrives. */
static void ended(int generation, const char *end, int whole) {
  char ops[128];
  snprintf(ops, sizeof ops, "['spam',%d,20],['wait_room'],[%s]", COUNT, end);
  pie_client *client = dial(generation, NULL, "overflow=pause queue_max_bytes=300");
  pie_client *other = dial(generation, NULL, NULL);
  pie_process *process = launch(client, ops);
  await_pause(client, pie_process_id(process));
  await_number(other, "connections", 1); /* it has ended, but nobody is there to read it */
  STATUS(pie_client_ping(client, BRIEF, NULL, &error), PIE_E_TIMED_OUT);
  long next = 0;
  pie_event *event = take(process);
  for (; event->kind != PIE_EVENT_ERROR; event = take(process)) CHECK(!is_next(event, &next, -1));
  EQ(event->status, PIE_E_DISCONNECTED);
  EQ(event->sequence, next);
  if (whole) EQ(next, COUNT);
  pie_event_free(event);
  CHECK(take(process) == NULL);
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED);
  pie_process_free(process);
  pie_client_free(client);
  hang_up(other);
}

int main(void) {
  EACH_GENERATION(generation) {
    ended(generation, "'fin'", 1);
    ended(generation, "'close'", 1);
    ended(generation, "'cut'", 0);
  }
  return finish();
}
