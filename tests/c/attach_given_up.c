/* pie_client_attach_process that runs out of time, whose connection is cut, or whose client is closed: it says so; the
   reply that comes late harms nobody, and the process lives on, for it was none of this client's. */
#include "harness.h"

/* Sent and not answered: trying again would be refused, and the text says what becomes of the process. */
static void late_attach(pie_client *client, const char *id) {
  pie_process *process = POISON;
  pie_error *error = POISON;
  EQ(pie_client_attach_process(client, id, NULL, 200, &process, &error), PIE_E_TIMED_OUT);
  CHECK(process == NULL);
  EQ(pie_error_is_retriable(error), 0);
  HAS(pie_error_message(error), "nobody can attach it again");
  check_message(__FILE__, __LINE__, error);
  pie_error_free(error);
}

static void late(int generation, const char *faults) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, faults, NULL);
  char *id = launch_apart(first, "['recv',0],['send_file',1000],['spam',50,100],['recv',0]");
  pie_process *process = POISON;
  RETRIABLE(pie_client_attach_process(second, id, NULL, 0, &process, &error), PIE_E_TIMED_OUT, 1); /* nothing was sent */
  late_attach(second, id);
  CHECK(process == NULL);
  /* The reply is under way behind this one on 0.4, and comes by itself on 0.5. */
  rest_ms(600);
  OK(pie_client_ping(second, WAIT, NULL, &error));
  OK(pie_client_signal_process(second, id, "x", &error)); /* its events are nobody's */
  OK(pie_client_ping(second, WAIT, NULL, &error));
  EQ(count_sent(second, "terminate_process"), 0);
  EQ(look_number(first, "processes"), 1);
  pie_process *other = launch(second, "['send','heard']");
  STREAM(other, "msg:heard|return:done");
  pie_process_free(other);
  /* Nobody has it here, so asking again is no misuse; the engine thinks otherwise. */
  STATUS(pie_client_attach_process(second, id, NULL, 5000, &process, &error), PIE_E_REJECTED);
  OK(pie_client_terminate_process(second, id, WAIT, &error));
  await_number(first, "processes", 0);
  hang_up(second);
  hang_up(first);
  free(id);
}

/* At the very moment at which the time is up: either there is a handle that works, or none and no harm. */
static void at_all_times(int generation) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, "delay=attach_process:3", NULL);
  int came = 0;
  for (int i = 0; i < 60; i++) {
    char *id = launch_apart(first, "['recv',0],['return','end']");
    pie_process *process = POISON;
    pie_error *error = POISON;
    pie_status status = pie_client_attach_process(second, id, NULL, 1 + i % 6, &process, &error);
    CHECK((status == PIE_OK) == (process != NULL));
    pie_error_free(error);
    if (status == PIE_OK) {
      OK(pie_process_signal(process, "x", &error));
      STREAM(process, "msg:got:x|return:end");
      pie_process_free(process);
      came++;
    } else {
      EQ(status, PIE_E_TIMED_OUT);
      OK(pie_client_terminate_process(first, id, WAIT, &error));
    }
    free(id);
  }
  CHECK(came < 60);
  OK(pie_client_ping(second, WAIT, NULL, &error));
  EQ(count_sent(second, "terminate_process"), 0);
  await_number(first, "processes", 0);
  hang_up(first);
  hang_up(second);
}

static void cut(int generation) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, "cut_on=attach_process", NULL);
  char *id = launch_apart(first, "['never']");
  pie_process *process = POISON;
  STATUS(pie_client_attach_process(second, id, NULL, WAIT, &process, &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_attach_process(second, id, NULL, WAIT, &process, &error), PIE_E_DISCONNECTED);
  CHECK(process == NULL);
  pie_client_free(second);
  /* It was cut before the attach was done. */
  process = attach(first, id);
  OK(pie_process_terminate(process, WAIT, &error));
  pie_process_free(process);
  await_number(first, "processes", 0);
  hang_up(first);
  free(id);
}

typedef struct call {
  pie_client *client;
  const char *id;
} call;

static void *never_answered(void *argument) {
  const call *with = argument;
  pie_process *process = POISON;
  STATUS(pie_client_attach_process(with->client, with->id, NULL, PIE_FOREVER, &process, &error), PIE_E_CLOSED);
  CHECK(process == NULL);
  return NULL;
}

static void closed(int generation) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, "silent=attach_process", NULL);
  call with = {second, launch_apart(first, "['never']")};
  pthread_t thread = spawn(never_answered, &with);
  while (count_sent(second, "attach_process") == 0) rest_ms(1);
  OK(pie_client_close(second, WAIT, &error)); /* freed when no call uses it any more */
  join(thread);
  pie_client_free(second);
  pie_process *process = POISON;
  if (generation == PIE_GENERATION_0_4) OK(pie_client_terminate_process(first, with.id, WAIT, &error));
  await_number(first, "processes", 0); /* 0.5 ended it with the connection that attached it */
  STATUS(pie_client_attach_process(first, with.id, NULL, WAIT, &process, &error), PIE_E_REJECTED);
  hang_up(first);
  free((char *)with.id);
}

static void frozen(int generation) {
  pie_client *client = dial(generation, "freeze_on=attach_process", NULL);
  pie_process *process = POISON;
  STATUS(pie_client_attach_process(client, NO_SUCH_ID, NULL, 300, &process, &error), PIE_E_TIMED_OUT);
  CHECK(process == NULL);
  hang_up(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    late(generation, "delay=attach_process:600");
    late(generation, "hold=attach_process:600");
    at_all_times(generation);
    cut(generation);
    closed(generation);
    frozen(generation);
  }
  return finish();
}
