/* overflow=pause: what ends a pause: taking, freeing the process or the queue, closing, shutdown; in it, requests time
 * out and name the process that holds the connection up. */
#include "pause.h"

enum {
  COUNT = 2000,
  FIT = 300 / 32, /* in queue_max_bytes */
  LARGE = 24 << 20 /* than what the system's buffers and the upload window hold */
};

static const char options[] = "overflow=pause queue_max_bytes=300";

static pie_client *paused(int generation, pie_queue *queue, pie_process **process) {
  pie_client *client = dial(generation, NULL, options);
  *process = launch_to(client, "['spam',2000,20],['return','end']", queue, 7);
  await_pause(client, pie_process_id(*process));
  return client;
}

/* Nothing of it is left: everything works, another process's whole stream included. */
static void works(pie_client *client) {
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process *process = launch(client, "['send','x']");
  STREAM(process, "msg:x|return:done");
  pie_process_free(process);
  hang_up(client);
}

static void take_all(pie_client *client, pie_process *process) {
  long next = 0;
  while (!is_next(take(process), &next, COUNT)) {
  }
  pie_process_free(process);
  works(client);
}

static void each_request_names_it(int generation) {
  pie_process *process = NULL, *other = POISON;
  pie_client *client = paused(generation, NULL, &process);
  const char *id = pie_process_id(process), *pause = "overflow=pause";
  pie_launch_options with = PIE_LAUNCH_OPTIONS_INIT;
  char *text = POISON;
  FAILS(pie_client_ping(client, BRIEF, NULL, &error), PIE_E_TIMED_OUT, id, pause, "unread");
  FAILS(pie_client_launch_process(client, ECHO, &with, BRIEF, &other, &error), PIE_E_TIMED_OUT, id, pause);
  FAILS(pie_client_query(client, "model_status", "", BRIEF, &text, &error), PIE_E_TIMED_OUT, id, pause);
  FAILS(pie_process_terminate(process, BRIEF, &error), PIE_E_TIMED_OUT, id, pause);
  FAILS(pie_client_launch_processes(client, ECHO, (const char *const[]){"1", "2"}, 2, NULL, BRIEF,
                                    (pie_process *[]){POISON, POISON}, &error),
        PIE_E_TIMED_OUT, id, pause);
  pie_op *op = POISON;
  pie_queue *queue = pie_queue_new();
  OK(pie_client_ping_async(client, BRIEF, queue, 3, &op, &error));
  pie_event *event = take_from(queue);
  EQ(event->status, PIE_E_TIMED_OUT);
  HAS(pie_error_message(event->error), id);
  pie_event_free(event);
  pie_op_free(op);
  pie_queue_free(queue);
  /* What is sent goes out all the same, and the process whose launch was given up is ended. */
  OK(pie_process_signal(process, "x", &error));
  unsigned char *bytes = pattern(LARGE);
  OK(pie_process_transfer_file(process, bytes, LARGE, WAIT, &error));
  free(bytes);
  pie_process_free(process);
  await_number(client, "processes", 0);
  works(client);
}

static void taking(int generation) {
  pie_process *process = NULL;
  pie_client *client = paused(generation, NULL, &process);
  take_all(client, process);
}

static void freeing_the_process(int generation, pie_queue *queue) {
  pie_process *process = NULL;
  pie_client *client = paused(generation, queue, &process);
  pie_process_free(process);
  works(client);
}

static void freeing_the_queue(int generation) {
  pie_process *process = NULL;
  pie_queue *queue = pie_queue_new();
  char *result = POISON;
  pie_client *client = paused(generation, queue, &process);
  pie_queue_free(queue);
  OK(pie_process_result(process, WAIT, &result, &error)); /* its events go nowhere, its end is known */
  EQ_TEXT(result, "end");
  pie_string_free(result);
  pie_process_free(process);
  works(client);
}

static void one_of_two_handles_is_not_enough(int generation) {
  pie_process *process = NULL;
  pie_client *client = paused(generation, NULL, &process);
  pie_queue *queue = pie_process_queue(process);
  pie_queue_free(queue);
  await_pause(client, pie_process_id(process));
  take_all(client, process);
}

/* What waited for room, which is one event, comes before the ERROR. The engine's answer to the goodbye is found behind what nobody reads. */
static void closing(int generation) {
  pie_process *process = NULL;
  pie_client *client = dial(generation, "answer_close=1", "overflow=pause queue_max_bytes=300 close_timeout_ms=86400000");
  process = launch(client, "['spam',2000,20],['return','end']");
  await_pause(client, pie_process_id(process));
  OK(pie_client_close(client, WAIT, &error));
  long next = 0;
  pie_event *event = take(process);
  for (; event->kind != PIE_EVENT_ERROR; event = take(process)) CHECK(!is_next(event, &next, COUNT));
  EQ(event->status, PIE_E_CLOSED);
  EQ(event->sequence, next);
  EQ(next, FIT + 1);
  pie_event_free(event);
  CHECK(take(process) == NULL);
  pie_process_free(process);
  pie_client_free(client);
}

/* Frees in any order, without a close. */
static void freeing_the_client(int generation) {
  pie_process *process = NULL;
  pie_client *client = paused(generation, NULL, &process);
  pie_client_free(client);
  ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
}

static void *ping_for_ever(void *client) {
  STATUS(pie_client_ping(client, PIE_FOREVER, NULL, &error), PIE_E_CLOSED);
  return NULL;
}

static void shutting_down(int generation) {
  pie_process *process = NULL;
  pie_client *client = paused(generation, NULL, &process);
  pthread_t thread = spawn(ping_for_ever, client);
  OK(pie_shutdown(WAIT, &error));
  join(thread);
  pie_process_free(process);
  pie_client_free(client);
}

/* Two that hold it up: both have to be seen to, in any order. */
static void two_of_them(int generation) {
  pie_process *one = NULL;
  pie_client *client = paused(generation, NULL, &one);
  pie_process *processes[2];
  pie_process_free(one);
  for (int i = 0; i < 2; i++) processes[i] = launch(client, "['recv',0],['spam',2000,20],['return','end']");
  for (int i = 0; i < 2; i++) OK(pie_process_signal(processes[i], "go", &error));
  await_pause(client, "process");
  /* What the first one has is taken; then the second one may hold up the rest, until it is let go of. */
  pie_event *event = POISON;
  int ended = 0;
  while (pie_process_recv(processes[0], BRIEF, &event, NULL) == PIE_OK) {
    ended = event->kind == PIE_EVENT_RETURN;
    pie_event_free(event);
  }
  pie_process_free(processes[1]);
  while (!ended) {
    event = take(processes[0]);
    ended = event->kind == PIE_EVENT_RETURN;
    pie_event_free(event);
  }
  pie_process_free(processes[0]);
  works(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    each_request_names_it(generation);
    taking(generation);
    pie_queue *queue = pie_queue_new();
    freeing_the_process(generation, NULL);
    freeing_the_process(generation, queue);
    pie_queue_free(queue);
    freeing_the_queue(generation);
    one_of_two_handles_is_not_enough(generation);
    two_of_them(generation);
    closing(generation);
    freeing_the_client(generation);
    shutting_down(generation);
  }
  return finish();
}
