#include "harness.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <time.h>

char harness_poison[1];

/* Without exit handlers: other threads may be in the middle of anything. */
static void fail(const char *file, int line, const char *format, ...) {
  va_list arguments;
  fprintf(stderr, "%s:%d: ", file, line);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  fflush(stderr);
  _exit(1);
}

void *have(void *memory) {
  if (memory == NULL) fail(__FILE__, __LINE__, "out of memory");
  return memory;
}

/* Checks. */

void check_true(const char *file, int line, const char *text, int holds) {
  if (!holds) fail(file, line, "does not hold: %s", text);
}

void check_number(const char *file, int line, const char *text, intmax_t got, intmax_t wanted) {
  if (got != wanted) fail(file, line, "%s: got %" PRIdMAX ", wanted %" PRIdMAX, text, got, wanted);
}

void check_text(const char *file, int line, const char *text, const char *got, const char *wanted) {
  if (got == NULL || wanted == NULL ? got != wanted : strcmp(got, wanted) != 0)
    fail(file, line, "%s:\n  got    %s\n  wanted %s", text, got ? got : "NULL", wanted ? wanted : "NULL");
}

void check_part(const char *file, int line, const char *text, const char *got, const char *part) {
  if (got == NULL || strstr(got, part) == NULL)
    fail(file, line, "%s: no \"%s\" in \"%s\"", text, part, got ? got : "NULL");
}

int has_word(const char *text, const char *word) {
  size_t length = strlen(word);
  for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
    int begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
    int ends = !(isalnum((unsigned char)at[length]) || at[length] == '_');
    if (begins && ends) return 1;
  }
  return 0;
}

void check_message(const char *file, int line, const pie_error *error) {
  const char *message = pie_error_message(error);
  if (message == NULL || *message == '\0') fail(file, line, "an error without a message");
  if (strpbrk(message, "\r\n") != NULL) fail(file, line, "the message is not one line: %s", message);
}

void check_status(const char *file, int line, const char *call, pie_status got, pie_status wanted, pie_error *error,
                  const char *word, const char *const *texts) {
  if (error == (pie_error *)POISON) fail(file, line, "%s: status %d, and *error was not written", call, got);
  const char *message = error ? pie_error_message(error) : "no error object";
  if (got != wanted)
    fail(file, line, "%s:\n  got    %s (%d): %s\n  wanted %s (%d)", call, pie_status_name(got), got, message,
         pie_status_name(wanted), wanted);
  if ((got < 0) != (error != NULL)) fail(file, line, "%s: status %d and error %p", call, got, (void *)error);
  if (error == NULL) return;
  check_message(file, line, error);
  if (pie_error_status(error) != got)
    fail(file, line, "%s: returned %d, the error says %d", call, got, pie_error_status(error));
  if (word != NULL && !has_word(message, word)) fail(file, line, "%s: \"%s\" does not name %s", call, message, word);
  for (; texts != NULL && *texts != NULL; texts++) check_part(file, line, call, message, *texts);
  pie_error_free(error);
}

void check_retriable(const char *file, int line, const char *call, pie_status got, pie_status wanted, pie_error *error,
                     int again) {
  int told = error == (pie_error *)POISON ? again : pie_error_is_retriable(error);
  check_status(file, line, call, got, wanted, error, NULL, NULL);
  if (told != again)
    fail(file, line, "%s: %s is told to be retriable: %d, wanted %d", call, pie_status_name(got), told, again);
}

/* A JSON value at *at, which moves behind it. */
static int json_value(const char **at);

static void json_space(const char **at) { *at += strspn(*at, " \t\r\n"); }

static int json_string(const char **at) {
  if (**at != '"') return 0;
  for (++*at; **at != '"'; ++*at) {
    if ((unsigned char)**at < ' ') return 0;
    if (**at == '\\' && *++*at == '\0') return 0;
  }
  ++*at;
  return 1;
}

static int json_members(const char **at, char close, int named) {
  ++*at;
  json_space(at);
  if (**at == close) return ++*at, 1;
  for (;;) {
    json_space(at);
    if (named) {
      if (!json_string(at)) return 0;
      json_space(at);
      if (*(*at)++ != ':') return 0;
    }
    if (!json_value(at)) return 0;
    json_space(at);
    if (**at == close) return ++*at, 1;
    if (*(*at)++ != ',') return 0;
  }
}

static int json_value(const char **at) {
  static const char *const words[] = {"true", "false", "null"};
  json_space(at);
  if (**at == '{') return json_members(at, '}', 1);
  if (**at == '[') return json_members(at, ']', 0);
  if (**at == '"') return json_string(at);
  for (size_t i = 0; i < 3; i++)
    if (strncmp(*at, words[i], strlen(words[i])) == 0) return *at += strlen(words[i]), 1;
  size_t digits = strspn(*at, "-+.eE0123456789");
  *at += digits;
  return digits > 0;
}

