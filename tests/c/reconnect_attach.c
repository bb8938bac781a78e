/* The processes of a lost connection to an engine 0.4 that does what its documentation says: they are attached again,
   and their streams go on behind what came before, with all that the engine keeps and nothing twice. Whatever was
   freed is not attached; a process that a call was about to end is ended. */
#include "lost.h"

enum { LINES = 300 };

/* Says so much before the loss, during it and after it: everything but messages is kept. */
static void goes_on(const char *faults) {
  pie_client *client = dial(PIE_GENERATION_0_4, faults, AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(
      client, "['print','a'],['send','b'],['recv',0],['cut'],['print','c'],['eprint','d'],"
              "['wait_attached'],['print','e'],['recv',0],['return','f']");
  await_message(process, "b");
  OK(pie_process_signal(process, "x", &error));
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
  OK(pie_process_signal(process, "y", &error));
  char *got = transcript(process);
  HAS(got, "out:c|err:d|out:e|msg:got:y|return:f");
  EQ(count_text(got, "out:c"), 1);
  free(got);
  EQ(count_sent(client, "attach_process"), 1);
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
}

/* Lines of many processes, of a queue that they share, over several losses. */
static void many(void) {
  enum { MANY = 8 };
  pie_client *client = dial(PIE_GENERATION_0_4, "many", AGAIN);
  pie_queue *queue = news_of(client), *shared = pie_queue_new();
  pie_process *processes[MANY];
  long next[MANY] = {0};
  uint64_t sequence[MANY] = {0};
  char ops[LINES * 20] = "['print','0']";
  for (int i = 1; i < LINES; i++)
    sprintf(ops + strlen(ops), i % 10 == 0 ? ",['sleep',0.02],['print','%d']" : ",['print','%d']", i);
  for (uint64_t i = 0; i < MANY; i++) processes[i] = launch_to(client, ops, shared, i);
  for (int round = 0; round < 3; round++) {
    pie_process *cutter = launch(client, "['recv',0],['fin']"); /* what has left arrives */
    OK(pie_process_signal(cutter, "now", &error));
    pie_process_free(cutter);
    NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
    NEWS(queue, PIE_OK, 1, 7);
  }
  for (int left = MANY; left > 0;) {
    pie_event *event = take_from(shared);
    CHECK(event->tag < MANY);
    EQ(event->sequence, sequence[event->tag]++);
    if (event->kind == PIE_EVENT_STDOUT) {
      EQ(strtol(event->data, NULL, 10), next[event->tag]++);
    } else {
      EQ(event->kind, PIE_EVENT_RETURN);
      EQ(next[event->tag], LINES);
      left--;
    }
    pie_event_free(event);
  }
  for (int i = 0; i < MANY; i++) pie_process_free(processes[i]);
  pie_queue_free(shared);
  pie_queue_free(queue);
  hang_up(client);
}

/* An upload to it is lost, a file from it is told as failed, and both can be had anew. */
static void files(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "files", AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client,
                                "['file_chunk',{'index':0,'total':2,'data':'half'}],['send','half'],['recv',0],['cut'],"
                                "['recv',0],['send','ready'],['echo_file',0],['return','end']");
  await_message(process, "half");
  OK(pie_process_signal(process, "x", &error));
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
  pie_event *event = take(process);
  if (event->kind == PIE_EVENT_MESSAGE) { /* got:x */
    pie_event_free(event);
    event = take(process);
  }
  EQ(event->kind, PIE_EVENT_FILE);
  EQ(event->status, PIE_E_PROTOCOL);
  pie_event_free(event);
  OK(pie_process_signal(process, "y", &error));
  await_message(process, "got:y");
  await_message(process, "ready");
  OK(pie_process_transfer_file(process, "again", 5, WAIT, &error));
  take_file(process, "again", 5);
  STREAM(process, "return:end");
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
}

/* An attach that is answered late, or cut off, or never. */
static void attach_lost(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "skip=1&only=2&cut_on=attach_process", AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client, "['print','a'],['recv',0],['print','b'],['return','c']");
  cut(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_E_DISCONNECTED, 1, 7);
  NEWS(queue, PIE_E_DISCONNECTED, 2, 7);
  NEWS(queue, PIE_OK, 3, 7);
  OK(pie_process_signal(process, "x", &error));
  char *got = transcript(process);
  EQ_TEXT(got, "out:a|msg:got:x|out:b|return:c");
  free(got);
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
}

/* The end came while nobody was there. */
static void ended_meanwhile(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "ended", AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client, "['recv',0],['cut'],['print','last'],['return','kept']");
  OK(pie_process_signal(process, "x", &error));
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  EQ_TEXT(text, "kept");
  pie_string_free(text);
  pie_process_free(process);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
  pie_queue_free(queue);
  hang_up(client);
}

