/* Everything at once: random calls from 8 threads over the whole interface, on engines that misbehave. No call overruns its
   limit, no status and no event is one that cannot be, each asynchronous call reports once, each registration is given
   back once; after each round all is freed, and memory, threads and descriptors are as before.

   soak [SECONDS [SEED]] */
#include "soak.h"

#include "users.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

enum {
  THREADS = 8,
  WARM_UP = 2,              /* rounds, in which what is made once is made */
  HEAP_SLACK = 256 << 10,   /* what differs between two rounds: buffers of stdio, of the allocator */
  STREAM_TAG = 1 << 30,     /* no tag of an asynchronous call */
  FILE_SIZE = 300 << 10,    /* two chunks of an upload */
  OWN = 1,                  /* a queue of pie_queue_new: it never ends */
  OTHERS = 2                /* that of a process or a client */
};

static const char *uris[3];
static char *program_path, *manifest_path;
static unsigned char *file_bytes;
static pie_private_key *key;
static atomic_int stop;

/* What there is to share. */

static slot client_slots[6], process_slots[24], queue_slots[12], op_slots[24];
static void release_client(void *client);
static void release_process(void *process) { DO(pie_process_free(process)); }
static void release_queue(void *queue) { DO(pie_queue_free(queue)); }
static void release_op(void *op) { DO(pie_op_free(op)); }
static pool clients = {client_slots, 6, release_client}, processes = {process_slots, 24, release_process},
            queues = {queue_slots, 12, release_queue}, ops = {op_slots, 24, release_op};

/* Events that are freed long after they were taken. */
static pie_event *_Atomic kept[32];

static int64_t some_limit(void) {
  static const int64_t limits[] = {0, 1, 3, 10, 30, 100, 300};
  return limits[below(GET(me->callbacks) > 0 ? 5 : 7)];
}

static void release_client(void *client) {
  int64_t limit = some_limit();
  if (one_in(3)) ANY(limit, pie_client_close(client, limit, &error));
  DO(pie_client_free(client));
}

static const char *one_of(const char *const *texts, size_t count) { return texts[below((unsigned)count)]; }
#define ONE_OF(texts) one_of(texts, sizeof(texts) / sizeof *(texts))

/* A script for a process. */
static char *some_script(void) {
  static const char *const scripts[] = {
      "['send','x'],['return',1]",
      "['sendn',50]",
      "['spam',200,2000]",
      "['spam',3,500000]",
      "['print','a'],['eprint','b'],['send','c']",
      "['recv',0],['recv',0]",
      "['send','ready'],['recv_file',0]",
      "['echo_file',0]",
      "['send_file',400000],['send_file',0]",
      "['send_file_as','a/b']",
      "['sleep',0.02],['send','late']",
      "['sleep',0.2]",
      "['raise','no']",
      "['panic','p']",
      "['never']",
      "['event','odd','v'],['event','stdout','o']",
      "['early',['send','e'],['sendn',5]],['send','x']",
      "['burst'],['sendn',20],['flush'],['send','y']",
      "['refuse','not today']",
      "['file_chunk',{'index':0,'total':1,'data':'t','name':'n'}]",
      "['mcp','app','tools/list','{}'],['send','asked']",
      "['mcp','app','tools/call','[1]'],['mcp','gone','m','1']",
  };
  static const char *const rough[] = {"['cut']", "['fin']", "['close']", "['frame_hex','c1']", "['text','what']",
                                      "['burst'],['sendn',3],['cut']", "['sendn',10],['freeze']"};
  return script(one_in(24) ? ONE_OF(rough) : ONE_OF(scripts));
}

/* Mostly none. */
static const char *some_faults(void) {
  static const char *const faults[] = {
      "silent=ping,query",      "silent=*",           "delay=*:5",
      "delay=launch_process:80", "hold=launch_process:50", "hold=*:3",
      "refuse=launch_process:no", "refuse=attach_process:no", "refuse=add_program:no",
      "duplicate=*",            "reorder=3",          "split=7",
      "join=5",                 "garbage=c1",         "garbage_text=odd",
      "unknown=1",              "wrong_hash=1",       "drop_chunk=1",
      "cut_on=query",           "cut_on=terminate_process", "cut_on=auth_identify",
      "cut_chunk=1",            "pause_ms=40",        "answer_close=1",
      "handshake=500",          "handshake=404",      "handshake=302",
      "process_id=11111111-2222-4333-8444-555555555555"};
  static const char *const freezing[] = {"freeze_on=launch_process", "freeze_chunk=1", "handshake=silent"};
  if (one_in(64)) return ONE_OF(freezing);
  return one_in(3) ? ONE_OF(faults) : "";
}

/* Connecting. */

static pie_options *some_options(int place) {
  static const char *const others[][2] = {{"queue_max_bytes", "5000"},     {"max_message_bytes", "100000"},
                                          {"max_file_bytes", "300000"},    {"upload_window_bytes", "1"},
                                          {"mcp_timeout_ms", "20"},        {"close_timeout_ms", "0"}};
  const char *const *other = others[below(6)];
  pie_options *options;
  DO(options = pie_options_new());
  /* A shutdown in between closes them. */
  if (!one_in(4)) ANY(0, pie_options_set(options, "generation", place == 1 ? "0.5" : "0.4", &error));
  if (one_in(2)) ANY(0, pie_options_set(options, other[0], other[1], &error));
  return options;
}

static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *user) {
  CHECK(challenge != NULL && size == 48 && *signature_size >= 1024);
  memset(signature, 7, 64);
  *signature_size = 64;
  return *(int32_t *)user;
}

