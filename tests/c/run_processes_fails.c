/* pie_client_run_processes: when one fails, the error names its input and has its text, and the others are terminated;
   so they are when time is up or the connection ends. */
#include "harness.h"

enum { COUNT = 4 };

static pie_status run(pie_client *client, const char *bad_ops, int which, int64_t limit, char **json,
                      pie_error **error) {
  char *lives = script("['sleep',0.01],['send','x'],['never']"), *bad = script(bad_ops);
  const char *inputs[COUNT] = {lives, lives, lives, lives};
  inputs[which] = bad;
  pie_status status = pie_client_run_processes(client, ECHO, inputs, COUNT, NULL, limit, json, error);
  free(lives), free(bad);
  return status;
}

static void one_fails(pie_client *client) {
  for (int which = 0; which < COUNT; which++) {
    char *json = POISON, index[32];
    snprintf(index, sizeof index, "inputs[%d]", which);
    FAILS(run(client, "['raise','it broke']", which, WAIT, &json, &error), PIE_E_PROCESS, index, "it broke");
    CHECK(json == NULL);
    await_number(client, "processes", 0);
    json = POISON;
    FAILS(run(client, "['panic','it fell']", which, WAIT, &json, &error), PIE_E_PROCESS, index, "it fell");
    CHECK(json == NULL);
    FAILS(run(client, "['refuse','not now']", which, WAIT, &json, &error), PIE_E_REJECTED, index, "not now",
          which == COUNT - 1 ? "(the 3 that had started are terminated)" : "");
    CHECK(json == NULL);
    await_number(client, "processes", 0);
  }
  const char *wrong[1] = {"{"};
  char *json = POISON;
  size_t before = count_sent(client, "launch_process");
  FAILS(pie_client_run_processes(client, ECHO, wrong, 1, NULL, WAIT, &json, &error), PIE_E_INVALID_ARGUMENT,
        "inputs[0]", "JSON");
  CHECK(json == NULL);
  EQ(count_sent(client, "launch_process"), before);
}

/* Also one that fails after others of it have ended well. */
static void the_last_fails(pie_client *client) {
  char *good = script("['return','lost']"), *bad = script("['sleep',0.1],['raise','at last']"), *json = POISON;
  const char *inputs[3] = {good, good, bad};
  FAILS(pie_client_run_processes(client, ECHO, inputs, 3, NULL, WAIT, &json, &error), PIE_E_PROCESS, "inputs[2]",
        "at last");
  CHECK(json == NULL);
  free(good), free(bad);
}

/* The error says how many; one that ended well is not terminated. */
static void out_of_time(pie_client *client) {
  char *json = POISON;
  size_t before = count_sent(client, "terminate_process");
  FAILS(run(client, "['return','in time']", 1, 400, &json, &error), PIE_E_TIMED_OUT, "3 of 4");
  CHECK(json == NULL);
  await_number(client, "processes", 0);
  EQ(count_sent(client, "terminate_process") - before, 3);
  STATUS(run(client, "['never']", 1, 0, &json, &error), PIE_E_TIMED_OUT);
  CHECK(json == NULL);
  OK(pie_client_ping(client, WAIT, NULL, &error));
}

static void late_launches(int generation) {
  pie_client *client = dial(generation, "delay=launch_process:900", NULL), *watch = dial(generation, NULL, NULL);
  char *json = POISON;
  STATUS(run(client, "['never']", 1, 200, &json, &error), PIE_E_TIMED_OUT);
  CHECK(json == NULL);
  while (count_sent(client, "terminate_process") < COUNT) rest_ms(5);
  await_number(watch, "processes", 0);
  hang_up(client);
  hang_up(watch);
}

static void cut(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  char *json = POISON;
  STATUS(run(client, "['send','x'],['cut']", 2, WAIT, &json, &error), PIE_E_DISCONNECTED);
  CHECK(json == NULL);
  pie_client_free(client);
}

static void *runs_for_ever(void *argument) {
  char *json = POISON;
  STATUS(run(argument, "['never']", 2, PIE_FOREVER, &json, &error), PIE_E_CLOSED);
  CHECK(json == NULL);
  return NULL;
}

static void closed(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pthread_t thread = spawn(runs_for_ever, client);
  while (count_sent(client, "launch_process") < COUNT) rest_ms(1);
  OK(pie_client_close(client, WAIT, &error));
  join(thread);
  pie_client_free(client);
}

static void fields(pie_client *client) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  char *json = POISON;
  size_t before = count_sent(client, "launch_process");
  const char *inputs[1] = {NULL};
#define NOT_USED(field)                                                                             \
  do {                                                                                              \
    NAMES(pie_client_run_processes(client, ECHO, inputs, 1, &options, WAIT, &json, &error), field); \
    CHECK(json == NULL);                                                                            \
    json = POISON;                                                                                  \
  } while (0)
  for (uint32_t flag = 1; flag != 0; flag <<= 1) {
    options.flags = flag;
    NOT_USED("flags");
  }
  options.flags = 0, options.tag = 1;
  NOT_USED("tag");
  options.tag = 0, options.input = "{}";
  NOT_USED("input");
  options.input = NULL, options.queue = pie_queue_new();
  NOT_USED("queue");
  pie_queue_free(options.queue);
  options.queue = NULL, options.struct_size--;
  STATUS(pie_client_run_processes(client, ECHO, inputs, 1, &options, WAIT, &json, &error), PIE_E_ABI_MISMATCH);
  CHECK(json == NULL);
  EQ(count_sent(client, "launch_process"), before);
  options.struct_size++, options.token_budget = 5;
  if (pie_client_generation(client) == PIE_GENERATION_0_5) {
    FAILS(pie_client_run_processes(client, ECHO, inputs, 1, &options, WAIT, &json, &error), PIE_E_UNSUPPORTED,
          "token_budget");
  } else {
    OK(pie_client_run_processes(client, ECHO, inputs, 1, &options, WAIT, &json, &error));
    pie_string_free(json);
    char *frames = look(client, "received");
    EQ(count_text(frames, "\"token_budget\":5"), 1);
    pie_string_free(frames);
  }
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    one_fails(client);
    the_last_fails(client);
    out_of_time(client);
    fields(client);
    hang_up(client);
    late_launches(generation);
    cut(generation);
    closed(generation);
  }
  return finish();
}
