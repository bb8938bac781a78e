/* This library, in one workload: libpie URI WORKLOAD COUNT. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pie_client.h>
#include <pthread.h>
#include <stdint.h>

#include "measure.h"

enum { WAIT = 120000, AT_ONCE = 64, BATCH = 256, FILE_BYTES = 1 << 20 };

#define ECHO "echo@0.1.0"

static pie_error *error;

static void need(pie_status status, const char *what) {
  if (status >= PIE_OK && status != PIE_EMPTY) return;
  fprintf(stderr, "libpie: %s: %s (%s)\n", what, error == NULL ? "" : pie_error_message(error), pie_status_name(status));
  exit(1);
}

static pie_client *connected(const char *uri) {
  pie_client *client = NULL;
  need(pie_client_connect(uri, NULL, WAIT, &client, &error), "connect");
  need(pie_client_authenticate(client, "bench", NULL, WAIT, &error), "authenticate");
  return client;
}

static pie_process *launched(pie_client *client, const char *input, pie_queue *queue) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  options.input = input;
  options.queue = queue;
  need(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error), "launch");
  return process;
}

/* Launched, and waiting for a signal before it does the rest. */
static pie_process *ready(pie_client *client, const char *ops, pie_queue *queue) {
  char input[256];
  snprintf(input, sizeof input, "{\"ops\":[[\"recv\",0],%s]}", ops);
  return launched(client, input, queue);
}

static pie_event *next(pie_process *process) {
  pie_event *event = NULL;
  need(pie_process_recv(process, WAIT, &event, &error), "recv");
  return event;
}

/* Up to the end of the stream; the number of events. */
static long drained(pie_process *process) {
  pie_event *event = NULL;
  long events = 0;
  pie_status status;
  while ((status = pie_process_recv(process, WAIT, &event, &error)) == PIE_OK) {
    events++;
    need(event->status, "event");
    pie_event_free(event);
  }
  if (status != PIE_END) need(PIE_E_INTERNAL, "a stream without an end");
  return events;
}

static int is_last(const pie_event *event) { return event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR; }

static void go(pie_process *process) { need(pie_process_signal(process, "go", &error), "signal"); }

static void ping(const char *uri, long count) {
  pie_client *client = connected(uri);
  struct measure since = measure_now();
  for (long i = 0; i < count; i++) need(pie_client_ping(client, WAIT, NULL, &error), "ping");
  measure_print(since, "");
  pie_client_free(client);
}

struct pinger {
  pie_client *client;
  long count;
};

static void *pings(void *argument) {
  struct pinger *pinger = argument;
  pie_error *failure = NULL;
  for (long i = 0; i < pinger->count; i++) {
    if (pie_client_ping(pinger->client, WAIT, NULL, &failure) != PIE_OK) exit(1);
  }
  return NULL;
}

static void ping_threads(const char *uri, long count) {
  pthread_t threads[AT_ONCE];
  struct pinger pinger = {connected(uri), count / AT_ONCE};
  struct measure since = measure_now();
  for (int i = 0; i < AT_ONCE; i++) pthread_create(&threads[i], NULL, pings, &pinger);
  for (int i = 0; i < AT_ONCE; i++) pthread_join(threads[i], NULL);
  measure_print(since, "");
  pie_client_free(pinger.client);
}

static void ping_queue(const char *uri, long count) {
  pie_client *client = connected(uri);
  pie_queue *queue = pie_queue_new();
  pie_event *events[AT_ONCE];
  struct measure since = measure_now();
  long sent = 0, done = 0;
  for (; sent < AT_ONCE && sent < count; sent++) need(pie_client_ping_async(client, WAIT, queue, 0, NULL, &error), "ping");
  while (done < count) {
    size_t taken = 0;
    need(pie_queue_recv_batch(queue, WAIT, events, AT_ONCE, &taken, &error), "recv_batch");
    for (size_t i = 0; i < taken; i++) need(events[i]->status, "ping");
    pie_events_free(events, taken);
    done += (long)taken;
    for (; sent < count && sent - done < AT_ONCE; sent++) {
      need(pie_client_ping_async(client, WAIT, queue, 0, NULL, &error), "ping");
    }
  }
  measure_print(since, "");
  pie_queue_free(queue);
  pie_client_free(client);
}

