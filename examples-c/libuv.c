/*
 * libuv: several inferlets in a libuv loop, on the loop's thread alone.
 *
 *   libuv [--wakeup] [URI [N [PROGRAM MANIFEST]]]
 *
 * The loop polls the queue's descriptor. With --wakeup the library wakes it instead, as it has to where there are no
 * descriptors to poll (Windows). Uses the inferlet `echo` of this repository. Start it in the top directory.
 */
#define _POSIX_C_SOURCE 200809L

#include <pie_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define MOST 100

struct app {
  int by_wakeup;
  uv_poll_t poll;
  uv_async_t async;
  uv_sem_t dropped;
  pie_client *client;
  pie_queue *queue;
  pie_process *processes[MOST];
  size_t running, failures;
};

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "libuv: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* Runs on any thread, and only signals: uv_async_send is the one function of libuv that any thread may call. */
static void on_wakeup(void *user_data) { uv_async_send(&((struct app *)user_data)->async); }

/* Runs when on_wakeup has come back for the last time. */
static void on_drop(void *user_data) { uv_sem_post(&((struct app *)user_data)->dropped); }

/* Without an active handle the loop ends. */
static void stop_watching(struct app *app) {
  if (app->by_wakeup) {
    (void)pie_queue_set_wakeup(app->queue, NULL, NULL, NULL, NULL);
    uv_sem_wait(&app->dropped); /* on_wakeup may just be running: `async` is needed until it has come back */
    uv_sem_destroy(&app->dropped);
    uv_close((uv_handle_t *)&app->async, NULL);
  } else {
    uv_close((uv_handle_t *)&app->poll, NULL); /* before the queue goes, and with it the descriptor */
  }
}

static void take(struct app *app, pie_event *event) {
  const unsigned long tag = (unsigned long)event->tag;
  switch (event->kind) {
    case PIE_EVENT_DONE: /* the launch; events of its process come behind it */
      if (event->status == PIE_OK) {
        app->processes[tag] = pie_event_take_process(event);
        return;
      }
      break;
    case PIE_EVENT_STDOUT:
      printf("%lu says %s\n", tag, event->data);
      return;
    case PIE_EVENT_RETURN:
      printf("%lu returned %s\n", tag, event->data);
      app->running--;
      return;
    case PIE_EVENT_ERROR:
      break;
    default:
      return;
  }
  fprintf(stderr, "libuv: %lu: %s\n", tag, pie_error_message(event->error));
  app->failures++;
  app->running--;
}

/* Takes all that is there: a wakeup comes only when the queue turns from empty to not empty. */
static void on_events(struct app *app) {
  pie_event *event = NULL;
  pie_error *error = NULL;
  pie_status status;
  while ((status = pie_queue_recv(app->queue, 0, &event, &error)) == PIE_OK) {
    take(app, event);
    pie_event_free(event);
  }
  if (failed("receive", status, &error)) app->running = 0;
  if (app->running == 0) stop_watching(app);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  on_events(poll->data);
}

static void on_async(uv_async_t *async) { on_events(async->data); }

static int watch(struct app *app, uv_loop_t *loop) {
  pie_error *error = NULL;
  ptrdiff_t fd = 0;
  app->poll.data = app->async.data = app;
  if (app->by_wakeup) {
    if (uv_sem_init(&app->dropped, 0) != 0 || uv_async_init(loop, &app->async, on_async) != 0) return 0;
    return !failed("wakeup", pie_queue_set_wakeup(app->queue, on_wakeup, app, on_drop, &error), &error);
  }
  if (failed("descriptor", pie_queue_fd(app->queue, &fd, &error), &error)) return 0;
  return uv_poll_init(loop, &app->poll, (int)fd) == 0 && uv_poll_start(&app->poll, UV_READABLE, on_readable) == 0;
}

int main(int argc, char **argv) {
  struct app app;
  uv_loop_t *loop = uv_default_loop();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = NULL;
  pie_status status;
  size_t i, count;
  int exit_code = 1;
  memset(&app, 0, sizeof app);
  app.by_wakeup = argc > 1 && strcmp(argv[1], "--wakeup") == 0;
  argc -= app.by_wakeup;
  argv += app.by_wakeup;
  {
    const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
    const char *program = argc > 4 ? argv[3] : "tests/real_engine/inferlets/echo/echo.wasm";
    const char *manifest = argc > 4 ? argv[4] : "tests/real_engine/inferlets/echo/Pie.toml";
    count = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 5;
    app.queue = pie_queue_new();
    if (count < 1 || count > MOST || !app.queue) {
      fprintf(stderr, "libuv: N must be 1 to %d\n", MOST);
      goto end;
    }
    /* Nothing else runs yet, so waiting calls will do. The example glib connects within its loop. */
    if (failed("connect", pie_client_connect(uri, NULL, 10000, &app.client, &error), &error)) goto end;
    if (failed("authenticate", pie_client_authenticate(app.client, "me", NULL, 10000, &error), &error)) goto end;
    status = pie_client_install_program(app.client, program, manifest, 1, 60000, &error);
    if (failed("install", status, &error)) goto end;
  }
  options.input = "{\"ops\": [[\"print\", \"hello\"], [\"sleep\", 0.1], [\"print\", \"goodbye\"]]}";
  options.queue = app.queue;
  for (i = 0; i < count; i++) {
    options.tag = i;
    /* All launches are under way at once. NULL: nothing will be cancelled, so no handle of the call is wanted. */
    status = pie_client_launch_process_async(app.client, "echo@0.1.0", &options, 60000, app.queue, i, NULL, &error);
    if (failed("launch", status, &error)) goto end;
    app.running++;
  }
  if (!watch(&app, loop)) goto end;
  uv_run(loop, UV_RUN_DEFAULT);
  uv_loop_close(loop);
  printf("%lu processes, %lu failed\n", (unsigned long)count, (unsigned long)app.failures);
  exit_code = app.failures ? 1 : 0;

end:
  for (i = 0; i < MOST; i++) pie_process_free(app.processes[i]);
  if (app.client && failed("close", pie_client_close(app.client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(app.client);
  pie_queue_free(app.queue);
  (void)pie_shutdown(5000, NULL);
  return exit_code;
}