static void log_in_oddly(pie_client *client) {
  int64_t limit = some_limit();
  int32_t refuses = (int32_t)below(2);
  switch (below(4)) {
    case 0: ANY(limit, pie_client_auth_by_token(client, "scripted-token", limit, &error)); break;
    case 1: ANY(limit, pie_client_authenticate_with_agent(client, "soak", NULL, limit, &error)); break;
    case 2: ANY(limit, pie_client_authenticate_with_signer(client, "soak", sign, &refuses, limit, &error)); break;
    default: ANY(limit, pie_client_authenticate(client, "nobody", key, limit, &error));
  }
}

/* Logs in and shares the client; few that are of no use. */
static void welcome(pie_client *client) {
  pie_status status;
  if (client == NULL) return;
  if (one_in(6)) log_in_oddly(client);
  TRY(status, 300, pie_client_authenticate(client, "soak", key, 300, &error));
  if (status == PIE_OK || one_in(8))
    put(&clients, client, 0);
  else
    release_client(client);
}

static void act_connect(void) {
  int place = (int)below(3);
  char *uri = join_text(uris[place], "/?", some_faults());
  pie_options *options = some_options(place);
  int64_t limit = one_in(4) ? some_limit() : 1000;
  pie_client *client = POISON;
  ANY(limit, pie_client_connect(uri, options, limit, &client, &error));
  pie_options_free(options);
  free(uri);
  welcome(client);
}

/* Events. */

static void answer(pie_event *event) {
  static const char *const good[] = {"{}", "null", "[1,2]", "\"text\""};
  if (one_in(2)) ANY(0, pie_event_mcp_respond(event, 1, ONE_OF(good), &error));
  if (one_in(4)) ANY(0, pie_event_mcp_respond(event, 0, "\"no\"", &error));
}

static void read_list(pie_process_list *list) {
  size_t size = pie_process_list_size(list);
  for (size_t i = 0; i < size; i++) {
    const pie_process_info *info = pie_process_list_get(list, i);
    CHECK(info != NULL && info->id != NULL && strlen(info->id) > 0);
  }
  CHECK(pie_process_list_get(list, size) == NULL);
}

static void take_processes(pie_event *event) {
  pie_process *taken[8];
  size_t count = pie_event_take_processes(event, NULL, 0);
  CHECK(count <= 8);
  EQ(pie_event_take_processes(event, taken, 8), count);
  for (size_t i = 0; i < count; i++) put(&processes, taken[i], 0);
}

static void take_result(pie_event *event) {
  welcome(pie_event_take_client(event));
  put(&processes, pie_event_take_process(event), 0);
  take_processes(event);
  pie_process_list *list = pie_event_take_process_list(event);
  read_list(list);
  DO(pie_process_list_free(list));
}

static void check_kind(const pie_event *event) {
  int kind = event->kind;
  CHECK((kind >= PIE_EVENT_STDOUT && kind <= PIE_EVENT_OVERFLOW) ||
        (kind >= PIE_EVENT_DONE && kind <= PIE_EVENT_MCP_REQUEST));
  if (event->status < 0) CHECK(!is_no_answer(event->status));
  if (kind <= PIE_EVENT_OVERFLOW) CHECK(event->process != NULL && event->tag >= STREAM_TAG);
  if (kind == PIE_EVENT_PROGRESS) CHECK(event->current <= event->total);
  if (kind == PIE_EVENT_OVERFLOW) CHECK(event->current > 0);
}

/* Takes the event. */
static void handle(pie_event *event) {
  check_event(event);
  check_kind(event);
  if (event->kind == PIE_EVENT_DONE) settle_debt(event->tag, PAID), count_status(&reported, event->status);
  if (event->kind == PIE_EVENT_DONE && !one_in(4)) take_result(event);
  if (event->kind == PIE_EVENT_MCP_REQUEST) answer(event);
  if (one_in(16)) event = atomic_exchange(&kept[below(32)], event);
  DO(pie_event_free(event));
}

/* Callbacks. */

static void act(void);

static void on_event(pie_event *event, void *user_data) {
  static atomic_ullong numbers;
  registration *registered = user_data;
  int is_new = me == NULL;
  EQ(registered->magic, MAGIC);
  registered->runs++;
  if (is_new) enter_stage(1000 + ADD(numbers, 1));
  SET(me->callbacks, GET(me->callbacks) + 1);
  handle(event);
  if (GET(me->callbacks) == 1 && !GET(stop) && one_in(8)) act();
  EQ(registered->magic, MAGIC);
  SET(me->callbacks, GET(me->callbacks) - 1);
  if (is_new) leave_stage();
}

static void on_wakeup(void *user_data) {
  registration *registered = user_data;
  EQ(registered->magic, MAGIC);
  ADD(registered->wakes, 1);
}

static void set_callback(pie_queue *queue) {
  registration *made = new_registration();
  int32_t mode = one_in(3) ? PIE_DISPATCH_MANUAL : PIE_DISPATCH_THREAD;
  pie_status status;
  TRY(status, 0, pie_queue_set_callback(queue, mode, on_event, made, drop_registration, &error));
  if (status != PIE_OK) drop_registration(made);
}

static void set_wakeup(pie_queue *queue) {
  registration *made = new_registration();
  pie_status status;
  TRY(status, 0, pie_queue_set_wakeup(queue, on_wakeup, made, drop_registration, &error));
  if (status != PIE_OK) drop_registration(made);
}

/* Queues. */

static void receive(pie_queue *queue, int64_t limit) {
  pie_event *event = POISON;
  ANY(limit, pie_queue_recv(queue, limit, &event, &error));
  if (event != NULL) handle(event);
}

