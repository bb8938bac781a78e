/* With reconnect=on a lost connection is made again. The client's queue tells of the loss and of the attempt that
   succeeded; what was under way ends with PIE_E_DISCONNECTED and may be tried again; then calls work as before. */
#include "harness.h"

static void news(pie_queue *queue, pie_status wanted, uint64_t current, uint64_t total) {
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_CONNECTION);
  EQ(event->status, wanted);
  EQ(event->current, current);
  EQ(event->total, total);
  pie_event_free(event);
}

static void again(int generation) {
  pie_client *client = dial(generation, NULL, "reconnect=on reconnect_max_attempts=7");
  pie_queue *queue = pie_client_queue(client);
  news(queue, PIE_OK, 0, 0);
  for (uint64_t round = 0; round < 3; round++) {
    pie_process *process = launch(client, "['send','here'],['recv',0],['cut']");
    await_message(process, "here");
    OK(pie_process_signal(process, "go on", &error));
    news(queue, PIE_E_DISCONNECTED, 0, 7);
    news(queue, PIE_OK, 1, 7);
    ENDS_WITH(process, PIE_E_DISCONNECTED);
    RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_OK, 0);
    STATUS(pie_process_signal(process, "too late", &error), PIE_E_INVALID_STATE);
    pie_process_free(process);
    process = launch(client, "['send','x']");
    STREAM(process, "msg:x|return:done");
    pie_process_free(process);
  }
  OK(pie_client_close(client, WAIT, &error));
  news(queue, PIE_E_CLOSED, 0, 0);
  pie_queue_free(queue);
  pie_client_free(client);
}

int main(void) {
  EACH_GENERATION(generation) again(generation);
  return finish();
}
