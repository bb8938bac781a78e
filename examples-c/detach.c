/*
 * detach: leave an inferlet running without a connection, come back later and listen to it.
 *
 *   detach [URI [PROGRAM MANIFEST]]
 *
 * Uses the inferlet `echo` of this repository: it waits for a signal, says "late", and ends. Start it in the top
 * directory of the repository.
 */
#include <pie_client.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ID_ROOM 64 /* an id is a UUID */

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "detach: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

static pie_client *connect_to(const char *uri) {
  pie_client *client = NULL;
  pie_error *error = NULL;
  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) return NULL;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) {
    pie_client_free(client);
    return NULL;
  }
  return client;
}

/* Engines 0.5 tell no id of a process that is launched without capture: it is the one in the list with this input. */
static void find(pie_client *client, const char *input, char id[ID_ROOM]) {
  pie_process_list *list = NULL;
  pie_error *error = NULL;
  size_t i;
  if (failed("list", pie_client_list_processes(client, 10000, &list, &error), &error)) return;
  for (i = 0; i < pie_process_list_size(list); i++) {
    const pie_process_info *info = pie_process_list_get(list, i);
    if (info->id && info->input && strcmp(info->input, input) == 0) snprintf(id, ID_ROOM, "%s", info->id);
  }
  pie_process_list_free(list);
}

/* Launches and leaves. Sets the id to come back with, "" if that failed. */
static void launch_and_leave(const char *uri, const char *program, const char *manifest, char id[ID_ROOM]) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = connect_to(uri);
  pie_process *process = NULL;
  pie_error *error = NULL;
  char input[160];
  id[0] = '\0';
  if (!client) return;
  if (failed("install", pie_client_install_program(client, program, manifest, 0, 60000, &error), &error)) goto end;

  /* "job" is there to tell this process from others in the list; the inferlet does not look at it. */
  snprintf(input, sizeof input, "{\"ops\": [[\"recv\", 0], [\"send\", \"late\"]], \"job\": \"%ld-%p\"}", (long)time(NULL),
           (void *)client);
  options.input = input;
  options.flags = PIE_LAUNCH_NO_CAPTURE; /* no stream: so it does not end with the connection, and can be attached */
  if (failed("launch", pie_client_launch_process(client, "echo@0.1.0", &options, 60000, &process, &error), &error))
    goto end;
  snprintf(id, ID_ROOM, "%s", pie_process_id(process));
  if (!*id) find(client, input, id);

end:
  pie_process_free(process);
  pie_client_free(client);
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *program = argc > 3 ? argv[2] : "tests/real_engine/inferlets/echo/echo.wasm";
  const char *manifest = argc > 3 ? argv[3] : "tests/real_engine/inferlets/echo/Pie.toml";
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_error *error = NULL;
  int exit_code = 1, running = 1;
  char id[ID_ROOM];

  launch_and_leave(uri, program, manifest, id);
  if (!*id) {
    fprintf(stderr, "detach: there is no process to come back to\n");
    return 1;
  }
  printf("%s runs on without us\n", id);

  client = connect_to(uri);
  if (!client) goto end;
  if (failed("attach", pie_client_attach_process(client, id, NULL, 10000, &process, &error), &error)) goto end;
  /* From here on its messages, its files and its end arrive; what it sent before is lost. */
  if (failed("signal", pie_process_signal(process, "go on", &error), &error)) goto end;

  while (running) {
    pie_event *event = NULL;
    pie_status status = pie_process_recv(process, 60000, &event, &error);
    if (failed("receive", status, &error) || status != PIE_OK) break;
    if (event->kind == PIE_EVENT_MESSAGE) printf("message: %s\n", event->data);
    if (event->kind == PIE_EVENT_ERROR) fprintf(stderr, "detach: it failed: %s\n", event->data);
    if (event->kind == PIE_EVENT_RETURN) {
      printf("returned: %s\n", event->data);
      exit_code = 0;
    }
    running = event->kind != PIE_EVENT_RETURN && event->kind != PIE_EVENT_ERROR;
    pie_event_free(event);
  }

end:
  pie_process_free(process);
  pie_client_free(client);
  return exit_code;
}
