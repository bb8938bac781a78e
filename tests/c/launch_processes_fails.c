/* pie_client_launch_processes: all of them, or none. When one cannot be started, those that were are terminated, `out`
   is all NULL, none of their events is left anywhere, and the error names the input. */
#include "harness.h"

enum { COUNT = 4 };

#define LIVES "['send','unheard'],['never']"

static void nothing_left(pie_client *client, pie_queue *queue, pie_process **out) {
  for (int i = 0; i < COUNT; i++) CHECK(out[i] == NULL);
  await_number(client, "processes", 0);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* behind all that the ended ones may have said */
  pie_event *event = POISON;
  pie_status status = pie_queue_recv(queue, 0, &event, NULL);
  if (status == PIE_OK) fprintf(stderr, "left: kind %d, tag %d, \"%s\"\n", event->kind, (int)event->tag, event->data);
  EQ(status, PIE_EMPTY);
}

/* One input of `bad`, the others alive; the process that fails is the `which`th. Answers are waited for in the order of
   the inputs, so when the last one is refused, all others had started. */
static void one_fails(pie_client *client, const char *bad, int which, uint32_t flags, pie_status wanted,
                      const char *text) {
  char *lives = script(LIVES), index[32];
  const char *inputs[COUNT] = {lives, lives, lives, lives};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  inputs[which] = bad;
  snprintf(index, sizeof index, "inputs[%d]", which);
  options.flags = flags;
  options.queue = pie_queue_new();
  FAILS(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, WAIT, out, &error), wanted, index, text,
        wanted == PIE_E_REJECTED && which == COUNT - 1 ? "(the 3 that had started are terminated)" : "");
  nothing_left(client, options.queue, out);
  pie_queue_free(options.queue);
  free(lives);
}

static void refused(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  char *refuse = script("['refuse','not --now--']");
  for (int which = 0; which < COUNT; which++) one_fails(client, refuse, which, 0, PIE_E_REJECTED, "not --now--");
  if (generation == PIE_GENERATION_0_4)
    for (int which = 0; which < COUNT; which++)
      one_fails(client, refuse, which, PIE_LAUNCH_NO_CAPTURE, PIE_E_REJECTED, "not --now--");
  pie_process *process = launch(client, "['send','heard']");
  STREAM(process, "msg:heard|return:done");
  pie_process_free(process);
  hang_up(client);
  free(refuse);
}

/* What is no JSON is not sent, nor is any of the others. */
static void refused_here(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  size_t before = count_sent(client, "launch_process");
  static const char *const no_json[] = {"{", "", "nil", "{} {}", "{'a':1}", "[1,]"};
  for (size_t i = 0; i < sizeof no_json / sizeof *no_json; i++)
    one_fails(client, no_json[i], (int)i % COUNT, 0, PIE_E_INVALID_ARGUMENT, "JSON");
  one_fails(client, "\"\xc3\"", 1, 0, PIE_E_INVALID_ARGUMENT, "UTF-8");
  EQ(count_sent(client, "launch_process"), before);
  size_t size = 17 << 20;
  char *large = malloc(size + 1);
  CHECK(large != NULL);
  memset(large, 'i', size);
  large[0] = large[size - 1] = '"';
  large[size] = '\0';
  one_fails(client, large, COUNT - 1, 0, PIE_E_TOO_LARGE, "");
  one_fails(client, large, 0, 0, PIE_E_TOO_LARGE, "");
  hang_up(client);
  free(large);
}

static void refused_all(int generation) {
  pie_client *client = dial(generation, "refuse=launch_process:full,%20sorry", NULL);
  char *lives = script(LIVES);
  const char *inputs[COUNT] = {lives, lives, lives, lives};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  FAILS(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, WAIT, out, &error), PIE_E_REJECTED,
        "full, sorry", "inputs[");
  nothing_left(client, options.queue, out);
  hang_up(client);
  client = dial(generation, NULL, NULL);
  for (int i = 0; i < COUNT; i++) out[i] = POISON;
  FAILS(pie_client_launch_processes(client, "nobody@1.0.0", inputs, COUNT, &options, WAIT, out, &error), PIE_E_REJECTED,
        "nobody");
  nothing_left(client, options.queue, out);
  for (int i = 0; i < COUNT; i++) out[i] = POISON;
  STATUS(pie_client_launch_processes(client, "../x", inputs, COUNT, &options, WAIT, out, &error),
         PIE_E_INVALID_ARGUMENT);
  nothing_left(client, options.queue, out);
  pie_queue_free(options.queue);
  hang_up(client);
  free(lives);
}

