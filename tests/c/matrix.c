/* Every way to empty a queue × every way in which an asynchronous launch can end: what comes is what
   tests/matrix/matrix.txt says, on both generations of the scripted engine and, where PIE_TEST_URI_REAL tells of one,
   on a real engine. */
#include "twins.h"


#ifndef ONLY_REAL
#define ONLY_REAL 0
#endif

enum { REAL = 100, LINE = 512 };

typedef struct cell {
  const char *way, *ending;
  int engine; /* a generation, or REAL */
  pie_client *client;
  pie_queue *queue, *closing;
  pie_process *process;
  pie_op *op;
  pthread_t stopper;
  int stopping;
  gate woken, drops, finished, message, left; /* "left": the handler of the message has come back */
  pthread_mutex_t lock;
  char got[LINE];
} cell;

static int is(const char *text, const char *other) { return strcmp(text, other) == 0; }

/* What came. "MESSAGE MESSAGE" and so on; runs of more than two are counted. */
static void note(cell *at, const char *word) {
  pthread_mutex_lock(&at->lock);
  size_t length = strlen(at->got);
  snprintf(at->got + length, sizeof at->got - length, "%s%s", length ? " " : "", word);
  pthread_mutex_unlock(&at->lock);
}

static void note_status(cell *at, const char *what, pie_status status) {
  char word[64];
  snprintf(word, sizeof word, status == PIE_OK ? "%s" : "%s:%s", what, pie_status_name(status));
  note(at, word);
}

static const char *kind_name(int32_t kind) {
  switch (kind) {
    case PIE_EVENT_MESSAGE: return "MESSAGE";
    case PIE_EVENT_RETURN: return "RETURN";
    case PIE_EVENT_ERROR: return "ERROR";
    case PIE_EVENT_OVERFLOW: return "OVERFLOW";
    case PIE_EVENT_DONE: return "DONE";
    default: return "?";
  }
}

/* What is done when an event comes, in the callback or between two receives. */

static void *shut_down(void *argument) {
  cell *at = argument;
  /* A callback is waited for; where the host receives, it comes back when the library has shut down. */
  if (is(at->way, "thread") || is(at->way, "dispatch")) gate_await(&at->left, 1);
  OK(pie_shutdown(WAIT, &error));
  return NULL;
}

static void on_message(cell *at) {
  int first = gate_value(&at->message) == 0;
  gate_add(&at->message, 1);
  if (!first) return;
  if (is(at->ending, "cut")) OK(pie_process_signal(at->process, "go", &error));
  if (is(at->ending, "closed")) OK(pie_client_close_async(at->client, WAIT, at->closing, 1, NULL, &error));
  if (is(at->ending, "freed")) {
    pie_queue_free(at->queue);
    pie_process_free(at->process);
    pie_client_free(at->client);
    at->queue = NULL;
    at->process = NULL;
    at->client = NULL;
    gate_add(&at->finished, 1);
  }
  if (is(at->ending, "shut_down")) {
    at->stopper = spawn(shut_down, at);
    at->stopping = 1;
    if (!is(at->way, "thread") && !is(at->way, "dispatch")) {
      join(at->stopper);
      at->stopping = 0;
    }
  }
}

static void on_done(cell *at, pie_event *event) {
  EQ(event->tag, 2);
  at->process = pie_event_take_process(event);
  EQ(event->status == PIE_OK, at->process != NULL);
  if (event->status != PIE_OK) {
    gate_add(&at->finished, 1);
  } else if (is(at->ending, "overflow")) {
    char *text = POISON;
    OK(pie_process_signal(at->process, "go", &error));
    OK(pie_process_result(at->process, WAIT, &text, &error));
    pie_string_free(text);
  }
}

static void handle(cell *at, pie_event *event) {
  check_event(event);
  note_status(at, kind_name(event->kind), event->status);
  if (event->kind != PIE_EVENT_DONE) EQ(event->tag, 1);
  if (event->kind == PIE_EVENT_DONE) on_done(at, event);
  if (event->kind == PIE_EVENT_MESSAGE) on_message(at);
  int last = event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR;
  pie_event_free(event);
  if (last) gate_add(&at->finished, 1);
}

static void callback(pie_event *event, void *user_data) {
  cell *at = user_data;
  int message = event->kind == PIE_EVENT_MESSAGE;
  handle(at, event);
  if (message) gate_add(&at->left, 1);
}

static void dropped(void *user_data) {
  note(user_data, "drop");
  gate_add(&((cell *)user_data)->drops, 1);
}

static void woken(void *user_data) { gate_add(&((cell *)user_data)->woken, 1); }

/* The ways. */

static int is_over(cell *at) { return gate_value(&at->finished) > 0 || at->queue == NULL; }