static void receive_batch(pie_queue *queue, int64_t limit) {
  pie_event *events[16];
  size_t count = 77;
  ANY(limit, pie_queue_recv_batch(queue, limit, events, 16, &count, &error));
  CHECK(count <= 16);
  for (size_t i = 0; i < 16; i++) CHECK((events[i] != NULL) == (i < count));
  if (count > 0 && one_in(8)) handle(events[--count]), events[count] = NULL;
  for (size_t i = 0; i < count; i++) handle(events[i]);
}

static void poll_queue(pie_queue *queue, int64_t limit) {
  intptr_t descriptor = -7;
  pie_status status;
  TRY(status, 0, pie_queue_fd(queue, &descriptor, &error));
  if (status != PIE_OK) return;
  struct pollfd polled = {(int)descriptor, POLLIN, 0};
  int ready = poll(&polled, 1, (int)limit);
  CHECK(ready >= 0 && (ready == 0 || polled.revents == POLLIN));
  if (ready) receive(queue, 0);
}

static void dispatch(pie_queue *queue) {
  size_t count = 77;
  pie_status status;
  TRY(status, 0, pie_queue_dispatch(queue, below(3) * 10, &count, &error));
  if (status != PIE_OK) EQ(count, 0);
}

static void use_queue(pie_queue *queue) {
  int64_t limit = some_limit();
  switch (below(16)) {
    case 0: set_callback(queue); break;
    case 1: ANY(limit, pie_queue_clear_callback(queue, limit, &error)); break;
    case 2: set_wakeup(queue); break;
    case 3: ANY(0, pie_queue_set_wakeup(queue, NULL, NULL, NULL, &error)); break;
    case 4: case 5: poll_queue(queue, limit); break;
    case 6: DO(pie_queue_interrupt(queue)); break;
    case 7: case 8: case 9: dispatch(queue); break;
    case 10: case 11: case 12: receive_batch(queue, limit); break;
    default: receive(queue, limit);
  }
}

static void act_queue(void) {
  slot *place = borrow(&queues);
  if (place != NULL) use_queue(place->handle);
  give_back(place);
}

static void act_new_queue(void) {
  pie_queue *made;
  DO(made = pie_queue_new());
  CHECK(made != NULL);
  if (one_in(3)) set_callback(made);
  if (one_in(6)) set_wakeup(made);
  put(&queues, made, OWN);
}

/* Whether a handle that gave this is of little use. */
static int is_over(pie_status status) { return status == PIE_E_CLOSED || status == PIE_E_DISCONNECTED; }

/* Processes. */

static pie_launch_options some_launch(slot *queue, char *input) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  options.queue = queue ? queue->handle : NULL;
  options.tag = STREAM_TAG + below(1000);
  options.flags = one_in(12) ? PIE_LAUNCH_NO_CAPTURE : 0;
  return options;
}

static void launch_one(pie_client *client) {
  slot *queue = one_in(2) ? borrow(&queues) : NULL;
  char *input = some_script();
  pie_launch_options options = some_launch(queue, input);
  int64_t limit = one_in(3) ? some_limit() : 300;
  pie_process *process = POISON;
  ANY(limit, pie_client_launch_process(client, ECHO, &options, limit, &process, &error));
  put(&processes, process, 0);
  free(input);
  give_back(queue);
}

enum { MOST_INPUTS = 5 };

static size_t some_inputs(char **inputs) {
  size_t count = below(MOST_INPUTS + 1);
  for (size_t i = 0; i < count; i++) inputs[i] = one_in(4) ? NULL : some_script();
  return count;
}

static void free_inputs(char **inputs, size_t count) {
  for (size_t i = 0; i < count; i++) free(inputs[i]);
}

static void launch_some(pie_client *client) {
  char *inputs[MOST_INPUTS];
  pie_process *made[MOST_INPUTS] = {NULL};
  size_t count = some_inputs(inputs);
  slot *queue = one_in(2) ? borrow(&queues) : NULL;
  pie_launch_options options = some_launch(queue, NULL);
  int64_t limit = some_limit();
  const char *const *given = (const char *const *)inputs;
  ANY(limit, pie_client_launch_processes(client, ECHO, given, count, &options, limit, made, &error));
  for (size_t i = 0; i < count; i++) put(&processes, made[i], 0);
  free_inputs(inputs, count);
  give_back(queue);
}

static void run_some(pie_client *client) {
  char *inputs[MOST_INPUTS], *json = POISON;
  size_t count = some_inputs(inputs);
  int64_t limit = some_limit();
  const char *const *given = (const char *const *)inputs;
  ANY(limit, pie_client_run_processes(client, ECHO, given, count, NULL, limit, &json, &error));
  if (json != NULL) CHECK(is_json(json));
  DO(pie_string_free(json));
  free_inputs(inputs, count);
}

/* The id of some process that runs; freed by the caller. */
static char *some_id(pie_client *client) {
  pie_process_list *list = POISON;
  int64_t limit = some_limit();
  ANY(limit, pie_client_list_processes(client, limit, &list, &error));
  read_list(list);
  size_t size = pie_process_list_size(list);
  char *id = join_text(size ? pie_process_list_get(list, below((unsigned)size))->id : NO_SUCH_ID, "", "");
  DO(pie_process_list_free(list));
  return id;
}

static void attach_one(pie_client *client) {
  slot *queue = one_in(2) ? borrow(&queues) : NULL;
  char *id = some_id(client);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = queue ? queue->handle : NULL;
  options.tag = STREAM_TAG;
  int64_t limit = some_limit();
  pie_process *process = POISON;
  ANY(limit, pie_client_attach_process(client, id, &options, limit, &process, &error));
  put(&processes, process, 0);
  free(id);
  give_back(queue);
}