static void freed(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "freed", AGAIN);
  pie_queue *queue = news_of(client);
  pie_process_free(launch(client, "['recv',0]"));
  cut_and_back(client, queue);
  EQ(count_sent(client, "attach_process"), 0);
  EQ(count_sent(client, "terminate_process"), 0);
  pie_queue_free(queue);
  hang_up(client);
}

/* Freed before the loss and attached by the host after it: what the engine kept comes, before the reply too. */
static void freed_and_attached(const char *faults) {
  pie_client *client = dial(PIE_GENERATION_0_4, faults, AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client, "['recv',0],['cut'],['print','kept'],['recv',0],['return','end']");
  char *id = strdup(pie_process_id(process));
  CHECK(id != NULL);
  pie_process_free(process);
  OK(pie_client_signal_process(client, id, "x", &error));
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
  process = attach(client, id);
  OK(pie_process_signal(process, "y", &error));
  STREAM(process, "out:kept|msg:got:y|return:end");
  pie_process_free(process);
  free(id);
  pie_queue_free(queue);
  hang_up(client);
}

#define PINGED " keepalive_interval_ms=1000 keepalive_timeout_ms=1000"

static void back(pie_queue *queue) {
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
}

/* Ended by a call whose time is up when the network is gone already, which is found out later: ended again. */
static void given_up(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "only=1&freeze_on=terminate_process", AGAIN PINGED);
  pie_queue *queue = news_of(client);
  const char *input = "{\"ops\":[[\"never\"]]}";
  char *text = POISON;
  FAILS(pie_client_run_processes(client, ECHO, &input, 1, NULL, BRIEF, &text, &error), PIE_E_TIMED_OUT, "terminated");
  back(queue);
  EQ(count_sent(client, "terminate_process"), 1);
  pie_queue_free(queue);
  hang_up(client);
}

/* Nothing of an attempt to end it has arrived: how it ends is its own doing. Tells whether that was seen: an engine that has
   not noticed yet that the frozen connection is gone does not give the process back. */
static int not_terminated(void) {
  static int round;
  char faults[80];
  snprintf(faults, sizeof faults, "only=1&freeze_on=terminate_process&round=%d", round++);
  pie_client *client = dial(PIE_GENERATION_0_4, faults, AGAIN PINGED);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client, "['recv',0],['raise','boom']");
  char *text = POISON;
  STATUS(pie_process_terminate(process, BRIEF, &error), PIE_E_TIMED_OUT);
  back(queue);
  int is_back = pie_process_signal(process, "x", NULL) == PIE_OK;
  if (is_back)
    FAILS(pie_process_result(process, WAIT, &text, &error), PIE_E_PROCESS, "boom");
  else
    FAILS(pie_process_result(process, WAIT, &text, &error), PIE_E_DISCONNECTED, "could not be attached again");
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
  return is_back;
}

/* An engine that never answers about processes is none the less there again. */
static void attach_unanswered(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "skip=1&silent=attach_process", AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *one = launch(client, "['never']"), *other = launch(client, "['never']");
  cut_and_back(client, queue);
  ENDS_WITH(one, PIE_E_DISCONNECTED);
  ENDS_WITH(other, PIE_E_DISCONNECTED);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process_free(one);
  pie_process_free(other);
  pie_queue_free(queue);
  hang_up(client);
}

/* A run over a loss: its processes go on. */
static void *run(void *client) {
  static const char *const inputs[2] = {"{\"ops\":[[\"recv\",0],[\"return\",\"a\"]]}",
                                        "{\"ops\":[[\"recv\",0],[\"return\",\"b\"]]}"};
  char *text = POISON;
  OK(pie_client_run_processes(client, ECHO, inputs, 2, 0, WAIT, &text, &error));
  EQ_TEXT(text, "[\"a\",\"b\"]");
  pie_string_free(text);
  return NULL;
}

static void runs(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "runs", AGAIN);
  pie_queue *queue = news_of(client);
  long launches = messages(client, "launch_process"), running = look_number(client, "processes");
  pthread_t runner = spawn(run, client);
  await_number(client, "processes", running + 2);
  cut_and_back(client, queue);
  pie_process_list *list = POISON; /* what others left behind is not to be heard from again */
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  for (size_t i = 0; i < pie_process_list_size(list); i++)
    OK(pie_client_signal_process(client, pie_process_list_get(list, i)->id, "x", &error));
  pie_process_list_free(list);
  join(runner);
  EQ(messages(client, "launch_process"), launches + 3);
  pie_queue_free(queue);
  hang_up(client);
}

int main(void) {
  goes_on(NULL);
  goes_on("delay=attach_process:50");
  goes_on("hold=attach_process:50");
  goes_on("split=7");
  goes_on("unknown=1");
  many();
  files();
  attach_lost();
  given_up();
  int is_seen = 0;
  for (int i = 0; i < 10 && !is_seen; i++) is_seen = not_terminated();
  CHECK(is_seen);
  attach_unanswered();
  ended_meanwhile();
  freed();
  freed_and_attached("freed=again");
  freed_and_attached("delay=attach_process:50");
  runs();
  return finish();
}
