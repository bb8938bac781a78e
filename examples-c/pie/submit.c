/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* `pie submit`: launches an inferlet. */
#include <string.h>
#include <sys/stat.h>

#include "pie.h"

struct submission {
  const char *inferlet, *program, *manifest, *input;
};

/* With --path all words are the inferlet's, else those behind the first. */
static void read_words(struct submission *submission) {
  struct texts words = app.arguments;
  submission->program = value_of(OPT_PATH);
  if (!submission->program) {
    if (!words.count) usage("the inferlet is missing: pie submit INFERLET, or --path FILE");
    submission->inferlet = words.items[0];
    words.items++;
    words.count--;
    if (is_program(submission->inferlet)) submission->program = submission->inferlet;
  }
  struct texts all = {NULL, 0};
  for (size_t i = 0; i < words.count; i++) texts_add(&all, words.items[i]);
  for (size_t i = 0; i < app.rest.count; i++) texts_add(&all, app.rest.items[i]);
  app.rest = all;
}

static void check_words(const struct submission *submission) {
  if (given(OPT_LINK)) usage("--link: compose the program first: wac plug --plug LIBRARY PROGRAM -o COMPOSED");
  if (!submission->program && given(OPT_MANIFEST)) usage("--manifest: there is no program to install: give --path too");
  if (!submission->program && given(OPT_FORCE)) usage("--force: there is no program to install: give --path too");
  if (given(OPT_DETACH) && (given(OPT_FILE) || given(OPT_SIGNAL) || given(OPT_INTERACTIVE) || given(OPT_OUTPUT_DIR)))
    usage("--detach: nothing is sent to or taken from such a process; pie attach does that");
  if (given(OPT_INTERACTIVE) && given(OPT_INPUT_FILE) && !strcmp(value_of(OPT_INPUT_FILE), "-"))
    usage("--interactive: standard input is --input-file already");
}

/* Those of every command that shows a stream, before anything is sent. */
void check_stream_options(void) {
  const char *directory = value_of(OPT_OUTPUT_DIR), *seconds = value_of(OPT_RUN_TIMEOUT);
  const char *how = value_of(OPT_ON_INTERRUPT);
  struct stat about;
  if (how && strcmp(how, "terminate") && strcmp(how, "detach"))
    usage("--on-interrupt: %s is neither terminate nor detach", how);
  if (directory && (stat(directory, &about) != 0 || !S_ISDIR(about.st_mode)))
    usage("--output-dir: %s is no directory", directory);
  if (seconds) (void)milliseconds("--run-timeout", seconds);
  for (size_t i = 0; i < app.given[OPT_FILE].count; i++) need_file("--file", app.given[OPT_FILE].items[i]);
}

static void tell_launched(const char *inferlet) {
  const char *id = pie_process_id(app.process);
  struct buffer line = {0};
  if (app.json) {
    json_begin(&line, "launched");
    json_text(&line, "inferlet", inferlet);
    json_text(&line, "process", *id ? id : NULL);
    json_end(&line);
  } else if (!given(OPT_DETACH)) {
    note("%s runs as %s", inferlet, id);
  } else if (*id) {
    put_line(id, strlen(id));
  } else {
    note("%s runs; this engine (0.5) does not say under which id, but `pie list` does", inferlet);
  }
}

static void launch(const struct submission *submission) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = NULL;
  const uint64_t tag = new_tag();
  options.input = submission->input;
  options.queue = app.queue;
  options.token_budget = (uint64_t)number_of(OPT_TOKEN_BUDGET, 1, INT64_MAX, 0);
  if (given(OPT_DETACH)) options.flags = PIE_LAUNCH_NO_CAPTURE;
  hold_interrupts(true);
  const pie_status status = pie_client_launch_process_async(app.client, submission->inferlet, &options,
                                                            limit(PIE_FOREVER), app.queue, tag, NULL, &error);
  pie_event *done = finish("launch", status, tag, error);
  app.process = pie_event_take_process(done);
  pie_event_free(done);
  hold_interrupts(false);
}

int submit_command(void) {
  struct submission submission = {0};
  read_words(&submission);
  check_words(&submission);
  check_stream_options();
  (void)number_of(OPT_TOKEN_BUDGET, 1, INT64_MAX, 0);
  if (submission.program) {
    need_file("submit", submission.program);
    submission.manifest = manifest_of(submission.program);
  }
  submission.input = launch_input();
  connect_engine();
  login();
  if (submission.program) submission.inferlet = install(submission.program, submission.manifest, given(OPT_FORCE));
  launch(&submission);
  tell_launched(submission.inferlet);
  if (given(OPT_DETACH)) return interrupted() ? 128 + interrupted() : EXIT_DONE;
  return stream(&app.given[OPT_SIGNAL], &app.given[OPT_FILE], value_of(OPT_FILE_ON), false);
}