static void receive_from(pie_process *process, int64_t limit) {
  pie_event *event = POISON;
  ANY(limit, pie_process_recv(process, limit, &event, &error));
  if (event != NULL) handle(event);
}

static void set_process_callback(pie_process *process) {
  registration *made = new_registration();
  pie_status status;
  TRY(status, 0, pie_process_set_callback(process, on_event, made, drop_registration, &error));
  if (status != PIE_OK) drop_registration(made);
}

static void ask_result(pie_process *process, int64_t limit) {
  char *text = POISON;
  ANY(limit, pie_process_result(process, limit, &text, &error));
  DO(pie_string_free(text));
}

static void use_process(pie_process *process) {
  int64_t limit = some_limit();
  size_t size = below(FILE_SIZE);
  switch (below(16)) {
    case 0: ANY(0, pie_process_signal(process, "go", &error)); break;
    case 1: ANY(limit, pie_process_transfer_file(process, file_bytes, size, limit, &error)); break;
    case 2: ANY(limit, pie_process_transfer_path(process, program_path, limit, &error)); break;
    case 3: ANY(limit, pie_process_terminate(process, limit, &error)); break;
    case 4: ask_result(process, limit); break;
    case 5: set_process_callback(process); break;
    case 6: ANY(limit, pie_process_clear_callback(process, limit, &error)); break;
    case 7: put(&queues, pie_process_queue(process), OTHERS); break;
    case 8: CHECK(strlen(pie_process_id(process)) < 100); break;
    default: receive_from(process, limit);
  }
}

static void act_process(void) {
  slot *place = borrow(&processes);
  if (place == NULL) return;
  latest = PIE_OK;
  use_process(place->handle);
  give_back(place);
  if ((latest == PIE_END || is_over(latest)) && one_in(2)) empty(place, &processes);
}

/* A process with nobody else: its stream is whole and in order, whatever becomes of it. */
static int read_stream(pie_process *process, int *ended, uint64_t *next) {
  pie_event *event = POISON;
  pie_status status;
  TRY(status, 1000, pie_process_recv(process, 1000, &event, &error));
  if (status == PIE_END) CHECK(*ended);
  if (event == NULL) return status == PIE_EMPTY;
  CHECK(!*ended && event->process == process && event->tag == STREAM_TAG);
  EQ(event->sequence, *next);
  *next += event->kind == PIE_EVENT_OVERFLOW ? event->current : 1;
  *ended = event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR;
  handle(event);
  return 1;
}

static void follow(pie_process *process) {
  int ended = 0;
  uint64_t next = 0, life = GET(lives);
  for (int64_t end = now_ms() + 1500; now_ms() < end && !GET(stop) && read_stream(process, &ended, &next);) continue;
  /* Who asks for the result takes what waits. */
  pie_status status;
  pie_event *event = POISON;
  if (ended) TRY(status, 0, pie_process_recv(process, 0, &event, &error));
  if (ended && life == GET(lives)) EQ(status, PIE_END);
}

static void act_stream(void) {
  slot *place = GET(me->callbacks) > 0 ? NULL : borrow(&clients);
  if (place == NULL) return;
  char *input = some_script();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  options.tag = STREAM_TAG;
  pie_process *process = POISON;
  ANY(500, pie_client_launch_process(place->handle, ECHO, &options, 500, &process, &error));
  free(input);
  give_back(place);
  if (process == NULL) return;
  follow(process);
  DO(pie_process_free(process));
}

/* A callback on a queue with nobody else: once it is cleared it is gone. */

typedef struct dance {
  int runs, dropped;
} dance;

static void on_dance(pie_event *event, void *user_data) {
  dance *danced = user_data;
  CHECK(!danced->dropped);
  danced->runs++;
  pie_event_free(event);
}

static void drop_dance(void *user_data) { ((dance *)user_data)->dropped++; }

static void clear_dance(pie_queue *queue, dance *danced) {
  pie_status status;
  uint64_t life = GET(lives);
  do TRY(status, 100, pie_queue_clear_callback(queue, 100, &error));
  while (status == PIE_E_TIMED_OUT);
  /* A shutdown drops it too, but perhaps later than the closed call tells. */
  if (status == PIE_OK && life == GET(lives)) EQ(danced->dropped, 1);
}

static void act_dance(void) {
  slot *place = GET(me->callbacks) > 0 ? NULL : borrow(&clients);
  if (place == NULL) return;
  static dance dances[4096]; /* one each time, as a shutdown may drop it later than this returns */
  static atomic_int count;
  dance *danced = &dances[ADD(count, 1) % 4096];
  memset(danced, 0, sizeof *danced);
  pie_queue *queue = have(pie_queue_new());
  int32_t mode = one_in(2) ? PIE_DISPATCH_THREAD : PIE_DISPATCH_MANUAL;
  size_t ran;
  pie_status status;
  TRY(status, 0, pie_queue_set_callback(queue, mode, on_dance, danced, drop_dance, &error));
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = queue;
  options.input = "{\"ops\":[[\"sendn\",20]]}";
  pie_process *process = POISON;
  ANY(300, pie_client_launch_process(place->handle, ECHO, &options, 300, &process, &error));
  give_back(place);
  if (status == PIE_OK && mode == PIE_DISPATCH_MANUAL) ANY(0, pie_queue_dispatch(queue, 0, &ran, &error));
  if (status == PIE_OK) clear_dance(queue, danced);
  DO(pie_process_free(process));
  DO(pie_queue_free(queue));
}

