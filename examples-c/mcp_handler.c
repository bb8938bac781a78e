/*
 * An MCP server within the program: inferlets call a function of the host's, which a thread answers.
 *
 *   mcp_handler URI NAME@VERSION INPUT
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pie_client.h"

enum { REQUESTS = 1 };

/* Takes `pie_error **`: the arguments of a call are evaluated in any order, so `error` itself might be read before the
   inner call has set it. */
static void check(pie_status status, pie_error **error) {
  if (status >= 0) return;
  fprintf(stderr, "%s: %s\n", pie_status_name(status), pie_error_message(*error));
  exit(1);
}

static const char *const tools =
    "{\"tools\":[{\"name\":\"clock\",\"description\":\"Tells the time.\",\"inputSchema\":{\"type\":\"object\"}}]}";

/* A request is answered once, from any thread. What is freed unanswered is answered with an error. */
static void answer(pie_event *request) {
  char text[128];
  if (strcmp(request->name, "tools/list") == 0) {
    pie_event_mcp_respond(request, 1, tools, NULL);
  } else if (strcmp(request->name, "tools/call") == 0) {
    snprintf(text, sizeof text, "{\"content\":[{\"type\":\"text\",\"text\":\"%ld\"}]}", (long)time(NULL));
    pie_event_mcp_respond(request, 1, text, NULL);
  } else {
    pie_event_mcp_respond(request, 0, "{\"code\":-32601,\"message\":\"this server has tools alone\"}", NULL);
  }
}

/* Until somebody interrupts the queue. */
static void *serve(void *queue) {
  pie_event *event = NULL;
  while (pie_queue_recv(queue, PIE_FOREVER, &event, NULL) == PIE_OK) {
    if (event->kind == PIE_EVENT_MCP_REQUEST) answer(event);
    pie_event_free(event);
  }
  return NULL;
}

/* Prints what the inferlet says; 0 when it returned. */
static int run(pie_client *client, const char *inferlet, const char *input) {
  pie_error *error = NULL;
  int exit_code = 1;
  pie_process *process = NULL;
  pie_event *event = NULL;
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  check(pie_client_launch_process(client, inferlet, &options, 60000, &process, &error), &error);
  while (pie_process_recv(process, PIE_FOREVER, &event, &error) == PIE_OK) {
    printf("%s\n", event->data);
    if (event->kind == PIE_EVENT_RETURN) exit_code = 0;
    pie_event_free(event);
  }
  pie_process_free(process);
  return exit_code;
}

int main(int count, char **words) {
  pie_error *error = NULL;
  pie_client *client = NULL;
  pthread_t server;
  if (count != 4) {
    fprintf(stderr, "usage: mcp_handler URI NAME@VERSION INPUT\n");
    return 2;
  }
  check(pie_client_connect(words[1], NULL, 10000, &client, &error), &error);
  check(pie_client_authenticate(client, "demo", NULL, 10000, &error), &error);

  pie_queue *requests = pie_queue_new();
  check(pie_client_register_mcp_handler(client, "app", requests, REQUESTS, 10000, &error), &error);
  if (pthread_create(&server, NULL, serve, requests) != 0) return 1;

  int exit_code = run(client, words[2], words[3]);
  pie_queue_interrupt(requests);
  pthread_join(server, NULL);
  pie_queue_free(requests);
  check(pie_client_close(client, 5000, &error), &error);
  pie_client_free(client);
  return exit_code;
}