/* Some are answered in time; the late one is terminated when its answer comes. */
static void out_of_time(int generation, const char *faults, const char *late) {
  pie_client *client = dial(generation, faults, NULL), *watch = dial(generation, NULL, NULL);
  char *lives = script(LIVES), *slow = script(late);
  const char *inputs[COUNT] = {lives, slow, lives, lives};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  FAILS(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, 400, out, &error), PIE_E_TIMED_OUT,
        "inputs[");
  for (int i = 0; i < COUNT; i++) CHECK(out[i] == NULL);
  while (count_sent(client, "terminate_process") < COUNT) rest_ms(5);
  nothing_left(watch, options.queue, out);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  EQ(count_sent(client, "terminate_process"), COUNT);
  nothing_left(watch, options.queue, out);
  pie_queue_free(options.queue);
  hang_up(client);
  hang_up(watch);
  free(lives), free(slow);
}

static void cut(int generation, const char *cuts) {
  pie_client *client = dial(generation, NULL, NULL), *watch = dial(generation, NULL, NULL);
  char *lives = script("['sleep',0.5]"), *bad = script(cuts);
  const char *inputs[COUNT] = {lives, lives, bad, lives};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = pie_queue_new();
  STATUS(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, WAIT, out, &error), PIE_E_DISCONNECTED);
  nothing_left(watch, options.queue, out);
  pie_queue_free(options.queue);
  pie_client_free(client);
  hang_up(watch);
  free(lives), free(bad);
}

typedef struct call {
  pie_client *client;
  pie_queue *queue;
  pie_process *out[COUNT];
} call;

static void *never_answered(void *argument) {
  call *with = argument;
  char *lives = script("['sleep',0.5]"), *never = script("['early',[['sleep',3]]],['never']");
  const char *inputs[COUNT] = {lives, never, lives, lives};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = with->queue;
  STATUS(pie_client_launch_processes(with->client, ECHO, inputs, COUNT, &options, PIE_FOREVER, with->out, &error),
         PIE_E_CLOSED);
  free(lives), free(never);
  return NULL;
}

static void closed(int generation) {
  pie_client *watch = dial(generation, NULL, NULL);
  call with = {dial(generation, NULL, NULL), pie_queue_new(), {POISON, POISON, POISON, POISON}};
  pthread_t thread = spawn(never_answered, &with);
  /* The second is being done, and not answered. */
  for (long least = generation == PIE_GENERATION_0_4 ? 2 : COUNT; look_number(watch, "processes") < least;) rest_ms(1);
  OK(pie_client_close(with.client, WAIT, &error));
  join(thread);
  for (int i = 0; i < COUNT; i++) CHECK(with.out[i] == NULL);
  pie_event *event = POISON;
  STATUS(pie_queue_recv(with.queue, 0, &event, &error), PIE_EMPTY);
  pie_queue_free(with.queue);
  pie_client_free(with.client);
  if (generation == PIE_GENERATION_0_5) await_number(watch, "processes", 0);
  hang_up(watch);
}

static void misused(pie_client *client) {
  const char *inputs[COUNT] = {NULL, NULL, NULL, NULL};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON};
  size_t before = count_sent(client, "launch_process");
  struct {
    pie_launch_options known;
    uint64_t later;
  } options = {PIE_LAUNCH_OPTIONS_INIT, 0};
#define REFUSED(status, ...)                                                                                   \
  do {                                                                                                         \
    for (int i = 0; i < COUNT; i++) out[i] = POISON;                                                           \
    FAILS(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options.known, WAIT, out, &error), status, \
          __VA_ARGS__);                                                                                        \
    for (int i = 0; i < COUNT; i++) CHECK(out[i] == NULL);                                                     \
  } while (0)
  options.known.input = "{}";
  REFUSED(PIE_E_INVALID_ARGUMENT, "input", "launch_processes");
  options.known.input = NULL;
  options.known.flags = 2;
  REFUSED(PIE_E_INVALID_ARGUMENT, "flags");
  options.known.flags = 0;
  options.known.struct_size = sizeof options.known - 1;
  REFUSED(PIE_E_ABI_MISMATCH, "");
  options.known.struct_size = sizeof options;
  options.later = 1;
  REFUSED(PIE_E_ABI_MISMATCH, "");
  EQ(count_sent(client, "launch_process"), before);
  options.later = 0;
  OK(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options.known, WAIT, out, &error));
  for (int i = 0; i < COUNT; i++) {
    STREAM(out[i], "return:{}");
    pie_process_free(out[i]);
  }
}

int main(void) {
  EACH_GENERATION(generation) {
    refused(generation);
    refused_here(generation);
    refused_all(generation);
    out_of_time(generation, NULL, "['early',[['sleep',1.2]]],['send','unheard'],['never']");
    /* 0.4 does one after the other, so some are answered in time. */
    out_of_time(generation, generation == PIE_GENERATION_0_4 ? "hold=launch_process:150" : "hold=launch_process:1200",
                LIVES);
    out_of_time(generation, "delay=launch_process:1200", LIVES);
    cut(generation, "['early',[['cut']]],['sleep',0.5]");
    cut(generation, "['early',[['fin']]],['sleep',0.5]");
    closed(generation);
    pie_client *client = dial(generation, NULL, NULL);
    misused(client);
    hang_up(client);
  }
  return finish();
}
