/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A progress bar on standard error, where that is a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pie.h"

static const char *title; /* NULL: no bar is wanted */
static bool visible;

bool colours(int fd) {
  const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return !(off && *off) && !(terminal && !strcmp(terminal, "dumb")) && isatty(fd);
}

void progress_begin(const char *what) {
  const char *slash = strrchr(what, '/');
  title = given(OPT_NO_PROGRESS) || app.quiet || !isatty(STDERR_FILENO) ? NULL : slash ? slash + 1 : what;
}

static int columns(void) {
  struct winsize size = {0};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* Without a terminal of its own kind it is redrawn by a carriage return alone. */
void progress_show(uint64_t current, uint64_t total) {
  static const char full[] = "########################################";
  static const char none[] = "                                        ";
  char line[256];
  if (!title) return;
  const double share = total ? (double)current / (double)total : 1.0;
  const int most = columns() - 50, width = most < 5 ? 5 : most > 40 ? 40 : most, done = (int)(share * width);
  const int size =
      snprintf(line, sizeof line, "\r%-16.16s [%.*s%.*s] %3d%% %8.1f of %.1f MiB", title, done, full, width - done,
               none, (int)(100 * share), (double)current / 1048576.0, (double)total / 1048576.0);
  visible = true;
  (void)!write(STDERR_FILENO, line, (size_t)size);
}

void progress_clear(void) {
  char line[256];
  if (!visible) return;
  visible = false;
  const int size = snprintf(line, sizeof line, "\r%*s\r", columns() - 1 > 200 ? 200 : columns() - 1, "");
  (void)!write(STDERR_FILENO, line, (size_t)size);
}

void progress_end(void) {
  progress_clear();
  title = NULL;
}
