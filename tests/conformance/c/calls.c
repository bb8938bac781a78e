/* The steps that are calls: to the engine, to a process, to a registry. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pie_client *client(step *step) { return step->world->current->client; }

static void free_text(char *text, step *step, const char *wanted) {
  if (text != NULL && strcmp(text, wanted) != 0) complain(step, "%s: wanted '%s', got '%.200s'", word(step, 0), wanted, text);
  pie_string_free(text);
}

static void switch_client(step *step) { step->world->current = connection_of(step->world, word(step, 1)); }

static void dial(step *step, const char *uri, const pie_options *options) {
  connection *connection = step->world->current;
  step->status = pie_client_connect(uri, options, step->limit, &connection->client, &step->error);
  if (step->status == PIE_OK) connection->news = pie_client_queue(connection->client);
}

static void set_option(step *step, pie_options *options, char *pair) {
  char *value = strchr(pair, '=');
  if (value == NULL) {
    complain(step, "connect takes KEY=VALUE, not %s", pair);
    return;
  }
  *value = '\0';
  step->status = pie_options_set(options, pair, value + 1, &step->error);
}

static void connect_step(step *step) {
  int options_at = word(step, 1)[0] == '?' ? 2 : 1;
  char *uri = join_text(environment("PIE_TEST_URI"), "/", options_at == 2 ? word(step, 1) : "");
  pie_options *options = pie_options_new();
  for (int i = options_at; i < step->count && step->status == PIE_OK; i++) set_option(step, options, step->words[i]);
  if (step->status == PIE_OK) dial(step, uri, options);
  pie_options_free(options);
  free(uri);
}

static void connect_to(step *step) { dial(step, word(step, 1), NULL); }

static void login(step *step) {
  step->status = pie_client_authenticate(client(step), word(step, 1), NULL, step->limit, &step->error);
}

static void login_with(step *step, pie_private_key *key) {
  if (step->status == PIE_OK)
    step->status = pie_client_authenticate(client(step), word(step, 1), key, step->limit, &step->error);
  pie_private_key_free(key);
}

static void login_key(step *step) {
  pie_private_key *key = NULL;
  step->status = pie_private_key_from_file(environment("PIE_TEST_KEY"), NULL, &key, &step->error);
  login_with(step, key);
}

/* A whole file as a text; freed by the caller. */
static char *text_of(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  char *text = have(file == NULL ? NULL : malloc(16 << 20));
  *size = fread(text, 1, (16 << 20) - 1, file);
  text[*size] = '\0';
  fclose(file);
  return text;
}

static void login_key_text(step *step) {
  pie_private_key *key = NULL;
  size_t size;
  char *text = text_of(environment("PIE_TEST_KEY"), &size);
  step->status = pie_private_key_parse(text, NULL, &key, &step->error);
  free(text);
  login_with(step, key);
}

static void generation(step *step) {
  int wanted = strcmp(environment("PIE_TEST_GENERATION"), "0.4") == 0 ? PIE_GENERATION_0_4 : PIE_GENERATION_0_5;
  int got = pie_client_generation(client(step));
  if (got != wanted) complain(step, "wanted the generation %d, got %d", wanted, got);
}

static void ping(step *step) {
  int64_t rtt_ns = 0;
  if (step->cancelled) {
    pie_queue *queue = pie_queue_new();
    pie_op *op = NULL;
    cancel(step, queue, op, pie_client_ping_async(client(step), step->limit, queue, 1, &op, &step->error));
    return;
  }
  step->status = pie_client_ping(client(step), step->limit, &rtt_ns, &step->error);
  if (step->status == PIE_OK && rtt_ns <= 0) complain(step, "the ping took nothing");
}

static void query(step *step) {
  char *text = NULL;
  step->status = pie_client_query(client(step), word(step, 1), word(step, 2), step->limit, &text, &step->error);
  if (text != NULL && strstr(text, word(step, 3)) == NULL) complain(step, "no '%s' in '%.200s'", word(step, 3), text);
  pie_string_free(text);
}

static void resolve(step *step) {
  char *url = join_text(environment("PIE_TEST_REGISTRY"), "/detail", ""), *text = NULL;
  step->status = pie_client_resolve_version(client(step), word(step, 1), url, step->limit, &text, &step->error);
  free_text(text, step, word(step, 2));
  free(url);
}

static void install(step *step) {
  step->status = pie_client_install_program(client(step), environment("PIE_TEST_ECHO_WASM"),
                                            environment("PIE_TEST_ECHO_MANIFEST"), 1, step->limit, &step->error);
}

static void install_bytes(step *step) {
  size_t size, manifest_size;
  char *program = text_of(environment("PIE_TEST_ECHO_WASM"), &size);
  char *manifest = text_of(environment("PIE_TEST_ECHO_MANIFEST"), &manifest_size);
  step->status = pie_client_install_program_bytes(client(step), program, size, manifest, 1, step->limit, &step->error);
  free(program);
  free(manifest);
}

