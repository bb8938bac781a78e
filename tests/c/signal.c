/* pie_process_signal and pie_client_signal_process: messages arrive in order, as they are. */
#include "harness.h"

static void texts(pie_client *client) {
  pie_process *process = launch(client, "['recv',0],['recv',0],['recv',0],['recv',0],['return','end']");
  size_t size = 100000;
  char *big = malloc(size + 1);
  CHECK(big != NULL);
  memset(big, 'b', size);
  big[size] = '\0';
  OK(pie_process_signal(process, "one", &error));
  OK(pie_client_signal_process(client, pie_process_id(process), "two", &error));
  OK(pie_process_signal(process, "", &error));
  OK(pie_process_signal(process, big, &error));
  STREAM(process, "msg:got:one|msg:got:two|msg:got:|msg:#100004|return:end");
  STATUS(pie_process_signal(process, "too late", &error), PIE_E_INVALID_STATE);
  free(big);
  pie_process_free(process);
}

static void in_order(pie_client *client) {
  enum { COUNT = 200 };
  char ops[COUNT * 12] = "['recv',0]", text[32];
  for (int i = 1; i < COUNT; i++) strcat(ops, ",['recv',0]");
  pie_process *process = launch(client, ops);
  for (int i = 0; i < COUNT; i++) {
    snprintf(text, sizeof text, "%d", i);
    OK(pie_process_signal(process, text, &error));
  }
  for (int i = 0; i < COUNT; i++) {
    pie_event *event = take(process);
    CHECK(event != NULL);
    snprintf(text, sizeof text, "got:%d", i);
    EQ_TEXT(event->data, text);
    pie_event_free(event);
  }
  STREAM(process, "return:done");
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    texts(client);
    in_order(client);
    OK(pie_client_signal_process(client, NO_SUCH_ID, "nobody", &error)); /* engines drop it without a word */
    size_t before = count_sent(client, "signal_process");
    FAILS(pie_client_signal_process(client, "", "nobody", &error), PIE_E_INVALID_ARGUMENT, "process_id",
          "pie_client_list_processes");
    EQ(count_sent(client, "signal_process"), before);
    OK(pie_client_ping(client, WAIT, NULL, &error));
    hang_up(client);
  }
  return finish();
}
