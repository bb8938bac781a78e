/* A handler that does not answer: whatever becomes of a request, the engine has one answer, and later ones are told why
   they come too late. */
#include "mcp.h"

static pie_queue *handle(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "app", queue, 0, WAIT, &error));
  return queue;
}

static void freed(pie_client *client, pie_queue *queue) {
  pie_process *process = begin_ask(client, "app", "m", "{}");
  pie_event_free(take_from(queue));
  TELLS(process, "error:{\"code\":-32000,\"message\":\"the application let go of a request");
}

/* Those that wait are refused; one that was taken may still be answered. */
static void unregistered(pie_client *client, pie_queue *queue) {
  pie_process *one = begin_ask(client, "app", "m", "{}");
  pie_event *taken = take_from(queue), *none = POISON;
  pie_process *two = begin_ask(client, "app", "m", "{}");
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* most likely its answer comes behind the request */
  OK(pie_client_unregister_mcp_server(client, "app", &error));
  TELLS(two, "error:{\"code\":-32000,\"message\":\"the MCP server 'app' is not registered by this client");
  STATUS(pie_queue_recv(queue, 0, &none, &error), PIE_EMPTY);
  OK(pie_event_mcp_respond(taken, 1, "1", &error));
  pie_event_free(taken);
  ANSWERS(one, "ok:1");
  TELLS(begin_ask(client, "app", "m", "{}"), "is not registered");
}

/* Its queue lives on without a handle, and then takes nothing. */
static void queue_freed(pie_client *client, pie_queue *queue) {
  pie_process *waits = begin_ask(client, "app", "m", "{}");
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_queue_free(queue);
  TELLS(waits, "error:{\"code\":-32000,");
  TELLS(begin_ask(client, "app", "m", "{}"), "error:{\"code\":-32000,");
  OK(pie_client_unregister_mcp_server(client, "app", &error));
}

static void too_late(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "mcp_timeout_ms=200");
  pie_queue *queue = handle(client);
  pie_process *taken = begin_ask(client, "app", "m", "{}");
  pie_event *event = take_from(queue);
  pie_process *waits = begin_ask(client, "app", "m", "{}");
  TELLS(taken, "error:{\"code\":-32000,\"message\":\"the MCP server 'app' did not answer within");
  TELLS(waits, "mcp_timeout_ms (200 ms)");
  FAILS(pie_event_mcp_respond(event, 1, "{}", &error), PIE_E_TIMED_OUT, "mcp_timeout_ms");
  pie_event_free(event);
  event = take_from(queue);
  FAILS(pie_event_mcp_respond(event, 1, "{}", &error), PIE_E_TIMED_OUT, "mcp_timeout_ms");
  pie_event_free(event);
  EQ(count_sent(client, "mcp_response"), 2);
  hang_up(client);
  pie_queue_free(queue);
}

/* The connection ends: what was taken and what waits stay with the host, and cannot be answered. */
static void connection_ended(const char *how) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_queue *queue = handle(client);
  pie_process *one = begin_ask(client, "app", "m", "{}");
  pie_event *taken = take_from(queue);
  pie_process *two = begin_ask(client, "app", "m", "{}");
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_status wanted = PIE_E_CLOSED;
  if (strcmp(how, "close") == 0) {
    OK(pie_client_close(client, WAIT, &error));
  } else if (strcmp(how, "cut") == 0) {
    pie_process *process = launch(client, "['cut']");
    ENDS_WITH(process, wanted = PIE_E_DISCONNECTED);
    pie_process_free(process);
  } else {
    OK(pie_shutdown(WAIT, &error));
  }
  STATUS(pie_event_mcp_respond(taken, 1, "{}", &error), wanted);
  pie_event_free(taken);
  pie_process_free(one), pie_process_free(two);
  pie_client_free(client);
  pie_queue_free(queue);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_queue *queue = handle(client);
  freed(client, queue);
  unregistered(client, queue);
  pie_queue_free(queue);
  queue_freed(client, handle(client));
  hang_up(client);
  too_late();
  connection_ended("close");
  connection_ended("cut");
  connection_ended("shutdown");
  return finish();
}
