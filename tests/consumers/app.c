/*
 * A program of somebody else's: launches an inferlet, prints what it says, and leaves.
 *
 *   app URI        prints "message: hello" and "returned: bye"
 *
 * With BESIDE_RUST it contains a second Rust library, tests/c/other_rust, and has it work first.
 */
#include <pie_client.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef BESIDE_RUST
#include "other_rust.h"
#endif

static void check(const char *what, pie_status status, pie_error *error) {
  if (status >= PIE_OK) return;
  fprintf(stderr, "app: %s: %s (%s)\n", what, pie_error_message(error), pie_status_name(status));
  exit(1);
}

static int show(const pie_event *event) {
  if (event->kind == PIE_EVENT_MESSAGE) printf("message: %s\n", event->data);
  if (event->kind == PIE_EVENT_RETURN) printf("returned: %s\n", event->data);
  if (event->kind == PIE_EVENT_ERROR) check("process", event->status, (pie_error *)event->error);
  return event->kind != PIE_EVENT_RETURN;
}

static void stream(pie_process *process) {
  pie_error *error = NULL;
  pie_event *event = NULL;
  int running = 1;
  while (running) {
    pie_status status = pie_process_recv(process, 10000, &event, &error);
    check("receive", status, error);
    if (status != PIE_OK) break;
    running = show(event);
    pie_event_free(event);
  }
}

int main(int argc, char **argv) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_error *error = NULL;

  if (argc != 2 || pie_abi_version() < PIE_ABI_VERSION) return 2;
#ifdef BESIDE_RUST
  if (other_rust_work(20) != 20) return 3;
#endif
  check("connect", pie_client_connect(argv[1], NULL, 10000, &client, &error), error);
  check("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), error);
  options.input = "{\"ops\": [[\"send\", \"hello\"], [\"return\", \"bye\"]]}";
  check("launch", pie_client_launch_process(client, "echo@0.1.0", &options, 10000, &process, &error), error);
  stream(process);
  pie_process_free(process);
  check("close", pie_client_close(client, 10000, &error), error);
  pie_client_free(client);
  return 0;
}
