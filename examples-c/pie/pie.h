/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the parts of the `pie` program share. All memory is kept until the program leaves (memory.c), and every failure
   leaves through `leave`, which closes the connection first. */
#ifndef PIE_COMMAND_H
#define PIE_COMMAND_H

#include <pie_client.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_VERSION "0.1.0"

/* Documented in pie.1: never renumber them. A signal adds 128 + its number. */
enum exit_code {
  EXIT_DONE = 0,
  EXIT_INFERLET = 1,
  EXIT_USAGE = 2,
  EXIT_CONNECT = 3,
  EXIT_LOGIN = 4,
  EXIT_REFUSED = 5,
  EXIT_TIME = 6,
  EXIT_LOST = 7,
  EXIT_FILE = 8,
  EXIT_UNSUPPORTED = 9,
  EXIT_REGISTRY = 10,
  EXIT_OTHER = 11
};

enum option_id {
  OPT_CONFIG,
  OPT_URI,
  OPT_HOST,
  OPT_PORT,
  OPT_USERNAME,
  OPT_KEY,
  OPT_AGENT,
  OPT_TOKEN,
  OPT_TIMEOUT,
  OPT_SET,
  OPT_JSON,
  OPT_QUIET,
  OPT_NO_PROGRESS,
  OPT_VERBOSE,
  OPT_HELP,
  OPT_VERSION,
  OPT_PATH,
  OPT_MANIFEST,
  OPT_FORCE,
  OPT_LINK,
  OPT_DETACH,
  OPT_INPUT,
  OPT_INPUT_FILE,
  OPT_TOKEN_BUDGET,
  OPT_RUN_TIMEOUT,
  OPT_OUTPUT_DIR,
  OPT_SIGNAL,
  OPT_FILE,
  OPT_FILE_ON,
  OPT_INTERACTIVE,
  OPT_ON_INTERRUPT,
  OPT_FULL,
  OPT_LONG,
  OPT_COUNT,
  OPT_REGISTRY,
  OPTIONS
};

struct texts {
  const char **items;
  size_t count;
};

struct buffer {
  char *data;
  size_t size, room;
};

struct command {
  const char *name;
  const char *arguments; /* as the usage line shows them */
  const char *purpose;
  const char *details; /* further lines of its help; NULL = none */
  unsigned mask;       /* which options it takes, see options.c */
  int least, most;     /* how many arguments; -1 = any number */
  int (*run)(void);
};

struct app {
  const struct command *command;
  struct texts given[OPTIONS]; /* each option's values, in their order; a flag has "" for each time */
  struct texts arguments;      /* before a `--`, without the command */
  struct texts rest;           /* behind it */

  const char *uri, *username, *key, *token;
  bool agent, json, quiet;
  int64_t timeout_ms; /* of each request; 0 = not given, so each has its own default */
  pie_options *options;

  pie_queue *queue; /* everything that happens arrives here, told apart by tag */
  int queue_fd;
  pie_client *client;
  pie_process *process;
  uint64_t last_tag;
};
extern struct app app;

/* memory.c: kept until `leave`; where there is none, the program ends. */
void *keep(size_t size);
char *keep_text(const char *text, size_t size);
char *keep_format(const char *format, ...);
void texts_add(struct texts *texts, const char *text);
void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_format(struct buffer *buffer, const char *format, ...);
void buffer_clear(struct buffer *buffer);
void memory_free(void);

/* options.c */
void parse_arguments(int argc, char **argv);
bool given(enum option_id id);
const char *value_of(enum option_id id); /* the last one, NULL where it was not given */
int64_t number_of(enum option_id id, int64_t least, int64_t greatest, int64_t otherwise);
int64_t milliseconds(const char *what, const char *text);
bool parse_number(const char *text, int64_t least, int64_t greatest, int64_t *out);

/* help.c */
extern const struct command commands[];
const struct command *find_command(const char *name);
const char *option_name(enum option_id id);
void print_options(struct buffer *out, const struct command *command, bool common);
void print_help(const struct command *command);
void print_version(void);