int is_json(const char *text) {
  if (!json_value(&text)) return 0;
  json_space(&text);
  return *text == '\0';
}

int finish(void) {
  OK(pie_shutdown(WAIT, &error));
  return 0;
}

/* Time and threads. */

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void rest_ms(long ms) {
  struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&rest, &rest) != 0 && errno == EINTR) continue;
}

pthread_t spawn(void *(*run)(void *), void *argument) {
  pthread_t thread;
  EQ(pthread_create(&thread, NULL, run, argument), 0);
  return thread;
}

void join(pthread_t thread) { EQ(pthread_join(thread, NULL), 0); }

void gate_add(gate *gate, int amount) {
  pthread_mutex_lock(&gate->lock);
  gate->value += amount;
  pthread_cond_broadcast(&gate->turned);
  pthread_mutex_unlock(&gate->lock);
}

void gate_await(gate *gate, int at_least) {
  pthread_mutex_lock(&gate->lock);
  while (gate->value < at_least) pthread_cond_wait(&gate->turned, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

int gate_value(gate *gate) {
  pthread_mutex_lock(&gate->lock);
  int value = gate->value;
  pthread_mutex_unlock(&gate->lock);
  return value;
}

#ifndef _WIN32
pid_t fork_with(int ends[2]) {
  EQ(pipe(ends), 0);
  pid_t child = fork();
  CHECK(child >= 0);
  return child;
}

void come_through(const int ends[2]) {
  EQ(write(ends[1], "k", 1), 1);
  _exit(0);
}

void await_child(pid_t child, const int ends[2]) {
  char byte = 0;
  close(ends[1]);
  EQ(read(ends[0], &byte, 1), 1);
  EQ(byte, 'k');
  close(ends[0]);
  EQ(waitpid(child, NULL, 0), child);
}
#endif

/* The engines. */

char *join_text(const char *a, const char *b, const char *c) {
  char *text = have(malloc(strlen(a) + strlen(b) + strlen(c) + 1));
  strcpy(text, a);
  strcat(text, b);
  return strcat(text, c);
}

const char *environment(const char *name) {
  const char *value = getenv(name);
  if (value == NULL || *value == '\0') fail(__FILE__, __LINE__, "%s is not set", name);
  return value;
}

char *engine_uri(int generation, const char *faults) {
  const char *base = environment(generation == PIE_GENERATION_0_4 ? "PIE_TEST_URI_04" : "PIE_TEST_URI_05");
  return join_text(base, faults ? "/?" : "", faults ? faults : "");
}

pie_options *options_from(const char *text) {
  pie_options *options = pie_options_new();
  CHECK(options != NULL);
  char *copy = join_text(text ? text : "", "", ""), *rest = NULL;
  for (char *pair = strtok_r(copy, " ", &rest); pair != NULL; pair = strtok_r(NULL, " ", &rest)) {
    char *value = strchr(pair, '=');
    CHECK(value != NULL);
    *value = '\0';
    OK(pie_options_set(options, pair, value + 1, &error));
  }
  free(copy);
  return options;
}

pie_client *dial_without_login(int generation, const char *faults, const char *options) {
  char *pinned =
      join_text(generation == PIE_GENERATION_0_4 ? "generation=0.4" : "generation=0.5", " ", options ? options : "");
  char *uri = engine_uri(generation, faults);
  pie_options *set = options_from(pinned);
  pie_client *client = POISON;
  OK(pie_client_connect(uri, set, WAIT, &client, &error));
  CHECK(client != NULL);
  pie_options_free(set);
  free(uri);
  free(pinned);
  return client;
}

pie_client *dial(int generation, const char *faults, const char *options) {
  pie_client *client = dial_without_login(generation, faults, options);
  if (generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  return client;
}

pie_client *dial_real(void) {
  pie_client *client = POISON;
  OK(pie_client_connect(environment("PIE_TEST_URI_REAL"), NULL, WAIT, &client, &error));
  EQ(pie_client_generation(client), PIE_GENERATION_0_5);
  OK(pie_client_install_program(client, environment("PIE_TEST_ECHO_WASM"), environment("PIE_TEST_ECHO_MANIFEST"), 0,
                                WAIT, &error));
  return client;
}

void hang_up(pie_client *client) {
  OK(pie_client_close(client, WAIT, &error));
  pie_client_free(client);
}

char *look(pie_client *client, const char *record) {
  char *text = POISON;
  OK(pie_client_query(client, "scripted", record, WAIT, &text, &error));
  CHECK(text != NULL);
  return text;
}

long look_number(pie_client *client, const char *record) {
  char *text = look(client, record);
  long number = strtol(text, NULL, 10);
  pie_string_free(text);
  return number;
}

size_t count_text(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) count++;
  return count;
}

size_t count_sent(pie_client *client, const char *type) {
  char *frames = look(client, "received"), *wanted = join_text("\"type\":\"", type, "\"");
  size_t count = count_text(frames, wanted);
  free(wanted);
  pie_string_free(frames);
  return count;
}

void await_number(pie_client *client, const char *record, long wanted) {
  for (int64_t end = now_ms() + WAIT; look_number(client, record) != wanted; rest_ms(5))
    if (now_ms() > end)
      fail(__FILE__, __LINE__, "%s stays %ld, wanted %ld", record, look_number(client, record), wanted);
}

/* Processes. */

char *script(const char *ops) {
  char *text = join_text("{\"ops\":[", ops, "]}");
  for (char *at = text; *at != '\0'; at++)
    if (*at == '\'') *at = '"';
  return text;
}

static pie_status launch_script(pie_client *client, const char *ops, pie_launch_options *options, int64_t timeout_ms,
                                pie_process **out, pie_error **error) {
  char *input = script(ops);
  options->input = input;
  pie_status status = pie_client_launch_process(client, ECHO, options, timeout_ms, out, error);
  free(input);
  return status;
}

pie_status try_launch(pie_client *client, const char *ops, int64_t timeout_ms, uint32_t flags, pie_process **out,
                      pie_error **error) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.flags = flags;
  return launch_script(client, ops, &options, timeout_ms, out, error);
}

pie_process *launch_to(pie_client *client, const char *ops, pie_queue *queue, uint64_t tag) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = queue;
  options.tag = tag;
  pie_process *process = POISON;
  OK(launch_script(client, ops, &options, WAIT, &process, &error));
  CHECK(process != NULL);
  return process;
}

