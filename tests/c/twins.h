/* What the tests of the asynchronous calls share: a table of all twins, and stages on which each can be answered,
   refused, left without an answer, or cut off. pie_client_close_async, which ends the others, has tests of its own. */
#ifndef TWINS_H
#define TWINS_H

#include "harness.h"

#define UNUSED __attribute__((unused))

enum { LARGE = 24 << 20 }; /* more than the system keeps of a connection that nobody reads */

typedef enum situation { ANSWERED, REFUSED, SILENT, CUT } situation;

typedef struct stage {
  int generation;
  situation how;
  pie_client *client;   /* NULL: the call makes one */
  pie_process *process; /* where the call is about one */
  pie_queue *queue;     /* where DONE comes */
  stub *stranger;
  unsigned char *bytes;
  size_t size;
  char *uri, *registry, *id, *program, *manifest;
} stage;

typedef struct twin {
  const char *name;
  const char *types; /* of the requests that the engine gets, with commas; "": it gets none */
  int only_04;
  pie_status refused; /* what it gives then; PIE_OK: engines cannot refuse it */
  pie_status (*begin)(stage *at, int64_t limit, uint64_t tag, pie_op **op, pie_error **error);
  void (*bears)(stage *at, pie_event *done); /* checks what an answered one bears */
} twin;

#define BEGIN(name, call)                                                                                         \
  UNUSED static pie_status begin_##name(stage *at, int64_t limit, uint64_t tag, pie_op **op, pie_error **error) { \
    return call;                                                                                                  \
  }
#define REST limit, at->queue, tag, op, error

static const char *const two_inputs[2] = {"{\"ops\":[[\"return\",\"a\"]]}", "{\"ops\":[[\"return\",\"b\"]]}"};

static pie_options *options_of(int generation) {
  return options_from(generation == PIE_GENERATION_0_4 ? "generation=0.4" : "generation=0.5");
}

static pie_status begin_connect(stage *at, int64_t limit, uint64_t tag, pie_op **op, pie_error **error) {
  pie_options *options = options_of(at->generation);
  pie_status status = pie_client_connect_async(at->uri, options, REST);
  pie_options_free(options);
  return status;
}

/* An engine is told a name only once. */
static const char *fresh_name(void) {
  static int names;
  static char name[32];
  snprintf(name, sizeof name, "app%d", ++names);
  return name;
}

static pie_status begin_server(stage *at, int64_t limit, uint64_t tag, pie_op **op, pie_error **error) {
  char path[4096];
  snprintf(path, sizeof path, "%s/server.py", environment("PIE_TEST_MCP"));
  const char *args[] = {path};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = "python3";
  server.args = args;
  server.arg_count = 1;
  return pie_client_register_mcp_server_async(at->client, fresh_name(), &server, REST);
}

BEGIN(authenticate, pie_client_authenticate_async(at->client, "tester", NULL, REST))
BEGIN(agent, pie_client_authenticate_with_agent_async(at->client, "tester", NULL, REST))
BEGIN(token, pie_client_auth_by_token_async(at->client, "scripted-token", REST))
BEGIN(ping, pie_client_ping_async(at->client, REST))
BEGIN(query, pie_client_query_async(at->client, "model_status", "", REST))
BEGIN(resolve, pie_client_resolve_version_async(at->client, "echo", at->registry, REST))
BEGIN(check, pie_client_check_program_async(at->client, ECHO, NULL, NULL, REST))
BEGIN(install, pie_client_install_program_async(at->client, at->program, at->manifest, 1, REST))
BEGIN(bytes, pie_client_install_program_bytes_async(at->client, "program", 7, MANIFEST("twin"), 1, REST))
BEGIN(launch, pie_client_launch_process_async(at->client, ECHO, NULL, REST))
BEGIN(launches, pie_client_launch_processes_async(at->client, ECHO, two_inputs, 2, NULL, REST))
BEGIN(run, pie_client_run_processes_async(at->client, ECHO, two_inputs, 2, NULL, REST))
BEGIN(attach, pie_client_attach_process_async(at->client, at->id, NULL, REST))
BEGIN(list, pie_client_list_processes_async(at->client, REST))
BEGIN(terminate_id, pie_client_terminate_process_async(at->client, at->id, REST))
BEGIN(daemon, pie_client_launch_daemon_async(at->client, ECHO, 8080, NULL, REST))
BEGIN(handler, pie_client_register_mcp_handler_async(at->client, fresh_name(), at->queue, 5, REST))
BEGIN(file, pie_process_transfer_file_async(at->process, at->bytes, at->size, REST))
BEGIN(path, pie_process_transfer_path_async(at->process, at->program, REST))
BEGIN(terminate, pie_process_terminate_async(at->process, REST))

