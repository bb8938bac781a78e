/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* From the launch or attach of a process to its end, or until it is let go of. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

enum { TERMINATE_MS = 10000, SENT_MS = 60000, BUSY_MS = 20 };

struct stream {
  const struct texts *files;
  const char *file_on; /* the message that a file is sent at; NULL = any, "" = at once */
  size_t next_file;
  uint64_t upload, termination; /* tags of what is under way, 0 = nothing */
  int64_t deadline;             /* of the run, then of its termination; -1 = none */
  int exit_code;
  int reason; /* the exit code where the process was ended or left from here; -1 = it was not */
  bool leave_then, file_lost, over, input_over;
  struct buffer typed;
};

/* An engine of 0.5 ends what is left, so nothing else is claimed. */
static void detach(struct stream *stream) {
  const char *id = pie_process_id(app.process);
  stream->over = true;
  if (stream->reason == 128 + SIGPIPE) return;
  if (pie_client_generation(app.client) >= PIE_GENERATION_0_5)
    note("left %s: this engine (0.5) ends it now, with the connection; only what --detach launches runs on", id);
  else
    note("left %s: it runs on, unheard, and cannot be attached again; `pie abort %s` ends it", id, id);
}

/* What was sent may still wait in this program: the engine answers a ping once it has taken what came before it. */
static void leave_behind_sent(struct stream *stream) {
  pie_error *error = NULL;
  const uint64_t tag = new_tag();
  const pie_status status = pie_client_ping_async(app.client, limit(SENT_MS), app.queue, tag, NULL, &error);
  pie_event_free(finish("leave", status, tag, error));
  detach(stream);
}

static void terminate(struct stream *stream) {
  pie_error *error = NULL;
  const int64_t ms = limit(TERMINATE_MS);
  if (stream->termination) return;
  stream->termination = new_tag();
  stream->deadline = now_ms() + TERMINATE_MS;
  if (pie_process_terminate_async(app.process, ms, app.queue, stream->termination, NULL, &error) == PIE_OK) return;
  /* It may just have ended: its last event is in the queue then. */
  if (pie_error_status(error) == PIE_E_UNSUPPORTED) stream->over = true;
  note("terminate: %s", pie_error_message(error));
  pie_error_free(error);
}

static void leave_process(struct stream *stream, int reason) {
  const char *how = value_of(OPT_ON_INTERRUPT);
  stream->reason = reason;
  if (how && !strcmp(how, "detach"))
    detach(stream);
  else
    terminate(stream);
}

static void on_interrupt(struct stream *stream) {
  const char *how = value_of(OPT_ON_INTERRUPT);
  if (!(how && !strcmp(how, "detach"))) note("terminating %s; again to leave at once", pie_process_id(app.process));
  leave_process(stream, 128 + interrupted());
}

/* A reader that has gone is no error of ours: quiet, as other commands are. A full disk is one. */
static void on_output(struct stream *stream) {
  const int error = output_error();
  if (error && error != EPIPE) {
    tell_error("standard output", PIE_E_IO, strerror(error));
    leave_process(stream, EXIT_FILE);
  } else {
    leave_process(stream, 128 + SIGPIPE);
  }
}

static void on_time(struct stream *stream) {
  if (stream->termination) {
    warn("the engine does not say that %s has ended", pie_process_id(app.process));
    stream->over = true;
    return;
  }
  tell_error("--run-timeout", PIE_E_TIMED_OUT, "the process has not ended in time, and is terminated");
  stream->reason = EXIT_TIME;
  terminate(stream);
}

static bool files_left(const struct stream *stream) { return stream->next_file < stream->files->count; }

static void send_next_file(struct stream *stream) {
  pie_error *error = NULL;
  const char *path = stream->files->items[stream->next_file++];
  const uint64_t tag = new_tag();
  progress_begin(path);
  const pie_status status =
      pie_process_transfer_path_async(app.process, path, limit(PIE_FOREVER), app.queue, tag, NULL, &error);
  if (status == PIE_OK) {
    stream->upload = tag;
    return;
  }
  progress_end();
  tell_error(path, status, pie_error_message(error));
  pie_error_free(error);
  stream->exit_code = exit_code_of(status);
  leave_process(stream, stream->exit_code);
}

/* Sent means handed over: engines do not acknowledge files. */
static void on_uploaded(struct stream *stream, const pie_event *event) {
  const char *path = stream->files->items[stream->next_file - 1];
  stream->upload = 0;
  progress_end();
  if (event->status < 0) {
    tell_error(path, event->status, pie_error_message(event->error));
    stream->file_lost = true;
    if (!stream->termination) leave_process(stream, exit_code_of(event->status));
    return;
  }
  note("sent %s", path);
  if (files_left(stream) && stream->file_on && !*stream->file_on) send_next_file(stream);
}

static void on_message(struct stream *stream, const pie_event *event) {
  const char *on = stream->file_on;
  if (!files_left(stream) || stream->upload || stream->termination) return;
  if (!on || (*on && !strcmp(on, event->data))) send_next_file(stream);
}

static void on_done(struct stream *stream, const pie_event *event) {
  if (event->tag == stream->upload) on_uploaded(stream, event);
  if (event->tag != stream->termination || event->status == PIE_OK) return;
  tell_error("terminate", event->status, pie_error_message(event->error));
  stream->over = true;
}

