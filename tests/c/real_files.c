/* On a real engine: files of every size in both directions, and their names. */
#include "harness.h"

/* The engine drops a file that nobody waits for yet, so it is sent until it comes back. */
static void echoed(pie_client *client, size_t size) {
  unsigned char *bytes = pattern(size);
  pie_process *process = launch(client, "['send','ready'],['echo_file',0],['recv',0]");
  pie_event *event = NULL;
  await_message(process, "ready");
  for (int tries = 0; event == NULL && tries < 100; tries++) {
    OK(pie_process_transfer_file(process, bytes, size, WAIT, &error));
    (void)pie_process_recv(process, 1000, &event, NULL);
  }
  CHECK(event != NULL);
  EQ(event->kind, PIE_EVENT_FILE);
  EQ(event->size, size);
  EQ(memcmp(event->data, bytes, size), 0);
  pie_event_free(event);
  pie_process_free(process);
  free(bytes);
}

int main(void) {
  static const size_t sizes[] = {1, 262144, 262145, 1 << 20, 5 << 20};
  pie_client *client = dial_real();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char ops[64];
    snprintf(ops, sizeof ops, "['send_file',%zu],['send','next']", sizes[i]);
    pie_process *process = launch(client, ops);
    unsigned char *wanted = pattern(sizes[i]);
    take_file(process, wanted, sizes[i]);
    STREAM(process, "msg:next|return:done");
    pie_process_free(process);
    free(wanted);
    echoed(client, sizes[i]);
  }
  pie_process *process = launch(client, "['send_file_as','../../report.txt']");
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_FILE);
  EQ_TEXT(event->data, "hello file");
  EQ_TEXT(event->name, "report.txt");
  pie_event_free(event);
  pie_process_free(process);
  /* The same bytes from several at once, which the engine interleaves. */
  pie_process *several[8];
  for (int i = 0; i < 8; i++) several[i] = launch(client, "['send_file',600000]");
  for (int i = 0; i < 8; i++) {
    STREAM(several[i], "file:600000|return:done");
    pie_process_free(several[i]);
  }
  hang_up(client);
  return finish();
}
