/* Outages: events at a steady rate over three connections with reconnect=on, each of which is cut once in a period, to
   readers that now and then stop for a while. With overflow=pause, and with an engine that lets processes be attached
   again, every event arrives once; with overflow=drop every event that does not is counted.

   outages [SECONDS [PERIOD]] */
#include "figures.h"

enum {
  SIBLINGS = 3,  /* of a connection: each sends all it has to say within a period */
  BURST = 60,    /* events, five times a second */
  SIZE = 64,     /* of a message */
  RUNS = 1 << 16 /* processes of one connection */
};

/* One process. */
typedef struct run {
  uint64_t next, got, lost, size; /* of size events, SIZE_MAX: cut short */
  pie_status ended;               /* PIE_EMPTY: not yet */
  pie_process *process;
} run;

typedef struct line {
  const char *name, *options;
  int generation, is_attached_again;
  pie_client *client;
  pie_queue *queue, *news;
  run *runs;
  _Atomic uint64_t launched, ended;
  uint64_t sent, got, lost, cut_short, losses;
  atomic_ullong pings, refused;
  int64_t *latencies;
} line;

static atomic_int over;
static double period = 30;

static void tell_unexpected(const line *on, const pie_event *event) {
  fprintf(stderr, "%s: kind %d, status %d, tag %" PRIu64 ", sequence %" PRIu64 ": %s\n", on->name, event->kind,
          event->status, event->tag, event->sequence, event->error ? pie_error_message(event->error) : event->data);
  CHECK(!"an event that cannot be");
}

/* The bursts of a process: numbered anew in each. */
static void check_number_of(const line *on, const pie_event *event, const run *of) {
  uint64_t number = strtoull(event->data, NULL, 10), wanted = on->is_attached_again ? of->next : of->next % BURST;
  if (event->sequence != of->next || number != wanted) tell_unexpected(on, event);
}

static void end_run(line *on, run *of, const pie_event *event) {
  EQ(of->ended, PIE_EMPTY);
  if (event->sequence != of->next) tell_unexpected(on, event);
  of->ended = event->status;
  if (event->kind == PIE_EVENT_RETURN) {
    EQ(of->got + of->lost, of->size);
    on->sent += of->size;
    on->got += of->got;
    on->lost += of->lost;
  } else {
    EQ(event->status, PIE_E_DISCONNECTED);
    EQ(of->size, SIZE_MAX);
    on->cut_short += of->got + of->lost;
  }
  ADD(on->ended, 1);
}

static void account(line *on, const pie_event *event) {
  CHECK(event->tag < GET(on->launched));
  run *of = &on->runs[event->tag];
  if (event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR) {
    end_run(on, of, event);
  } else if (event->kind == PIE_EVENT_OVERFLOW) {
    EQ(event->sequence, of->next);
    of->lost += event->current;
    of->next += event->current;
  } else {
    check_number_of(on, event, of);
    of->got++;
    of->next++;
  }
}

static void *read_all(void *argument) {
  line *on = argument;
  int64_t stops = now_ms() + 4000;
  while (!GET(over) || GET(on->ended) < GET(on->launched)) {
    pie_event *events[64];
    size_t count = 0;
    pie_status status = pie_queue_recv_batch(on->queue, 200, events, 64, &count, NULL);
    CHECK(status == PIE_OK || status == PIE_EMPTY);
    for (size_t i = 0; i < count; i++) account(on, events[i]);
    pie_events_free(events, count);
    if (now_ms() > stops) {
      rest_ms(1000);
      stops = now_ms() + 4000;
    }
  }
  return NULL;
}

