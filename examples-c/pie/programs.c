/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Installing inferlets from files, and asking a registry for them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

enum { CHECK_MS = 60000, RESOLVE_MS = 60000 };

static bool has_ending(const char *name, const char *ending) {
  const size_t size = strlen(name), end = strlen(ending);
  return size > end && !strcmp(name + size - end, ending);
}

bool is_program(const char *name) {
  return has_ending(name, ".wasm") || has_ending(name, ".py") || has_ending(name, ".js");
}

/* --manifest, else Pie.toml in the program's folder. */
const char *manifest_of(const char *program) {
  const char *slash = strrchr(program, '/');
  if (given(OPT_MANIFEST)) return value_of(OPT_MANIFEST);
  const char *beside = keep_format("%.*sPie.toml", slash ? (int)(slash - program + 1) : 0, program);
  if (access(beside, F_OK) != 0) usage("--manifest is missing: there is no %s beside the program", beside);
  return beside;
}

struct package {
  const char *name, *version;
};

static void on_manifest(const char *section, const char *key, const char *value, int line, void *user_data) {
  struct package *package = user_data;
  (void)line;
  if (strcmp(section, "package") != 0) return;
  if (!strcmp(key, "name") && !package->name) package->name = keep_text(value, strlen(value));
  if (!strcmp(key, "version") && !package->version) package->version = keep_text(value, strlen(value));
}

static const char *name_in(const char *manifest) {
  struct package package = {NULL, NULL};
  const char *text = read_file(manifest, NULL);
  if (!text) fail_with(EXIT_FILE, "--manifest: %s: %s", manifest, strerror(errno));
  toml_parse(text, on_manifest, &package);
  if (!package.name || !package.version)
    usage("--manifest: %s has no `%s` under [package]", manifest, package.name ? "version" : "name");
  return keep_format("%s@%s", package.name, package.version);
}

static bool is_installed(const char *name) {
  pie_error *error = NULL;
  const uint64_t tag = new_tag();
  const pie_status status =
      pie_client_check_program_async(app.client, name, NULL, NULL, limit(CHECK_MS), app.queue, tag, NULL, &error);
  pie_event *done = finish(name, status, tag, error);
  const bool installed = done->current != 0;
  pie_event_free(done);
  return installed;
}

static void tell_installed(const char *name, bool now) {
  struct buffer line = {0};
  if (!app.json) {
    note(now ? "%s is installed" : "%s was installed already; --force replaces it", name);
    return;
  }
  json_begin(&line, "installed");
  json_text(&line, "inferlet", name);
  buffer_text(&line, now ? ",\"uploaded\":true" : ",\"uploaded\":false");
  json_end(&line);
}

/* Needs a login. Gives name@version. What the engine has under that name and version stays, unless `force`. */
const char *install(const char *program, const char *manifest, bool force) {
  pie_error *error = NULL;
  const char *name = name_in(manifest);
  const bool upload = force || !is_installed(name);
  if (upload) {
    const uint64_t tag = new_tag();
    progress_begin(program);
    const pie_status status = pie_client_install_program_async(app.client, program, manifest, force, limit(PIE_FOREVER),
                                                               app.queue, tag, NULL, &error);
    pie_event_free(finish("install", status, tag, error));
  }
  tell_installed(name, upload);
  return name;
}

int install_command(void) {
  const char *program = app.arguments.count ? app.arguments.items[0] : value_of(OPT_PATH);
  if (!program) usage("the program's file is missing: pie install PROGRAM, or --path FILE");
  if (given(OPT_PATH) && app.arguments.count) usage("%s: --path names the program already", program);
  const char *manifest = manifest_of(program);
  need_file("install", program);
  (void)name_in(manifest);
  connect_engine();
  login();
  install(program, manifest, given(OPT_FORCE));
  return EXIT_DONE;
}

int resolve_command(void) {
  struct buffer line = {0};
  pie_error *error = NULL;
  const char *name = app.arguments.items[0];
  connect_engine();
  const uint64_t tag = new_tag();
  const pie_status status = pie_client_resolve_version_async(app.client, name, value_of(OPT_REGISTRY),
                                                             limit(RESOLVE_MS), app.queue, tag, NULL, &error);
  pie_event *done = finish(name, status, tag, error);
  if (app.json) {
    json_begin(&line, "resolved");
    json_text(&line, "name", name);
    json_data(&line, "inferlet", done->data, done->size);
    json_end(&line);
  } else {
    put_line(done->data, done->size);
  }
  pie_event_free(done);
  return EXIT_DONE;
}
