/* The conformance runner for C: runner SCENARIOS ENGINE [NAME]... (../README.md). */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
  const char *engine;
  char **names;
  int name_count;
  char scenario[64];
  int chosen, line, failed, any_failed;
  world world;
} run;

void complain(step *step, const char *format, ...) {
  if (step->wrong[0] != '\0') return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(step->wrong, sizeof step->wrong, format, arguments);
  va_end(arguments);
}

const char *word(const step *step, int number) { return number < step->count ? step->words[number] : ""; }

const char *environment(const char *name) {
  const char *value = getenv(name);
  if (value != NULL) return value;
  fprintf(stderr, "runner: %s is not set\n", name);
  exit(2);
}

void *have(void *memory) {
  if (memory != NULL) return memory;
  fprintf(stderr, "runner: no memory\n");
  exit(2);
}

char *join_text(const char *a, const char *b, const char *c) {
  size_t size = strlen(a) + strlen(b) + strlen(c) + 1;
  char *text = have(malloc(size));
  snprintf(text, size, "%s%s%s", a, b, c);
  return text;
}

unsigned char *pattern(size_t size) {
  unsigned char *bytes = have(malloc(size + 1));
  for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)(i % 251);
  return bytes;
}

/* The words of a line; it is changed. Returns how many there are. */
static int split(char *line, char **words) {
  int count = 0;
  while (count < MANY) {
    line += strspn(line, " \t\r\n");
    if (*line == '\0' || (count == 0 && *line == '#')) break;
    char *end = *line == '\'' ? strchr(++line, '\'') : line + strcspn(line, " \t\r\n");
    if (end == NULL) break;
    words[count++] = line;
    if (*end == '\0') break;
    *end = '\0';
    line = end + 1;
  }
  return count;
}

static const verb *find_verb(const char *name) {
  static const verb *const tables[] = {call_verbs, stream_verbs};
  for (int i = 0; i < 2; i++)
    for (const verb *verb = tables[i]; verb->name != NULL; verb++)
      if (strcmp(verb->name, name) == 0) return verb;
  return NULL;
}

typedef struct expectation {
  const char *status, *part;
} expectation;

static void drop_words(step *step, int count) {
  step->count -= count;
  memmove(step->words, step->words + count, (size_t)step->count * sizeof *step->words);
}

static expectation take_prefixes(step *step) {
  expectation wanted = {"PIE_OK", ""};
  if (strcmp(word(step, 0), "within") == 0) {
    step->limit = strtoll(word(step, 1), NULL, 10);
    drop_words(step, 2);
  }
  if (strcmp(word(step, 0), "cancelled") == 0) {
    step->cancelled = 1;
    wanted.status = "PIE_E_CANCELLED";
    drop_words(step, 1);
  }
  if (strcmp(word(step, 0), "fails") != 0) return wanted;
  wanted.status = word(step, 1);
  drop_words(step, 2);
  if (strcmp(word(step, 0), "has") != 0) return wanted;
  wanted.part = word(step, 1);
  drop_words(step, 2);
  return wanted;
}

static void judge(step *step, const expectation *wanted) {
  const char *got = pie_status_name(step->status), *text = pie_error_message(step->error);
  if (strcmp(got, wanted->status) != 0) complain(step, "%s: wanted %s, got %s: %s", word(step, 0), wanted->status, got, text);
  if (strstr(text, wanted->part) == NULL) complain(step, "%s: wanted a text with %s, got: %s", word(step, 0), wanted->part, text);
}

static void run_step(run *run, char **words, int count) {
  step step = {&run->world, {0}, count, LIMIT_MS, 0, PIE_OK, NULL, ""};
  memcpy(step.words, words, (size_t)count * sizeof *words);
  expectation wanted = take_prefixes(&step);
  const verb *verb = find_verb(word(&step, 0));
  if (verb == NULL)
    complain(&step, "no such step: %s", word(&step, 0));
  else if (step.count - 1 < verb->least || step.count - 1 > verb->most)
    complain(&step, "%s does not take %d words", verb->name, step.count - 1);
  else
    verb->run(&step);
  judge(&step, &wanted);
  pie_error_free(step.error);
  if (step.wrong[0] == '\0') return;
  printf("FAILED %s: line %d: %s\n", run->scenario, run->line, step.wrong);
  run->failed = run->any_failed = 1;
}

static void end_scenario(run *run) {
  free_world(&run->world);
  if (run->chosen && !run->failed) printf("ok %s\n", run->scenario);
  fflush(stdout);
  run->chosen = 0;
}

static void begin_scenario(run *run, char **words, int count) {
  end_scenario(run);
  snprintf(run->scenario, sizeof run->scenario, "%s", words[1]);
  run->failed = 0;
  run->world.current = connection_of(&run->world, "a");
  for (int i = 2; i < count; i++) run->chosen |= strcmp(words[i], run->engine) == 0;
  int named = run->name_count == 0;
  for (int i = 0; i < run->name_count; i++) named |= strcmp(run->names[i], run->scenario) == 0;
  run->chosen &= named;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: runner SCENARIOS ENGINE [NAME]...\n");
    return 2;
  }
  run run = {.engine = argv[2], .names = argv + 3, .name_count = argc - 3};
  FILE *file = fopen(argv[1], "r");
  if (file == NULL) {
    perror(argv[1]);
    return 2;
  }
  char line[4096], *words[MANY];
  while (fgets(line, sizeof line, file) != NULL) {
    run.line++;
    int count = split(line, words);
    if (count > 1 && strcmp(words[0], "scenario") == 0)
      begin_scenario(&run, words, count);
    else if (count > 0 && run.chosen && !run.failed)
      run_step(&run, words, count);
  }
  end_scenario(&run);
  fclose(file);
  pie_error *error = NULL;
  if (pie_shutdown(LIMIT_MS, &error) != PIE_OK) printf("FAILED shutdown: %s\n", pie_error_message(error)), run.any_failed = 1;
  return run.any_failed;
}