/* report.c */
void note(const char *format, ...);
void warn(const char *format, ...);
_Noreturn void usage(const char *format, ...);
_Noreturn void fail_with(int exit_code, const char *format, ...);
_Noreturn void fail(const char *what, pie_status status, pie_error *error);
void tell_error(const char *what, pie_status status, const char *message);
int exit_code_of(pie_status status);
void make_safe(char *text);
_Noreturn void leave(int exit_code);

/* output.c: false where the output is closed or full; then app's loop ends the process. */
bool put(int fd, const void *data, size_t size);
bool put_line(const char *data, size_t size);
void end_line(void);
void end_line_on_terminal(void);
bool output_broken(void);
int output_error(void);

/* json.c */
void json_string(struct buffer *out, const char *data, size_t size);
bool is_utf8(const char *text);
void json_base64(struct buffer *out, const void *data, size_t size);
void json_begin(struct buffer *out, const char *event);
void json_text(struct buffer *out, const char *key, const char *text);
void json_data(struct buffer *out, const char *key, const char *data, size_t size);
void json_number(struct buffer *out, const char *key, uint64_t number);
void json_end(struct buffer *out);

/* input.c: the JSON text that a launch takes; NULL = none. */
const char *launch_input(void);

/* files.c */
char *read_file(const char *path, size_t *size); /* NULL with errno */
void save_file(const char *directory, const char *name, const void *data, size_t size, struct buffer *path);
void need_file(const char *what, const char *path);

/* toml.c: the part of TOML that settings and manifests are made of. */
typedef void (*toml_fn)(const char *section, const char *key, const char *value, int line, void *user_data);
int toml_parse(const char *text, toml_fn each, void *user_data); /* the first line that is not understood, 0 = none */
void toml_quote(struct buffer *out, const char *text);
void toml_set(struct buffer *out, const char *text, const char *section, const char *key, const char *value);

/* settings.c */
void load_settings(void);
void load_defaults(void);
const char *config_path(void);
void check_setting(const char *name, const char *value);

/* describe.c: pie_options_describe for people. */
void describe_options(const char *json);

/* signals.c */
void signals_start(void);
int interrupted(void); /* the signal that asked to leave, 0 = none */
int interrupt_fd(void);

/* loop.c */
enum wake { WAKE_EVENT, WAKE_INTERRUPT, WAKE_OUTPUT, WAKE_INPUT, WAKE_TIME };
enum wake wait_for(pie_event **event, int64_t deadline_ms, int input);
int64_t now_ms(void);
uint64_t new_tag(void);
int64_t limit(int64_t otherwise);
pie_event *finish(const char *what, pie_status status, uint64_t tag, pie_error *error);
void hold_interrupts(bool hold);

/* progress.c */
void progress_begin(const char *what);
void progress_show(uint64_t current, uint64_t total);
void progress_clear(void);
void progress_end(void);
bool colours(int fd);

/* connection.c */
void connect_engine(void);
void login(void);
const char *generation_name(void);

/* programs.c */
const char *manifest_of(const char *program);
const char *install(const char *program, const char *manifest, bool force);
bool is_program(const char *name);
int install_command(void);
int resolve_command(void);

/* show.c: false where a file was lost that should have been kept. */
bool show_event(const pie_event *event);

/* stream.c: runs until app.process has ended or was let go of; the exit code. */
int stream(const struct texts *signals, const struct texts *files, const char *file_on, bool leave_then);

/* submit.c: what commands that show a stream check before anything is sent. */
void check_stream_options(void);

/* The commands: submit.c, processes.c, engine.c */
int submit_command(void);
int list_command(void);
int attach_command(void);
int abort_command(void);
int signal_command(void);
int send_command(void);
int ping_command(void);
int query_command(void);
int daemon_command(void);
int config_command(void);
int help_command(void);

#endif
