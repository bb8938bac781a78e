/*
 * quickstart: install an inferlet, launch it, print what it says while it says it.
 *
 *   quickstart [URI [PROGRAM [MANIFEST [NAME [INPUT]]]]]
 *
 * The defaults suit an engine on port 8080 of this machine and the inferlet `story` of this repository, which writes
 * each token of a text as the model makes it. Start it in the top directory of the repository.
 */
#include <pie_client.h>
#include <stdio.h>

/* Every call that can fail returns a status and, on a negative one, an error object that the caller frees.
   Note the `pie_error **`: the arguments of a call are evaluated in any order, so `error` itself might be read
   before the inner call has set it. */
static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "quickstart: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* Prints one event and says whether the process goes on. Kinds that this program does not know are skipped. */
static int show(const pie_event *event, int *exit_code) {
  switch (event->kind) {
    case PIE_EVENT_STDOUT:
    case PIE_EVENT_MESSAGE:
      fwrite(event->data, 1, event->size, stdout);
      fflush(stdout); /* now, not when the buffer is full: this is a stream */
      return 1;
    case PIE_EVENT_STDERR:
      fwrite(event->data, 1, event->size, stderr);
      return 1;
    case PIE_EVENT_RETURN: /* a stream ends with either this … */
      printf("\nreturned: %s\n", event->data); /* data[size] is always 0, so text prints as it is */
      *exit_code = 0;
      return 0;
    case PIE_EVENT_ERROR: /* … or this; its error lives as long as the event */
      fprintf(stderr, "\nquickstart: the process failed: %s\n", pie_error_message(event->error));
      return 0;
    default:
      return 1;
  }
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *program = argc > 2 ? argv[2] : "tests/real_engine/inferlets/story/story.wasm";
  const char *manifest = argc > 3 ? argv[3] : "tests/real_engine/inferlets/story/Pie.toml";
  const char *name = argc > 4 ? argv[4] : "story@0.1.0"; /* as the manifest calls it */
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_error *error = NULL;
  int exit_code = 1, running = 1;

  /* Each call that waits takes a limit in milliseconds. NULL options: the defaults. NULL key: an engine without login. */
  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  /* 1: replace what the engine may hold under this name and version. */
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;

  options.input = argc > 5 ? argv[5] : "{\"prompt\": \"Once upon a time\", \"max_tokens\": 32}";
  if (failed("launch", pie_client_launch_process(client, name, &options, 60000, &process, &error), &error)) goto end;

  while (running) {
    pie_event *event = NULL;
    /* PIE_FOREVER does not hang when engine or network die or fall silent: pings find that out, and the stream then ends
       with an ERROR event. An inferlet that never says anything is another matter: against that a limit helps. */
    pie_status status = pie_process_recv(process, PIE_FOREVER, &event, &error);
    if (failed("receive", status, &error) || status != PIE_OK) break;
    running = show(event, &exit_code);
    pie_event_free(event);
  }

end:
  pie_process_free(process); /* frees take NULL, so every path may come through here */
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  (void)pie_shutdown(5000, NULL); /* ends the library's threads; optional in a program that ends anyway */
  return exit_code;
}
