/* overflow=pause while processes are launched: no launch waits for what is behind events that nobody can take yet; and
 * where somebody can, nothing is lost. */
#include "pause.h"

enum { MANY = 8, EACH = 400 };

static char *inputs_of(const char *inputs[MANY]) {
  char *input = script("['spam',400,20],['return','end']");
  for (int i = 0; i < MANY; i++) inputs[i] = input;
  return input;
}

static void drop_event(pie_event *event, void *user_data) {
  (void)user_data;
  pie_event_free(event);
}

/* Drops in a stream are marked. */
static void is_accounted_for(pie_event *event, uint64_t *next) {
  EQ(event->sequence, *next);
  *next += event->kind == PIE_EVENT_OVERFLOW ? event->current : 1;
}

/* Each of them in a queue of its own, which nobody has before the call is back. */
static void into_own_queues(pie_client *client) {
  const char *inputs[MANY];
  pie_process *processes[MANY];
  char *input = inputs_of(inputs);
  /* Its reply comes behind the events of the others, where the engine does several things at once. */
  char *late = script("['early',[['sleep',0.2]]],['return','end']");
  inputs[MANY - 1] = late;
  OK(pie_client_launch_processes(client, ECHO, inputs, MANY, NULL, PIE_FOREVER, processes, &error));
  free(input);
  free(late);
  for (int i = 0; i < MANY; i++) {
    /* The last ones can be held up by the others now: all are emptied together, by threads of the library. */
    OK(pie_process_set_callback(processes[i], drop_event, NULL, NULL, &error));
  }
  for (int i = 0; i < MANY; i++) {
    char *result = POISON;
    OK(pie_process_result(processes[i], WAIT, &result, &error));
    EQ_TEXT(result, "end");
    pie_string_free(result);
    pie_process_free(processes[i]);
  }
}

/* All to the queue that the DONE goes to: events are held until it is there. */
static void into_a_queue_that_is_told(pie_client *client) {
  const char *inputs[MANY];
  pie_process *processes[MANY];
  uint64_t next[MANY] = {0};
  char *input = inputs_of(inputs);
  pie_queue *queue = pie_queue_new();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_op *op = POISON;
  options.queue = queue;
  OK(pie_client_launch_processes_async(client, ECHO, inputs, MANY, &options, PIE_FOREVER, queue, 99, &op, &error));
  free(input);
  pie_op_free(op);
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_DONE);
  EQ(event->status, PIE_OK);
  EQ(pie_event_take_processes(event, processes, MANY), MANY);
  pie_event_free(event);
  for (int ended = 0; ended < MANY; pie_event_free(event)) {
    event = take_from(queue);
    is_accounted_for(event, &next[event->tag]);
    ended += event->kind == PIE_EVENT_RETURN;
  }
  for (int i = 0; i < MANY; i++) {
    EQ(next[i], EACH + 1);
    pie_process_free(processes[i]);
  }
  pie_queue_free(queue);
}

typedef struct taker {
  pie_queue *queue;
  long next[MANY];
} taker;

static void *take_all(void *argument) {
  taker *taker = argument;
  for (int ended = 0; ended < MANY;) {
    pie_event *event = take_from(taker->queue);
    uint64_t tag = event->tag;
    ended += is_next(event, &taker->next[tag], EACH);
  }
  return NULL;
}

/* A queue that another thread empties meanwhile: nothing is lost. */
static void into_a_queue_that_is_read(pie_client *client) {
  const char *inputs[MANY];
  pie_process *processes[MANY];
  char *input = inputs_of(inputs);
  taker taker = {pie_queue_new(), {0}};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = taker.queue;
  pthread_t thread = spawn(take_all, &taker);
  OK(pie_client_launch_processes(client, ECHO, inputs, MANY, &options, WAIT, processes, &error));
  join(thread);
  free(input);
  for (int i = 0; i < MANY; i++) pie_process_free(processes[i]);
  pie_queue_free(taker.queue);
}

/* Events of run_processes are nobody's. */
static void that_are_run(pie_client *client) {
  const char *inputs[MANY];
  char *input = inputs_of(inputs), *results = POISON;
  OK(pie_client_run_processes(client, ECHO, inputs, MANY, NULL, PIE_FOREVER, &results, &error));
  EQ(count_text(results, "end"), MANY);
  pie_string_free(results);
  free(input);
}

/* What comes before the launch reply is bounded by dropping: the reply is behind it. */
static void before_the_reply(pie_client *client) {
  pie_process *process = launch(client, "['early',[['spam',1000,20]]],['return','end']");
  uint64_t next = 0;
  long dropped = 0;
  for (pie_event *event = take(process); event != NULL; event = take(process)) {
    is_accounted_for(event, &next);
    if (event->kind == PIE_EVENT_OVERFLOW) dropped++;
    pie_event_free(event);
  }
  EQ(next, 1001);
  CHECK(dropped > 0);
  pie_process_free(process);
}

/* One launch whose reply and first events come in one packet loses nothing, whoever tells of it. */
static void in_a_burst(pie_client *client) {
  const char *ops = "['burst'],['spam',100,20],['flush'],['return','end']";
  pie_process *process = launch(client, ops);
  long next = 0;
  while (!is_next(take(process), &next, 100)) {
  }
  pie_process_free(process);
  pie_queue *queue = pie_queue_new();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_op *op = POISON;
  char *input = script(ops);
  options.input = input;
  options.queue = queue;
  OK(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 99, &op, &error));
  free(input);
  pie_op_free(op);
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_DONE);
  process = pie_event_take_process(event);
  pie_event_free(event);
  next = 0;
  while (!is_next(take_from(queue), &next, 100)) {
  }
  pie_process_free(process);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "overflow=pause queue_max_bytes=300");
    in_a_burst(client);
    into_own_queues(client);
    into_a_queue_that_is_told(client);
    into_a_queue_that_is_read(client);
    that_are_run(client);
    before_the_reply(client);
    hang_up(client);
  }
  return finish();
}