/* Clients. */

static void ping(pie_client *client, int64_t limit) {
  int64_t rtt = -7;
  pie_status status;
  TRY(status, limit, pie_client_ping(client, limit, one_in(2) ? &rtt : NULL, &error));
  if (status != PIE_OK) CHECK(rtt == 0 || rtt == -7);
}

static void query(pie_client *client, int64_t limit) {
  char *text = POISON;
  ANY(limit, pie_client_query(client, "scripted", "processes", limit, &text, &error));
  DO(pie_string_free(text));
}

static void resolve(pie_client *client, int64_t limit) {
  static const char *const modes[] = {"/detail", "/latest", "/chunked", "/hops:3", "/silent", "/nonsense"};
  char *url = join_text(environment("PIE_TEST_REGISTRY"), ONE_OF(modes), ""), *text = POISON;
  ANY(limit, pie_client_resolve_version(client, "echo", url, limit, &text, &error));
  DO(pie_string_free(text));
  free(url);
}

static void check_program(pie_client *client, int64_t limit) {
  int32_t exists = 7;
  const char *path = one_in(2) ? program_path : NULL;
  ANY(limit, pie_client_check_program(client, ECHO, path, path ? manifest_path : NULL, limit, &exists, &error));
  CHECK(exists == 0 || exists == 1);
}

static void install(pie_client *client, int64_t limit) {
  static const char manifest[] = MANIFEST("soak");
  size_t size = below(FILE_SIZE);
  if (one_in(2))
    ANY(limit, pie_client_install_program(client, program_path, manifest_path, 1, limit, &error));
  else
    ANY(limit, pie_client_install_program_bytes(client, file_bytes, size, manifest, 1, limit, &error));
}

static void register_handler(pie_client *client, int64_t limit) {
  slot *queue = borrow(&queues);
  if (queue != NULL)
    ANY(limit, pie_client_register_mcp_handler(client, "app", queue->handle, 5, limit, &error));
  give_back(queue);
}

static const pie_mcp_server *some_server(void) {
  static const pie_mcp_server ends = {sizeof ends, 0, NULL, "true", NULL, 0, NULL, NULL, 0, NULL},
                              echoes = {sizeof echoes, 0, NULL, "cat", NULL, 0, NULL, NULL, 0, NULL};
  return one_in(2) ? &ends : &echoes;
}

static void register_server(pie_client *client, int64_t limit) {
  if (!one_in(4)) return; /* programs are slow to start */
  ANY(limit, pie_client_register_mcp_server(client, "app", some_server(), limit, &error));
}

static void by_id(pie_client *client, int64_t limit) {
  char *id = some_id(client);
  if (one_in(2))
    ANY(0, pie_client_signal_process(client, id, "go", &error));
  else
    ANY(limit, pie_client_terminate_process(client, id, limit, &error));
  free(id);
}

static void use_client(pie_client *client) {
  int64_t limit = some_limit();
  switch (below(24)) {
    case 0: case 1: ping(client, limit); break;
    case 2: query(client, limit); break;
    case 3: resolve(client, limit); break;
    case 4: check_program(client, limit); break;
    case 5: install(client, limit); break;
    case 6: register_handler(client, limit); break;
    case 7: register_server(client, limit); break;
    case 8: ANY(0, pie_client_unregister_mcp_server(client, "app", &error)); break;
    case 9: by_id(client, limit); break;
    case 10: ANY(limit, pie_client_launch_daemon(client, ECHO, 8080, NULL, limit, &error)); break;
    case 11: put(&queues, pie_client_queue(client), OTHERS); break;
    case 12: if (one_in(4)) ANY(limit, pie_client_close(client, limit, &error)); break;
    case 13: log_in_oddly(client); break;
    case 14: case 15: attach_one(client); break;
    case 16: launch_some(client); break;
    case 17: run_some(client); break;
    default: launch_one(client);
  }
}

static void act_client(void) {
  slot *place = borrow(&clients);
  if (place == NULL) return;
  latest = PIE_OK;
  use_client(place->handle);
  give_back(place);
  if (is_over(latest) && one_in(2)) empty(place, &clients);
}

/* Asynchronous calls. */

/* Whether the thread's latest asynchronous call began. */
static _Thread_local int started;

/* How an asynchronous call began. */
static void note_start(uint64_t tag, pie_status status, pie_op *op, int wanted) {
  CHECK(op != (pie_op *)POISON);
  if (wanted) EQ(op != NULL, status == PIE_OK);
  started = status == PIE_OK;
  if (!started) settle_debt(tag, FAILED);
  if (op == NULL) return;
  if (one_in(6)) DO(pie_op_cancel(op));
  put(&ops, op, 0);
}