/* Receives until PIE_EMPTY; 0 when the loop is to end. */
static int drain(cell *at) {
  pie_event *event = POISON;
  pie_status status = PIE_OK;
  while (at->queue != NULL && (status = pie_queue_recv(at->queue, 0, &event, NULL)) == PIE_OK) handle(at, event);
  if (status < 0) note_status(at, "recv", status);
  return status >= 0;
}

static void by_blocking(cell *at) {
  for (pie_status status = PIE_OK; status == PIE_OK && !is_over(at);) {
    pie_event *event = POISON;
    status = pie_queue_recv(at->queue, WAIT, &event, NULL);
    if (status == PIE_OK)
      handle(at, event);
    else
      note_status(at, "recv", status);
  }
}

static void by_try(cell *at) {
  while (!is_over(at) && drain(at)) rest_ms(1);
}

static void by_batch(cell *at) {
  for (pie_status status = PIE_OK; status == PIE_OK && !is_over(at);) {
    pie_event *room[4];
    size_t count = 0;
    status = pie_queue_recv_batch(at->queue, WAIT, room, 4, &count, NULL);
    for (size_t i = 0; i < count; i++) handle(at, room[i]);
    if (status != PIE_OK) note_status(at, "recv", status);
  }
}

/* Without a descriptor, often enough. */
static void await_readable(intptr_t fd) {
#ifdef _WIN32
  EQ(fd, 0);
  rest_ms(1);
#else
  struct pollfd one = {(int)fd, POLLIN, 0};
  EQ(poll(&one, 1, WAIT), 1);
#endif
}

static void by_fd(cell *at) {
  intptr_t fd = 0;
  STATUS(pie_queue_fd(at->queue, &fd, &error), QUEUE_FD_GIVES);
  while (!is_over(at)) {
    await_readable(fd);
    if (!drain(at)) break;
  }
}

static void by_wakeup(cell *at) {
  int turns = 0;
  OK(pie_queue_set_wakeup(at->queue, woken, at, dropped, &error));
  while (!is_over(at)) {
    gate_await(&at->woken, turns + 1);
    turns = gate_value(&at->woken);
    if (!drain(at)) break;
  }
}

static void by_dispatch(cell *at) {
  OK(pie_queue_set_callback(at->queue, PIE_DISPATCH_MANUAL, callback, at, dropped, &error));
  while (!is_over(at)) {
    size_t count = 7;
    pie_queue *queue = at->queue; /* the handle is borrowed by the call, inside which it is freed */
    pie_status status = pie_queue_dispatch(queue, 1, &count, NULL);
    if (at->stopping) join(at->stopper), at->stopping = 0;
    if (status < 0) {
      note_status(at, "dispatch", status);
      break;
    }
    if (count == 0) rest_ms(1);
  }
}

static void by_thread(cell *at) {
  OK(pie_queue_set_callback(at->queue, PIE_DISPATCH_THREAD, callback, at, dropped, &error));
  gate_await(&at->finished, 1);
  if (is(at->ending, "shut_down")) join(at->stopper);
}

typedef struct way {
  const char *name;
  void (*run)(cell *at);
  int drops;
} way;

static const way ways[] = {
    {"blocking", by_blocking, 0}, {"try", by_try, 0},           {"batch", by_batch, 0},  {"fd", by_fd, 0},
    {"wakeup", by_wakeup, 1},     {"dispatch", by_dispatch, 1}, {"thread", by_thread, 1}};

static const way *way_of(const char *name) {
  const way *way = ways;
  while (!is(way->name, name)) CHECK(++way != ways + sizeof ways / sizeof *ways);
  return way;
}

/* The endings. */

static const char *ops_of(const char *ending) {
  if (is(ending, "cut")) return "['send','a'],['recv',0],['wait_room'],['fin']";
  if (is(ending, "overflow")) return "['recv',0],['sendn',100]"; /* each counts as 32 bytes */
  if (is(ending, "answered")) return "['send','a'],['return','b']";
  return "['send','a'],['recv',0]";
}

static pie_client *connect_real(void) {
  pie_options *options = options_from("queue_max_bytes=320 close_timeout_ms=20");
  pie_client *first = dial_real(), *client = POISON;
  hang_up(first); /* the inferlet is installed now */
  OK(pie_client_connect(environment("PIE_TEST_URI_REAL"), options, WAIT, &client, &error));
  pie_options_free(options);
  return client;
}

static pie_client *connect_for(cell *at) {
  if (at->engine == REAL) return connect_real();
  int silent = is(at->ending, "timed_out") || is(at->ending, "cancelled");
  return dial(at->engine, silent ? "silent=launch_process" : NULL, "queue_max_bytes=320 close_timeout_ms=20");
}

