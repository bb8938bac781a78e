/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Where the settings come from: the command line, else the environment, else the file, else defaults. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

struct file_settings {
  const char *path;
  const char *uri, *host, *port, *username, *key, *token, *timeout;
  bool no_auth;
};

static const char *variable(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

static const char *home(void) {
  const char *named = variable("HOME");
  const struct passwd *me = named ? NULL : getpwuid(getuid());
  if (!named && !me)
    fail_with(EXIT_FILE, "the environment variable HOME is not set, so there is no settings file: give --config FILE");
  return named ? named : me->pw_dir;
}

/* As the official command has it. */
const char *config_path(void) {
  const char *folder = variable("PIE_CLI_HOME");
  if (given(OPT_CONFIG)) return value_of(OPT_CONFIG);
  return folder ? keep_format("%s/cli_config.toml", folder) : keep_format("%s/.pie/cli_config.toml", home());
}

static void set_option(const char *what, const char *key, const char *value) {
  pie_error *error = NULL;
  const pie_status status = pie_options_set(app.options, key, value, &error);
  if (status < 0) fail(what, status, error);
}

/* Leaves where a setting of the file may not have that value. */
void check_setting(const char *name, const char *value) {
  int64_t number;
  if (!strcmp(name, "port") && !parse_number(value, 1, 65535, &number))
    usage("port: %s is no number from 1 to 65535", value);
  if (!strcmp(name, "timeout")) (void)milliseconds(name, value);
  if (!strcmp(name, "enable_auth") && strcmp(value, "true") && strcmp(value, "false"))
    usage("enable_auth: %s is neither true nor false", value);
  if (!strncmp(name, "options.", 8)) set_option(name, name + 8, value);
}

static void on_setting(const char *section, const char *key, const char *value, int line, void *user_data) {
  struct file_settings *file = user_data;
  const struct {
    const char *name, **place;
  } texts[] = {{"uri", &file->uri},
               {"host", &file->host},
               {"port", &file->port},
               {"username", &file->username},
               {"private_key_path", &file->key},
               {"token", &file->token},
               {"timeout", &file->timeout}};
  if (!strcmp(section, "options")) {
    set_option(keep_format("%s:%d: %s", file->path, line, key), key, value);
    return;
  }
  for (size_t i = 0; !*section && i < sizeof texts / sizeof *texts; i++) {
    if (strcmp(texts[i].name, key) != 0) continue;
    check_setting(key, value);
    *texts[i].place = keep_text(value, strlen(value));
    return;
  }
  if (!*section && !strcmp(key, "enable_auth"))
    file->no_auth = !strcmp(value, "false");
  else
    note("%s:%d: no setting is called %s%s%s", file->path, line, section, *section ? "." : "", key);
}

static void read_settings(struct file_settings *file) {
  file->path = config_path();
  const char *text = read_file(file->path, NULL);
  if (!text && errno == ENOENT && !given(OPT_CONFIG)) return;
  if (!text) fail_with(EXIT_FILE, "%s: %s", file->path, strerror(errno));
  const int bad = toml_parse(text, on_setting, file);
  if (bad) usage("%s:%d: this is no `key = value`", file->path, bad);
}

static const char *first_of(const char *one, const char *two, const char *three) {
  return one ? one : two ? two : three;
}

static const char *make_uri(const char *host, const char *port) {
  const bool bare = strchr(host, ':') && *host != '[';
  return keep_format("ws://%s%s%s:%s", bare ? "[" : "", host, bare ? "]" : "", port);
}

/* A host or port of the command line is stronger than a URI of the environment or the file. */
static const char *choose_uri(const struct file_settings *file) {
  const char *host = first_of(value_of(OPT_HOST), file->host, "127.0.0.1");
  const char *port = first_of(value_of(OPT_PORT), file->port, "8080");
  if (given(OPT_URI) && (given(OPT_HOST) || given(OPT_PORT))) usage("--uri: give either --uri, or --host and --port");
  (void)number_of(OPT_PORT, 1, 65535, 0);
  if (given(OPT_HOST) || given(OPT_PORT)) return make_uri(host, port);
  const char *uri = first_of(value_of(OPT_URI), variable("PIE_URI"), file->uri);
  return uri ? uri : make_uri(host, port);
}

static const char *own_name(void) {
  const struct passwd *me = getpwuid(getuid());
  const char *name = me ? me->pw_name : variable("USER");
  return name ? keep_text(name, strlen(name)) : "pie";
}

static void set_given_options(void) {
  for (size_t i = 0; i < app.given[OPT_SET].count; i++) {
    const char *pair = app.given[OPT_SET].items[i], *equals = strchr(pair, '=');
    if (!equals) usage("-o %s: it has no = (see pie config options)", pair);
    set_option(keep_format("-o %s", pair), keep_text(pair, (size_t)(equals - pair)), equals + 1);
  }
}

/* A login by a way that the command line names is not mixed with one that the file names. */
static void choose_login(const struct file_settings *file) {
  if (given(OPT_AGENT) + given(OPT_KEY) + given(OPT_TOKEN) > 1)
    usage("--agent, --private-key-path and --token: give one of them");
  app.username = first_of(value_of(OPT_USERNAME), variable("PIE_USERNAME"), file->username);
  if (!app.username) app.username = own_name();
  app.agent = given(OPT_AGENT);
  app.key = value_of(OPT_KEY);
  app.token = value_of(OPT_TOKEN);
  if (app.agent || app.key || app.token) return;
  app.token = first_of(variable("PIE_TOKEN"), file->token, NULL);
  if (!app.token && !file->no_auth) app.key = first_of(variable("PIE_PRIVATE_KEY_PATH"), file->key, NULL);
}

/* For a command that needs no engine: the file may be broken, and `pie config` is to mend it. */
void load_defaults(void) {
  app.options = pie_options_new();
  if (!app.options) fail_with(EXIT_OTHER, "no memory");
  app.username = first_of(value_of(OPT_USERNAME), own_name(), NULL);
}

/* Nothing of what an inferlet says is to be lost, however slow its reader: hence overflow=pause, unless -o says no. No
   command closes before the engine has answered what matters, so the goodbye, which engines 0.4 let wait, may be short.
 */
void load_settings(void) {
  struct file_settings file = {0};
  load_defaults();
  set_option("overflow", "overflow", "pause");
  set_option("close_timeout_ms", "close_timeout_ms", "50");
  set_option("user_agent", "user_agent", keep_format("pie/%s libpie_client/%s", COMMAND_VERSION, pie_version()));
  read_settings(&file);
  set_given_options();
  app.uri = choose_uri(&file);
  choose_login(&file);
  const char *timeout = first_of(value_of(OPT_TIMEOUT), variable("PIE_TIMEOUT"), file.timeout);
  if (timeout) app.timeout_ms = milliseconds(given(OPT_TIMEOUT) ? "--timeout" : "timeout", timeout);
}
