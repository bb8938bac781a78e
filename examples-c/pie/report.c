/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Notes, errors, exit codes, and the one way out. Standard error is for people, and never holds what a terminal obeys:
   engines and inferlets are not trusted. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

static const struct {
  pie_status status;
  int code;
} codes[] = {
    {PIE_E_PROCESS, EXIT_INFERLET},
    {PIE_E_INVALID_ARGUMENT, EXIT_USAGE},
    {PIE_E_TOO_LARGE, EXIT_USAGE},
    {PIE_E_CONNECT, EXIT_CONNECT},
    {PIE_E_TLS, EXIT_CONNECT},
    {PIE_E_KEY, EXIT_LOGIN},
    {PIE_E_AUTH, EXIT_LOGIN},
    {PIE_E_REJECTED, EXIT_REFUSED},
    {PIE_E_INVALID_STATE, EXIT_REFUSED},
    {PIE_E_TIMED_OUT, EXIT_TIME},
    {PIE_E_DISCONNECTED, EXIT_LOST},
    {PIE_E_PROTOCOL, EXIT_LOST},
    {PIE_E_CLOSED, EXIT_LOST},
    {PIE_E_IO, EXIT_FILE},
    {PIE_E_UNSUPPORTED, EXIT_UNSUPPORTED},
    {PIE_E_REGISTRY, EXIT_REGISTRY},
};

int exit_code_of(pie_status status) {
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (codes[i].status == status) return codes[i].code;
  return status < 0 ? EXIT_OTHER : EXIT_DONE;
}

/* Control characters become `?`, those of a terminal in UTF-8 (U+0080 to U+009F) too. */
void make_safe(char *text) {
  for (; *text; text++) {
    const unsigned char byte = (unsigned char)*text, next = (unsigned char)text[1];
    if (byte < 0x20 || byte == 0x7f) *text = '?';
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) text[0] = text[1] = '?';
  }
}

static void say(const char *colour, const char *format, va_list arguments) {
  char text[4096];
  vsnprintf(text, sizeof text, format, arguments);
  make_safe(text);
  end_line_on_terminal();
  const char *const off = *colour && colours(STDERR_FILENO) ? "\033[0m" : "";
  char *line = keep_format("%spie:%s %s\n", *off ? colour : "", off, text);
  put(STDERR_FILENO, line, strlen(line));
}

void note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (!app.quiet) say("", format, arguments);
  va_end(arguments);
}

void warn(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say("\033[1;31m", format, arguments);
  va_end(arguments);
}

/* With --json also as an object on standard output. */
void tell_error(const char *what, pie_status status, const char *message) {
  warn("%s%s%s%s%s%s", what, *what ? ": " : "", message, status ? " (" : "", status ? pie_status_name(status) : "",
       status ? ")" : "");
  if (!app.json) return;
  struct buffer line = {0};
  json_begin(&line, "error");
  if (*what) json_text(&line, "about", what);
  if (status) json_text(&line, "status", pie_status_name(status));
  json_text(&line, "message", message);
  json_end(&line);
}

static const char *formatted(const char *format, va_list arguments) {
  char text[4096];
  vsnprintf(text, sizeof text, format, arguments);
  return keep_text(text, strlen(text));
}

void usage(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  tell_error("", 0, formatted(format, arguments));
  va_end(arguments);
  leave(EXIT_USAGE);
}

void fail_with(int exit_code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  tell_error("", 0, formatted(format, arguments));
  va_end(arguments);
  leave(exit_code);
}

void fail(const char *what, pie_status status, pie_error *error) {
  tell_error(what, status, pie_error_message(error));
  pie_error_free(error);
  leave(exit_code_of(status));
}

static void close_client(void) {
  pie_error *error = NULL;
  if (!app.client) return;
  if (pie_client_close(app.client, 2000, &error) < 0) note("close: %s", pie_error_message(error));
  pie_error_free(error);
  pie_client_free(app.client);
}

void leave(int exit_code) {
  progress_end();
  end_line_on_terminal();
  pie_process_free(app.process);
  close_client();
  pie_queue_free(app.queue);
  pie_options_free(app.options);
  (void)pie_shutdown(2000, NULL);
  memory_free();
  exit(exit_code);
}
