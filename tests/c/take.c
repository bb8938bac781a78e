/* pie_event_take_...: what a DONE bears is taken once; another function than the fitting one, a second time, another
   kind of event and NULL give NULL or 0; with too little room nothing is taken. */
#include "twins.h"

/* All but the one that fits. */
enum { TAKES_CLIENT = 1, TAKES_PROCESS, TAKES_PROCESSES, TAKES_LIST };

static void bears_no_other(pie_event *event, int but) {
  pie_process *room[4] = {POISON, POISON, POISON, POISON};
  if (but != TAKES_CLIENT) CHECK(pie_event_take_client(event) == NULL);
  if (but != TAKES_PROCESS) CHECK(pie_event_take_process(event) == NULL);
  if (but != TAKES_LIST) CHECK(pie_event_take_process_list(event) == NULL);
  if (but != TAKES_PROCESSES) EQ(pie_event_take_processes(event, room, 4), 0);
  if (but != TAKES_PROCESSES) EQ(pie_event_take_processes(event, NULL, 0), 0);
}

static pie_event *done_of(const char *name, stage *at, int generation) {
  const twin *twin = twins;
  while (strcmp(twin->name, name) != 0) twin++;
  *at = set_stage(twin, generation, ANSWERED);
  pie_op_free(begin(twin, at, WAIT, 1));
  pie_event *done = take_done(at->queue, 1);
  EQ(done->status, PIE_OK);
  return done;
}

static void client(int generation) {
  stage at;
  pie_event *done = done_of("connect", &at, generation);
  bears_no_other(done, TAKES_CLIENT);
  pie_client *client = pie_event_take_client(done);
  CHECK(client != NULL);
  bears_no_other(done, 0);
  pie_event_free(done);
  if (generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* it does not hang on the event */
  hang_up(client);
  strike_stage(&at);
}

static void process(int generation, const char *how) {
  stage at;
  pie_event *done = done_of(how, &at, generation);
  bears_no_other(done, TAKES_PROCESS);
  pie_process *process = pie_event_take_process(done);
  CHECK(process != NULL && *pie_process_id(process) != '\0');
  bears_no_other(done, 0);
  pie_event_free(done);
  OK(pie_process_terminate(process, WAIT, &error));
  char *rest = transcript(process);
  CHECK(*rest != '\0');
  free(rest);
  pie_process_free(process);
  strike_stage(&at);
}

static void processes(int generation) {
  stage at;
  pie_event *done = done_of("launch_processes", &at, generation);
  pie_process *room[4] = {POISON, POISON, POISON, POISON};
  bears_no_other(done, TAKES_PROCESSES);
  EQ(pie_event_take_processes(done, NULL, 0), 2);
  EQ(pie_event_take_processes(done, room, 0), 2);
  EQ(pie_event_take_processes(done, room, 1), 2); /* too little: nothing taken */
  CHECK(room[2] == POISON && room[3] == POISON);
  EQ(pie_event_take_processes(done, room, 4), 2);
  CHECK(room[0] != NULL && room[0] != POISON && room[1] != NULL && room[1] != POISON && room[0] != room[1]);
  CHECK(room[3] == POISON || room[3] == NULL);
  bears_no_other(done, 0);
  EQ(pie_event_take_processes(done, room + 2, 2), 0);
  pie_event_free(done);
  STREAM(room[0], "return:a");
  STREAM(room[1], "return:b");
  pie_process_free(room[0]);
  pie_process_free(room[1]);
  strike_stage(&at);
}

/* None is a number too. */
static void no_processes(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  OK(pie_client_launch_processes_async(client, ECHO, NULL, 0, NULL, WAIT, queue, 1, NULL, &error));
  pie_event *done = take_done(queue, 1);
  EQ(done->status, PIE_OK);
  EQ(done->current, 0);
  bears_no_other(done, 0);
  pie_event_free(done);
  OK(pie_client_run_processes_async(client, ECHO, NULL, 0, NULL, WAIT, queue, 2, NULL, &error));
  done = take_done(queue, 2);
  EQ_TEXT(done->data, "[]");
  bears_no_other(done, 0);
  pie_event_free(done);
  pie_queue_free(queue);
  hang_up(client);
}

static void list(int generation) {
  stage at;
  pie_event *done = done_of("list_processes", &at, generation);
  bears_no_other(done, TAKES_LIST);
  pie_process_list *list = pie_event_take_process_list(done);
  CHECK(list != NULL);
  bears_no_other(done, 0);
  pie_event_free(done);
  EQ(pie_process_list_size(list), 0);
  pie_process_list_free(list);
  strike_stage(&at);
}

static void nothing(int generation) {
  static const char *const names[] = {"ping", "query", "check_program", "transfer_file", "run_processes"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    stage at;
    pie_event *done = done_of(names[i], &at, generation);
    bears_no_other(done, 0);
    pie_event_free(done);
    strike_stage(&at);
  }
}

/* Events of a stream have a process that is not to be taken. */
static void other_events(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_process *process = launch(client, "['send','a']");
  for (int i = 0; i < 2; i++) {
    pie_event *event = take(process);
    bears_no_other(event, 0);
    CHECK(event->process == process);
    pie_event_free(event);
  }
  pie_process_free(process);
  hang_up(client);
}

int main(void) {
  pie_process *room[1] = {POISON};
  CHECK(pie_event_take_client(NULL) == NULL && pie_event_take_process(NULL) == NULL);
  CHECK(pie_event_take_process_list(NULL) == NULL);
  EQ(pie_event_take_processes(NULL, room, 1), 0);
  EACH_GENERATION(generation) {
    client(generation);
    process(generation, "launch_process");
    process(generation, "attach_process");
    processes(generation);
    no_processes(generation);
    list(generation);
    nothing(generation);
    other_events(generation);
  }
  return finish();
}