static void tell_terminated(const struct stream *stream) {
  struct buffer line = {0};
  if (stream->reason == 128 + SIGPIPE) return;
  note("%s is terminated", pie_process_id(app.process));
  if (!app.json) return;
  json_begin(&line, "terminated");
  json_text(&line, "process", pie_process_id(app.process));
  json_end(&line);
}

static void on_end(struct stream *stream, const pie_event *event) {
  stream->over = true;
  if (event->kind == PIE_EVENT_RETURN) {
    stream->exit_code = EXIT_DONE;
  } else if (event->status == PIE_E_CANCELLED) {
    tell_terminated(stream);
  } else {
    stream->exit_code = exit_code_of(event->status);
    tell_error("", event->status, pie_error_message(event->error));
  }
}

static void on_event(struct stream *stream, pie_event *event) {
  if (event->kind == PIE_EVENT_PROGRESS && event->tag == stream->upload)
    progress_show(event->current, event->total);
  else if (event->kind == PIE_EVENT_DONE)
    on_done(stream, event);
  else if (event->process && !show_event(event))
    stream->file_lost = true;
  if (event->kind == PIE_EVENT_MESSAGE) on_message(stream, event);
  if (event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR) on_end(stream, event);
}

/* The outgoing buffer of the connection may be full for a moment. */
static bool send_signal(const char *text) {
  pie_error *error = NULL;
  pie_status status;
  while ((status = pie_process_signal(app.process, text, &error)) == PIE_E_BUSY && !interrupted()) {
    pie_error_free(error);
    poll(NULL, 0, BUSY_MS);
  }
  if (status == PIE_OK) return true;
  warn("signal: %s (%s)", pie_error_message(error), pie_status_name(status));
  pie_error_free(error);
  return false;
}

static void send_lines(struct stream *stream) {
  char *start = stream->typed.data, *end;
  while (start && (end = strchr(start, '\n')) != NULL) {
    *end = 0;
    send_signal(start);
    start = end + 1;
  }
  if (!start) return;
  const size_t left = stream->typed.size - (size_t)(start - stream->typed.data);
  memmove(stream->typed.data, start, left + 1);
  stream->typed.size = left;
}

/* The end of a file or pipe is the end of the input alone; Ctrl-D at a terminal lets go of the process, as the official
   command has it. */
static void on_input(struct stream *stream) {
  char part[4096];
  const ssize_t size = read(STDIN_FILENO, part, sizeof part);
  if (size > 0 && given(OPT_INTERACTIVE)) {
    for (ssize_t i = 0; i < size; i++)
      if (!part[i]) part[i] = ' ';
    buffer_add(&stream->typed, part, (size_t)size);
    send_lines(stream);
  }
  if (size > 0 || (size < 0 && errno == EINTR)) return;
  stream->input_over = true;
  if (stream->typed.size) send_signal(stream->typed.data);
  if (size == 0 && isatty(STDIN_FILENO)) detach(stream);
}

/* A terminal is read by the foreground alone: a job in the background would be stopped. */
static int input_of(const struct stream *stream) {
  if (stream->input_over || stream->termination) return -1;
  if (isatty(STDIN_FILENO)) return tcgetpgrp(STDIN_FILENO) == getpgrp() ? STDIN_FILENO : -1;
  return given(OPT_INTERACTIVE) ? STDIN_FILENO : -1;
}

static void begin(struct stream *stream, const struct texts *signals) {
  const char *seconds = value_of(OPT_RUN_TIMEOUT);
  const int64_t ms = seconds ? milliseconds("--run-timeout", seconds) : PIE_FOREVER;
  stream->deadline = ms < 0 ? -1 : now_ms() + ms;
  for (size_t i = 0; i < signals->count; i++) send_signal(signals->items[i]);
  if (files_left(stream) && stream->file_on && !*stream->file_on) send_next_file(stream);
}

static void run(struct stream *stream) {
  pie_event *event;
  while (!stream->over) {
    if (stream->leave_then && !stream->upload && !files_left(stream)) {
      leave_behind_sent(stream);
      return;
    }
    switch (wait_for(&event, stream->deadline, input_of(stream))) {
      case WAKE_EVENT:
        on_event(stream, event);
        break;
      case WAKE_INTERRUPT:
        on_interrupt(stream);
        break;
      case WAKE_OUTPUT:
        on_output(stream);
        break;
      case WAKE_INPUT:
        on_input(stream);
        break;
      case WAKE_TIME:
        on_time(stream);
        break;
    }
    pie_event_free(event);
  }
}

/* `leave_then`: lets go of the process once all is sent. */
int stream(const struct texts *signals, const struct texts *files, const char *file_on, bool leave_then) {
  struct stream stream = {.files = files, .file_on = file_on, .leave_then = leave_then, .reason = -1};
  begin(&stream, signals);
  run(&stream);
  progress_end();
  if (stream.reason >= 0) return stream.reason;
  for (; stream.next_file < files->count; stream.next_file++) {
    warn("%s was not sent: the process ended before it asked for it", files->items[stream.next_file]);
    stream.file_lost = true;
  }
  return stream.exit_code == EXIT_DONE && stream.file_lost ? EXIT_FILE : stream.exit_code;
}