/* What answers bear. */

static void bears_nothing(stage *at, pie_event *done) {
  (void)at;
  EQ_TEXT(done->data, "");
  CHECK(pie_event_take_client(done) == NULL && pie_event_take_process(done) == NULL);
  CHECK(pie_event_take_process_list(done) == NULL);
  EQ(pie_event_take_processes(done, NULL, 0), 0);
}

static void bears_client(stage *at, pie_event *done) {
  pie_client *client = pie_event_take_client(done);
  CHECK(client != NULL);
  if (at->generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  bears_nothing(at, done);
}

static void bears_time(stage *at, pie_event *done) {
  CHECK(done->current > 0);
  bears_nothing(at, done);
}

static void bears_yes(stage *at, pie_event *done) {
  EQ(done->current, 1);
  bears_nothing(at, done);
}

static void bears_json(stage *at, pie_event *done) {
  (void)at;
  CHECK(done->size > 2 && strlen(done->data) == done->size && is_json(done->data));
}

static void bears_version(stage *at, pie_event *done) {
  (void)at;
  EQ_TEXT(done->data, "echo@0.2.0");
}

static void bears_results(stage *at, pie_event *done) {
  (void)at;
  EQ_TEXT(done->data, "[\"a\",\"b\"]");
}

static void bears_process(stage *at, pie_event *done) {
  pie_process *process = pie_event_take_process(done);
  CHECK(process != NULL);
  CHECK(*pie_process_id(process) != '\0');
  pie_process_free(process);
  bears_nothing(at, done);
}

static void bears_two(stage *at, pie_event *done) {
  pie_process *two[2] = {POISON, POISON};
  EQ(done->current, 2);
  EQ(pie_event_take_processes(done, two, 2), 2);
  STREAM(two[0], "return:a");
  STREAM(two[1], "return:b");
  pie_process_free(two[0]);
  pie_process_free(two[1]);
  bears_nothing(at, done);
}

static void bears_list(stage *at, pie_event *done) {
  pie_process_list *list = pie_event_take_process_list(done);
  CHECK(list != NULL);
  EQ(pie_process_list_size(list), 0);
  pie_process_list_free(list);
  bears_nothing(at, done);
}

static void file_came(stage *at, pie_event *done) {
  char wanted[64];
  bears_nothing(at, done);
  snprintf(wanted, sizeof wanted, "file:%zu:", at->size);
  pie_event *event = take(at->process);
  HAS(event->data, wanted);
  pie_event_free(event);
}

static void was_ended(stage *at, pie_event *done) {
  bears_nothing(at, done);
  ENDS_WITH(at->process, PIE_E_CANCELLED);
}

UNUSED static const twin twins[] = {
    {"connect", "", 0, PIE_E_CONNECT, begin_connect, bears_client},
    {"authenticate", "auth_identify", 0, PIE_E_AUTH, begin_authenticate, bears_nothing},
    {"authenticate_with_agent", "auth_identify", 0, PIE_E_AUTH, begin_agent, bears_nothing},
    {"auth_by_token", "auth_by_token", 1, PIE_E_AUTH, begin_token, bears_nothing},
    {"ping", "ping", 0, PIE_E_REJECTED, begin_ping, bears_time},
    {"query", "query", 0, PIE_E_REJECTED, begin_query, bears_json},
    {"resolve_version", "", 0, PIE_E_REGISTRY, begin_resolve, bears_version},
    {"check_program", "check_program", 0, PIE_E_REJECTED, begin_check, bears_yes},
    {"install_program", "add_program", 0, PIE_E_REJECTED, begin_install, bears_nothing},
    {"install_program_bytes", "add_program", 0, PIE_E_REJECTED, begin_bytes, bears_nothing},
    {"launch_process", "launch_process", 0, PIE_E_REJECTED, begin_launch, bears_process},
    {"launch_processes", "launch_process,launch_processes", 0, PIE_E_REJECTED, begin_launches, bears_two},
    {"run_processes", "launch_process,run_processes", 0, PIE_E_REJECTED, begin_run, bears_results},
    {"attach_process", "attach_process", 0, PIE_E_REJECTED, begin_attach, bears_process},
    {"list_processes", "list_processes", 0, PIE_E_REJECTED, begin_list, bears_list},
    {"terminate_process", "terminate_process", 0, PIE_E_REJECTED, begin_terminate_id, bears_nothing},
    {"launch_daemon", "launch_daemon", 1, PIE_E_REJECTED, begin_daemon, bears_nothing},
    {"register_mcp_server", "register_mcp_server", 1, PIE_E_REJECTED, begin_server, bears_nothing},
    {"register_mcp_handler", "register_mcp_server", 1, PIE_E_REJECTED, begin_handler, bears_nothing},
    {"transfer_file", "transfer_file", 0, PIE_OK, begin_file, file_came},
    {"transfer_path", "transfer_file", 0, PIE_OK, begin_path, file_came},
    {"terminate", "terminate_process", 0, PIE_E_REJECTED, begin_terminate, was_ended},
};
enum { TWINS = sizeof twins / sizeof *twins };

#define EACH_TWIN(g, t)                                \
  EACH_GENERATION(g)                                   \
  for (const twin *t = twins; t != twins + TWINS; t++) \
    if (t->only_04 && g != PIE_GENERATION_0_4)         \
      continue;                                        \
    else

static int is_about(const twin *twin, const char *part) { return strstr(twin->name, part) != NULL; }
UNUSED static int is_login(const twin *twin) { return is_about(twin, "auth"); }
UNUSED static int is_transfer(const twin *twin) { return is_about(twin, "transfer"); }
UNUSED static int is_of_a_process(const twin *twin) {
  return is_transfer(twin) || strcmp(twin->name, "terminate") == 0;
}
UNUSED static int needs_engine(const twin *twin) { return *twin->types != '\0'; }

/* Stages. */

/* The faults that make it so; freed by the caller. */
static char *faults_for(const twin *twin, situation how) {
  char *text = join_text("", "", ""), *types = join_text(twin->types, "", ""), *rest = NULL;
  const char *key = how == CUT ? "cut_on=" : is_transfer(twin) ? "freeze_on=" : "silent=";
  if (how == REFUSED) key = "refuse=";
  for (char *type = strtok_r(types, ",", &rest); how != ANSWERED && type; type = strtok_r(NULL, ",", &rest)) {
    char *one = join_text(key, type, how == REFUSED ? ":no,%20thanks&" : "&"), *longer = join_text(text, one, "");
    free(text);
    free(one);
    text = longer;
  }
  free(types);
  return text;
}

static void set_uri(stage *at) {
  static const char *const faults[] = {NULL, "handshake=404", "handshake=silent", NULL};
  if (at->how != CUT) {
    at->uri = engine_uri(at->generation, faults[at->how]);
    return;
  }
  at->stranger = stub_start("", 0, 0); /* ends each connection without an answer */
  at->uri = stub_uri(at->stranger);
}

static void set_process(stage *at, const twin *twin) {
  at->process = launch(at->client, is_transfer(twin) ? "['send','ready'],['recv_file',0]" : "['never']");
  if (!is_transfer(twin)) return;
  await_message(at->process, "ready");
  at->size = at->how == ANSWERED ? 300000 : LARGE;
  at->bytes = pattern(at->size);
}

/* Whom the faults of the stage do not touch. */
UNUSED static pie_client *dial_bystander(int generation) { return dial(generation, NULL, "close_timeout_ms=0"); }

/* All that run, whoever launched them. */
UNUSED static void end_processes(pie_client *client) {
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  for (size_t i = 0; i < pie_process_list_size(list); i++)
    pie_client_terminate_process(client, pie_process_list_get(list, i)->id, WAIT, NULL);
  pie_process_list_free(list);
  await_number(client, "processes", 0);
}

static char *launch_id(int generation) {
  pie_client *other = dial_bystander(generation);
  char *id = launch_apart(other, "['never']");
  hang_up(other);
  return id;
}

/* What a stage has besides. */
static const char *stage_faults = "", *stage_options = "";

UNUSED static stage set_stage(const twin *twin, int generation, situation how) {
  static const char *const modes[] = {"/detail", "/nothing-known", "/silent", "/empty"};
  stage at = {generation, how, NULL, NULL, pie_queue_new(), NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL};
  char *own_faults = faults_for(twin, how), *faults = join_text(stage_faults, own_faults, "");
  char *options = join_text("close_timeout_ms=20 upload_window_bytes=65536 keepalive_timeout_ms=0 ", stage_options, "");
  set_uri(&at);
  at.registry = join_text(environment("PIE_TEST_REGISTRY"), modes[how], "");
  int wants_id = is_about(twin, "attach_process") || is_about(twin, "terminate_process");
  at.id = wants_id ? launch_id(generation) : join_text(NO_SUCH_ID, "", "");
  if (is_login(twin))
    at.client = dial_without_login(generation, faults, options);
  else if (!is_about(twin, "connect"))
    at.client = dial(generation, faults, options);
  if (is_of_a_process(twin)) {
    set_process(&at, twin);
    free(at.id);
    at.id = join_text(pie_process_id(at.process), "", "");
  }
  at.program = temporary_file(at.bytes ? at.bytes : (const unsigned char *)"program", at.bytes ? at.size : 7);
  at.manifest = temporary_file(MANIFEST("twin"), strlen(MANIFEST("twin")));
  free(own_faults), free(faults), free(options);
  return at;
}

/* The processes that the stage made end here too. */
UNUSED static void strike_stage(stage *at) {
  if (at->client != NULL) hang_up(at->client);
  pie_process_free(at->process);
  pie_queue_free(at->queue);
  if (at->stranger != NULL) stub_stop(at->stranger);
  pie_client *other = dial_bystander(at->generation);
  if (strcmp(at->id, NO_SUCH_ID) != 0) pie_client_terminate_process(other, at->id, WAIT, NULL);
  hang_up(other);
  unlink(at->program), unlink(at->manifest);
  free(at->program), free(at->manifest);
  free(at->uri), free(at->registry), free(at->id), free(at->bytes);
}

/* How often it can be left without an answer: the first time ends the process. */
UNUSED static uint64_t rounds(const twin *twin, uint64_t most) {
  return strcmp(twin->name, "terminate") == 0 ? 1 : most;
}

/* How many may be under way at once: a name is taken by the first. */
UNUSED static uint64_t at_once(const twin *twin, uint64_t most) {
  return is_about(twin, "register") ? 1 : rounds(twin, most);
}

/* Begins it; the handle of the call is there. */
UNUSED static pie_op *begin(const twin *twin, stage *at, int64_t limit, uint64_t tag) {
  pie_op *op = POISON;
  OK(twin->begin(at, limit, tag, &op, &error));
  CHECK(op != NULL && op != POISON);
  return op;
}

/* Begins what is to fail, which the call may say at once; otherwise its DONE does. Never both. */
#define FAILS_ASYNC(queue, tag, call, wanted)                                                  \
  do {                                                                                         \
    pie_op *op = POISON;                                                                       \
    pie_error *error = POISON;                                                                 \
    pie_status got_ = (call);                                                                  \
    check_failure(__FILE__, __LINE__, #call, (queue), (tag), got_, (wanted), op, error, NULL); \
  } while (0)

/* The DONE of a queue, behind PROGRESS events of the same call. */
UNUSED static pie_event *take_done(pie_queue *queue, uint64_t tag) {
  for (;;) {
    pie_event *event = take_from(queue);
    EQ(event->tag, tag);
    if (event->kind == PIE_EVENT_DONE) return event;
    EQ(event->kind, PIE_EVENT_PROGRESS);
    pie_event_free(event);
  }
}

/* Takes the DONE, which must have this status. */
#define DONE(queue, tag, wanted) check_done(__FILE__, __LINE__, (queue), (tag), (wanted))
UNUSED static void check_done(const char *file, int line, pie_queue *queue, uint64_t tag, pie_status wanted) {
  pie_event *event = take_done(queue, tag);
  if (event->status != wanted)
    fprintf(stderr, "%s:%d: DONE bears %s \"%s\", wanted %s\n", file, line, pie_status_name(event->status),
            pie_error_message(event->error), pie_status_name(wanted));
  EQ(event->status, wanted);
  pie_event_free(event);
}

/* No event is there. */
#define NONE(queue) check_none(__FILE__, __LINE__, (queue))
UNUSED static void check_none(const char *file, int line, pie_queue *queue) {
  pie_event *event = POISON;
  pie_status status = pie_queue_recv(queue, 0, &event, NULL);
  if (status == PIE_OK)
    fprintf(stderr, "%s:%d: there is an event of kind %d, %s, tag %d\n", file, line, event->kind,
            pie_status_name(event->status), (int)event->tag);
  EQ(status, PIE_EMPTY);
  CHECK(event == NULL);
}

/* Takes the handle and the error. */
UNUSED static void check_failure(const char *file, int line, const char *call, pie_queue *queue, uint64_t tag,
                                 pie_status got, pie_status wanted, pie_op *op, pie_error *error, const char *text) {
  if (got == PIE_OK) {
    CHECK(error == NULL && op != NULL && op != POISON);
    pie_event *done = take_done(queue, tag);
    check_number(file, line, call, done->status, wanted);
    if (text != NULL) HAS(pie_error_message(done->error), text);
    EQ(done->current, 0);
    CHECK(pie_event_take_client(done) == NULL && pie_event_take_process(done) == NULL);
    CHECK(pie_event_take_process_list(done) == NULL);
    EQ(pie_event_take_processes(done, NULL, 0), 0);
    pie_event_free(done);
    pie_op_free(op);
  } else {
    CHECK(op == NULL);
    check_status(file, line, call, got, wanted, error, NULL, (const char *const[]){text, NULL});
  }
  check_none(file, line, queue);
}

#endif
