/* Attempts are counted and told, one event each; the first that succeeds ends them, the last that fails ends the
   connection for good, and so does a login that the engine refuses. Meanwhile and afterwards calls fail at once. */
#include "lost.h"

static void succeeds(int generation) {
  pie_client *client = dial(generation, "skip=1&only=3&handshake=500", AGAIN), *watch = dial(generation, NULL, NULL);
  pie_queue *queue = news_of(client);
  long before = look_number(watch, "attempts");
  for (int round = 0; round < 2; round++) {
    cut(client);
    NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
    for (uint64_t i = 1; round == 0 && i <= 3; i++) NEWS(queue, PIE_E_CONNECT, i, 7);
    NEWS(queue, PIE_OK, round == 0 ? 4 : 1, 7);
    OK(pie_client_ping(client, WAIT, NULL, &error));
  }
  EQ(look_number(watch, "attempts"), before + 4 + 1);
  OK(pie_client_close(client, WAIT, &error));
  NEWS(queue, PIE_E_CLOSED, 0, 0);
  ends(queue);
  pie_queue_free(queue);
  pie_client_free(client);
  hang_up(watch);
}

/* Calls of one that is given up. */
static void is_over(pie_client *client) {
  pie_process *process = POISON;
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, 0);
  RETRIABLE(pie_client_authenticate(client, "tester", NULL, WAIT, &error), PIE_E_DISCONNECTED, 0);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, "could not be made again");
  STATUS(try_launch(client, "['send','x']", WAIT, 0, &process, &error), PIE_E_DISCONNECTED);
}

static void gives_up(int generation) {
  pie_client *client =
      dial(generation, "skip=1&handshake=503", "reconnect=on reconnect_max_delay_ms=20 reconnect_max_attempts=3");
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client, "['never']");
  cut(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 3);
  for (uint64_t i = 1; i <= 3; i++) NEWS(queue, PIE_E_CONNECT, i, 3);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 0);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  is_over(client);
  pie_process_free(process);
  OK(pie_client_close(client, WAIT, &error));
  NEWS(queue, PIE_E_CLOSED, 0, 0);
  ends(queue);
  pie_queue_free(queue);
  pie_client_free(client);
}

static void login_refused(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "skip=1&refuse=auth_identify:Unknown%20user", AGAIN);
  pie_queue *queue = news_of(client);
  pie_process *process = launch(client, "['never']");
  cut(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_E_AUTH, 1, 7);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 0);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, "Unknown user");
  is_over(client);
  pie_process_free(process);
  pie_queue_free(queue);
  pie_client_free(client);
}

/* A connection that breaks while it is restored is a failed attempt. */
static void breaks(const char *faults, pie_status status) {
  pie_client *client = dial(PIE_GENERATION_0_4, faults, AGAIN);
  pie_queue *queue = news_of(client);
  cut(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, status, 1, 7);
  NEWS(queue, status, 2, 7);
  NEWS(queue, PIE_OK, 3, 7);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_queue_free(queue);
  pie_client_free(client);
}

/* Without reconnect nothing is tried, and the loss is for good. */
static void off(int generation) {
  pie_client *client = dial(generation, "skip=0&once", NULL), *watch = dial(generation, NULL, NULL);
  pie_queue *queue = news_of(client);
  long before = look_number(watch, "attempts");
  cut(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 0);
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, 0);
  rest_ms(2 * BRIEF); /* an attempt would come within 250 ms */
  EQ(look_number(watch, "attempts"), before);
  pie_queue_free(queue);
  pie_client_free(client);
  hang_up(watch);
}

/* The first connect is not repeated. */
static void not_the_first(int generation) {
  pie_client *client = POISON, *watch = dial(generation, NULL, NULL);
  char *uri = engine_uri(generation, "handshake=500&first");
  pie_options *options = options_from(AGAIN);
  long before = look_number(watch, "attempts");
  STATUS(pie_client_connect(uri, options, WAIT, &client, &error), PIE_E_CONNECT);
  rest_ms(2 * BRIEF);
  EQ(look_number(watch, "attempts"), before + 1);
  pie_options_free(options);
  free(uri);
  hang_up(watch);
}

/* Who does not look is told the 64 newest. */
static void newest(int generation) {
  pie_client *client = dial(generation, "skip=1&handshake=503&many",
                            "reconnect=on reconnect_max_delay_ms=1 reconnect_max_attempts=100");
  pie_queue *queue = pie_client_queue(client);
  pie_process *process = launch(client, "['never']");
  cut(client);
  if (generation == PIE_GENERATION_0_4) ENDS_WITH(process, PIE_E_DISCONNECTED); /* with the last attempt */
  for (int64_t end = now_ms() + WAIT;; rest_ms(5)) {
    pie_error *error = NULL;
    pie_status status = pie_client_ping(client, WAIT, NULL, &error);
    CHECK(status == PIE_OK || status == PIE_E_DISCONNECTED);
    int is_over = status != PIE_OK && !pie_error_is_retriable(error);
    pie_error_free(error);
    if (is_over) break;
    CHECK(now_ms() < end);
  }
  OK(pie_client_close(client, WAIT, &error));
  /* Made, lost, 100 attempts, given up unless the close was faster, closed. */
  uint64_t count = 0, sequence = 0;
  for (pie_status status = PIE_OK; status != PIE_E_CLOSED; count++) {
    pie_event *event = take_from(queue);
    status = event->status;
    EQ(event->sequence, count == 0 ? event->sequence : sequence + 1);
    sequence = event->sequence;
    EQ(event->current, sequence < 102 ? sequence - 1 : 0);
    EQ(event->total, sequence < 102 ? 100 : 0);
    if (sequence < 102) EQ(status, PIE_E_CONNECT);
    pie_event_free(event);
  }
  EQ(count, 64);
  CHECK(sequence == 102 || sequence == 103);
  ends(queue);
  pie_queue_free(queue);
  pie_process_free(process);
  pie_client_free(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    succeeds(generation);
    gives_up(generation);
    off(generation);
    not_the_first(generation);
    newest(generation);
  }
  login_refused();
  breaks("skip=1&only=2&cut_on=auth_identify", PIE_E_DISCONNECTED);
  breaks("skip=1&only=2&garbage_text=x&cut_on=auth_identify", PIE_E_DISCONNECTED);
  return finish();
}
