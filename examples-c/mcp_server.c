/*
 * An MCP server that is a program: it is started here, and the inferlets of this client use its tools.
 *
 *   mcp_server URI NAME@VERSION INPUT COMMAND [ARGUMENT ...]
 */
#include <stdio.h>
#include <stdlib.h>

#include "pie_client.h"

/* Takes `pie_error **`: the arguments of a call are evaluated in any order, so `error` itself might be read before the
   inner call has set it. */
static void check(pie_status status, pie_error **error) {
  if (status >= 0) return;
  fprintf(stderr, "%s: %s\n", pie_status_name(status), pie_error_message(*error));
  exit(1);
}

/* What the command line says is the program; the engine learns its name alone. */
static void offer(pie_client *client, const char *name, const char *const *words, size_t count) {
  pie_error *error = NULL;
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = words[0];
  server.args = words + 1;
  server.arg_count = count - 1;
  check(pie_client_register_mcp_server(client, name, &server, 30000, &error), &error);
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
  if (count < 5) {
    fprintf(stderr, "usage: mcp_server URI NAME@VERSION INPUT COMMAND [ARGUMENT ...]\n");
    return 2;
  }
  check(pie_client_connect(words[1], NULL, 10000, &client, &error), &error);
  check(pie_client_authenticate(client, "demo", NULL, 10000, &error), &error);
  offer(client, "tools", (const char *const *)(words + 4), (size_t)count - 4);
  int exit_code = run(client, words[2], words[3]);
  /* The program ends with the client: when close returns PIE_OK, nothing of it is left. */
  check(pie_client_close(client, 5000, &error), &error);
  pie_client_free(client);
  return exit_code;
}
