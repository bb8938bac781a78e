/* What the tests of lost connections share. An engine counts all connections of a query: `skip` and `only` are by that. */
#ifndef LOST_H
#define LOST_H

#include "harness.h"

#define UNUSED __attribute__((unused))

#define AGAIN "reconnect=on reconnect_max_delay_ms=20 reconnect_max_attempts=7"

/* The next event of a client's queue, which is about the connection. */
#define NEWS(queue, status, current, total) news_(__FILE__, __LINE__, (queue), (status), (current), (total))
UNUSED static void news_(const char *file, int line, pie_queue *queue, pie_status status, uint64_t current,
                         uint64_t total) {
  pie_event *event = take_from(queue);
  check_number(file, line, "kind", event->kind, PIE_EVENT_CONNECTION);
  check_number(file, line, event->data ? event->data : "status", event->status, status);
  check_number(file, line, "current", (intmax_t)event->current, (intmax_t)current);
  check_number(file, line, "total", (intmax_t)event->total, (intmax_t)total);
  CHECK(event->process == NULL);
  pie_event_free(event);
}

/* The engine resets the connection. Its process is one of 0.4's that is freed, and so not attached again. */
UNUSED static void cut(pie_client *client) {
  pie_process *process = launch(client, "['recv',0],['cut']");
  OK(pie_process_signal(process, "now", &error));
  pie_process_free(process);
}

/* Lost, and there again with the first attempt. */
UNUSED static void cut_and_back(pie_client *client, pie_queue *queue) {
  cut(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
}

/* Its queue, whose first event is taken. */
UNUSED static pie_queue *news_of(pie_client *client) {
  pie_queue *queue = pie_client_queue(client);
  CHECK(queue != NULL);
  NEWS(queue, PIE_OK, 0, 0);
  return queue;
}

UNUSED static void ends(pie_queue *queue) {
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_END);
}

/* How many messages of a type the engine got, on all connections. */
UNUSED static long messages(pie_client *watch, const char *type) {
  char *counts = look(watch, "messages"), *key = join_text("\"", type, "\":"), *at = strstr(counts, key);
  long count = at == NULL ? 0 : strtol(at + strlen(key), NULL, 10);
  free(key);
  pie_string_free(counts);
  return count;
}

#endif
