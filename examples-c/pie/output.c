/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Writing without a buffer: what an inferlet says is seen when it says it. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

static bool broken;     /* nobody reads standard output any more, or it takes no more */
static int broken_with; /* the errno of that */
static bool inside_line;

bool output_broken(void) { return broken; }
int output_error(void) { return broken_with; }

static void note_end(int fd, int error) {
  if (fd != STDOUT_FILENO || broken) return;
  broken = true;
  broken_with = error;
}

static bool may_go_on(int fd, int error) {
  struct pollfd room = {fd, POLLOUT, 0};
  if (error == EINTR) return !interrupted();
  if (error == EAGAIN || error == EWOULDBLOCK) return poll(&room, 1, -1) >= 0 || !interrupted();
  note_end(fd, error);
  return false;
}

/* A signal that asks to leave ends a write that waits for a slow reader. */
bool put(int fd, const void *data, size_t size) {
  const char *at = data;
  if (fd == STDOUT_FILENO && broken) return false;
  progress_clear();
  if (fd == STDOUT_FILENO && size) inside_line = at[size - 1] != '\n';
  while (size) {
    const ssize_t written = write(fd, at, size);
    if (written < 0 && !may_go_on(fd, errno)) return false;
    if (written < 0) continue;
    at += written;
    size -= (size_t)written;
  }
  return true;
}

/* Begins on a line of its own, since what an inferlet writes need not end one. */
bool put_line(const char *data, size_t size) {
  end_line();
  return put(STDOUT_FILENO, data, size) && put(STDOUT_FILENO, "\n", 1);
}

/* A note stands on a line of its own where both go to one terminal; what goes elsewhere is not touched by it. */
void end_line_on_terminal(void) {
  if (inside_line && isatty(STDOUT_FILENO)) end_line();
}

void end_line(void) {
  if (inside_line) put(STDOUT_FILENO, "\n", 1);
  inside_line = false;
}
