/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Commands about running processes. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pie.h"

enum { LIST_MS = 60000, ATTACH_MS = 60000, ABORT_MS = 60000, SHORTEST_ID = 4, LONG_ID = 8 };

static pie_process_list *fetch_list(void) {
  pie_error *error = NULL;
  const uint64_t tag = new_tag();
  const pie_status status = pie_client_list_processes_async(app.client, limit(LIST_MS), app.queue, tag, NULL, &error);
  pie_event *done = finish("list", status, tag, error);
  pie_process_list *list = pie_event_take_process_list(done);
  pie_event_free(done);
  if (!list) fail_with(EXIT_OTHER, "no memory");
  return list;
}

static const char *id_of(const pie_process_info *info) { return info->id ? info->id : ""; }

static bool alike(const pie_process_list *list, size_t length) {
  for (size_t i = 0; pie_process_list_get(list, i); i++)
    for (size_t k = i + 1; pie_process_list_get(list, k); k++)
      if (!strncmp(id_of(pie_process_list_get(list, i)), id_of(pie_process_list_get(list, k)), length)) return true;
  return false;
}

/* Enough of each id to tell them apart, 4 at least, as the official command shows. */
static int id_width(const pie_process_list *list) {
  size_t width = SHORTEST_ID;
  if (given(OPT_FULL)) return 36;
  if (given(OPT_LONG)) return LONG_ID;
  while (width < 36 && alike(list, width)) width++;
  return (int)width;
}

static const char *shown(const char *text) {
  char *safe = keep_text(text ? text : "-", strlen(text ? text : "-"));
  make_safe(safe);
  return safe;
}

static void print_row(const pie_process_info *info, int width) {
  struct buffer line = {0};
  buffer_format(&line, "%-*.*s  %-24s  %-12s  %7llus  %.80s\n", width, width, shown(info->id), shown(info->program),
                shown(info->username), (unsigned long long)info->elapsed_secs, shown(info->input));
  put(STDOUT_FILENO, line.data, line.size);
}

static void print_table(const pie_process_list *list) {
  const pie_process_info *info;
  const int width = id_width(list);
  if (!pie_process_list_get(list, 0)) {
    note("no process is running");
    return;
  }
  char *head = keep_format("%-*s  %-24s  %-12s  %8s  %s\n", width, "ID", "INFERLET", "USER", "RUNNING", "INPUT");
  put(STDOUT_FILENO, head, strlen(head));
  for (size_t i = 0; (info = pie_process_list_get(list, i)) != NULL; i++) print_row(info, width);
}

static void print_objects(const pie_process_list *list) {
  const pie_process_info *info;
  struct buffer line = {0};
  for (size_t i = 0; (info = pie_process_list_get(list, i)) != NULL; i++) {
    json_begin(&line, "process");
    json_text(&line, "process", info->id);
    json_text(&line, "inferlet", info->program);
    json_text(&line, "username", info->username);
    json_number(&line, "elapsed_secs", info->elapsed_secs);
    json_text(&line, "input", info->input);
    json_end(&line);
  }
}

int list_command(void) {
  connect_engine();
  login();
  pie_process_list *list = fetch_list();
  if (app.json)
    print_objects(list);
  else
    print_table(list);
  pie_process_list_free(list);
  return EXIT_DONE;
}

/* A whole id is taken as it is: only the engine knows whether it runs. */
static const char *find_process(const char *given_id) {
  const size_t size = strlen(given_id);
  const pie_process_info *info;
  const char *found = NULL;
  int count = 0;
  if (!size) usage("the ID of the process is empty");
  if (size >= 32) return given_id;
  pie_process_list *list = fetch_list();
  for (size_t i = 0; (info = pie_process_list_get(list, i)) != NULL; i++) {
    if (strncmp(id_of(info), given_id, size) != 0) continue;
    found = keep_text(info->id, strlen(info->id));
    count++;
  }
  pie_process_list_free(list);
  if (!count) fail_with(EXIT_REFUSED, "%s: no running process has an id that begins so (see pie list)", given_id);
  if (count > 1) fail_with(EXIT_USAGE, "%s: %d running processes have an id that begins so", given_id, count);
  return found;
}

static void tell(const char *event, const char *id, const char *text) {
  struct buffer line = {0};
  if (!app.json) {
    note("%s %s", text, id);
    return;
  }
  json_begin(&line, event);
  json_text(&line, "process", id);
  json_end(&line);
}

static void attach(const char *given_id) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = NULL;
  check_stream_options();
  connect_engine();
  login();
  const char *id = find_process(given_id);
  options.queue = app.queue;
  const uint64_t tag = new_tag();
  hold_interrupts(true);
  const pie_status status =
      pie_client_attach_process_async(app.client, id, &options, limit(ATTACH_MS), app.queue, tag, NULL, &error);
  pie_event *done = finish("attach", status, tag, error);
  app.process = pie_event_take_process(done);
  pie_event_free(done);
  hold_interrupts(false);
  tell("attached", id, "attached");
}

int attach_command(void) {
  attach(app.arguments.items[0]);
  return stream(&app.given[OPT_SIGNAL], &app.given[OPT_FILE], value_of(OPT_FILE_ON), false);
}

static struct texts words_behind_id(void) {
  const struct texts words = {app.arguments.items + 1, app.arguments.count - 1};
  return words;
}

int signal_command(void) {
  const struct texts texts = words_behind_id(), no_files = {NULL, 0};
  attach(app.arguments.items[0]);
  return stream(&texts, &no_files, NULL, given(OPT_DETACH));
}

/* What it said when it began to wait was lost before the attach, so the file goes at once unless --file-on says when.
 */
int send_command(void) {
  const struct texts files = words_behind_id(), no_texts = {NULL, 0};
  for (size_t i = 0; i < files.count; i++) need_file("send", files.items[i]);
  attach(app.arguments.items[0]);
  return stream(&no_texts, &files, given(OPT_FILE_ON) ? value_of(OPT_FILE_ON) : "", given(OPT_DETACH));
}

int abort_command(void) {
  connect_engine();
  login();
  for (size_t i = 0; i < app.arguments.count; i++) {
    pie_error *error = NULL;
    const char *id = find_process(app.arguments.items[i]);
    const uint64_t tag = new_tag();
    const pie_status status =
        pie_client_terminate_process_async(app.client, id, limit(ABORT_MS), app.queue, tag, NULL, &error);
    pie_event_free(finish(id, status, tag, error));
    tell("terminated", id, "terminated");
  }
  return EXIT_DONE;
}
