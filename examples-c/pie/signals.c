/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The first Ctrl-C (or SIGTERM, SIGHUP) asks to leave in good order; the second one leaves at once. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "pie.h"

static volatile sig_atomic_t asked;
static int news[2] = {-1, -1};

int interrupted(void) { return asked; }
int interrupt_fd(void) { return news[0]; }

static void on_signal(int number) {
  const int error = errno;
  if (asked) _exit(128 + number);
  asked = number;
  (void)!write(news[1], "", 1);
  errno = error;
}

/* One that is ignored (nohup, a script's background) stays so. */
static void handle(int number) {
  struct sigaction action = {0};
  if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action.sa_handler = on_signal;
  action.sa_flags = 0; /* no SA_RESTART: a write to a slow reader is to end */
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

/* A reader that has gone (`pie submit … | head -1`) is seen as EPIPE, so that the process can be ended too. */
void signals_start(void) {
  struct sigaction ignore = {0};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, NULL);
  if (pipe(news) != 0) fail_with(EXIT_OTHER, "no descriptor is left");
  for (int i = 0; i < 2; i++) {
    fcntl(news[i], F_SETFD, FD_CLOEXEC);
    fcntl(news[i], F_SETFL, O_NONBLOCK);
  }
  handle(SIGINT);
  handle(SIGTERM);
  handle(SIGHUP);
}
