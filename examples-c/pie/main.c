/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* pie: a command-line client of Pie engines, over pie_client.h alone. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

struct app app;

static void log_line(int32_t level, const char *target, const char *message, void *user_data) {
  static const char *const names[] = {"off", "error", "warning", "info", "debug", "trace"};
  char line[2048];
  (void)user_data;
  const int size =
      snprintf(line, sizeof line - 1, "%s: %s: %s", names[level >= 0 && level <= 5 ? level : 0], target, message);
  const size_t shown = size < (int)sizeof line - 1 ? (size_t)size : sizeof line - 2;
  line[shown] = 0;
  make_safe(line);
  line[shown] = '\n';
  (void)!write(STDERR_FILENO, line, shown + 1);
}

static void check_library(void) {
  if (pie_abi_version() < PIE_ABI_VERSION)
    fail_with(EXIT_OTHER, "libpie_client %s is too old: its interface is %u, needed is %u", pie_version(),
              (unsigned)pie_abi_version(), (unsigned)PIE_ABI_VERSION);
}

static int run(void) {
  if (given(OPT_VERSION)) {
    print_version();
    return EXIT_DONE;
  }
  if (given(OPT_HELP)) {
    print_help(app.command);
    return EXIT_DONE;
  }
  if (given(OPT_VERBOSE)) pie_set_log_callback(PIE_LOG_TRACE, log_line, NULL);
  if (app.command->run == config_command)
    load_defaults();
  else if (app.command->run != help_command)
    load_settings();
  return app.command->run();
}

/* What could not be written is not done. */
static int with_output(int exit_code) {
  if (!output_broken() || exit_code != EXIT_DONE) return exit_code;
  if (output_error() == EPIPE) return 128 + SIGPIPE;
  tell_error("standard output", PIE_E_IO, strerror(output_error()));
  return EXIT_FILE;
}

/* A descriptor of ours is never taken for a standard one that the caller has closed. */
static void fill_standard(void) {
  int fd;
  while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) continue;
  if (fd >= 0) close(fd);
}

int main(int argc, char **argv) {
  fill_standard();
  signals_start();
  parse_arguments(argc, argv);
  check_library();
  leave(with_output(run()));
}
