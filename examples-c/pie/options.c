/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The command line: `pie [OPTION…] COMMAND [OPTION | ARGUMENT]… [-- ARGUMENT…]`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pie.h"
#include "options.h"

/* clang-format off */
const struct option_row option_rows[] = {
  {OPT_CONFIG,       "config",           0,   "FILE",    ALL,            "settings other than those of the default file"},
  {OPT_URI,          "uri",              'u', "URI",     ENGINE,         "the engine, as ws://host:port or wss://host:port"},
  {OPT_HOST,         "host",             0,   "HOST",    ENGINE,         "the engine's host (127.0.0.1)"},
  {OPT_PORT,         "port",             0,   "PORT",    ENGINE,         "the engine's port (8080)"},
  {OPT_USERNAME,     "username",         0,   "NAME",    ENGINE,         "log in under this name; also --user"},
  {OPT_KEY,          "private-key-path", 'k', "FILE",    ENGINE,         "log in with this private key; also --key"},
  {OPT_AGENT,        "agent",            0,   NULL,      LOGIN,          "log in with a key of the SSH agent"},
  {OPT_TOKEN,        "token",            0,   "TEXT",    LOGIN,          "log in with the engine's internal token (0.4)"},
  {OPT_TIMEOUT,      "timeout",          't', "SECONDS", ENGINE,         "limit of each request; 0 = none"},
  {OPT_SET,          "option",           'o', "K=V",     LOGIN,          "a connection option, see `pie config options`"},
  {OPT_JSON,         "json",             'j', NULL,      ALL,            "print one JSON object a line"},
  {OPT_QUIET,        "quiet",            'q', NULL,      ALL,            "no notes and no progress"},
  {OPT_NO_PROGRESS,  "no-progress",      0,   NULL,      ALL,            "no progress bar"},
  {OPT_VERBOSE,      "verbose",          'v', NULL,      ALL,            "log what the library does"},
  {OPT_HELP,         "help",             'h', NULL,      ALL,            "show this"},
  {OPT_VERSION,      "version",          'V', NULL,      ALL,            "show the versions"},
  {OPT_PATH,         "path",             'p', "FILE",    PROGRAM|CONFIG, "the program's file; config: the settings' file"},
  {OPT_MANIFEST,     "manifest",         'm', "FILE",    PROGRAM,        "its manifest (Pie.toml beside the program)"},
  {OPT_FORCE,        "force",            'f', NULL,      PROGRAM|CONFIG, "replace what is there"},
  {OPT_LINK,         "link",             'l', "FILE",    SUBMIT,         "refused: compose with `wac plug` first"},
  {OPT_DETACH,       "detach",           'd', NULL,      SUBMIT|TELL,    "do not wait for its output"},
  {OPT_INPUT,        "input",            0,   "JSON",    SUBMIT|DAEMON,  "what the inferlet is launched with"},
  {OPT_INPUT_FILE,   "input-file",       0,   "FILE",    SUBMIT|DAEMON,  "the same from a file; - = standard input"},
  {OPT_TOKEN_BUDGET, "token-budget",     0,   "N",       SUBMIT,         "how many tokens it may make (0.4)"},
  {OPT_RUN_TIMEOUT,  "run-timeout",      0,   "SECONDS", STREAM,         "terminate it after that time"},
  {OPT_OUTPUT_DIR,   "output-dir",       0,   "DIR",     STREAM,         "keep the files that it sends there"},
  {OPT_SIGNAL,       "signal",           0,   "TEXT",    SUBMIT|ATTACH,  "send it a text; may be repeated"},
  {OPT_FILE,         "file",             0,   "FILE",    SUBMIT|ATTACH,  "send it a file at its next message; repeatable"},
  {OPT_FILE_ON,      "file-on",          0,   "TEXT",    STREAM,         "send files at this message alone; '' = at once"},
  {OPT_INTERACTIVE,  "interactive",      'i', NULL,      STREAM,         "send it each line of standard input as a text"},
  {OPT_ON_INTERRUPT, "on-interrupt",     0,   "WHAT",    STREAM,         "what Ctrl-C does: terminate (default) or detach"},
  {OPT_FULL,         "full",             0,   NULL,      LIST,           "show whole ids"},
  {OPT_LONG,         "long",             0,   NULL,      LIST,           "show 8 characters of each id"},
  {OPT_COUNT,        "count",            'c', "N",       PING,           "how often (1)"},
  {OPT_REGISTRY,     "registry",         0,   "URL",     RESOLVE,        "whom to ask (that of the Pie project)"},
  {OPTIONS, NULL, 0, NULL, 0, NULL},
};

static const struct { const char *name; enum option_id id; } aliases[] = {
  {"user", OPT_USERNAME}, {"key", OPT_KEY}, {"detached", OPT_DETACH}, {"no-output", OPT_DETACH},
};
/* clang-format on */