/* Launch, signal, its answer, the return. */
static void launch(const char *uri, long count) {
  pie_client *client = connected(uri);
  struct measure since = measure_now();
  for (long i = 0; i < count; i++) {
    pie_process *process = ready(client, "[\"return\",\"done\"]", NULL);
    go(process);
    if (drained(process) != 2) need(PIE_E_INTERNAL, "events");
    pie_process_free(process);
  }
  measure_print(since, "");
  pie_client_free(client);
}

/* From nothing to the first event. */
static void connect_once(const char *uri, long count) {
  struct measure since = measure_now();
  for (long i = 0; i < count; i++) {
    pie_client *client = connected(uri);
    pie_process *process = ready(client, "[\"return\",\"done\"]", NULL);
    go(process);
    pie_event_free(next(process));
    pie_process_free(process);
    pie_client_free(client);
  }
  measure_print(since, "");
}

#define FLOOD "[\"flood\",%ld,32]"

static pie_process *flood(pie_client *client, long count, pie_queue *queue) {
  char ops[64];
  snprintf(ops, sizeof ops, FLOOD, count);
  return ready(client, ops, queue);
}

static void check_count(long got, long wanted) {
  if (got == wanted) return;
  fprintf(stderr, "libpie: %ld events, not %ld\n", got, wanted);
  exit(1);
}

static void recv_each(const char *uri, long count) {
  pie_client *client = connected(uri);
  pie_process *process = flood(client, count, NULL);
  struct measure since = measure_now();
  go(process);
  check_count(drained(process), count + 2);
  measure_print(since, "");
  pie_process_free(process);
  pie_client_free(client);
}

/* Events of some processes, in one queue, until all have ended. */
static long drained_in_batches(pie_queue *queue, long processes) {
  pie_event *events[BATCH];
  long seen = 0;
  while (processes > 0) {
    size_t taken = 0;
    need(pie_queue_recv_batch(queue, WAIT, events, BATCH, &taken, &error), "recv_batch");
    for (size_t i = 0; i < taken; i++) processes -= is_last(events[i]);
    pie_events_free(events, taken);
    seen += (long)taken;
  }
  return seen;
}

static void in_batches(const char *uri, long count, const char *op) {
  char ops[64];
  pie_client *client = connected(uri);
  pie_queue *queue = pie_queue_new();
  snprintf(ops, sizeof ops, op, count);
  pie_process *process = ready(client, ops, queue);
  struct measure since = measure_now();
  go(process);
  check_count(drained_in_batches(queue, 1), count + 2);
  measure_print(since, "");
  pie_process_free(process);
  pie_queue_free(queue);
  pie_client_free(client);
}

static void recv_batch(const char *uri, long count) { in_batches(uri, count, FLOOD); }

/* Events that an inferlet sends one by one. */
static void stream(const char *uri, long count) { in_batches(uri, count, "[\"sendn\",%ld]"); }

static long called;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_over = PTHREAD_COND_INITIALIZER;
static int over;

static void on_event(pie_event *event, void *user_data) {
  (void)user_data;
  called++;
  if (is_last(event)) {
    pthread_mutex_lock(&lock);
    over = 1;
    pthread_cond_signal(&is_over);
    pthread_mutex_unlock(&lock);
  }
  pie_event_free(event);
}

static void callback(const char *uri, long count) {
  pie_client *client = connected(uri);
  pie_process *process = flood(client, count, NULL);
  need(pie_process_set_callback(process, on_event, NULL, NULL, &error), "callback");
  struct measure since = measure_now();
  go(process);
  pthread_mutex_lock(&lock);
  while (!over) pthread_cond_wait(&is_over, &lock);
  pthread_mutex_unlock(&lock);
  check_count(called, count + 2);
  measure_print(since, "");
  pie_process_free(process);
  pie_client_free(client);
}

/* A thousand processes at once, `count` events in all. */
static void many(const char *uri, long count) {
  enum { PROCESSES = 1000 };
  pie_client *client = connected(uri);
  pie_queue *queue = pie_queue_new();
  pie_process *processes[PROCESSES];
  for (int i = 0; i < PROCESSES; i++) processes[i] = flood(client, count / PROCESSES, queue);
  struct measure since = measure_now();
  for (int i = 0; i < PROCESSES; i++) go(processes[i]);
  check_count(drained_in_batches(queue, PROCESSES), count / PROCESSES * PROCESSES + 2 * PROCESSES);
  measure_print(since, "");
  for (int i = 0; i < PROCESSES; i++) pie_process_free(processes[i]);
  pie_queue_free(queue);
  pie_client_free(client);
}

