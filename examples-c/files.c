/*
 * files: send a file to an inferlet, get one back, keep it.
 *
 *   files [URI [FILE [DIRECTORY [PROGRAM MANIFEST]]]]
 *
 * Uses the inferlet `echo` of this repository, which sends the file back as it is. What comes is written to DIRECTORY
 * under the name that the inferlet suggests, else `received.bin`; an existing file is never overwritten. Start it in
 * the top directory of the repository.
 */
#include <errno.h>
#include <pie_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "files: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* Writes all of a file or nothing. */
static int save(const char *directory, const pie_event *event) {
  /* The library has made the name safe to join: one path component, never "..". NULL: none suggested. */
  const char *name = event->name ? event->name : "received.bin";
  const size_t room = strlen(directory) + strlen(name) + 2;
  char *path = malloc(room);
  FILE *file;
  int written;
  if (!path) {
    fprintf(stderr, "files: no memory\n");
    return 0;
  }
  snprintf(path, room, "%s/%s", directory, name);
  file = fopen(path, "wbx"); /* x: fails if the file, or a link of that name, is there */
  if (!file) {
    fprintf(stderr, "files: cannot create %s: %s\n", path, strerror(errno));
    free(path);
    return 0;
  }
  written = fwrite(event->data, 1, event->size, file) == event->size;
  written = fclose(file) == 0 && written; /* a full disk may show only here */
  if (written) {
    printf("received %lu bytes, written to %s\n", (unsigned long)event->size, path);
  } else {
    fprintf(stderr, "files: cannot write %s: %s\n", path, strerror(errno));
    remove(path);
  }
  free(path);
  return written;
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *path = argc > 2 ? argv[2] : "examples-c/files.c";
  const char *directory = argc > 3 ? argv[3] : ".";
  const char *program = argc > 5 ? argv[4] : "tests/real_engine/inferlets/echo/echo.wasm";
  const char *manifest = argc > 5 ? argv[5] : "tests/real_engine/inferlets/echo/Pie.toml";
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_error *error = NULL;
  int exit_code = 1, saved = 0, running = 1;

  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;
  options.input = "{\"ops\": [[\"send\", \"ready\"], [\"echo_file\", 0]]}";
  if (failed("launch", pie_client_launch_process(client, "echo@0.1.0", &options, 60000, &process, &error), &error))
    goto end;

  while (running) {
    pie_event *event = NULL;
    pie_status status = pie_process_recv(process, 60000, &event, &error);
    if (failed("receive", status, &error)) break;
    if (status != PIE_OK) { /* PIE_EMPTY: time is up; PIE_END: the stream is over */
      fprintf(stderr, "files: nothing for 60 seconds\n");
      break;
    }
    switch (event->kind) {
      case PIE_EVENT_MESSAGE:
        /* Engines drop, without a word, a file that comes while the inferlet does not wait for one. So the inferlet
           begins to wait and then says so, and only then the file is sent. */
        if (strcmp(event->data, "ready") == 0) {
          running = !failed("send", pie_process_transfer_path(process, path, 60000, &error), &error);
          if (running) printf("sent %s\n", path);
        }
        break;
      case PIE_EVENT_FILE:
        running = saved = save(directory, event);
        break;
      case PIE_EVENT_RETURN:
        exit_code = saved ? 0 : 1;
        if (!saved) fprintf(stderr, "files: the inferlet ended without a file (engines do not send empty ones)\n");
        running = 0;
        break;
      case PIE_EVENT_ERROR:
        fprintf(stderr, "files: the process failed: %s\n", pie_error_message(event->error));
        running = 0;
        break;
      default: /* also kinds that this program does not know */
        break;
    }
    pie_event_free(event);
  }
  /* Left early, for instance because the file could not be read: the inferlet must not wait for it for ever. */
  if (exit_code) pie_process_terminate(process, 1000, NULL);

end:
  pie_process_free(process);
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  (void)pie_shutdown(5000, NULL); /* ends the library's threads; optional in a program that ends anyway */
  return exit_code;
}
