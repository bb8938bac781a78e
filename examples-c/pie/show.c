/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a process says, as text or as JSON. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

static struct buffer line;

static void show_json(const char *name, const char *key, const pie_event *event) {
  json_begin(&line, name);
  json_data(&line, key, event->data, event->size);
  json_end(&line);
}

/* Both streams of one terminal: neither begins in the middle of the other's line only because the other did not end it.
 */
static void show_output(int fd, const pie_event *event) {
  if (app.json)
    show_json(fd == STDOUT_FILENO ? "stdout" : "stderr", "data", event);
  else
    put(fd, event->data, event->size);
}

static void show_message(const pie_event *event) {
  if (app.json)
    show_json("message", "data", event);
  else
    put_line(event->data, event->size);
}

static void show_return(const pie_event *event) {
  if (app.json)
    show_json("return", "value", event);
  else if (event->size)
    put_line(event->data, event->size);
}

static void tell_file(const pie_event *event, const char *path) {
  json_begin(&line, "file");
  json_text(&line, "name", event->name);
  json_number(&line, "size", event->size);
  if (path) {
    json_text(&line, "path", path);
  } else {
    buffer_text(&line, ",\"base64\":");
    json_base64(&line, event->data, event->size);
  }
  json_end(&line);
}

/* False where a file was lost that should have been kept. */
static bool show_file(const pie_event *event) {
  const char *directory = value_of(OPT_OUTPUT_DIR), *name = event->name ? event->name : "received.bin";
  struct buffer path = {0};
  if (event->status < 0) {
    tell_error("file", event->status, pie_error_message(event->error));
    return false;
  }
  if (directory) {
    save_file(directory, name, event->data, event->size, &path);
    if (!path.size) {
      tell_error("--output-dir", PIE_E_IO, keep_format("%s/%s: %s", directory, name, strerror(errno)));
      return false;
    }
  }
  if (app.json)
    tell_file(event, directory ? path.data : NULL);
  else if (directory)
    note("a file of %zu bytes is written to %s", event->size, path.data);
  else
    note("a file of %zu bytes, %s, is not kept: --output-dir DIR keeps it", event->size, name);
  return true;
}

static void show_overflow(const pie_event *event) {
  warn("%llu events of %llu bytes were dropped", (unsigned long long)event->current, (unsigned long long)event->total);
  if (!app.json) return;
  json_begin(&line, "overflow");
  json_number(&line, "events", event->current);
  json_number(&line, "bytes", event->total);
  json_end(&line);
}

static void show_other(const pie_event *event) {
  if (!app.json) return;
  json_begin(&line, "other");
  json_text(&line, "name", event->name);
  json_data(&line, "data", event->data, event->size);
  json_end(&line);
}

/* Of an event that is not the process's ERROR. False: see show_file. */
bool show_event(const pie_event *event) {
  switch (event->kind) {
    case PIE_EVENT_STDOUT:
      show_output(STDOUT_FILENO, event);
      break;
    case PIE_EVENT_STDERR:
      show_output(STDERR_FILENO, event);
      break;
    case PIE_EVENT_MESSAGE:
      show_message(event);
      break;
    case PIE_EVENT_FILE:
      return show_file(event);
    case PIE_EVENT_RETURN:
      show_return(event);
      break;
    case PIE_EVENT_OVERFLOW:
      show_overflow(event);
      break;
    case PIE_EVENT_OTHER:
      show_other(event);
      break;
    default:
      break;
  }
  return true;
}
