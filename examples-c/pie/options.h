/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The table of options, which options.c reads the command line by and help.c describes it by. */
#ifndef PIE_OPTIONS_H
#define PIE_OPTIONS_H

#include "pie.h"

/* Which commands an option is of. */
enum {
  SUBMIT = 1,
  INSTALL = 2,
  LIST = 4,
  ATTACH = 8,
  ABORT = 16,
  PING = 32,
  RESOLVE = 64,
  CONFIG = 128,
  TELL = 256, /* signal, send */
  QUERY = 512,
  DAEMON = 1024,
  HELP = 2048,
  PROGRAM = SUBMIT | INSTALL,
  STREAM = SUBMIT | ATTACH | TELL,
  LOGIN = STREAM | INSTALL | LIST | ABORT | PING | RESOLVE | QUERY | DAEMON,
  ENGINE = LOGIN | CONFIG,
  ALL = ENGINE | HELP
};

struct option_row {
  enum option_id id;
  const char *name;
  char letter;          /* 0 = none */
  const char *argument; /* NULL = it takes none */
  unsigned commands;
  const char *help;
};
extern const struct option_row option_rows[]; /* ends with a row without a name */

#endif
