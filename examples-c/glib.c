/*
 * glib: an inferlet in a GLib main loop, as a GTK program would have it. No call waits: connecting, logging in,
 * installing, launching and closing are steps that report to the loop.
 *
 *   glib [URI [PROGRAM [MANIFEST [NAME [INPUT]]]]]
 *
 * The defaults are those of quickstart. Start it in the top directory of the repository.
 */
#include <glib-unix.h>
#include <glib.h>
#include <pie_client.h>
#include <stdio.h>

enum { CONNECT = 1, LOGIN, INSTALL, LAUNCH, CLOSE }; /* the steps, and the tags of their DONE events */

struct app {
  const char *uri, *program, *manifest, *name, *input;
  GMainLoop *loop;
  pie_queue *queue;
  pie_client *client;
  pie_process *process;
  unsigned ticks;
  int exit_code;
};

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "glib: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* Begins a step, and says whether it could. Its DONE bears the step as its tag. NULL: it will not be cancelled, so no
   handle of it is wanted. */
static int begin(struct app *app, int step) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = NULL;
  pie_status status = PIE_OK;
  switch (step) {
    case CONNECT:
      status = pie_client_connect_async(app->uri, NULL, 10000, app->queue, CONNECT, NULL, &error);
      break;
    case LOGIN:
      status = pie_client_authenticate_async(app->client, "me", NULL, 10000, app->queue, LOGIN, NULL, &error);
      break;
    case INSTALL:
      status = pie_client_install_program_async(app->client, app->program, app->manifest, 1, 60000, app->queue, INSTALL,
                                                NULL, &error);
      break;
    case LAUNCH:
      options.input = app->input;
      options.queue = app->queue; /* the stream comes behind the DONE of the launch */
      options.tag = LAUNCH;
      status = pie_client_launch_process_async(app->client, app->name, &options, 60000, app->queue, LAUNCH, NULL,
                                               &error);
      break;
    case CLOSE:
      status = pie_client_close_async(app->client, 5000, app->queue, CLOSE, NULL, &error);
      break;
    default:
      break;
  }
  if (!failed("begin", status, &error)) return 1;
  g_main_loop_quit(app->loop); /* no DONE will come */
  return 0;
}

static void on_done(struct app *app, pie_event *event) {
  if (event->status != PIE_OK) {
    fprintf(stderr, "glib: step %d: %s\n", (int)event->tag, pie_error_message(event->error));
    app->exit_code = 1;
    g_main_loop_quit(app->loop);
    return;
  }
  if (event->tag == CLOSE) {
    g_main_loop_quit(app->loop);
    return;
  }
  /* What an event bears is taken, or goes with the event. */
  if (event->tag == CONNECT) app->client = pie_event_take_client(event);
  if (event->tag == LAUNCH) {
    app->process = pie_event_take_process(event);
    return;
  }
  begin(app, (int)event->tag + 1);
}

static void take(struct app *app, pie_event *event) {
  switch (event->kind) {
    case PIE_EVENT_DONE:
      on_done(app, event);
      break;
    case PIE_EVENT_STDOUT:
    case PIE_EVENT_MESSAGE:
      fwrite(event->data, 1, event->size, stdout);
      fflush(stdout);
      break;
    case PIE_EVENT_RETURN:
      printf("\nreturned: %s\n", event->data);
      app->exit_code = 0;
      begin(app, CLOSE);
      break;
    case PIE_EVENT_ERROR:
      fprintf(stderr, "\nglib: the process failed: %s\n", pie_error_message(event->error));
      begin(app, CLOSE);
      break;
    default: /* CONNECTION among them: what the loss of it ends is told for each thing */
      break;
  }
}

/* At most 64 events at a time, so that a flood of them leaves the other sources their turn. */
static gboolean on_readable(gint fd, GIOCondition condition, gpointer user_data) {
  struct app *app = user_data;
  pie_event *event = NULL;
  int i;
  (void)fd;
  (void)condition;
  for (i = 0; i < 64 && pie_queue_recv(app->queue, 0, &event, NULL) == PIE_OK; i++) {
    take(app, event);
    pie_event_free(event);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer user_data) {
  ((struct app *)user_data)->ticks++;
  return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv) {
  struct app app = {0};
  pie_error *error = NULL;
  ptrdiff_t fd = 0;
  app.uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  app.program = argc > 2 ? argv[2] : "tests/real_engine/inferlets/story/story.wasm";
  app.manifest = argc > 3 ? argv[3] : "tests/real_engine/inferlets/story/Pie.toml";
  app.name = argc > 4 ? argv[4] : "story@0.1.0";
  app.input = argc > 5 ? argv[5] : "{\"prompt\": \"Once upon a time\", \"max_tokens\": 32}";
  app.exit_code = 1;
  app.queue = pie_queue_new();
  app.loop = g_main_loop_new(NULL, FALSE);

  if (!failed("descriptor", pie_queue_fd(app.queue, &fd, &error), &error)) {
    const guint ready = g_unix_fd_add((gint)fd, G_IO_IN, on_readable, &app), tick = g_timeout_add(10, on_tick, &app);
    if (begin(&app, CONNECT)) g_main_loop_run(app.loop);
    printf("the timer ran %u times meanwhile\n", app.ticks);
    g_source_remove(tick);
    g_source_remove(ready); /* before the queue goes, and with it the descriptor */
  }
  pie_process_free(app.process);
  pie_client_free(app.client);
  pie_queue_free(app.queue);
  g_main_loop_unref(app.loop);
  (void)pie_shutdown(5000, NULL);
  return app.exit_code;
}
