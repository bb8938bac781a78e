/* max_message_bytes: messages, returned texts and signals of 3 MB and of more than 16 MiB arrive whole, and the
   connection goes on; other clients break at 1 MiB and at 16 MiB. */
#include "harness.h"

static void message(pie_client *client, size_t size) {
  char ops[64];
  snprintf(ops, sizeof ops, "['spam',2,%zu],['send','small']", size);
  pie_process *process = launch(client, ops);
  for (int i = 0; i < 2; i++) {
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    EQ(event->size, size);
    EQ(strtol(event->data, NULL, 10), i);
    EQ(strspn(event->data + 2, "x"), size - 2);
    pie_event_free(event);
  }
  STREAM(process, "msg:small|return:done");
  pie_process_free(process);
  OK(pie_client_ping(client, WAIT, NULL, &error));
}

/* What an input holds comes back as what the process returns. */
static void returned(pie_client *client, size_t size) {
  char *text = malloc(size + 3), *result = POISON;
  CHECK(text != NULL);
  memset(text, 'r', size + 2);
  text[0] = text[size + 1] = '"';
  text[size + 2] = '\0';
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON;
  options.input = text;
  OK(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error));
  OK(pie_process_result(process, WAIT, &result, &error));
  CHECK(strcmp(result, text) == 0);
  pie_string_free(result);
  pie_process_free(process);
  process = launch(client, "['recv',0]");
  OK(pie_process_signal(process, text, &error));
  pie_event *event = take(process);
  EQ(event->size, size + 2 + 4);
  pie_event_free(event);
  STREAM(process, "return:done");
  pie_process_free(process);
  free(text);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    message(client, 3 << 20);
    message(client, 20 << 20);
    returned(client, 3 << 20);
    returned(client, generation == PIE_GENERATION_0_4 ? 15 << 20 : 6 << 20);
    hang_up(client);
  }
  return finish();
}
