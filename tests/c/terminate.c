/* pie_event.status: ERROR with PIE_E_CANCELLED after one's own terminate, PIE_E_PROCESS after another's; an id the
   engine does not know is PIE_E_REJECTED with its text. */
#include "harness.h"

static void own(pie_client *client) {
  char *text = POISON;
  pie_process *process = launch(client, "['send','a'],['never']");
  await_message(process, "a");
  OK(pie_process_terminate(process, WAIT, &error));
  STREAM(process, "error:PIE_E_CANCELLED");
  STATUS(pie_process_result(process, WAIT, &text, &error), PIE_E_CANCELLED);
  CHECK(text == NULL);
  pie_process_free(process);
  process = launch(client, "['never']");
  OK(pie_client_terminate_process(client, pie_process_id(process), WAIT, &error));
  STREAM(process, "error:PIE_E_CANCELLED");
  pie_process_free(process);
}

static void of_another(pie_client *client, int generation) {
  pie_client *other = dial(generation, NULL, NULL);
  pie_process *process = launch(client, "['never']");
  OK(pie_client_terminate_process(other, pie_process_id(process), WAIT, &error));
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_ERROR);
  EQ(event->status, PIE_E_PROCESS);
  HAS(pie_error_message(event->error), "Signal");
  pie_event_free(event);
  pie_process_free(process);
  hang_up(other);
}

/* A terminate that sent nothing is none: the inferlet's own error is its own. */
static void not_sent(pie_client *client) {
  pie_process *process = launch(client, "['recv',0],['raise','boom']");
  size_t before = count_sent(client, "terminate_process");
  STATUS(pie_process_terminate(process, 0, &error), PIE_E_TIMED_OUT);
  STATUS(pie_client_terminate_process(client, pie_process_id(process), 0, &error), PIE_E_TIMED_OUT);
  EQ(count_sent(client, "terminate_process"), before);
  OK(pie_process_signal(process, "x", &error));
  STREAM(process, "msg:got:x|error:PIE_E_PROCESS");
  pie_process_free(process);
}

/* The engine may have finished it before: then its own end stands, whatever the terminate says. */
static void race(pie_client *client) {
  for (int i = 0; i < 50; i++) {
    pie_process *process = launch(client, "['send','a']");
    pie_error *error = POISON;
    pie_status status = pie_process_terminate(process, WAIT, &error);
    if (status != PIE_OK) EQ(status, PIE_E_REJECTED);
    pie_error_free(error);
    free(transcript(process)); /* exactly one last event */
    pie_process_free(process);
  }
}

/* A refused terminate leaves no trace; an id may be spelt otherwise. */
static void refused(int generation) {
  pie_client *client = dial(generation, "refuse=terminate_process:not%20now", NULL);
  pie_process *process = launch(client, "['recv',0],['raise','by itself']");
  FAILS(pie_process_terminate(process, WAIT, &error), PIE_E_REJECTED, "not now");
  OK(pie_process_signal(process, "go", &error));
  STREAM(process, "msg:got:go|error:PIE_E_PROCESS");
  pie_process_free(process);
  hang_up(client);
}

static void spelt_otherwise(pie_client *client) {
  pie_process *process = launch(client, "['never']");
  char id[64] = "";
  for (const char *at = pie_process_id(process); *at != '\0'; at++)
    if (*at != '-') id[strlen(id)] = (char)(*at >= 'a' && *at <= 'f' ? *at - 'a' + 'A' : *at);
  OK(pie_client_terminate_process(client, id, WAIT, &error));
  STREAM(process, "error:PIE_E_CANCELLED");
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    own(client);
    spelt_otherwise(client);
    refused(generation);
    of_another(client, generation);
    not_sent(client);
    race(client);
    FAILS(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, &error), PIE_E_REJECTED, "Process not found");
    FAILS(pie_client_terminate_process(client, "no id", WAIT, &error), PIE_E_REJECTED, "nvalid process");
    size_t before = count_sent(client, "terminate_process");
    FAILS(pie_client_terminate_process(client, "", WAIT, &error), PIE_E_INVALID_ARGUMENT, "process_id",
          "pie_client_list_processes");
    EQ(count_sent(client, "terminate_process"), before);
    await_number(client, "processes", 0);
    hang_up(client);
  }
  return finish();
}
