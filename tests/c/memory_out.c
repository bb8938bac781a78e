/* Memory runs out for what a caller or an engine determines the size of: one allocation of 64 KiB or more fails, each of
   those of a run that does all such calls in turn; then all of some size and more fail; then the address space is
   limited. The call returns PIE_E_NO_MEMORY, or the connection or the stream ends and says why, or nothing is lost; the
   host lives, and with memory again the same run goes well. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RLIMIT_AS */
#endif
#include "callbacks.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { BIG = 64 << 10, SIZE = 400000, NONE_FAILS = -1 };

/* The system's, behind ours, which the library calls too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static long countdown = NONE_FAILS; /* so many big ones succeed, and then one fails */
static size_t none_above = SIZE_MAX;
static long failed, counted;

static int fails(size_t size) {
  if (size < BIG) return 0;
  __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
  int now = size > __atomic_load_n(&none_above, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&countdown, __ATOMIC_SEQ_CST) >= 0)
    now |= __atomic_fetch_sub(&countdown, 1, __ATOMIC_SEQ_CST) == 0;
  if (now) __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
  if (now) errno = ENOMEM;
  return now;
}

/* The host's own are not what this is about. */
static __thread int is_hosts;

void *malloc(size_t size) { return !is_hosts && fails(size) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return !is_hosts && fails(count * size) ? NULL : __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return !is_hosts && fails(size) ? NULL : __libc_realloc(block, size); }

static unsigned char *bytes;
static char *path, *text, *ops, *many;
static const char *inputs[2000];

#define note(status) noted(__LINE__, (status))

static void may_lack(int line, pie_status status) {
  if (status != PIE_OK && status != PIE_E_NO_MEMORY && status != PIE_E_DISCONNECTED && status != PIE_E_IO)
    fprintf(stderr, "line %d: a call gave %s\n", line, pie_status_name(status));
  CHECK(status == PIE_OK || status == PIE_E_NO_MEMORY || status == PIE_E_DISCONNECTED || status == PIE_E_IO);
}

static pie_status worst;

static void noted(int line, pie_status status) {
  may_lack(line, status);
  if (status != PIE_OK) worst = status;
}

/* The rest of a stream: whole, or with a gap that is told, or ended with a reason. */
static void drain(pie_process *process) {
  pie_event *event;
  pie_status status;
  uint64_t next = 0;
  while ((status = pie_process_recv(process, WAIT, &event, NULL)) == PIE_OK) {
    if (event->kind == PIE_EVENT_OVERFLOW) {
      CHECK(event->current > 0);
      next += event->current;
      worst = PIE_E_NO_MEMORY;
    } else {
      EQ(event->sequence, next++);
    }
    /* A file that the end of the connection cuts short, which comes next, is told as damaged. */
    if (event->status < 0 && event->kind != PIE_EVENT_FILE) note(event->status);
    if (event->kind == PIE_EVENT_FILE && event->status == PIE_E_NO_MEMORY) worst = PIE_E_NO_MEMORY;
    pie_event_free(event);
  }
  EQ(status, PIE_END);
}

static pie_process *started(pie_client *client, const char *input) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  options.input = input;
  note(pie_client_launch_process(client, ECHO, &options, WAIT, &process, NULL));
  return process;
}

static void stream(pie_client *client, const char *input) {
  pie_process *process = started(client, input);
  if (process != NULL) drain(process);
  pie_process_free(process);
}

static void result(pie_client *client, const char *input) {
  pie_process *process = started(client, input);
  char *returned = NULL;
  if (process != NULL) note(pie_process_result(process, WAIT, &returned, NULL));
  pie_string_free(returned);
  pie_process_free(process);
}

static void send_to(pie_client *client, int generation) {
  pie_process *process =
      started(client, "{\"ops\":[[\"recv\",0],[\"recv_file\",0],[\"recv_file\",0],[\"recv_file\",0]]}");
  if (process == NULL) return;
  pie_queue *queue = pie_queue_new();
  note(pie_process_signal(process, generation == PIE_GENERATION_0_4 ? text : "short", NULL));
  pie_status status = pie_process_transfer_file(process, bytes, SIZE, WAIT, NULL);
  note(status);
  status = pie_process_transfer_path_async(process, path, WAIT, queue, 1, NULL, NULL);
  note(status);
  if (status == PIE_OK) {
    pie_event *event = take_from(queue);
    note(event->status);
    pie_event_free(event);
  }
  status = pie_process_transfer_file_async(process, bytes, SIZE, WAIT, queue, 1, NULL, NULL);
  note(status);
  if (status == PIE_OK) {
    pie_event *event = take_from(queue);
    while (event->kind == PIE_EVENT_PROGRESS) {
      pie_event_free(event);
      event = take_from(queue);
    }
    note(event->status);
    pie_event_free(event);
  }
  pie_queue_free(queue);
  pie_process_free(process);
}

