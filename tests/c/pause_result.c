/* overflow=pause and pie_process_result: where nobody takes the events it drops them and comes to an end; where somebody
 * has begun to, it waits for him, and at its time limit tells what holds it up. */
#include "pause.h"

static const char options[] = "overflow=pause queue_max_bytes=300";
static const char ops[] = "['spam',5000,20],['return','end']";

static void gives_end(pie_process *process) {
  char *result = POISON;
  OK(pie_process_result(process, WAIT, &result, &error));
  EQ_TEXT(result, "end");
  pie_string_free(result);
}

static void names_it(pie_process *process) {
  char *result = POISON;
  FAILS(pie_process_result(process, BRIEF, &result, &error), PIE_E_TIMED_OUT, "pie_process_result", "overflow=pause",
        pie_process_id(process));
}

static void nobody_takes_them(pie_client *client, int paused) {
  pie_process *process = launch(client, ops);
  if (paused) await_pause(client, pie_process_id(process));
  gives_end(process);
  gives_end(process);
  CHECK(take(process) == NULL);
  pie_process_free(process);
}

/* Up to the end, or to what pie_process_result has found waiting behind the end and dropped. */
static void *take_rest(void *process) {
  long next = 1;
  for (pie_event *event = take(process); event != NULL && !is_next(event, &next, 5000); event = take(process)) {
  }
  return NULL;
}

static void somebody_has_received(pie_client *client) {
  pie_process *process = launch(client, ops);
  pie_event *event = take(process);
  EQ(event->sequence, 0);
  pie_event_free(event);
  names_it(process);
  pthread_t thread = spawn(take_rest, process);
  gives_end(process);
  join(thread);
  pie_process_free(process);
}

static void ignore(void *user_data) { (void)user_data; }

/* Another handle, a wakeup, a descriptor: somebody means to take them. */
static void somebody_may(pie_client *client, int how) {
  pie_process *process = launch(client, ops);
  pie_queue *queue = pie_process_queue(process);
  intptr_t fd;
  if (how == 1) OK(pie_queue_set_wakeup(queue, ignore, NULL, NULL, &error));
  if (how == 2) STATUS(pie_queue_fd(queue, &fd, &error), QUEUE_FD_GIVES);
  if (how == 2 && QUEUE_FD_GIVES != PIE_OK) OK(pie_queue_set_wakeup(queue, ignore, NULL, NULL, &error));
  if (how > 0) pie_queue_free(queue);
  names_it(process);
  if (how == 0) {
    pie_queue_free(queue);
    gives_end(process); /* now nobody has one */
  }
  pie_process_free(process);
  OK(pie_client_ping(client, WAIT, NULL, &error));
}

static void drop_event(pie_event *event, void *user_data) {
  (void)user_data;
  pie_event_free(event);
}

static void a_callback_takes_them(pie_client *client) {
  pie_process *process = launch(client, ops);
  OK(pie_process_set_callback(process, drop_event, NULL, NULL, &error));
  gives_end(process);
  pie_process_free(process);
}

static void a_shared_queue(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch_to(client, ops, queue, 1);
  names_it(process);
  long next = 0;
  while (!is_next(take_from(queue), &next, 5000)) {
  }
  gives_end(process);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* A call whose time is up leaves what it dropped marked, and what comes later complete. */
static void given_up(pie_client *client) {
  pie_process *process = launch(client, "['spam',1000,20],['recv',0],['return','end']");
  char *result = POISON;
  await_pause(client, pie_process_id(process));
  do STATUS(pie_process_result(process, BRIEF, &result, &error), PIE_E_TIMED_OUT);
  while (pie_client_ping(client, BRIEF, NULL, NULL) != PIE_OK); /* it reads only while a result is waited for */
  OK(pie_process_signal(process, "go", &error));
  uint64_t next = 0, dropped = 0;
  for (pie_event *event = take(process); event != NULL; event = take(process)) {
    EQ(event->sequence, next);
    if (event->kind == PIE_EVENT_OVERFLOW) dropped += event->current;
    next += event->kind == PIE_EVENT_OVERFLOW ? event->current : 1;
    pie_event_free(event);
  }
  EQ(next, 1002);
  CHECK(dropped > 0);
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, options);
    nobody_takes_them(client, 0);
    nobody_takes_them(client, 1);
    somebody_has_received(client);
    for (int how = 0; how < 3; how++) somebody_may(client, how);
    a_callback_takes_them(client);
    a_shared_queue(client);
    given_up(client);
    hang_up(client);
  }
  return finish();
}
