/* On a real engine: the tokens of a model arrive one by one while it makes them, and together are what it returns. */
#include "harness.h"

int main(void) {
  char program[4096], manifest[4096], text[4096] = "";
  snprintf(program, sizeof program, "%s/story/story.wasm", environment("PIE_TEST_INFERLETS"));
  snprintf(manifest, sizeof manifest, "%s/story/Pie.toml", environment("PIE_TEST_INFERLETS"));
  pie_client *client = dial_real();
  OK(pie_client_install_program(client, program, manifest, 1, WAIT, &error));
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = "{\"prompt\": \"Once upon a time\", \"max_tokens\": 6}";
  pie_process *process = POISON;
  OK(pie_client_launch_process(client, "story@0.1.0", &options, WAIT, &process, &error));

  int pieces = 0, listed_while_streaming = 0;
  pie_event *event = take(process);
  for (; event->kind == PIE_EVENT_STDOUT; event = take(process)) {
    CHECK(event->size > 0 && strlen(text) + event->size < sizeof text);
    strcat(text, event->data);
    if (pieces++ == 0) { /* it has not ended when its first token is here */
      pie_process_list *list = POISON;
      OK(pie_client_list_processes(client, WAIT, &list, &error));
      for (size_t i = 0; i < pie_process_list_size(list); i++)
        listed_while_streaming += strcmp(pie_process_list_get(list, i)->id, pie_process_id(process)) == 0;
      pie_process_list_free(list);
    }
    pie_event_free(event);
  }
  EQ(event->kind, PIE_EVENT_RETURN);
  EQ_TEXT(event->data, text);
  pie_event_free(event);
  EQ(pieces, 6);
  EQ(listed_while_streaming, 1);
  pie_process_free(process);
  hang_up(client);
  return finish();
}