void freeze(pie_client *client) {
  pie_error *error = NULL;
  int is_sent = 0;
  /* A limit that is over at once, which valgrind alone can take, would be over before the ping is sent. */
  for (int64_t limit = 1; !is_sent; limit *= 2) {
    EQ(pie_client_ping(client, limit, NULL, &error), PIE_E_TIMED_OUT);
    is_sent = strstr(pie_error_message(error), "no answer within the time limit") != NULL;
    pie_error_free(error);
    CHECK(is_sent || limit < WAIT);
  }
}

pie_process *launch(pie_client *client, const char *ops) { return launch_to(client, ops, NULL, 0); }

/* The id of the one process that has this input. */
static char *listed_id(pie_client *client, const char *input) {
  char *id = NULL;
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  for (size_t i = 0; i < pie_process_list_size(list); i++) {
    const pie_process_info *info = pie_process_list_get(list, i);
    if (strcmp(info->input, input) != 0) continue;
    CHECK(id == NULL);
    id = join_text(info->id, "", "");
  }
  pie_process_list_free(list);
  CHECK(id != NULL);
  return id;
}

char *launch_apart(pie_client *client, const char *ops) {
  static int count;
  char mark[64];
  snprintf(mark, sizeof mark, ",['apart','%ld-%d']", (long)getpid(), ++count); /* an operation that does nothing */
  char *marked = join_text(ops, mark, ""), *input = script(marked);
  pie_process *process = POISON;
  OK(try_launch(client, marked, WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
  char *id = listed_id(client, input);
  if (*pie_process_id(process) != '\0') EQ_TEXT(pie_process_id(process), id);
  pie_process_free(process);
  free(marked);
  free(input);
  return id;
}

pie_process *attach(pie_client *client, const char *id) {
  pie_process *process = POISON;
  OK(pie_client_attach_process(client, id, NULL, WAIT, &process, &error));
  CHECK(process != NULL);
  return process;
}

void batches_give(pie_client *client, int generation, int64_t timeout_ms, pie_status wanted) {
  static const char *const inputs[2] = {"{\"ops\":[[\"never\"]]}", "{\"ops\":[[\"never\"]]}"};
  pie_process *two[2] = {POISON, POISON}, *process = POISON;
  char *text = POISON;
  STATUS(pie_client_launch_processes(client, ECHO, inputs, 2, NULL, timeout_ms, two, &error), wanted);
  STATUS(pie_client_run_processes(client, ECHO, inputs, 2, NULL, timeout_ms, &text, &error), wanted);
  STATUS(pie_client_attach_process(client, NO_SUCH_ID, NULL, timeout_ms, &process, &error), wanted);
  CHECK(two[0] == NULL && two[1] == NULL && text == NULL && process == NULL);
  if (generation == PIE_GENERATION_0_4)
    STATUS(pie_client_launch_daemon(client, ECHO, 8080, NULL, timeout_ms, &error), wanted);
}

void check_event(const pie_event *event) {
  CHECK(event != NULL);
  CHECK(event->struct_size >= sizeof *event);
  CHECK(event->data != NULL);
  EQ(event->data[event->size], 0);
  EQ(event->flags, 0);
  EQ(event->status < 0, event->error != NULL);
  if (event->kind == PIE_EVENT_ERROR) CHECK(event->status < 0);
  if (event->error == NULL) return;
  EQ(pie_error_status(event->error), event->status);
  check_message(__FILE__, __LINE__, event->error);
}

pie_event *take(pie_process *process) {
  pie_event *event = POISON;
  pie_error *error = POISON;
  pie_status status = pie_process_recv(process, WAIT, &event, &error);
  CHECK(error == NULL);
  if (status == PIE_END) {
    CHECK(event == NULL);
    return NULL;
  }
  EQ(status, PIE_OK);
  check_event(event);
  CHECK(event->process == process);
  return event;
}

void take_file(pie_process *process, const void *bytes, size_t size) {
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_FILE);
  EQ(event->size, size);
  EQ(memcmp(event->data, bytes, size), 0);
  pie_event_free(event);
}

pie_event *take_from(pie_queue *queue) {
  pie_event *event = POISON;
  OK(pie_queue_recv(queue, WAIT, &event, &error));
  check_event(event);
  return event;
}

void await_message(pie_process *process, const char *text) {
  for (int met = 0; !met;) {
    pie_event *event = take(process);
    if (event == NULL) fail(__FILE__, __LINE__, "the stream ended before the message %s", text);
    met = event->kind == PIE_EVENT_MESSAGE && strcmp(event->data, text) == 0;
    pie_event_free(event);
  }
}

static char *describe(const pie_event *event) {
  static const char *const kinds[] = {"?", "out", "err", "msg", "file", "return", "error", "other", "overflow"};
  char number[64];
  const char *kind = event->kind >= 1 && event->kind <= 8 ? kinds[event->kind] : "?";
  if (event->kind == PIE_EVENT_ERROR) return join_text(kind, ":", pie_status_name(event->status));
  snprintf(number, sizeof number, "%zu", event->size);
  if (event->kind == PIE_EVENT_FILE && event->status < 0) return join_text(kind, ":", pie_status_name(event->status));
  if (event->kind == PIE_EVENT_FILE) return join_text(kind, ":", number);
  if (event->kind == PIE_EVENT_OTHER) return join_text(event->name ? event->name : "NULL", "=", event->data);
  if (event->size > 200) return join_text(kind, ":#", number);
  return join_text(kind, ":", event->data);
}

static int is_last(const pie_event *event) { return event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR; }

void await_file(pie_process *process, size_t size) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, "file:%zu:", size);
  pie_event *event = take(process);
  CHECK(event != NULL);
  EQ(event->kind, PIE_EVENT_MESSAGE);
  HAS(event->data, wanted);
  pie_event_free(event);
}