/* A call that names its queue `queue`, its limit `limit`, its tag `tag`, and `op`. */
#define START(expression)                                 \
  do {                                                    \
    uint64_t tag = owe(#expression, place, place->serial); \
    pie_op *made = POISON, **op = one_in(3) ? NULL : &made; \
    if (op == NULL) made = NULL;                          \
    pie_status status;                                    \
    TRY(status, 0, expression);                           \
    note_start(tag, status, made, op != NULL);            \
  } while (0)

static void start_connect(slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  int target = (int)below(3);
  char *uri = join_text(uris[target], "/?", some_faults());
  pie_options *options = some_options(target);
  START(pie_client_connect_async(uri, options, limit, queue, tag, op, &error));
  pie_options_free(options);
  free(uri);
}

static void start_launch(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  slot *other = one_in(2) ? borrow(&queues) : NULL;
  char *input = some_script();
  pie_launch_options options = some_launch(one_in(2) ? place : other, input);
  START(pie_client_launch_process_async(client, ECHO, &options, limit, queue, tag, op, &error));
  free(input);
  give_back(other);
}

static void start_batch(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  char *inputs[MOST_INPUTS];
  size_t count = some_inputs(inputs);
  const char *const *given = (const char *const *)inputs;
  pie_launch_options options = some_launch(one_in(2) ? place : NULL, NULL);
  if (one_in(2))
    START(pie_client_run_processes_async(client, ECHO, given, count, NULL, limit, queue, tag, op, &error));
  else
    START(pie_client_launch_processes_async(client, ECHO, given, count, &options, limit, queue, tag, op, &error));
  free_inputs(inputs, count);
}

static void start_by_id(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  char *id = some_id(client);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = one_in(2) ? queue : NULL;
  options.tag = STREAM_TAG;
  if (one_in(3))
    START(pie_client_terminate_process_async(client, id, limit, queue, tag, op, &error));
  else
    START(pie_client_attach_process_async(client, id, &options, limit, queue, tag, op, &error));
  free(id);
}

static void start_resolve(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  static const char *const modes[] = {"/detail", "/chunked", "/silent"};
  char *url = join_text(environment("PIE_TEST_REGISTRY"), ONE_OF(modes), "");
  START(pie_client_resolve_version_async(client, "echo", url, limit, queue, tag, op, &error));
  free(url);
}

static void start_login(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  switch (below(4)) {
    case 0: START(pie_client_auth_by_token_async(client, "scripted-token", limit, queue, tag, op, &error)); break;
    case 1: START(pie_client_authenticate_with_agent_async(client, "soak", NULL, limit, queue, tag, op, &error)); break;
    default: START(pie_client_authenticate_async(client, "soak", key, limit, queue, tag, op, &error));
  }
}

static void start_install(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  static const char manifest[] = MANIFEST("soak");
  size_t size = below(FILE_SIZE);
  if (one_in(2))
    START(pie_client_install_program_async(client, program_path, manifest_path, 1, limit, queue, tag, op, &error));
  else
    START(pie_client_install_program_bytes_async(client, file_bytes, size, manifest, 1, limit, queue, tag, op, &error));
}

static void start_registration(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  if (one_in(4))
    START(pie_client_register_mcp_server_async(client, "app", some_server(), limit, queue, tag, op, &error));
  else
    START(pie_client_register_mcp_handler_async(client, "app", queue, 5, limit, queue, tag, op, &error));
}

static void start_of_client(pie_client *client, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  switch (below(16)) {
    case 0: START(pie_client_ping_async(client, limit, queue, tag, op, &error)); break;
    case 1: START(pie_client_query_async(client, "scripted", "processes", limit, queue, tag, op, &error)); break;
    case 2: START(pie_client_list_processes_async(client, limit, queue, tag, op, &error)); break;
    case 3: if (one_in(4)) START(pie_client_close_async(client, limit, queue, tag, op, &error)); break;
    case 4: START(pie_client_launch_daemon_async(client, ECHO, 8080, NULL, limit, queue, tag, op, &error)); break;
    case 5: START(pie_client_check_program_async(client, ECHO, program_path, NULL, limit, queue, tag, op, &error)); break;
    case 6: start_resolve(client, place, limit); break;
    case 7: start_login(client, place, limit); break;
    case 8: start_install(client, place, limit); break;
    case 9: start_registration(client, place, limit); break;
    case 10: case 11: start_by_id(client, place, limit); break;
    case 12: start_batch(client, place, limit); break;
    default: start_launch(client, place, limit);
  }
}

static void start_of_process(pie_process *process, slot *place, int64_t limit) {
  pie_queue *queue = place->handle;
  size_t size = below(FILE_SIZE);
  switch (below(3)) {
    case 0: START(pie_process_transfer_file_async(process, file_bytes, size, limit, queue, tag, op, &error)); break;
    case 1: START(pie_process_transfer_path_async(process, program_path, limit, queue, tag, op, &error)); break;
    default: START(pie_process_terminate_async(process, limit, queue, tag, op, &error));
  }
}

/* A limit that an asynchronous call may have: what ends a call without one is cancelling or a close. */
static int64_t async_limit(void) { return one_in(8) ? PIE_FOREVER : some_limit(); }

static void act_start(void) {
  slot *place = borrow(&queues), *on = NULL;
  if (place == NULL) return;
  unsigned what = below(8);
  if (what == 0) {
    start_connect(place, some_limit());
  } else if (what < 3 && (on = borrow(&processes)) != NULL) {
    start_of_process(on->handle, place, async_limit());
  } else if ((on = borrow(&clients)) != NULL) {
    start_of_client(on->handle, place, async_limit());
  }
  give_back(on);
  give_back(place);
}

/* Until the DONE; a shutdown meanwhile closes the queue. */
static void await_done(pie_queue *queue, int64_t limit) {
  int64_t end = run_ms() + limit + BOUND;
  for (int is_done = 0; !is_done;) {
    pie_event *event = POISON;
    pie_status status;
    TRY(status, 1000, pie_queue_recv(queue, 1000, &event, &error));
    if (status == PIE_E_CLOSED) return;
    if (event == NULL) CHECK(run_ms() < end);
    if (event == NULL) continue;
    is_done = event->kind == PIE_EVENT_DONE;
    handle(event);
  }
}

/* A call that reports to a queue with nobody else: its DONE comes in time. */
static void act_start_and_wait(void) {
  slot *on = GET(me->callbacks) > 0 ? NULL : borrow(&clients);
  if (on == NULL) return;
  slot own = {.handle = have(pie_queue_new())};
  int64_t limit = some_limit();
  started = 0;
  start_of_client(on->handle, &own, limit);
  give_back(on);
  if (started) await_done(own.handle, limit);
  DO(pie_queue_free(own.handle));
}

static void act_op(void) {
  slot *place = borrow(&ops);
  if (place != NULL) DO(pie_op_cancel(place->handle));
  give_back(place);
}

/* The rest. */

static void act_free(void) {
  pool *const all[] = {&clients, &processes, &queues, &ops};
  pool *of = all[below(4)];
  empty(&of->slots[below(of->count)], of);
}

static void on_line(int32_t level, const char *target, const char *message, void *user_data) {
  registration *registered = user_data;
  EQ(registered->magic, MAGIC);
  CHECK(level >= PIE_LOG_ERROR && level <= PIE_LOG_TRACE && target != NULL && strpbrk(message, "\r\n") == NULL);
  ADD(registered->wakes, 1);
}

/* The former function does not run any more when the call returns. */
static void set_log(int wanted) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static registration *former;
  if (pthread_mutex_trylock(&lock) != 0) return;
  registration *next = wanted ? new_registration() : NULL;
  int32_t level = PIE_LOG_ERROR + (int32_t)below(5);
  DO(pie_set_log_callback(level, wanted ? on_line : NULL, next));
  if (former != NULL) drop_registration(former);
  former = next;
  pthread_mutex_unlock(&lock);
}

