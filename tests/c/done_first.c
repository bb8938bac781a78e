/* Where DONE and the stream share a queue, DONE comes first, and all of the stream behind it: for launch_process,
   launch_processes and attach_process, also when the engine sends events before or with its reply. */
#include "twins.h"

/* The rest of one process's stream, from a queue that others use too. */
typedef struct progress {
  uint64_t next;
  int ended;
} progress;

static void step(progress *of, const pie_event *event) {
  CHECK(!of->ended);
  EQ(event->sequence, of->next);
  of->next += event->kind == PIE_EVENT_OVERFLOW ? event->current : 1;
  of->ended = event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR;
}

static const char *const launches[] = {
    "['sendn',3]",
    "['burst'],['sendn',3]",
    "['early',[['sendn',3]]]",
    "['early',[['sendn',2],['event','return','over']]]",
    "['early',[['sendn',1]]],['burst'],['sendn',2],['flush']",
};

static void one(pie_client *client, pie_queue *queue, const char *ops) {
  char *input = script(ops);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  options.queue = queue;
  options.tag = 5;
  OK(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 6, NULL, &error));
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_DONE);
  EQ(event->tag, 6);
  EQ(event->status, PIE_OK);
  pie_process *process = pie_event_take_process(event);
  CHECK(process != NULL);
  pie_event_free(event);
  progress of = {0, 0};
  while (!of.ended) {
    event = take_from(queue);
    EQ(event->tag, 5);
    CHECK(event->process == process);
    step(&of, event);
    pie_event_free(event);
  }
  NONE(queue);
  pie_process_free(process);
  free(input);
}

/* With the reply as late as its process's end, too. */
static void launched(int generation) {
  static const char *const faults[] = {NULL, "delay=launch_process:20", "split=7", "join=5"};
  pie_queue *queue = pie_queue_new();
  for (size_t fault = 0; fault < sizeof faults / sizeof *faults; fault++) {
    pie_client *client = dial(generation, faults[fault], NULL);
    for (int round = 0; round < 4; round++)
      for (size_t i = 0; i < sizeof launches / sizeof *launches; i++) one(client, queue, launches[i]);
    hang_up(client);
  }
  NONE(queue);
  pie_queue_free(queue);
}

static void several(int generation, const char *faults) {
  enum { COUNT = 4 };
  char *inputs[COUNT];
  pie_process *processes[COUNT] = {NULL, NULL, NULL, NULL};
  progress of[COUNT] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};
  pie_client *client = dial(generation, faults, NULL);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  options.tag = 10;
  for (int i = 0; i < COUNT; i++) inputs[i] = script(launches[i]);
  OK(pie_client_launch_processes_async(client, ECHO, (const char *const *)inputs, COUNT, &options, WAIT, options.queue,
                                       9, NULL, &error));
  pie_event *event = take_from(options.queue);
  EQ(event->kind, PIE_EVENT_DONE);
  EQ(event->status, PIE_OK);
  EQ(event->current, COUNT);
  EQ(pie_event_take_processes(event, processes, COUNT), COUNT);
  pie_event_free(event);
  for (int ended = 0; ended < COUNT;) {
    event = take_from(options.queue);
    CHECK(event->tag >= 10 && event->tag < 10 + COUNT);
    size_t which = (size_t)event->tag - 10;
    CHECK(event->process == processes[which]);
    step(&of[which], event);
    ended += of[which].ended;
    pie_event_free(event);
  }
  NONE(options.queue);
  for (int i = 0; i < COUNT; i++) free(inputs[i]), pie_process_free(processes[i]);
  pie_queue_free(options.queue);
  hang_up(client);
}

/* A refused one of several: DONE comes alone. */
static void refused(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  char *talks = script("['early',[['sendn',3]]],['never']"), *refuses = script("['refuse','no']");
  const char *inputs[3] = {talks, talks, refuses};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  FAILS_ASYNC(options.queue, 9,
              pie_client_launch_processes_async(client, ECHO, inputs, 3, &options, WAIT, options.queue, 9, &op, &error),
              PIE_E_REJECTED);
  await_number(client, "processes", 0);
  NONE(options.queue);
  pie_queue_free(options.queue);
  free(talks);
  free(refuses);
  hang_up(client);
}

/* Talks for a second or two: before it is attached, meanwhile, and after. Freed by the caller. */
static char *talker(void) {
  char *ops = have(calloc(1, 8192));
  for (int i = 0; i < 150; i++) strcat(ops, "['spam',5,20],['sleep',0.01],");
  return strcat(ops, "['never']");
}

static void attached(int generation, const char *faults) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, faults, NULL);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  options.tag = 3;
  char *ops = talker();
  for (int round = 0; round < 5; round++) {
    char *id = launch_apart(first, ops);
    OK(pie_client_attach_process_async(second, id, &options, WAIT, options.queue, 4, NULL, &error));
    pie_event *event = take_from(options.queue);
    EQ(event->tag, 4);
    EQ(event->kind, PIE_EVENT_DONE);
    EQ(event->status, PIE_OK);
    pie_process *process = pie_event_take_process(event);
    pie_event_free(event);
    OK(pie_process_terminate(process, WAIT, &error));
    progress of = {0, 0};
    while (!of.ended) {
      event = take_from(options.queue);
      EQ(event->tag, 3);
      CHECK(event->process == process);
      step(&of, event);
      pie_event_free(event);
    }
    NONE(options.queue);
    pie_process_free(process);
    free(id);
  }
  free(ops);
  pie_queue_free(options.queue);
  hang_up(second);
  hang_up(first);
}

int main(void) {
  EACH_GENERATION(generation) {
    launched(generation);
    several(generation, NULL);
    several(generation, "reorder=4");
    several(generation, "delay=launch_process:20");
    refused(generation);
    attached(generation, NULL);
    attached(generation, "delay=attach_process:5");
  }
  return finish();
}