static const struct option_row *row_of(enum option_id id) {
  const struct option_row *row = option_rows;
  while (row->id != id) row++;
  return row;
}

const char *option_name(enum option_id id) { return row_of(id)->name; }

static bool same(const char *name, const char *text, size_t size) {
  return strlen(name) == size && !memcmp(name, text, size);
}

static const struct option_row *find_long(const char *text, size_t size) {
  for (const struct option_row *row = option_rows; row->name; row++)
    if (same(row->name, text, size)) return row;
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (same(aliases[i].name, text, size)) return row_of(aliases[i].id);
  usage("--%.*s: no such option (see pie --help)", (int)size, text);
}

static const struct option_row *find_short(char letter) {
  for (const struct option_row *row = option_rows; row->name; row++)
    if (row->letter == letter) return row;
  usage("-%c: no such option (see pie --help)", letter);
}

/* Where the arguments are being read. */
struct reader {
  char **next, **end;
};

static const char *take(struct reader *reader, const struct option_row *row) {
  if (reader->next == reader->end) usage("--%s: %s is missing", row->name, row->argument);
  return *reader->next++;
}

static void parse_long(struct reader *reader, const char *text) {
  const char *equals = strchr(text, '=');
  const struct option_row *row = find_long(text, equals ? (size_t)(equals - text) : strlen(text));
  if (equals && !row->argument) usage("--%s takes no value", row->name);
  texts_add(&app.given[row->id], equals ? equals + 1 : row->argument ? take(reader, row) : "");
}

static void parse_short(struct reader *reader, const char *letters) {
  while (*letters) {
    const struct option_row *row = find_short(*letters++);
    if (row->argument) {
      texts_add(&app.given[row->id], *letters ? letters : take(reader, row));
      return;
    }
    texts_add(&app.given[row->id], "");
  }
}

static void parse_word(const char *word) {
  if (app.command) {
    texts_add(&app.arguments, word);
    return;
  }
  app.command = find_command(word);
  if (!app.command) usage("%s: no such command (see pie --help)", word);
}

static void check_options(void) {
  for (const struct option_row *row = option_rows; row->name; row++)
    if (given(row->id) && !(row->commands & app.command->mask))
      usage("--%s is no option of `pie %s` (see pie %s --help)", row->name, app.command->name, app.command->name);
}

static void check_arguments(void) {
  const struct command *command = app.command;
  const int count = (int)app.arguments.count;
  if (count < command->least) usage("an argument is missing: pie %s %s", command->name, command->arguments);
  if (command->most >= 0 && count > command->most)
    usage("%s: one argument too many: pie %s %s", app.arguments.items[command->most], command->name,
          command->arguments);
  if (app.rest.count && !(command->mask & SUBMIT))
    usage("%s: `pie %s` takes nothing behind --", app.rest.items[0], command->name);
}

/* Leaves with a text that names what is wrong. `--help` and `--version` are left to the caller. */
void parse_arguments(int argc, char **argv) {
  struct reader reader = {argv + (argc > 0), argv + argc};
  while (reader.next < reader.end) {
    const char *word = *reader.next++;
    if (!strcmp(word, "--")) break;
    if (!strncmp(word, "--", 2))
      parse_long(&reader, word + 2);
    else if (word[0] == '-' && word[1])
      parse_short(&reader, word + 1);
    else
      parse_word(word);
  }
  while (reader.next < reader.end) texts_add(&app.rest, *reader.next++);
  app.json = given(OPT_JSON);
  app.quiet = given(OPT_QUIET);
  if (given(OPT_HELP) || given(OPT_VERSION)) return;
  if (!app.command) usage("a command is missing (see pie --help)");
  check_options();
  check_arguments();
}

bool given(enum option_id id) { return app.given[id].count > 0; }

const char *value_of(enum option_id id) {
  const struct texts *texts = &app.given[id];
  return texts->count ? texts->items[texts->count - 1] : NULL;
}

bool parse_number(const char *text, int64_t least, int64_t greatest, int64_t *out) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  const long long number = strtoll(text, &end, 10);
  if (*end || errno || number < least || number > greatest) return false;
  *out = number;
  return true;
}

int64_t number_of(enum option_id id, int64_t least, int64_t greatest, int64_t otherwise) {
  int64_t number = otherwise;
  if (given(id) && !parse_number(value_of(id), least, greatest, &number))
    usage("--%s: %s is no number from %lld to %lld", option_name(id), value_of(id), (long long)least,
          (long long)greatest);
  return number;
}

/* From seconds; 0 is no limit. */
int64_t milliseconds(const char *what, const char *text) {
  char *end;
  const double seconds = strtod(text, &end);
  if (end == text || *end || !strpbrk(text, "0123456789") || !(seconds >= 0 && seconds <= 1e9))
    usage("%s: %s is no number of seconds", what, text);
  if (seconds == 0) return PIE_FOREVER;
  return seconds < 0.001 ? 1 : (int64_t)(seconds * 1000);
}
