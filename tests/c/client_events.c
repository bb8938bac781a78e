/* Each event of the other clients is one here, those included that they mix up: why a process failed. */
#include "harness.h"

static void is(pie_process *process, int32_t kind, pie_status status, const char *data) {
  pie_event *event = take(process);
  CHECK(event != NULL);
  EQ(event->kind, kind);
  EQ(event->status, status);
  HAS(event->data, data);
  CHECK((event->error != NULL) == (status < 0));
  if (status < 0) EQ(pie_error_status(event->error), status);
  pie_event_free(event);
}

static void is_over(pie_process *process) {
  CHECK(take(process) == NULL);
  pie_process_free(process);
}

static void ordinary(pie_client *client) {
  pie_process *process = launch(client, "['print','o'],['eprint','e'],['send','m'],['event','novelty','n'],['return','r']");
  is(process, PIE_EVENT_STDOUT, PIE_OK, "o");
  is(process, PIE_EVENT_STDERR, PIE_OK, "e");
  is(process, PIE_EVENT_MESSAGE, PIE_OK, "m");
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_OTHER);
  EQ_TEXT(event->name, "novelty");
  EQ_TEXT(event->data, "n");
  pie_event_free(event);
  is(process, PIE_EVENT_RETURN, PIE_OK, "r");
  is_over(process);
}

static void failures(pie_client *client) {
  pie_process *process = launch(client, "['raise','it broke']");
  is(process, PIE_EVENT_ERROR, PIE_E_PROCESS, "it broke");
  is_over(process);

  process = launch(client, "['panic','unreachable']");
  is(process, PIE_EVENT_ERROR, PIE_E_PROCESS, "Call error: unreachable");
  is_over(process);

  process = launch(client, "['never']");
  OK(pie_process_terminate(process, WAIT, &error));
  is(process, PIE_EVENT_ERROR, PIE_E_CANCELLED, "Signal");
  is_over(process);

  process = launch(client, "['send','last'],['cut']");
  is(process, PIE_EVENT_MESSAGE, PIE_OK, "last");
  is(process, PIE_EVENT_ERROR, PIE_E_DISCONNECTED, "");
  is_over(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    ordinary(client);
    failures(client);
    pie_client_free(client);
  }
  return finish();
}