/* A file of `count` MiB; the time until the process has it. */
static void upload(const char *uri, long count) {
  size_t size = (size_t)count * FILE_BYTES;
  unsigned char *data = malloc(size);
  pie_client *client = connected(uri);
  pie_process *process = launched(client, "{\"ops\":[[\"send\",\"ready\"],[\"recv_file\",0]]}", NULL);
  pie_event_free(next(process));
  memset(data, 'x', size);
  struct measure since = measure_now();
  need(pie_process_transfer_file(process, data, size, WAIT, &error), "upload");
  pie_event_free(next(process));
  measure_print(since, "");
  free(data);
  pie_process_free(process);
  pie_client_free(client);
}

static void download(const char *uri, long count) {
  char ops[128];
  size_t size = (size_t)count * FILE_BYTES;
  pie_client *client = connected(uri);
  snprintf(ops, sizeof ops, "[\"make_file\",%zu],[\"send\",\"made\"],[\"recv\",0],[\"send_file\",%zu]", size, size);
  pie_process *process = ready(client, ops, NULL);
  go(process);
  pie_event_free(next(process));
  pie_event_free(next(process));
  struct measure since = measure_now();
  go(process);
  pie_event_free(next(process));
  pie_event *file = next(process);
  need(file->status, "file");
  check_count((long)file->size, (long)size);
  measure_print(since, "");
  pie_event_free(file);
  pie_process_free(process);
  pie_client_free(client);
}

static long descriptors(void) {
  long count = 0;
  DIR *list = opendir("/proc/self/fd");
  if (list == NULL) exit(1);
  while (readdir(list) != NULL) count++;
  closedir(list);
  return count;
}

static void print_idle(struct measure since, long resident, long open) {
  char extra[160];
  snprintf(extra, sizeof extra, ", \"resident_kib\": %ld, \"threads\": %ld, \"descriptors\": %ld",
           measure_status("VmRSS") - resident, measure_status("Threads"), descriptors() - open);
  measure_print(since, extra);
}

static void idle_connections(const char *uri, long count) {
  pie_client **clients = calloc((size_t)count, sizeof *clients);
  pie_client *first = connected(uri);
  long resident = measure_status("VmRSS"), open = descriptors();
  struct measure since = measure_now();
  for (long i = 0; i < count; i++) clients[i] = connected(uri);
  print_idle(since, resident, open);
  for (long i = 0; i < count; i++) pie_client_free(clients[i]);
  free(clients);
  pie_client_free(first);
}

static void idle_processes(const char *uri, long count) {
  pie_process **processes = calloc((size_t)count, sizeof *processes);
  pie_client *client = connected(uri);
  pie_process *first = ready(client, "[\"return\",1]", NULL);
  long resident = measure_status("VmRSS"), open = descriptors();
  struct measure since = measure_now();
  for (long i = 0; i < count; i++) processes[i] = ready(client, "[\"return\",1]", NULL);
  print_idle(since, resident, open);
  for (long i = 0; i < count; i++) pie_process_free(processes[i]);
  free(processes);
  pie_process_free(first);
  pie_client_free(client);
}

static const struct {
  const char *name;
  void (*run)(const char *uri, long count);
} workloads[] = {
    {"ping", ping},
    {"ping_threads", ping_threads},
    {"ping_queue", ping_queue},
    {"launch", launch},
    {"connect", connect_once},
    {"recv", recv_each},
    {"recv_batch", recv_batch},
    {"stream", stream},
    {"callback", callback},
    {"many", many},
    {"upload", upload},
    {"download", download},
    {"idle_connections", idle_connections},
    {"idle_processes", idle_processes},
};

int main(int argc, char **argv) {
  if (argc == 4) {
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
      if (strcmp(workloads[i].name, argv[2]) != 0) continue;
      workloads[i].run(argv[1], atol(argv[3]));
      pie_shutdown(WAIT, NULL);
      return 0;
    }
  }
  fprintf(stderr, "usage: libpie URI WORKLOAD COUNT\n");
  return 2;
}