static void act_log(void) { set_log(one_in(2)); }

static void empty_all(void) {
  empty_pool(&clients);
  empty_pool(&processes);
  empty_pool(&queues);
  empty_pool(&ops);
}

static void act_shutdown(void) {
  static const int64_t limits[] = {0, 1, 50, 2000};
  int64_t limit = GET(me->callbacks) > 0 ? 0 : limits[below(4)];
  ADD(lives, 1);
  ANY(limit, pie_shutdown(limit, &error));
  ADD(lives, 1);
  empty_all();
}

typedef struct action {
  unsigned weight;
  void (*run)(void);
} action;

static void act(void) {
  static const action actions[] = {{40, act_connect}, {120, act_client}, {120, act_process}, {160, act_queue},
                                   {160, act_start},  {20, act_start_and_wait}, {15, act_stream}, {10, act_dance},
                                   {12, act_new_queue}, {30, act_op},   {30, act_free},    {2, act_log}};
  unsigned all = 0;
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) all += actions[i].weight;
  /* Some thousand calls between two shutdowns. */
  unsigned chosen = below(all);
  size_t at = 0;
  while (chosen >= actions[at].weight) chosen -= actions[at++].weight;
  if (one_in(8000))
    act_shutdown();
  else
    actions[at].run();
}

/* Rounds. */

static void *work(void *number) {
  enter_stage(*(uint64_t *)number);
  while (!GET(stop)) act();
  leave_stage();
  return NULL;
}

/* Whether the queue that a call has to report to is still to be received from. */
static int is_there(const debt *owed) {
  int found = 0;
  for (unsigned i = 0; i < queues.count; i++) {
    if (&queue_slots[i] != owed->place) continue;
    slot *place = borrow_it(&queue_slots[i]);
    if (place != NULL) found = place->serial == owed->serial && place->kind == OWN;
    give_back(place);
  }
  return found;
}

/* How many asynchronous calls have not reported though their queue is there to be received from. */
static size_t unpaid(int tell) {
  size_t count = 0;
  for (uint64_t tag = 1; tag <= GET(debt_count); tag++) {
    const debt *owed = &debts[tag];
    if (GET(owed->state) != OWED || owed->life != GET(lives)) continue;
    if (!is_there(owed)) continue;
    count++;
    if (tell) fprintf(stderr, "no DONE came of %s\n", owed->name);
  }
  return count;
}

static void drain(void) {
  for (unsigned i = 0; i < queues.count; i++) {
    slot *place = borrow_it(&queue_slots[i]);
    if (place == NULL) continue;
    dispatch(place->handle);
    receive_batch(place->handle, 0);
    give_back(place);
  }
}

/* Ends every client, and has every asynchronous call report. */
static void settle_all(void) {
  for (unsigned i = 0; i < clients.count; i++) {
    slot *place = borrow_it(&client_slots[i]);
    if (place != NULL) ANY(WAIT, pie_client_close(place->handle, WAIT, &error));
    give_back(place);
  }
  for (int64_t end = run_ms() + BOUND; unpaid(0) > 0 && run_ms() < end;) {
    drain();
    rest_ms(1);
  }
  EQ(unpaid(1), 0);
}

/* What the engine still runs, so that it does not get more from round to round. */
static void clear_engine(int place) {
  pie_options *options = options_from(place == 1 ? "generation=0.5" : "generation=0.4");
  pie_client *client = POISON;
  pie_process_list *list = POISON;
  ANY(WAIT, pie_client_connect(uris[place], options, WAIT, &client, &error));
  ANY(WAIT, pie_client_authenticate(client, "soak", key, WAIT, &error));
  ANY(WAIT, pie_client_list_processes(client, WAIT, &list, &error));
  for (size_t i = 0; i < pie_process_list_size(list); i++) {
    const char *id = pie_process_list_get(list, i)->id;
    ANY(WAIT, pie_client_terminate_process(client, id, WAIT, &error));
  }
  DO(pie_process_list_free(list));
  DO(pie_client_free(client));
  pie_options_free(options);
}

