/* What goes wrong under TLS: bytes that come one by one, an engine that freezes, ends of every kind. */
#include "tls.h"

static void split(int generation) {
  pie_client *client = dial_tls(generation, "split=1", NULL);
  pie_process *process = launch(client, "['print','hi'],['sendn',5]");
  STREAM(process, "out:hi|msg:0|msg:1|msg:2|msg:3|msg:4|return:done");
  pie_process_free(process);
  hang_up(client);
}

/* Frozen in the middle of an upload: every limit holds. */
static void frozen(int generation) {
  size_t size = 32 << 20;
  unsigned char *bytes = pattern(size);
  pie_client *client = dial_tls(generation, "freeze_on=signal_process", NULL);
  pie_process *process = launch(client, "['never']");
  OK(pie_process_signal(process, "freeze", &error));
  STATUS(pie_client_ping(client, BRIEF, NULL, &error), PIE_E_TIMED_OUT);
  STATUS(pie_process_transfer_file(process, bytes, size, BRIEF, &error), PIE_E_TIMED_OUT);
  int64_t begun = now_ms();
  OK(pie_client_close(client, WAIT, &error));
  CHECK(now_ms() - begun < WAIT / 2);
  STREAM(process, "error:PIE_E_CLOSED");
  pie_process_free(process);
  pie_client_free(client);
  free(bytes);
}

/* How a connection ends, and what is told of it; what came before the end arrives. */
static void ended(int generation, const char *faults, const char *ops, const char *text) {
  pie_client *client = dial_tls(generation, faults, NULL);
  pie_process *process = launch(client, ops);
  await_message(process, "last");
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_ERROR);
  EQ(event->status, PIE_E_DISCONNECTED);
  HAS(event->data, text);
  pie_event_free(event);
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED);
  pie_process_free(process);
  hang_up(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    split(generation);
    frozen(generation);
    ended(generation, NULL, "['send','last'],['fin']", "the engine ended the connection");
    ended(generation, "truncate=1", "['send','last'],['fin']", "close_notify");
    ended(generation, NULL, "['send','last'],['close']", "the engine closed the connection");
    ended(generation, NULL, "['send','last'],['wait_room'],['cut']", "the connection broke");
  }
  return finish();
}