/* A call that fails at once counts as its DONE. */
static void launch_it(cell *at) {
  char *input = script(ops_of(at->ending));
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  options.queue = at->queue;
  options.tag = 1;
  int64_t limit = is(at->ending, "timed_out") ? 30 : WAIT;
  const char *inferlet = is(at->ending, "refused") ? "no-such-inferlet@9.9.9" : ECHO;
  pie_status status =
      pie_client_launch_process_async(at->client, inferlet, &options, limit, at->queue, 2, &at->op, NULL);
  if (status != PIE_OK) {
    note_status(at, "DONE", status);
    gate_add(&at->finished, 1);
  }
  if (is(at->ending, "cancelled")) pie_op_cancel(at->op);
  free(input);
}

/* Nothing more is there, and what was registered is given back. */
static void take_down(cell *at) {
  int stopped = is(at->ending, "shut_down");
  if (at->queue != NULL && !stopped) {
    OK(pie_queue_clear_callback(at->queue, WAIT, &error));
    OK(pie_queue_set_wakeup(at->queue, NULL, NULL, NULL, &error));
    if (is(at->ending, "closed")) DONE(at->closing, 1, PIE_OK);
    NONE(at->queue);
  }
  pie_queue_free(at->queue);
  if (way_of(at->way)->drops) gate_await(&at->drops, 1);
  pie_op_free(at->op);
  if (at->process != NULL && !stopped && !is(at->ending, "closed")) pie_process_terminate(at->process, 0, NULL);
  pie_process_free(at->process);
  pie_queue_free(at->closing);
  pie_client_free(at->client);
}

/* "MESSAGE*10" for ten in a row. */
static char *unrolled(const char *wanted) {
  char *text = have(calloc(1, LINE)), *copy = join_text(wanted, "", ""), *rest = NULL;
  for (char *word = strtok_r(copy, " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest)) {
    char *star = strchr(word, '*');
    int times = star ? atoi(star + 1) : 1;
    if (star != NULL) *star = '\0';
    for (int i = 0; i < times; i++) {
      size_t length = strlen(text);
      snprintf(text + length, LINE - length, "%s%s", length ? " " : "", word);
    }
  }
  free(copy);
  return text;
}

static int holds(const char *way, const char *ending, int engine, const char *wanted) {
  cell at = {way, ending, engine,    NULL,      NULL,      NULL,      NULL,      NULL,
             0,   0,      GATE_INIT, GATE_INIT, GATE_INIT, GATE_INIT, GATE_INIT, PTHREAD_MUTEX_INITIALIZER,
             ""};
  at.queue = pie_queue_new();
  at.closing = pie_queue_new();
  at.client = connect_for(&at);
  launch_it(&at);
  way_of(way)->run(&at);
  take_down(&at);
  char *expected = unrolled(wanted);
  int same = is(at.got, expected);
  if (!same)
    fprintf(stderr, "%s, %s, %s:\n  got    %s\n  wanted %s\n", way, ending,
            engine == REAL                 ? "real engine"
            : engine == PIE_GENERATION_0_4 ? "0.4"
                                           : "0.5",
            at.got, expected);
  free(expected);
  return same;
}

typedef struct counts {
  int cells, good, senseless;
} counts;

static void run_cell(counts *so_far, const char *way, const char *ending, const char *engines, const char *wanted) {
  static const int every[] = {PIE_GENERATION_0_4, PIE_GENERATION_0_5, REAL};
  if (is(engines, "-")) {
    CHECK(*wanted != '\0');
    so_far->senseless++;
    return;
  }
  const char *real = getenv("PIE_TEST_URI_REAL");
  for (int i = 0; i < 3; i++) {
    if (every[i] == REAL && (real == NULL || *real == '\0' || !is(engines, "all"))) continue;
    if (every[i] != REAL && ONLY_REAL) continue;
    so_far->cells++;
    so_far->good += holds(way, ending, every[i], wanted);
  }
}

/* The fields of a line, their blanks cut off; 0: no cell. */
static int split(char *line, char *fields[4]) {
  if (*line == '#' || *line == '\n') return 0;
  for (int i = 0; i < 4; i++) {
    char *bar = i < 3 ? strchr(line, '|') : line + strlen(line);
    CHECK(bar != NULL);
    char *end = bar;
    while (*line == ' ') line++;
    while (end > line && (end[-1] == ' ' || end[-1] == '\n')) end--;
    fields[i] = line;
    line = bar + (i < 3);
    *end = '\0';
  }
  return 1;
}

int main(void) {
  char line[LINE], *fields[4];
  counts so_far = {0, 0, 0};
  FILE *file = fopen(environment("PIE_TEST_MATRIX"), "r");
  CHECK(file != NULL);
  while (fgets(line, sizeof line, file) != NULL)
    if (split(line, fields)) run_cell(&so_far, fields[0], fields[1], fields[2], fields[3]);
  fclose(file);
  OK(pie_shutdown(WAIT, &error));
  printf("%d of %d cells, %d make no sense\n", so_far.good, so_far.cells, so_far.senseless);
  return so_far.good == so_far.cells && so_far.cells > 0 ? 0 : 1;
}
