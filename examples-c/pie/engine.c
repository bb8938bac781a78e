/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Commands about the engine itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

enum { PING_MS = 20000, QUERY_MS = 20000 };

static void tell_pong(uint64_t nanoseconds) {
  struct buffer line = {0};
  if (app.json) {
    json_begin(&line, "pong");
    json_text(&line, "uri", app.uri);
    json_text(&line, "generation", generation_name());
    json_number(&line, "rtt_ns", nanoseconds);
    json_end(&line);
    return;
  }
  buffer_format(&line, "%s answers: engine %s, %.3f ms", app.uri, generation_name(), (double)nanoseconds / 1e6);
  put_line(line.data, line.size);
}

int ping_command(void) {
  const int64_t count = number_of(OPT_COUNT, 1, 1000000, 1);
  connect_engine();
  login();
  for (int64_t i = 0; i < count && !output_broken(); i++) {
    pie_error *error = NULL;
    const uint64_t tag = new_tag();
    const pie_status status = pie_client_ping_async(app.client, limit(PING_MS), app.queue, tag, NULL, &error);
    pie_event *done = finish("ping", status, tag, error);
    const uint64_t nanoseconds = done->current;
    pie_event_free(done);
    tell_pong(nanoseconds);
  }
  return EXIT_DONE;
}

int query_command(void) {
  pie_error *error = NULL;
  struct buffer line = {0};
  const char *subject = app.arguments.items[0], *record = app.arguments.count > 1 ? app.arguments.items[1] : "";
  connect_engine();
  login();
  const uint64_t tag = new_tag();
  const pie_status status =
      pie_client_query_async(app.client, subject, record, limit(QUERY_MS), app.queue, tag, NULL, &error);
  pie_event *done = finish(subject, status, tag, error);
  if (app.json) {
    json_begin(&line, "answer");
    json_text(&line, "subject", subject);
    json_data(&line, "answer", done->data, done->size);
    json_end(&line);
  } else {
    put_line(done->data, done->size);
  }
  pie_event_free(done);
  return EXIT_DONE;
}

int daemon_command(void) {
  pie_error *error = NULL;
  struct buffer line = {0};
  int64_t port;
  const char *inferlet = app.arguments.items[0];
  if (!parse_number(app.arguments.items[1], 1, 65535, &port))
    usage("PORT: %s is no number from 1 to 65535", app.arguments.items[1]);
  const char *input = launch_input();
  connect_engine();
  login();
  const uint64_t tag = new_tag();
  const pie_status status = pie_client_launch_daemon_async(app.client, inferlet, (uint32_t)port, input,
                                                           limit(PIE_FOREVER), app.queue, tag, NULL, &error);
  pie_event_free(finish("daemon", status, tag, error));
  if (app.json) {
    json_begin(&line, "daemon");
    json_text(&line, "inferlet", inferlet);
    json_number(&line, "port", (uint64_t)port);
    json_end(&line);
  } else {
    note("%s serves 127.0.0.1:%lld on the engine's machine, or will soon", inferlet, (long long)port);
  }
  return EXIT_DONE;
}
