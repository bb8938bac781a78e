/*
 * callback_stream: a callback prints what an inferlet says while the main thread waits for the end.
 *
 *   callback_stream [URI [PROGRAM [MANIFEST [NAME [INPUT]]]]]
 *
 * The defaults are those of quickstart. Start it in the top directory of the repository.
 */
#include <pie_client.h>
#include <stdio.h>

/* What the callback works on. One thread at a time runs it, so it needs no lock. */
struct stream {
  unsigned long events, bytes;
};

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "callback_stream: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* Runs on a thread of the library, for one event after the other, in their order. It owns the event. */
static void on_event(pie_event *event, void *user_data) {
  struct stream *stream = user_data;
  if (event->kind == PIE_EVENT_STDOUT || event->kind == PIE_EVENT_MESSAGE) {
    fwrite(event->data, 1, event->size, stdout);
    fflush(stdout);
    stream->events++;
    stream->bytes += (unsigned long)event->size;
  }
  pie_event_free(event);
}

/* Runs once, when the callback will not run any more: the place to free what it worked on. */
static void on_drop(void *user_data) {
  const struct stream *stream = user_data;
  printf("\nthe callback took %lu events of %lu bytes\n", stream->events, stream->bytes);
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *program = argc > 2 ? argv[2] : "tests/real_engine/inferlets/story/story.wasm";
  const char *manifest = argc > 3 ? argv[3] : "tests/real_engine/inferlets/story/Pie.toml";
  const char *name = argc > 4 ? argv[4] : "story@0.1.0";
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  struct stream stream = {0, 0};
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_error *error = NULL;
  char *returned = NULL;
  int exit_code = 1;

  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;
  options.input = argc > 5 ? argv[5] : "{\"prompt\": \"Once upon a time\", \"max_tokens\": 32}";
  if (failed("launch", pie_client_launch_process(client, name, &options, 60000, &process, &error), &error)) goto end;

  /* Events that came before this wait in the queue: the callback gets them first. */
  if (failed("callback", pie_process_set_callback(process, on_event, &stream, on_drop, &error), &error)) goto end;

  /* The end of the process, known here while the callback may still be printing … */
  if (failed("result", pie_process_result(process, PIE_FOREVER, &returned, &error), &error)) goto end;
  /* … and once the client is closed, it has had every event and is not running any more. */
  if (failed("close", pie_client_close(client, 5000, &error), &error)) goto end;
  /* From here on it cannot run at all, and on_drop has run. */
  if (failed("clear", pie_process_clear_callback(process, 5000, &error), &error)) goto end;
  printf("returned: %s\n", returned);
  exit_code = 0;

end:
  pie_string_free(returned);
  pie_process_free(process);
  pie_client_free(client);
  (void)pie_shutdown(5000, NULL); /* after a failure above, this is what ends the callback before `stream` goes */
  return exit_code;
}
