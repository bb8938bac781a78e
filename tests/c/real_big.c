/* On a real engine: messages of 1 MB and 5 MB, where other clients break at 1 MiB. */
#include "harness.h"

int main(void) {
  static const size_t sizes[] = {1000000, 1 << 20, (1 << 20) + 1, 5 << 20};
  pie_client *client = dial_real();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char ops[64];
    snprintf(ops, sizeof ops, "['sendbig',%zu],['return','end']", sizes[i]);
    pie_process *process = launch(client, ops);
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    EQ(event->size, sizes[i]);
    EQ(strspn(event->data, "x"), sizes[i]);
    pie_event_free(event);
    STREAM(process, "return:end");
    pie_process_free(process);
  }
  /* And up: a signal of 5 MB. */
  size_t size = 5 << 20;
  char *text = malloc(size + 1);
  CHECK(text != NULL);
  memset(text, 'y', size);
  text[size] = '\0';
  pie_process *process = launch(client, "['recv',0]");
  OK(pie_process_signal(process, text, &error));
  pie_event *event = take(process);
  EQ(event->size, size + 4);
  pie_event_free(event);
  pie_process_free(process);
  free(text);
  hang_up(client);
  return finish();
}