static int by_size(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

enum { LATENCIES = 1 << 20 };

static void *ping_on(void *argument) {
  line *on = argument;
  while (!GET(over)) {
    int64_t rtt = 0;
    pie_status status = pie_client_ping(on->client, 5000, &rtt, NULL);
    if (status == PIE_OK) {
      uint64_t at = ADD(on->pings, 1);
      if (at < LATENCIES) on->latencies[at] = rtt;
    } else {
      CHECK(status == PIE_E_DISCONNECTED || status == PIE_E_TIMED_OUT);
      ADD(on->refused, 1);
    }
    rest_ms(20);
  }
  return NULL;
}

/* Bursts for so many seconds; or the same as lines of standard output, which an engine keeps for who attaches again. */
static char *script_of(const line *on, double seconds, uint64_t *size) {
  size_t rounds = (size_t)(seconds * 5), room = 64 + rounds * (on->is_attached_again ? BURST * 24 + 16 : 40), used = 0;
  char *ops = have(malloc(room));
  uint64_t number = 0;
  used += (size_t)snprintf(ops, room, "['sleep',0]");
  for (size_t i = 0; i < rounds; i++) {
    if (!on->is_attached_again) used += (size_t)snprintf(ops + used, room - used, ",['spam',%d,%d]", BURST, SIZE);
    for (int j = 0; on->is_attached_again && j < BURST; j++)
      used += (size_t)snprintf(ops + used, room - used, ",['print','%" PRIu64 "']", number++);
    used += (size_t)snprintf(ops + used, room - used, ",['sleep',0.2]");
  }
  *size = rounds * BURST;
  char *made = script(ops);
  free(ops);
  return made;
}

/* Launched for certain: what fails is tried again, since nothing was begun. */
static pie_process *begin(line *on, const char *input, uint64_t size) {
  uint64_t tag = GET(on->launched);
  pie_launch_options how = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  how.tag = tag;
  how.queue = on->queue;
  how.input = input;
  CHECK(tag < RUNS);
  on->runs[tag] = (run){0, 0, 0, size, PIE_EMPTY, NULL};
  ADD(on->launched, 1);
  for (;;) {
    pie_error *error = NULL;
    pie_status status = pie_client_launch_process(on->client, ECHO, &how, WAIT, &process, &error);
    if (status == PIE_OK) break;
    if (status != PIE_E_DISCONNECTED || !pie_error_is_retriable(error)) {
      fprintf(stderr, "%s: launch: %s\n", on->name, pie_error_message(error));
      CHECK(!"a launch failed");
    }
    pie_error_free(error);
    rest_ms(20);
  }
  return on->runs[tag].process = process;
}

static pie_process *begin_ops(line *on, const char *ops, uint64_t size) {
  char *input = script(ops);
  pie_process *process = begin(on, input, size);
  free(input);
  return process;
}

static void begin_bursts(line *on, double seconds, int is_cut_short) {
  uint64_t size;
  char *input = script_of(on, seconds, &size);
  begin(on, input, is_cut_short ? SIZE_MAX : size);
  free(input);
}

static void await_ended(line *on, uint64_t count) {
  while (GET(on->ended) < count) rest_ms(20);
}

static void expect_news(line *on, pie_status wanted) {
  pie_event *event = take_from(on->news);
  EQ(event->kind, PIE_EVENT_CONNECTION);
  EQ(event->status, wanted);
  on->losses += wanted == PIE_E_DISCONNECTED;
  pie_event_free(event);
}

/* One period: events, a cut, the connection again. */
static void *live_through(void *argument) {
  line *on = argument;
  uint64_t first = GET(on->launched);
  int64_t cut_at = now_ms() + (int64_t)(period * (on->is_attached_again ? 500 : 900));
  pie_process *cutter = begin_ops(on, "['recv',0],['fin'],['sleep',2]", on->is_attached_again ? 1 : SIZE_MAX);
  if (!on->is_attached_again) begin_bursts(on, 2 * period, 1);
  for (int i = 0; i < SIBLINGS; i++) begin_bursts(on, period * 0.8, 0);
  if (!on->is_attached_again) await_ended(on, first + SIBLINGS);
  while (now_ms() < cut_at) rest_ms(20);
  pie_status status;
  while ((status = pie_process_signal(cutter, "now", NULL)) == PIE_E_BUSY) rest_ms(20);
  EQ(status, PIE_OK);
  expect_news(on, PIE_E_DISCONNECTED);
  expect_news(on, PIE_OK);
  await_ended(on, GET(on->launched));
  for (uint64_t tag = first; tag < GET(on->launched); tag++) pie_process_free(on->runs[tag].process);
  return NULL;
}

static void open_line(line *on) {
  on->client = dial(on->generation, NULL, on->options);
  on->queue = pie_queue_new();
  on->news = pie_client_queue(on->client);
  on->runs = have(calloc(RUNS, sizeof *on->runs));
  on->latencies = have(calloc(LATENCIES, sizeof *on->latencies));
  expect_news(on, PIE_OK);
}

static void close_line(line *on) {
  hang_up(on->client);
  pie_queue_free(on->queue);
  pie_queue_free(on->news);
  uint64_t pings = GET(on->pings) < LATENCIES ? GET(on->pings) : LATENCIES;
  CHECK(pings > 0);
  qsort(on->latencies, pings, sizeof *on->latencies, by_size);
  printf("%-8s sent %" PRIu64 ", received %" PRIu64 ", counted as dropped %" PRIu64 "; %" PRIu64
         " more of processes that a cut ended; lost and made again %" PRIu64 " times\n",
         on->name, on->sent, on->got, on->lost, on->cut_short, on->losses);
  printf("%-8s pings %" PRIu64 " (%" PRIu64 " refused or late), us p50 %" PRId64 " p99 %" PRId64 " max %" PRId64 "\n",
         on->name, (uint64_t)GET(on->pings), (uint64_t)GET(on->refused), on->latencies[pings / 2] / 1000,
         on->latencies[pings * 99 / 100] / 1000, on->latencies[pings - 1] / 1000);
  free(on->runs);
  free(on->latencies);
}

static void show(const char *when, int64_t began) {
  figures now = measure();
  printf("%-8s %5" PRId64 " s: heap %zu KiB, resident %zu KiB, threads %d, descriptors %d\n", when,
         (now_ms() - began) / 1000, now.heap >> 10, now.resident >> 10, now.threads, now.descriptors);
  fflush(stdout);
}

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 10;
  period = count > 2 ? atof(arguments[2]) : seconds < 90 ? seconds / 3 : 30;
  static line lines[] = {
      {.name = "pause", .options = "reconnect=on overflow=pause queue_max_bytes=8192", .generation = PIE_GENERATION_0_5},
      {.name = "drop", .options = "reconnect=on queue_max_bytes=8192", .generation = PIE_GENERATION_0_5},
      {.name = "attached", .options = "reconnect=on", .generation = PIE_GENERATION_0_4, .is_attached_again = 1},
  };
  enum { LINES = sizeof lines / sizeof *lines };
  pthread_t readers[LINES], pingers[LINES], livers[LINES];
  for (int i = 0; i < LINES; i++) {
    open_line(&lines[i]);
    readers[i] = spawn(read_all, &lines[i]);
    pingers[i] = spawn(ping_on, &lines[i]);
  }
  int64_t began = now_ms(), end = began + (int64_t)(seconds * 1000);
  int is_past_middle = 0;
  for (int round = 0; round == 0 || now_ms() < end; round++) {
    for (int i = 0; i < LINES; i++) livers[i] = spawn(live_through, &lines[i]);
    for (int i = 0; i < LINES; i++) join(livers[i]);
    if (round == 0) show("start", began);
    if (!is_past_middle && now_ms() > (began + end) / 2) is_past_middle = (show("middle", began), 1);
  }
  show("end", began);
  SET(over, 1);
  for (int i = 0; i < LINES; i++) {
    join(readers[i]);
    join(pingers[i]);
  }
  EQ(lines[0].lost, 0);
  CHECK(lines[1].lost > 0);
  EQ(lines[2].lost, 0);
  for (int i = 0; i < LINES; i++) {
    EQ(lines[i].sent, lines[i].got + lines[i].lost);
    close_line(&lines[i]);
  }
  return finish();
}
