/* pie_client_attach_process: a process launched with PIE_LAUNCH_NO_CAPTURE becomes this client's: its messages, files
   and its end arrive, with the tag and in the queue of the attach; what it writes to its standard output does not. */
#include "harness.h"

#include <ctype.h>

#define TALKS                                                                                               \
  "['recv',0],['print','unheard'],['eprint','unheard'],['send','a'],['send_file',300000],['send','ready']," \
  "['recv_file',0],['return','end']"
#define EMPTY_FILE "file:0:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"

static void stream(pie_client *first, pie_client *second) {
  char *id = launch_apart(first, TALKS);
  pie_process *process = attach(second, id);
  EQ_TEXT(pie_process_id(process), id);
  OK(pie_process_signal(process, "go", &error));
  pie_event *event = take(process);
  EQ(event->sequence, 0);
  EQ(event->tag, 0);
  EQ_TEXT(event->data, "got:go");
  pie_event_free(event);
  static const char *const wanted[] = {"a", NULL, "ready"};
  for (int i = 0; i < 3; i++) {
    event = take(process);
    EQ(event->kind, wanted[i] ? PIE_EVENT_MESSAGE : PIE_EVENT_FILE);
    EQ(event->sequence, i + 1);
    if (wanted[i]) EQ_TEXT(event->data, wanted[i]);
    if (!wanted[i]) EQ(event->size, 300000);
    pie_event_free(event);
  }
  OK(pie_process_transfer_file(process, NULL, 0, WAIT, &error));
  STREAM(process, "msg:" EMPTY_FILE "|return:end");
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  EQ_TEXT(text, "end");
  pie_string_free(text);
  pie_process_free(process);
  free(id);
}

static void tag_and_queue(pie_client *first, pie_client *second) {
  char *id = launch_apart(first, "['recv',0],['return','end']");
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.tag = UINT64_MAX;
  options.queue = pie_queue_new();
  pie_process *process = POISON;
  OK(pie_client_attach_process(second, id, &options, WAIT, &process, &error));
  pie_event *event = POISON;
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_E_INVALID_STATE);
  OK(pie_client_signal_process(second, id, "by id", &error));
  static const char *const wanted[] = {"got:by id", "end"};
  for (int i = 0; i < 2; i++) {
    event = take_from(options.queue);
    EQ_TEXT(event->data, wanted[i]);
    EQ(event->sequence, i);
    CHECK(event->tag == UINT64_MAX && event->process == process);
    pie_event_free(event);
  }
  STATUS(pie_queue_recv(options.queue, 0, &event, &error), PIE_EMPTY);
  pie_process_free(process);
  pie_queue_free(options.queue);
  free(id);
}

/* Engines take an id in any spelling: its events, which bear the engine's, must find the handle all the same. */
static void spelled(pie_client *first, pie_client *second, int dashes, int (*change)(int)) {
  char *id = launch_apart(first, "['recv',0],['return','end']"), other[64] = "";
  size_t length = 0;
  for (const char *at = id; *at != '\0'; at++)
    if (dashes || *at != '-') other[length++] = (char)change((unsigned char)*at);
  pie_process *process = attach(second, other), *again = POISON;
  EQ_TEXT(pie_process_id(process), id);
  STATUS(pie_client_attach_process(second, other, NULL, WAIT, &again, &error), PIE_E_INVALID_STATE);
  STATUS(pie_client_attach_process(second, id, NULL, WAIT, &again, &error), PIE_E_INVALID_STATE);
  OK(pie_process_signal(process, "x", &error));
  STREAM(process, "msg:got:x|return:end");
  pie_process_free(process);
  free(id);
}

static void terminated(pie_client *first, pie_client *second) {
  char *id = launch_apart(first, "['never']");
  pie_process *process = attach(second, id);
  OK(pie_process_terminate(process, WAIT, &error));
  EQ(ENDS_WITH(process, PIE_E_CANCELLED), 0);
  pie_process_free(process);
  process = POISON;
  FAILS(pie_client_attach_process(first, id, NULL, WAIT, &process, &error), PIE_E_REJECTED, "Process not found");
  FAILS(pie_client_attach_process(second, id, NULL, WAIT, &process, &error), PIE_E_REJECTED, "Process not found");
  CHECK(process == NULL);
  free(id);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, NULL, NULL);
    stream(first, second);
    tag_and_queue(first, second);
    spelled(first, second, 1, toupper);
    spelled(first, second, 0, tolower);
    spelled(first, second, 0, toupper);
    terminated(first, second);
    await_number(first, "processes", 0);
    hang_up(first);
    hang_up(second);
  }
  return finish();
}