static void calls(pie_client *client, int generation) {
  char *out = NULL;
  int32_t exists;
  pie_process_list *list = NULL;
  note(pie_client_query(client, "scripted", "received", WAIT, &out, NULL));
  pie_string_free(out);
  stream(client, ops);
  stream(client, "{\"ops\":[[\"sendbig\",400000],[\"sendn\",1500]]}");
  stream(client, "{\"ops\":[[\"send_file\",400000]]}");
  stream(client, "{\"ops\":[[\"burst\"],[\"sendn\",1500],[\"sendbig\",300000]]}"); /* before its reply is read */
  result(client, many);
  send_to(client, generation);
  note(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("m"), 1, WAIT, NULL));
  note(pie_client_check_program(client, ECHO, path, path, WAIT, &exists, NULL));
  pie_process *waiting = started(client, many);
  note(pie_client_list_processes(client, WAIT, &list, NULL));
  pie_process_list_free(list);
  if (waiting != NULL) pie_process_free(waiting);
  out = NULL;
  note(pie_client_run_processes(client, ECHO, inputs, 20, NULL, WAIT, &out, NULL));
  pie_string_free(out);
  pie_event *room[64];
  size_t count = 0;
  pie_queue *queue = pie_queue_new();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  options.input = "{\"ops\":[[\"sendn\",1500]]}";
  options.queue = queue;
  note(pie_client_launch_process(client, ECHO, &options, WAIT, &process, NULL));
  for (int ended = process == NULL; !ended;) {
    EQ(pie_queue_recv_batch(queue, WAIT, room, 64, &count, NULL), PIE_OK);
    for (size_t i = 0; i < count; i++) ended |= room[i]->kind == PIE_EVENT_RETURN || room[i]->kind == PIE_EVENT_ERROR;
    pie_events_free(room, count);
  }
  pie_process_free(process);
  pie_queue_free(queue);
}

/* With a connection of its own, since it may be lost. */
static pie_status run(int generation) {
  char *uri = engine_uri(generation, NULL);
  pie_client *client = NULL;
  worst = PIE_OK;
  pie_options *options = options_from(generation == PIE_GENERATION_0_4 ? "generation=0.4 close_timeout_ms=20"
                                                                       : "generation=0.5 close_timeout_ms=20");
  note(pie_client_connect(uri, options, WAIT, &client, NULL));
  pie_options_free(options);
  if (client != NULL) {
    if (generation == PIE_GENERATION_0_4) note(pie_client_auth_by_token(client, "scripted-token", WAIT, NULL));
    calls(client, generation);
    EQ(pie_client_close(client, WAIT, NULL), PIE_OK);
    pie_client_free(client);
  }
  free(uri);
  return worst;
}

static void set(long after, size_t above) {
  __atomic_store_n(&countdown, after, __ATOMIC_SEQ_CST);
  __atomic_store_n(&none_above, above, __ATOMIC_SEQ_CST);
}

static void each_one(int generation) {
  long all;
  EQ(run(generation), PIE_OK);
  __atomic_store_n(&counted, 0, __ATOMIC_SEQ_CST);
  EQ(run(generation), PIE_OK);
  all = __atomic_load_n(&counted, __ATOMIC_SEQ_CST);
  CHECK(all > 20);
  long step = all / 12 + 1, lacking = 0, before = failed;
  for (long i = 0; i < all; i += step) {
    set(i, SIZE_MAX);
    lacking += run(generation) != PIE_OK;
    set(NONE_FAILS, SIZE_MAX);
  }
  EQ(run(generation), PIE_OK);
  CHECK(failed - before > all / step / 2);
  CHECK(lacking > 0);
}

static void above(int generation) {
  for (size_t most = 128 << 10; most < 1 << 20; most *= 2) {
    set(NONE_FAILS, most);
    pie_status status = run(generation);
    set(NONE_FAILS, SIZE_MAX);
    if (most < SIZE) CHECK(status != PIE_OK);
  }
  EQ(run(generation), PIE_OK);
}

/* In a child, for a limit cannot be taken back for certain. */
static void little_space(int generation) {
  pid_t pid = fork();
  int status = 0;
  CHECK(pid >= 0);
  if (pid == 0) {
    char *uri = engine_uri(generation, NULL);
    pie_client *client = dial(generation, NULL, NULL), *other = dial(generation, NULL, NULL);
    pie_process *process = launch(client, "['recv',0],['sendbig',200000000]"), *second = launch(other, "['recv',0]");
    FILE *told = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    CHECK(told != NULL && fscanf(told, "%lu", &pages) == 1);
    fclose(told);
    struct rlimit limit = {pages * 4096 + (100 << 20), pages * 4096 + (100 << 20)};
    EQ(setrlimit(RLIMIT_AS, &limit), 0);
    OK(pie_process_signal(process, "go", &error));
    ENDS_WITH(process, PIE_E_DISCONNECTED); /* the message does not fit */
    OK(pie_process_signal(second, "go", &error));
    STREAM(second, "msg:got:go|return:done");
    pie_process_free(process);
    pie_process_free(second);
    hang_up(client);
    hang_up(other);
    free(uri);
    exit(finish());
  }
  EQ(waitpid(pid, &status, 0), pid);
  EQ(status, 0);
}

int main(void) {
  little_space(PIE_GENERATION_0_4); /* 0.5 sends no such message */
  is_hosts = 1;
  bytes = pattern(SIZE);
  path = temporary_file(bytes, SIZE);
  text = malloc(SIZE + 1);
  ops = malloc(SIZE + 100);
  many = malloc(SIZE + 100);
  memset(text, 'x', SIZE);
  text[SIZE] = '\0';
  sprintf(ops, "{\"ops\":[[\"return\",\"%s\"]]}", text);
  sprintf(many, "{\"a\":\"%s\"}", text);
  text[SIZE / 2] = '\0';
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) inputs[i] = "{\"ops\":[[\"return\",1]]}";
  inputs[0] = many;
  is_hosts = 0;
  EACH_GENERATION(generation) {
    each_one(generation);
    above(generation);
  }
  printf("%ld of %ld allocations of 64 KiB or more failed\n", failed, counted);
  EQ(unlink(path), 0);
  free(path);
  free(bytes);
  free(text);
  free(ops);
  free(many);
  return finish();
}
