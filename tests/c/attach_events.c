/* Order and completeness, also of an attached process: its events in the segment of the reply to the attach and before
   it arrive, each once, from the first on that the engine sent. */
#include "harness.h"

enum { MESSAGES = 40 };

typedef struct caller {
  pie_client *client;
  const char *id;
  gate over;
} caller;

/* Numbered signals: the engine drops those that come before the attach, and has the process answer each from then on.
 */
static void *call_out(void *argument) {
  caller *with = argument;
  for (int number = 0, over = 0; !over; number++) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    pie_error *error = NULL;
    pie_status status = pie_client_signal_process(with->client, with->id, text, &error);
    if (status != PIE_OK) check_status(__FILE__, __LINE__, "signal", status, PIE_E_BUSY, error, NULL, NULL), number--;
    pthread_mutex_lock(&with->over.lock);
    over = with->over.value;
    pthread_mutex_unlock(&with->over.lock);
    rest_ms(1);
  }
  return NULL;
}

static void complete(int generation, const char *faults) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, faults, NULL);
  char ops[MESSAGES * 12 + 32] = "";
  for (int i = 0; i < MESSAGES; i++) strcat(ops, "['recv',0],");
  strcat(ops, "['return','end']");
  caller with = {second, launch_apart(first, ops), GATE_INIT};
  pthread_t thread = spawn(call_out, &with);
  pie_process *process = attach(second, with.id);
  long number = -1;
  for (int i = 0; i < MESSAGES; i++) {
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    EQ(event->sequence, i);
    EQ(strncmp(event->data, "got:", 4), 0);
    long got = strtol(event->data + 4, NULL, 10);
    if (i > 0) EQ(got, number + 1);
    number = got;
    pie_event_free(event);
  }
  STREAM(process, "return:end");
  gate_add(&with.over, 1);
  join(thread);
  pie_process_free(process);
  hang_up(first);
  hang_up(second);
  free((char *)with.id);
}

int main(void) {
  static const char *const faults[] = {NULL,
                                       "join=50",
                                       "delay=attach_process:50",
                                       "hold=attach_process:50",
                                       "split=3",
                                       "unknown=1&delay=attach_process:20",
                                       "duplicate=attach_process"};
  EACH_GENERATION(generation)
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    for (int round = 0; round < 2; round++) complete(generation, faults[i]);
  return finish();
}
