/* pie_client_launch_processes at scale: ten thousand inputs leave together and are all answered, each process with its
   own input; and so they are in one list of processes. */
#include "harness.h"

enum { COUNT = 10000 };

static char *inputs[COUNT];
static pie_process *out[COUNT];

static void captured(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  OK(pie_client_launch_processes(client, ECHO, (const char *const *)inputs, COUNT, &options, WAIT, out, &error));
  for (size_t ended = 0; ended < COUNT;) {
    pie_event *events[64];
    size_t count = 0;
    OK(pie_queue_recv_batch(options.queue, WAIT, events, 64, &count, &error));
    for (size_t i = 0; i < count; i++, ended++) {
      EQ(events[i]->kind, PIE_EVENT_RETURN);
      EQ(events[i]->sequence, 0);
      EQ(strtoull(events[i]->data, NULL, 10), events[i]->tag);
      CHECK(events[i]->process == out[events[i]->tag]);
    }
    pie_events_free(events, count);
  }
  for (size_t i = 0; i < COUNT; i++) pie_process_free(out[i]);
  pie_queue_free(options.queue);
  hang_up(client);
}

/* They wait for a signal that never comes, and so are all in the list. */
static void uncaptured(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  char *waits = script("['recv',0]");
  const char **same = malloc(COUNT * sizeof *same);
  CHECK(same != NULL);
  for (size_t i = 0; i < COUNT; i++) same[i] = waits;
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.flags = PIE_LAUNCH_NO_CAPTURE;
  OK(pie_client_launch_processes(client, ECHO, same, COUNT, &options, WAIT, out, &error));
  for (size_t i = 0; i < COUNT; i++) {
    EQ(strlen(pie_process_id(out[i])), generation == PIE_GENERATION_0_4 ? 36 : 0);
    if (i > 0 && generation == PIE_GENERATION_0_4)
      CHECK(strcmp(pie_process_id(out[i]), pie_process_id(out[i - 1])) != 0);
  }
  for (size_t i = 0; i < COUNT; i++) pie_process_free(out[i]);
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    const pie_process_info *info = pie_process_list_get(list, i);
    EQ(strlen(info->id), 36);
    EQ_TEXT(info->input, waits);
    EQ_TEXT(info->program, ECHO);
  }
  CHECK(pie_process_list_get(list, COUNT) == NULL);
  pie_process_list_free(list);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  free(waits);
  free(same);
}

int main(void) {
  for (size_t i = 0; i < COUNT; i++) {
    inputs[i] = malloc(16);
    CHECK(inputs[i] != NULL);
    snprintf(inputs[i], 16, "%zu", i);
  }
  EACH_GENERATION(generation) {
    captured(generation);
    uncaptured(generation);
  }
  for (size_t i = 0; i < COUNT; i++) free(inputs[i]);
  return finish();
}
