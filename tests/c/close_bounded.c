/* pie_client_close: twice is PIE_OK; the engine is waited for close_timeout_ms only. Every stream gets
   ERROR PIE_E_CLOSED, then PIE_END, and what waits stays. 0 means "begin, do not wait". */
#include "harness.h"

static void closed(pie_client *client) {
  char *text = POISON;
  pie_process *process = POISON;
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_CLOSED);
  STATUS(pie_client_query(client, "s", "r", WAIT, &text, &error), PIE_E_CLOSED);
  STATUS(pie_client_launch_process(client, ECHO, NULL, WAIT, &process, &error), PIE_E_CLOSED);
  STATUS(pie_client_signal_process(client, NO_SUCH_ID, "m", &error), PIE_E_CLOSED);
  CHECK(text == NULL && process == NULL);
}

static void with_streams(int generation, const char *faults) {
  pie_client *client = dial(generation, faults, NULL);
  pie_queue *queue = pie_queue_new();
  pie_process *own = launch(client, "['send','a'],['never']"), *shared = launch_to(client, "['never']", queue, 5);
  pie_event_free(take(own));
  int64_t begun = now_ms();
  OK(pie_client_close(client, WAIT, &error));
  CHECK(now_ms() - begun < WAIT / 2);
  OK(pie_client_close(client, WAIT, &error));
  OK(pie_client_close(client, 0, &error));
  STREAM(own, "error:PIE_E_CLOSED");
  pie_event *event = take_from(queue);
  EQ(event->status, PIE_E_CLOSED);
  EQ(event->tag, 5);
  pie_event_free(event);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  closed(client);
  STATUS(pie_process_signal(own, "m", &error), PIE_E_CLOSED);
  pie_process_free(own);
  pie_process_free(shared);
  pie_queue_free(queue);
  pie_client_free(client);
}

/* What waits stays there, whether the client is closed or only freed. */
static void waiting_events(int generation, int only_free) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_process *process = launch(client, "['burst'],['send','a'],['flush'],['never']");
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* its answer comes behind the message */
  if (!only_free) OK(pie_client_close(client, WAIT, &error));
  pie_client_free(client);
  STREAM(process, "msg:a|error:PIE_E_CLOSED");
  pie_process_free(process);
}

/* The connection really ends: the engine says so. */
static void engine_sees_it(int generation) {
  pie_client *watch = dial(generation, NULL, NULL), *client = dial(generation, NULL, NULL);
  await_number(watch, "connections", 2);
  hang_up(client);
  await_number(watch, "connections", 1);
  char *ended = look(watch, "ended");
  HAS(ended, "\"close\"");
  pie_string_free(ended);
  pie_client_free(dial(generation, NULL, NULL)); /* closes if still open */
  await_number(watch, "connections", 1);
  hang_up(watch);
}

static void begun(int generation) {
  pie_client *client = dial(generation, NULL, "close_timeout_ms=50");
  pie_process *process = launch(client, "['never']");
  pie_error *error = POISON;
  pie_status status = pie_client_close(client, 0, &error);
  if (status != PIE_OK) EQ(status, PIE_E_TIMED_OUT);
  pie_error_free(error);
  OK(pie_client_close(client, WAIT, &error));
  ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
  pie_client_free(client);
}

/* The engine is waited for as long as the option says, unless the call's own limit is shorter. */
static void waits_as_told(int generation) {
  pie_client *client = dial(generation, "freeze_on=ping", "close_timeout_ms=600000");
  freeze(client);
  STATUS(pie_client_close(client, 1000, &error), PIE_E_TIMED_OUT);
  pie_client_free(client); /* and finish() does not wait for it */
}

/* The engine answers nothing any more. */
static int64_t closes_in(int generation, const char *options) {
  pie_client *client = dial(generation, "freeze_on=ping", options);
  freeze(client);
  int64_t begun = now_ms();
  OK(pie_client_close(client, WAIT, &error));
  int64_t took = now_ms() - begun;
  pie_client_free(client);
  return took;
}

/* The default is far below another setting. On a busy machine one close may take longer, but not each of them. */
static void waits_no_longer(int generation) {
  enum { LONGER = 3000, TRIES = 10 };
  int64_t shortest = WAIT;
  CHECK(closes_in(generation, "close_timeout_ms=3000") >= LONGER);
  for (int i = 0; i < TRIES && shortest >= LONGER; i++) {
    int64_t took = closes_in(generation, NULL);
    if (took < shortest) shortest = took;
  }
  if (shortest >= LONGER) fprintf(stderr, "the shortest of %d closes took %d ms\n", TRIES, (int)shortest);
  CHECK(shortest < LONGER);
}

int main(void) {
  EACH_GENERATION(generation) {
    with_streams(generation, NULL);
    with_streams(generation, "answer_close=1");
    engine_sees_it(generation);
    begun(generation);
    waits_as_told(generation);
    waits_no_longer(generation);
    waiting_events(generation, 0);
    waiting_events(generation, 1);
  }
  return finish();
}
