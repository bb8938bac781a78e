/* Many requests under way: a thousand are answered by several threads; more than a handler or server may have are refused
   at once, and room comes back with each answer. */
#include "mcp.h"

enum { THOUSAND = 1000, MOST = 4096, THREADS = 4 };

static void *answer_some(void *queue) {
  for (int i = 0; i < THOUSAND / THREADS; i++) {
    pie_event *event = take_from(queue);
    OK(pie_event_mcp_respond(event, 1, event->data, &error));
    pie_event_free(event);
  }
  return NULL;
}

static void a_thousand(pie_client *client, const char *server) {
  pie_process **asking = malloc(THOUSAND * sizeof *asking);
  CHECK(asking != NULL);
  for (int i = 0; i < THOUSAND; i++) {
    char params[32];
    snprintf(params, sizeof params, "[%d]", i);
    asking[i] = begin_ask(client, server, "echo", params);
  }
  for (int i = 0; i < THOUSAND; i++) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, "ok:[%d]", i);
    ANSWERS(asking[i], wanted);
  }
  free(asking);
}

/* Taken, but neither answered nor freed. */
static void too_many(pie_client *client, pie_queue *queue) {
  static pie_process *asking[MOST];
  static pie_event *events[MOST];
  for (int i = 0; i < MOST; i++) asking[i] = begin_ask(client, "app", "m", "{}");
  for (int i = 0; i < MOST; i++) events[i] = take_from(queue);
  TELLS(begin_ask(client, "app", "m", "{}"),
        "error:{\"code\":-32000,\"message\":\"4096 requests to the MCP server 'app' wait");
  OK(pie_event_mcp_respond(events[0], 1, "0", &error));
  pie_process *next = begin_ask(client, "app", "m", "{}");
  pie_event *event = take_from(queue);
  CHECK(event->process == next);
  pie_event_free(event);
  TELLS(next, "let go");
  for (int i = 1; i < MOST; i++) OK(pie_event_mcp_respond(events[i], 1, "0", &error));
  pie_events_free(events, MOST);
  for (int i = 0; i < MOST; i++) ANSWERS(asking[i], "ok:0");
}

/* What waits in the queue: one request alone may be larger than all may be together. */
static void too_large_together(void) {
  static const char ops[] = "['mcp','app','m','[11111111111111111111111111111111111111111111111111]']";
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "queue_max_bytes=40");
  pie_queue *requests = pie_queue_new(), *answers = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "app", requests, 0, WAIT, &error));
  pie_process *one = launch_to(client, ops, answers, 1), *other = launch_to(client, ops, answers, 2);
  pie_event *refusal = take_from(answers);
  HAS(refusal->data, "queue_max_bytes of requests wait");
  pie_event_free(refusal);
  pie_event_free(take_from(requests));
  hang_up(client);
  pie_process_free(one), pie_process_free(other);
  pie_queue_free(requests), pie_queue_free(answers);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  pthread_t threads[THREADS];
  OK(pie_client_register_mcp_handler(client, "app", queue, 0, WAIT, &error));
  add_program(client, "tools", NULL);
  for (int i = 0; i < THREADS; i++) threads[i] = spawn(answer_some, queue);
  a_thousand(client, "app");
  for (int i = 0; i < THREADS; i++) join(threads[i]);
  a_thousand(client, "tools");
  too_many(client, queue);
  too_large_together();
  hang_up(client);
  pie_queue_free(queue);
  return finish();
}
