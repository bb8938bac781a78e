/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* `pie config`: the settings file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pie.h"

enum kind { TEXT, BARE }; /* BARE: numbers and truth values */

static const struct setting {
  const char *name;
  enum kind kind;
  enum option_id id; /* by which `init` and `update` take it; OPTIONS = none */
} settings[] = {
    {"uri", TEXT, OPT_URI},
    {"host", TEXT, OPT_HOST},
    {"port", BARE, OPT_PORT},
    {"username", TEXT, OPT_USERNAME},
    {"private_key_path", TEXT, OPT_KEY},
    {"timeout", BARE, OPT_TIMEOUT},
    {"enable_auth", BARE, OPTIONS},
    {"token", TEXT, OPTIONS},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static const char *file_path(void) { return given(OPT_PATH) ? value_of(OPT_PATH) : config_path(); }

static const char *need_text(const char *path) {
  const char *text = read_file(path, NULL);
  if (!text && errno == ENOENT) fail_with(EXIT_FILE, "%s: there is no such file; `pie config init` makes it", path);
  if (!text) fail_with(EXIT_FILE, "%s: %s", path, strerror(errno));
  return text;
}

static void make_folders(const char *path) {
  char *folder = keep_text(path, strlen(path));
  for (char *at = folder + 1; (at = strchr(at, '/')) != NULL; at++) {
    *at = 0;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) fail_with(EXIT_FILE, "%s: %s", folder, strerror(errno));
    *at = '/';
  }
}

/* Written beside it and renamed: the file is the old one or the new one. Others may not read it: it may hold a token.
 */
static void write_file(const char *path, const struct buffer *text) {
  const char *beside = keep_format("%s.%ld", path, (long)getpid());
  make_folders(path);
  const int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail_with(EXIT_FILE, "%s: %s", beside, strerror(errno));
  bool whole = write(fd, text->data, text->size) == (ssize_t)text->size;
  whole = close(fd) == 0 && whole;
  if (whole && rename(beside, path) == 0) return;
  const int error = errno;
  unlink(beside);
  fail_with(EXIT_FILE, "%s: %s", path, strerror(error));
}

static void put_setting(struct buffer *text, const char *section, const char *name, enum kind kind, const char *value) {
  struct buffer quoted = {0}, changed = {0};
  if (kind == TEXT) toml_quote(&quoted, value);
  toml_set(&changed, text->data ? text->data : "", section, name, kind == TEXT ? quoted.data : value);
  *text = changed;
}

static int put_given(struct buffer *text) {
  int count = 0;
  for (int i = 0; i < SETTINGS; i++) {
    if (settings[i].id == OPTIONS || !given(settings[i].id)) continue;
    check_setting(settings[i].name, value_of(settings[i].id));
    put_setting(text, "", settings[i].name, settings[i].kind, value_of(settings[i].id));
    count++;
  }
  return count;
}

static void save(const char *path, const struct buffer *text) {
  write_file(path, text);
  note("written to %s", path);
}

static void init(void) {
  const char *path = file_path();
  struct buffer text = {0};
  if (access(path, F_OK) == 0 && !given(OPT_FORCE))
    fail_with(EXIT_FILE, "%s is there already; --force replaces it", path);
  if (!given(OPT_URI)) {
    put_setting(&text, "", "host", TEXT, "127.0.0.1");
    put_setting(&text, "", "port", BARE, "8080");
  }
  put_setting(&text, "", "username", TEXT, app.username);
  put_given(&text);
  save(path, &text);
}

static void update(void) {
  const char *path = file_path();
  struct buffer text = {0};
  buffer_text(&text, need_text(path));
  if (!put_given(&text))
    usage("config update: give --uri, --host, --port, --username, --private-key-path or --timeout");
  save(path, &text);
}

static void set(const char *name, const char *value) {
  const char *path = file_path(), *section = "";
  const struct setting *found = NULL;
  struct buffer text = {0};
  for (int i = 0; i < SETTINGS; i++)
    if (!strcmp(settings[i].name, name)) found = &settings[i];
  if (!found && strncmp(name, "options.", 8) != 0) usage("%s: no setting is called that (see pie config --help)", name);
  check_setting(name, value);
  const char *old = read_file(path, NULL);
  if (!old && errno != ENOENT) fail_with(EXIT_FILE, "%s: %s", path, strerror(errno));
  buffer_text(&text, old ? old : "");
  if (!found) section = "options";
  put_setting(&text, section, found ? name : name + 8, found ? found->kind : TEXT, value);
  save(path, &text);
}

static void show_pair(const char *section, const char *key, const char *value, int line, void *user_data) {
  struct buffer *out = user_data;
  (void)line;
  buffer_text(out, ",");
  const char *name = keep_format("%s%s%s", section, *section ? "." : "", key);
  json_string(out, name, strlen(name));
  buffer_text(out, ":");
  json_string(out, value, strlen(value));
}

static void show(void) {
  const char *path = file_path(), *text = need_text(path);
  struct buffer line = {0};
  if (!app.json) {
    note("%s", path);
    put(STDOUT_FILENO, text, strlen(text));
    return;
  }
  json_begin(&line, "config");
  json_text(&line, "path", path);
  buffer_text(&line, ",\"settings\":{");
  struct buffer pairs = {0};
  buffer_add(&pairs, "", 0);
  toml_parse(text, show_pair, &pairs);
  buffer_text(&line, pairs.size ? pairs.data + 1 : "");
  buffer_text(&line, "}");
  json_end(&line);
}

/* The library's table is an array of objects of texts: one object a line is enough to read it by. */
static void options(void) {
  const char *text = pie_options_describe();
  if (app.json) {
    put(STDOUT_FILENO, text, strlen(text));
    put(STDOUT_FILENO, "\n", 1);
    return;
  }
  describe_options(text);
}

static void path(void) {
  struct buffer line = {0};
  if (!app.json) {
    put_line(file_path(), strlen(file_path()));
    return;
  }
  json_begin(&line, "config");
  json_text(&line, "path", file_path());
  json_end(&line);
}

int config_command(void) {
  const struct {
    const char *name;
    int count;
    void (*run)(void);
  } actions[] = {{"init", 1, init}, {"update", 1, update}, {"set", 3, NULL},
                 {"show", 1, show}, {"path", 1, path},     {"options", 1, options}};
  const char *const *words = app.arguments.items;
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
    if (strcmp(actions[i].name, words[0]) != 0) continue;
    if ((int)app.arguments.count != actions[i].count)
      usage("config %s takes %s", words[0], actions[i].run ? "no argument" : "a KEY and a VALUE");
    if (actions[i].run)
      actions[i].run();
    else
      set(words[1], words[2]);
    return EXIT_DONE;
  }
  usage("config %s: no such action (init, update, set, show, path, options)", words[0]);
}