char *transcript(pie_process *process) {
  char *all = join_text("", "", "");
  uint64_t next = 0, tag = 0;
  int first = 1, ended = 0;
  for (pie_event *event = take(process); event != NULL; event = take(process)) {
    CHECK(!ended);
    if (first) next = event->sequence, tag = event->tag;
    EQ(event->sequence, next);
    EQ(event->tag, tag);
    char *one = describe(event), *longer = join_text(all, first ? "" : "|", one);
    free(one);
    free(all);
    all = longer;
    first = 0;
    next++;
    ended = is_last(event);
    pie_event_free(event);
  }
  CHECK(ended);
  CHECK(take(process) == NULL);
  return all;
}

void check_stream(const char *file, int line, pie_process *process, const char *wanted) {
  char *got = transcript(process);
  check_text(file, line, "stream", got, wanted);
  free(got);
}

size_t check_end(const char *file, int line, pie_process *process, pie_status status) {
  size_t before = 0;
  pie_event *event = take(process);
  for (; event != NULL && !is_last(event); event = take(process), before++) pie_event_free(event);
  if (event == NULL) fail(file, line, "the stream has no last event");
  if (event->kind != PIE_EVENT_ERROR || event->status != status)
    fail(file, line, "the last event is of kind %d, %s \"%s\", wanted an ERROR of %s", event->kind,
         pie_status_name(event->status), event->data, pie_status_name(status));
  pie_event_free(event);
  CHECK(take(process) == NULL);
  return before;
}

unsigned char *pattern(size_t size) {
  unsigned char *bytes = have(malloc(size ? size : 1));
  for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)(i % 251);
  return bytes;
}

char *temporary_file(const void *data, size_t size) {
  const char *directory = getenv("TMPDIR");
  char *path = join_text(directory ? directory : "/tmp", "/pie-test-", "XXXXXX");
  int file = mkstemp(path);
  CHECK(file >= 0);
  EQ(write(file, data, size), size);
  EQ(close(file), 0);
  return path;
}
