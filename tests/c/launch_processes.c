/* pie_client_launch_processes: one process for each input, in their order, the i-th with the tag `tag` + i, in one
   queue or each in its own; NULL is {}. */
#include "harness.h"

enum { COUNT = 5 };

static void differ(pie_process *const *processes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    EQ(strlen(pie_process_id(processes[i])), 36);
    for (size_t j = 0; j < i; j++) CHECK(strcmp(pie_process_id(processes[i]), pie_process_id(processes[j])) != 0);
  }
}

static void own_queues(pie_client *client) {
  char *third = script("'x'"), *fourth = script("['burst'],['print','a'],['return','b']");
  const char *inputs[COUNT] = {NULL, "{\"a\":[1]}", third, fourth, "\"text\""};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON, POISON};
  OK(pie_client_launch_processes(client, ECHO, inputs, COUNT, NULL, WAIT, out, &error));
  STREAM(out[0], "return:{}");
  STREAM(out[1], "return:{\"a\":[1]}");
  STREAM(out[2], "return:done");
  STREAM(out[3], "out:a|return:b");
  STREAM(out[4], "return:\"text\"");
  differ(out, COUNT);
  for (int i = 0; i < COUNT; i++) pie_process_free(out[i]);
  free(third), free(fourth);
}

static void shared_queue(pie_client *client, uint64_t tag) {
  char *inputs[COUNT];
  pie_process *out[COUNT];
  uint64_t next[COUNT] = {0};
  for (int i = 0; i < COUNT; i++) {
    char ops[64];
    snprintf(ops, sizeof ops, "['sendn',10],['return','%d']", i);
    inputs[i] = script(ops);
  }
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.tag = tag;
  options.queue = pie_queue_new();
  OK(pie_client_launch_processes(client, ECHO, (const char *const *)inputs, COUNT, &options, WAIT, out, &error));
  for (int ended = 0; ended < COUNT;) {
    pie_event *event = take_from(options.queue);
    uint64_t which = event->tag - tag; /* tags go round, as numbers do */
    CHECK(which < COUNT && event->process == out[which]);
    EQ(event->sequence, next[which]++);
    if (event->kind == PIE_EVENT_RETURN) {
      EQ(strtol(event->data, NULL, 10), which);
      ended++;
    }
    pie_event_free(event);
  }
  pie_event *event = POISON;
  STATUS(pie_queue_recv(options.queue, 0, &event, &error), PIE_EMPTY);
  STATUS(pie_process_recv(out[0], 0, &event, &error), PIE_E_INVALID_STATE);
  for (int i = 0; i < COUNT; i++) {
    EQ(next[i], 11);
    pie_process_free(out[i]);
    free(inputs[i]);
  }
  pie_queue_free(options.queue);
}

static void none(pie_client *client) {
  pie_process *untouched = POISON;
  size_t before = count_sent(client, "launch_process");
  const char *inputs[1] = {"no json"};
  OK(pie_client_launch_processes(client, ECHO, NULL, 0, NULL, WAIT, &untouched, &error));
  OK(pie_client_launch_processes(client, ECHO, inputs, 0, NULL, WAIT, &untouched, &error));
  CHECK(untouched == POISON);
  EQ(count_sent(client, "launch_process"), before);
}

static void uncaptured(pie_client *client, int generation) {
  char *waits = script("['recv',0],['return','end']");
  const char *inputs[COUNT] = {waits, waits, waits, waits, waits};
  pie_process *out[COUNT];
  pie_event *event = POISON;
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.flags = PIE_LAUNCH_NO_CAPTURE;
  OK(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, WAIT, out, &error));
  EQ(look_number(client, "processes"), COUNT);
  if (generation == PIE_GENERATION_0_4) differ(out, COUNT);
  for (int i = 0; i < COUNT; i++) {
    STATUS(pie_process_recv(out[i], PIE_FOREVER, &event, &error), PIE_END);
    if (generation == PIE_GENERATION_0_5) EQ_TEXT(pie_process_id(out[i]), "");
    if (generation == PIE_GENERATION_0_4) OK(pie_process_terminate(out[i], WAIT, &error));
    pie_process_free(out[i]);
  }
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), generation == PIE_GENERATION_0_4 ? 0 : COUNT);
  for (size_t i = 0; i < pie_process_list_size(list); i++)
    OK(pie_client_terminate_process(client, pie_process_list_get(list, i)->id, WAIT, &error));
  pie_process_list_free(list);
  await_number(client, "processes", 0);
  free(waits);
}