static void check(step *step) {
  int32_t exists = -1, wanted = strcmp(word(step, 2), "yes") == 0;
  step->status = pie_client_check_program(client(step), word(step, 1), NULL, NULL, step->limit, &exists, &step->error);
  if (step->status == PIE_OK && exists != wanted) complain(step, "wanted %s, got %d", word(step, 2), (int)exists);
}

static char *script(const char *ops) { return join_text("{\"ops\":", ops, "}"); }

static void launch_with(step *step, const char *inferlet, const char *input) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  options.input = input;
  if (step->cancelled) {
    pie_queue *queue = pie_queue_new();
    pie_op *op = NULL;
    cancel(step, queue, op,
           pie_client_launch_process_async(client(step), inferlet, &options, step->limit, queue, 1, &op, &step->error));
    return;
  }
  step->status = pie_client_launch_process(client(step), inferlet, &options, step->limit, &process, &step->error);
  if (step->status == PIE_OK) new_process(step, word(step, 1), process);
}

static void launch(step *step) {
  char *input = script(word(step, 2));
  launch_with(step, ECHO, input);
  free(input);
}

static void launch_program(step *step) { launch_with(step, word(step, 2), word(step, 3)); }

static int has_id(const pie_process_list *list, const char *id) {
  for (size_t i = 0; i < pie_process_list_size(list); i++)
    if (strcmp(pie_process_list_get(list, i)->id, id) == 0) return 1;
  return 0;
}

static pie_process_list *list_processes(step *step) {
  pie_process_list *list = NULL;
  step->status = pie_client_list_processes(client(step), step->limit, &list, &step->error);
  return list;
}

static void rest(void) { nanosleep(&(struct timespec){0, 5000000}, NULL); }

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void find_new(step *step, const pie_process_list *before, named_process *place) {
  for (int64_t end = now_ms() + step->limit; place->id[0] == '\0' && now_ms() < end && step->status == PIE_OK; rest()) {
    pie_process_list *now = list_processes(step);
    for (size_t i = 0; i < pie_process_list_size(now); i++) {
      const char *id = pie_process_list_get(now, i)->id;
      if (!has_id(before, id)) snprintf(place->id, sizeof place->id, "%s", id);
    }
    pie_process_list_free(now);
  }
  if (place->id[0] == '\0') complain(step, "no new process is listed");
}

static void launch_apart(step *step) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  pie_process_list *before = list_processes(step);
  char *input = script(word(step, 2));
  options.input = input;
  options.flags = PIE_LAUNCH_NO_CAPTURE;
  if (step->status == PIE_OK)
    step->status = pie_client_launch_process(client(step), ECHO, &options, step->limit, &process, &step->error);
  if (step->status == PIE_OK) find_new(step, before, new_process(step, word(step, 1), process));
  pie_process_list_free(before);
  free(input);
}

static void launch_many(step *step) {
  pie_process *processes[MANY];
  const char *inputs[MANY] = {NULL};
  char *input = script(word(step, 3)), name[32];
  int count = atoi(word(step, 2));
  for (int i = 0; i < count; i++) inputs[i] = input;
  step->status = pie_client_launch_processes(client(step), ECHO, inputs, (size_t)count, NULL, step->limit, processes, &step->error);
  for (int i = 0; i < count && step->status == PIE_OK; i++) {
    snprintf(name, sizeof name, "%s%d", word(step, 1), i);
    new_process(step, name, processes[i]);
  }
  free(input);
}

static void run_all(step *step) {
  char *inputs[MANY] = {NULL}, *text = NULL;
  int count = step->count - 2;
  for (int i = 0; i < count; i++) inputs[i] = script(word(step, i + 2));
  step->status = pie_client_run_processes(client(step), ECHO, (const char *const *)inputs, (size_t)count, NULL, step->limit,
                                          &text, &step->error);
  free_text(text, step, word(step, 1));
  for (int i = 0; i < count; i++) free(inputs[i]);
}

static void attach(step *step) {
  named_process *other = process_of(step, word(step, 2));
  pie_process *process = NULL;
  if (other == NULL) return;
  step->status = pie_client_attach_process(client(step), other->id, NULL, step->limit, &process, &step->error);
  if (step->status == PIE_OK) new_process(step, word(step, 1), process);
}

static void result(step *step) {
  named_process *process = process_of(step, word(step, 1));
  char *text = NULL;
  if (process == NULL) return;
  step->status = pie_process_result(process->handle, step->limit, &text, &step->error);
  free_text(text, step, word(step, 2));
}

static void signal_step(step *step) {
  named_process *process = process_of(step, word(step, 1));
  if (process != NULL) step->status = pie_process_signal(process->handle, word(step, 2), &step->error);
}

static void signal_id(step *step) {
  named_process *process = process_of(step, word(step, 1));
  if (process != NULL) step->status = pie_client_signal_process(client(step), process->id, word(step, 2), &step->error);
}

static void send(step *step) {
  named_process *process = process_of(step, word(step, 1));
  size_t size = (size_t)strtoull(word(step, 2), NULL, 10);
  unsigned char *bytes = pattern(size);
  if (process != NULL)
    step->status = pie_process_transfer_file(process->handle, bytes, size, step->limit, &step->error);
  free(bytes);
}