static void free_kept(void) {
  for (int i = 0; i < 32; i++) DO(pie_event_free(atomic_exchange(&kept[i], NULL)));
}

static void end_library(void) {
  pie_status status;
  TRY(status, WAIT, pie_shutdown(WAIT, &error));
  EQ(status, PIE_OK);
}

/* Everything is freed and shut down, in one order or the other. */
static void end_round(void) {
  int shut_first = one_in(2);
  settle_all();
  for (int place = 0; place < 3; place++) clear_engine(place);
  if (shut_first) end_library();
  free_kept();
  empty_all();
  end_library();
  /* What a callback was using then. */
  free_kept();
  empty_all();
  set_log(0);
  EQ(GET(registrations), 0);
  EQ(waitpid(-1, NULL, WNOHANG), -1);
  EQ(errno, ECHILD);
  memset(debts, 0, sizeof *debts * (GET(debt_count) + 1));
  SET(debt_count, 0);
}

static void one_round(uint64_t number, int64_t length) {
  pthread_t threads[THREADS];
  uint64_t numbers[THREADS];
  SET(stop, 0);
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = number * 1000003 + (uint64_t)i;
    threads[i] = spawn(work, &numbers[i]);
  }
  for (int64_t end = now_ms() + length; now_ms() < end && GET(debt_count) < DEBTS / 2;) rest_ms(20);
  SET(stop, 1);
  for (int i = 0; i < THREADS; i++) join(threads[i]);
  end_round();
}

static void tell(const char *what, const figures *now) {
  printf("%s: %llu calls, heap %zu KiB, resident %zu KiB, threads %d, descriptors %d\n", what, GET(calls_made),
         now->heap >> 10, now->resident >> 10, now->threads, now->descriptors);
  fflush(stdout);
}

static void list_descriptors(void) {
  for (int i = 0; i < 1024; i++) {
    char link[64], name[256];
    snprintf(link, sizeof link, "/proc/self/fd/%d", i);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length > 0) fprintf(stderr, "  descriptor %d: %.*s\n", i, (int)length, name);
  }
}

/* Says what was left behind, as far as it can be told. */
static void explain(const figures *before, const figures *now) {
  if (now->descriptors != before->descriptors) list_descriptors();
  if (now->heap > before->heap + HEAP_SLACK)
    fprintf(stderr, "%zu bytes more on the heap\n", now->heap - before->heap);
  if (__lsan_do_recoverable_leak_check != NULL) __lsan_do_recoverable_leak_check();
}

static void compare(const figures *before, const figures *now) {
  int heap_grew = now->heap > before->heap + HEAP_SLACK;
  if (heap_grew || now->threads != before->threads || now->descriptors != before->descriptors) explain(before, now);
  EQ(now->threads, before->threads);
  EQ(now->descriptors, before->descriptors);
  CHECK(!heap_grew);
}

static void run_rounds(int64_t length) {
  int64_t round_ms = length / 8 < 5000 ? length / 8 : 5000, end = now_ms() + length;
  figures first = measure(), before = first;
  tell("before", &first);
  for (uint64_t number = 1; number <= WARM_UP + 1 || now_ms() < end; number++) {
    char name[32];
    one_round(number, round_ms);
    figures now = measure_against(&first);
    snprintf(name, sizeof name, "round %" PRIu64, number);
    tell(name, &now);
    if (number <= WARM_UP) before = now, before.threads = first.threads, before.descriptors = first.descriptors;
    compare(&before, &now);
  }
}

static void tell_statuses(const char *what, counts *counted) {
  printf("%s:", what);
  for (int i = 0; i < STATUSES; i++)
    if (GET(counted->of[i]) > 0) printf(" %s %llu", pie_status_name(PIE_END - i), GET(counted->of[i]));
  printf("\n");
}

static void prepare(void) {
  static const char manifest[] = MANIFEST("soak");
  char *directory = new_directory();
  uris[0] = environment("PIE_TEST_URI_04");
  uris[1] = environment("PIE_TEST_URI_05");
  uris[2] = environment("PIE_TEST_URI_USERS");
  unsetenv("SSH_AUTH_SOCK");
  new_user(directory, "soak", "-t ed25519");
  key = key_in(directory, "soak", NULL);
  file_bytes = pattern(FILE_SIZE);
  program_path = temporary_file(file_bytes, FILE_SIZE);
  manifest_path = temporary_file(manifest, sizeof manifest - 1);
  open_pool(&clients);
  open_pool(&processes);
  open_pool(&queues);
  open_pool(&ops);
  free(directory);
}

static void clean_up(void) {
  pie_private_key_free(key);
  unlink(program_path);
  unlink(manifest_path);
  free(program_path);
  free(manifest_path);
  free(file_bytes);
}

int main(int count, char **arguments) {
  int64_t seconds = count > 1 ? strtoll(arguments[1], NULL, 10) : 4;
  seed = count > 2 ? strtoull(arguments[2], NULL, 10) : (uint64_t)time(NULL) * 100000 + (uint64_t)getpid() % 100000;
  printf("soak %" PRId64 " %" PRIu64 "\n", seconds, seed);
  fflush(stdout);
  prepare();
  atomic_int ended = 0;
  pthread_t watchdog = spawn(watch_all, &ended);
  enter_stage(0);
  run_rounds(seconds * 1000);
  leave_stage();
  SET(ended, 1);
  join(watchdog);
  tell_statuses("calls", &returned);
  tell_statuses("DONE events", &reported);
  printf("longest overrun: %lld ms, %s\n", GET(longest_overrun), GET(longest_name));
  clean_up();
  return finish();
}