/* token_budget goes with each of them. */
static void budget(pie_client *client, int generation) {
  const char *inputs[2] = {NULL, NULL};
  pie_process *out[2] = {POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.token_budget = 77;
  if (generation == PIE_GENERATION_0_5) {
    FAILS(pie_client_launch_processes(client, ECHO, inputs, 2, &options, WAIT, out, &error), PIE_E_UNSUPPORTED,
          "token_budget");
    CHECK(out[0] == NULL && out[1] == NULL);
    return;
  }
  OK(pie_client_launch_processes(client, ECHO, inputs, 2, &options, WAIT, out, &error));
  for (int i = 0; i < 2; i++) {
    STREAM(out[i], "return:{}");
    pie_process_free(out[i]);
  }
  char *frames = look(client, "received");
  EQ(count_text(frames, "\"token_budget\":77"), 2);
  pie_string_free(frames);
}

typedef struct early {
  pie_queue *queue;
  gate came;
} early;

static void *receive_first(void *argument) {
  early *with = argument;
  pie_event *event = take_from(with->queue);
  EQ_TEXT(event->data, "first");
  EQ(event->tag, 40);
  CHECK(event->process != NULL);
  EQ(strlen(pie_process_id(event->process)), 36);
  pie_event_free(event);
  gate_add(&with->came, 1);
  return NULL;
}

/* Events of those that were answered first are received before the call returns: the last one is not answered. */
static void received_before_it_returns(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  early with = {pie_queue_new(), GATE_INIT};
  char *first = script("['send','first'],['never']"), *last = script("['early',[['sleep',0.7]]],['return','last']");
  const char *inputs[2] = {first, last};
  pie_process *out[2] = {POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.tag = 40;
  options.queue = with.queue;
  pthread_t thread = spawn(receive_first, &with);
  OK(pie_client_launch_processes(client, ECHO, inputs, 2, &options, WAIT, out, &error));
  gate_await(&with.came, 1);
  join(thread);
  pie_event *event = take_from(with.queue);
  EQ(event->tag, 41);
  EQ_TEXT(event->data, "last");
  pie_event_free(event);
  OK(pie_process_terminate(out[0], WAIT, &error));
  for (int i = 0; i < 2; i++) pie_process_free(out[i]);
  free(first), free(last);
  pie_queue_free(with.queue);
  await_number(client, "processes", 0);
  hang_up(client);
}

/* The requests leave together: on 0.5, where a launch does not wait for another, the second process talks while the
   first launch is being done. */
static void together(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  char *slow = script("['early',[['sleep',0.7]]],['return','slow']"), *quick = script("['return','quick']");
  const char *inputs[2] = {slow, quick};
  pie_process *out[2] = {POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  OK(pie_client_launch_processes(client, ECHO, inputs, 2, &options, WAIT, out, &error));
  static const char *const wanted[] = {"quick", "slow"};
  for (int i = 0; i < 2; i++) {
    pie_event *event = take_from(options.queue);
    EQ_TEXT(event->data, wanted[i]);
    pie_event_free(event);
  }
  for (int i = 0; i < 2; i++) pie_process_free(out[i]);
  pie_queue_free(options.queue);
  free(slow), free(quick);
  hang_up(client);
}

int main(void) {
  static const char *const faults[] = {NULL,
                                       "split=3",
                                       "join=5",
                                       "reorder=5",
                                       "duplicate=*",
                                       "unknown=1",
                                       "delay=launch_process:20",
                                       "hold=launch_process:20"};
  EACH_GENERATION(generation) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
      pie_client *client = dial(generation, faults[i], NULL);
      own_queues(client);
      if (faults[i] == NULL || strstr(faults[i], "reorder") == NULL) {
        shared_queue(client, 1000);
        shared_queue(client, UINT64_MAX - 1);
      }
      hang_up(client);
    }
    pie_client *client = dial(generation, NULL, NULL);
    none(client);
    uncaptured(client, generation);
    budget(client, generation);
    hang_up(client);
    received_before_it_returns(generation);
  }
  together();
  return finish();
}
