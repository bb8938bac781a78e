/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Connecting and logging in. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "pie.h"

enum { CONNECT_MS = 20000, LOGIN_MS = 60000, LONGEST_PASSPHRASE = 1024 };

const char *generation_name(void) {
  switch (pie_client_generation(app.client)) {
    case PIE_GENERATION_0_1:
      return "0.1";
    case PIE_GENERATION_0_2:
      return "0.2";
    case PIE_GENERATION_0_4:
      return "0.4";
    case PIE_GENERATION_0_5:
      return "0.5";
    case PIE_GENERATION_0_6:
      return "0.6";
    default:
      return "unknown";
  }
}

static void make_queue(void) {
  pie_error *error = NULL;
  ptrdiff_t fd;
  app.queue = pie_queue_new();
  if (!app.queue) fail_with(EXIT_OTHER, "no memory");
  const pie_status status = pie_queue_fd(app.queue, &fd, &error);
  if (status < 0) fail("queue", status, error);
  app.queue_fd = (int)fd;
}

void connect_engine(void) {
  pie_error *error = NULL;
  make_queue();
  const uint64_t tag = new_tag();
  const pie_status status =
      pie_client_connect_async(app.uri, app.options, limit(CONNECT_MS), app.queue, tag, NULL, &error);
  pie_event *done = finish("connect", status, tag, error);
  app.client = pie_event_take_client(done);
  pie_event_free(done);
}

/* One line without its end, from a terminal that does not show it. A signal that asks to leave ends it. */
static size_t read_line(int terminal, char *line) {
  size_t size = 0;
  while (size < LONGEST_PASSPHRASE) {
    struct pollfd fds[] = {{terminal, POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) break;
    if (interrupted() || (fds[0].revents && read(terminal, line + size, 1) != 1) || line[size] == '\n') break;
    if (fds[0].revents) size++;
  }
  line[size] = 0;
  return size;
}

/* Empty where there is no terminal to ask at. */
static void ask_passphrase(char *line) {
  static const char after[] = "\n";
  struct termios shown, hidden;
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  *line = 0;
  if (terminal < 0) return;
  if (tcgetattr(terminal, &shown) == 0) {
    const char *question = keep_format("Passphrase of %s: ", app.key);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(terminal, TCSAFLUSH, &hidden);
    (void)!write(terminal, question, strlen(question));
    read_line(terminal, line);
    tcsetattr(terminal, TCSAFLUSH, &shown);
    (void)!write(terminal, after, sizeof after - 1);
  }
  close(terminal);
  if (interrupted()) leave(128 + interrupted());
}

static void wipe(volatile char *line) {
  for (size_t i = 0; i <= LONGEST_PASSPHRASE; i++) line[i] = 0;
}

/* Without a passphrase first: only an encrypted key needs one. */
static pie_private_key *read_key(void) {
  pie_error *error = NULL;
  pie_private_key *key = NULL;
  pie_status status = pie_private_key_from_file(app.key, getenv("PIE_KEY_PASSPHRASE"), &key, &error);
  if (status == PIE_E_KEY && !getenv("PIE_KEY_PASSPHRASE") && strstr(pie_error_message(error), "passphrase")) {
    char line[LONGEST_PASSPHRASE + 1];
    ask_passphrase(line);
    if (*line) {
      pie_error_free(error);
      status = pie_private_key_from_file(app.key, line, &key, &error);
    }
    wipe(line);
  }
  if (status < 0) fail(app.key, status, error);
  return key;
}

static pie_status begin_login(uint64_t tag, pie_error **error) {
  const int64_t ms = limit(LOGIN_MS);
  if (app.token) return pie_client_auth_by_token_async(app.client, app.token, ms, app.queue, tag, NULL, error);
  if (app.agent)
    return pie_client_authenticate_with_agent_async(app.client, app.username, NULL, ms, app.queue, tag, NULL, error);
  pie_private_key *key = app.key ? read_key() : NULL;
  const pie_status status =
      pie_client_authenticate_async(app.client, app.username, key, ms, app.queue, tag, NULL, error);
  pie_private_key_free(key);
  return status;
}

void login(void) {
  pie_error *error = NULL;
  const uint64_t tag = new_tag();
  const pie_status status = begin_login(tag, &error);
  const char *what = app.token ? "login by token" : keep_format("login as %s", app.username);
  pie_event_free(finish(what, status, tag, error));
}
