/* never memory beyond max_message_bytes; what an engine sends beyond it ends the connection with an error
   that says so, and within it everything works. */
#include "harness.h"

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "max_message_bytes=300000");
    pie_process *process = launch(client, "['sendbig',200000],['send_file',600000],['return','end']");
    STREAM(process, "msg:#200000|file:600000|return:end");
    pie_process_free(process);
    process = launch(client, "['send','a'],['recv',0],['sendbig',1000000],['return','end']");
    await_message(process, "a");
    OK(pie_process_signal(process, "go", &error));
    /* Whether that message is skipped or ends the connection is nowhere written; it does not arrive, and nothing hangs.
     */
    pie_event *event = take(process);
    EQ_TEXT(event->data, "got:go");
    int ended = 0;
    while (!ended) {
      pie_event_free(event);
      event = take(process);
      CHECK(event != NULL && event->size < 300000);
      ended = event->kind == PIE_EVENT_ERROR || event->kind == PIE_EVENT_RETURN;
    }
    if (event->kind == PIE_EVENT_ERROR) HAS(pie_error_message(event->error), "max_message_bytes");
    pie_event_free(event);
    CHECK(take(process) == NULL);
    pie_process_free(process);
    pie_client_free(client);
  }
  return finish();
}
