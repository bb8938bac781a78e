/*
 * upload: send a file without waiting for it, and draw how far it has come.
 *
 *   upload [URI [FILE [PROGRAM MANIFEST]]]
 *
 * Uses the inferlet `echo` of this repository, which answers with the size and the hash of what it got. Start it in the
 * top directory of the repository.
 */
#include <pie_client.h>
#include <stdio.h>
#include <string.h>

enum { LAUNCH = 1, UPLOAD = 2 }; /* tags: what an event is about */

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "upload: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

static void draw(const pie_event *event) {
  static const char full[] = "########################################";
  static const char none[] = "                                        ";
  const int done = event->total ? (int)(40.0 * (double)event->current / (double)event->total) : 40;
  printf("\r[%.*s%.*s] %7.1f of %.1f MiB", done, full, 40 - done, none, (double)event->current / 1048576.0,
         (double)event->total / 1048576.0);
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *path = argc > 2 ? argv[2] : "tests/real_engine/inferlets/story/story.wasm";
  const char *program = argc > 4 ? argv[3] : "tests/real_engine/inferlets/echo/echo.wasm";
  const char *manifest = argc > 4 ? argv[4] : "tests/real_engine/inferlets/echo/Pie.toml";
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_queue *queue = pie_queue_new();
  pie_op *op = NULL;
  pie_error *error = NULL;
  int exit_code = 1, running = 1;

  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;
  options.input = "{\"ops\": [[\"send\", \"ready\"], [\"recv_file\", 0]]}";
  options.queue = queue; /* the process and the upload report to one queue, told apart by tag and kind */
  options.tag = LAUNCH;
  if (failed("launch", pie_client_launch_process(client, "echo@0.1.0", &options, 60000, &process, &error), &error))
    goto end;

  while (running) {
    pie_event *event = NULL;
    pie_status status = pie_queue_recv(queue, 10000, &event, &error);
    if (failed("receive", status, &error)) break;
    if (status == PIE_EMPTY) { /* nothing for 10 seconds, no progress either */
      fprintf(stderr, "\nupload: nothing for 10 seconds\n");
      if (!op) break;
      pie_op_cancel(op); /* its DONE comes now, with PIE_E_CANCELLED */
      pie_op_free(op);
      op = NULL;
      continue;
    }
    switch (event->kind) {
      case PIE_EVENT_MESSAGE:
        if (strcmp(event->data, "ready") != 0) { /* file:SIZE:HASH */
          printf("the inferlet says %s\n", event->data);
          break;
        }
        /* Comes back at once. PIE_OK: exactly one DONE will come, whatever happens. */
        status = pie_process_transfer_path_async(process, path, PIE_FOREVER, queue, UPLOAD, &op, &error);
        running = !failed("send", status, &error);
        break;
      case PIE_EVENT_PROGRESS: /* only the newest one waits: drawing slowly is no harm */
        draw(event);
        break;
      case PIE_EVENT_DONE:
        printf("\n%s\n", event->status == PIE_OK ? "sent" : pie_error_message(event->error));
        pie_op_free(op); /* frees the handle alone: it never cancels */
        op = NULL;
        running = event->status == PIE_OK;
        break;
      case PIE_EVENT_RETURN:
        exit_code = 0;
        running = 0;
        break;
      case PIE_EVENT_ERROR:
        fprintf(stderr, "upload: the process failed: %s\n", pie_error_message(event->error));
        running = 0;
        break;
      default:
        break;
    }
    pie_event_free(event);
  }
  /* Left early: the inferlet must not wait for its file for ever. */
  if (exit_code) pie_process_terminate(process, 1000, NULL);

end:
  pie_op_free(op);
  pie_process_free(process);
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  pie_queue_free(queue);
  (void)pie_shutdown(5000, NULL);
  return exit_code;
}