/* A file with the pattern; the path is freed by the caller after unlink. */
static char *pattern_file(size_t size) {
  char *path = join_text(environment("TMPDIR"), "/conformance-c-XXXXXX", "");
  FILE *file = have(fdopen(mkstemp(path), "wb"));
  unsigned char *bytes = pattern(size);
  fwrite(bytes, 1, size, file);
  fclose(file);
  free(bytes);
  return path;
}

static void send_path(step *step) {
  named_process *process = process_of(step, word(step, 1));
  char *path = pattern_file((size_t)strtoull(word(step, 2), NULL, 10));
  if (strcmp(word(step, 2), "missing") == 0) unlink(path);
  if (process != NULL) step->status = pie_process_transfer_path(process->handle, path, step->limit, &step->error);
  unlink(path);
  free(path);
}

static void terminate(step *step) {
  named_process *process = process_of(step, word(step, 1));
  if (process != NULL) step->status = pie_process_terminate(process->handle, step->limit, &step->error);
}

static void terminate_id(step *step) {
  named_process *process = process_of(step, word(step, 1));
  if (process != NULL)
    step->status = pie_client_terminate_process(client(step), process->id, step->limit, &step->error);
}

static void let_go(step *step) {
  named_process *process = process_of(step, word(step, 1));
  if (process == NULL) return;
  pie_process_free(process->handle);
  process->handle = NULL;
}

static void listed(step *step) {
  named_process *process = process_of(step, word(step, 1));
  int wanted = strcmp(word(step, 2), "yes") == 0;
  if (process == NULL) return;
  for (int64_t end = now_ms() + step->limit; now_ms() < end && step->status == PIE_OK; rest()) {
    pie_process_list *list = list_processes(step);
    int is = has_id(list, process->id);
    pie_process_list_free(list);
    if (is == wanted) return;
  }
  complain(step, "it did not come to that");
}

static void daemon_step(step *step) {
  uint32_t port = (uint32_t)strtoul(word(step, 2), NULL, 10);
  step->status = pie_client_launch_daemon(client(step), word(step, 1), port, NULL, step->limit, &step->error);
}

static void answer(pie_event *event, void *unused) {
  char *head = join_text("{\"method\":\"", event->name, "\",\"params\":"), *json = join_text(head, event->data, "}");
  (void)unused;
  pie_event_mcp_respond(event, 1, json, NULL);
  pie_event_free(event);
  free(json);
  free(head);
}

static void refuse(pie_event *event, void *unused) {
  (void)unused;
  pie_event_mcp_respond(event, 0, "{\"code\":-32000,\"message\":\"no\"}", NULL);
  pie_event_free(event);
}

static void register_tool(step *step, pie_queue **queue, pie_event_fn fn) {
  if (*queue == NULL) {
    *queue = pie_queue_new();
    step->status = pie_queue_set_callback(*queue, PIE_DISPATCH_THREAD, fn, NULL, NULL, &step->error);
  }
  if (step->status == PIE_OK)
    step->status = pie_client_register_mcp_handler(client(step), word(step, 1), *queue, 0, step->limit, &step->error);
}

static void tool(step *step) { register_tool(step, &step->world->tools, answer); }

static void tool_fails(step *step) { register_tool(step, &step->world->failing_tools, refuse); }

static void untool(step *step) {
  step->status = pie_client_unregister_mcp_server(client(step), word(step, 1), &step->error);
}

static void close_step(step *step) { step->status = pie_client_close(client(step), step->limit, &step->error); }

const verb call_verbs[] = {{"client", 1, 1, switch_client},
                           {"connect", 0, MANY, connect_step},
                           {"connect_to", 1, 1, connect_to},
                           {"login", 1, 1, login},
                           {"login_key", 1, 1, login_key},
                           {"login_key_text", 1, 1, login_key_text},
                           {"generation", 0, 0, generation},
                           {"ping", 0, 0, ping},
                           {"query", 3, 3, query},
                           {"resolve", 2, 2, resolve},
                           {"install", 0, 0, install},
                           {"install_bytes", 0, 0, install_bytes},
                           {"check", 2, 2, check},
                           {"launch", 2, 2, launch},
                           {"launch_program", 3, 3, launch_program},
                           {"launch_apart", 2, 2, launch_apart},
                           {"launch_many", 3, 3, launch_many},
                           {"run_all", 1, MANY, run_all},
                           {"attach", 2, 2, attach},
                           {"result", 2, 2, result},
                           {"signal", 2, 2, signal_step},
                           {"signal_id", 2, 2, signal_id},
                           {"send", 2, 2, send},
                           {"send_path", 2, 2, send_path},
                           {"terminate", 1, 1, terminate},
                           {"terminate_id", 1, 1, terminate_id},
                           {"let_go", 1, 1, let_go},
                           {"listed", 2, 2, listed},
                           {"daemon", 2, 2, daemon_step},
                           {"tool", 1, 1, tool},
                           {"tool_fails", 1, 1, tool_fails},
                           {"untool", 1, 1, untool},
                           {"close", 0, 0, close_step},
                           {NULL, 0, 0, NULL}};
