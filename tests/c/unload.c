/* A program that loads the library when it runs: dlopen, use with callbacks, asynchronous calls and descriptors, shut
   down, dlclose, fifty times; threads and descriptors are back to what they were. */
#define _GNU_SOURCE
#include "callbacks.h"

#ifndef _WIN32
#include <dirent.h>
#endif

enum { ROUNDS = 50 };

/* Everything that is called by way of the loaded library. */
typedef struct library {
  void *handle;
  pie_options *(*options_new)(void);
  void (*options_free)(pie_options *);
  pie_status (*options_set)(pie_options *, const char *, const char *, pie_error **);
  pie_status (*connect)(const char *, const pie_options *, int64_t, pie_client **, pie_error **);
  pie_status (*authenticate)(pie_client *, const char *, const pie_private_key *, int64_t, pie_error **);
  pie_status (*launch)(pie_client *, const char *, const pie_launch_options *, int64_t, pie_process **, pie_error **);
  pie_status (*ping_async)(pie_client *, int64_t, pie_queue *, uint64_t, pie_op **, pie_error **);
  pie_status (*result)(pie_process *, int64_t, char **, pie_error **);
  void (*string_free)(char *);
  pie_queue *(*queue_new)(void);
  pie_status (*set_callback)(pie_queue *, int32_t, pie_event_fn, void *, pie_drop_fn, pie_error **);
  pie_status (*set_wakeup)(pie_queue *, pie_wakeup_fn, void *, pie_drop_fn, pie_error **);
  pie_status (*fd)(pie_queue *, intptr_t *, pie_error **);
  void (*queue_free)(pie_queue *);
  void (*process_free)(pie_process *);
  void (*client_free)(pie_client *);
  void (*event_free)(pie_event *);
  pie_status (*shutdown)(int64_t, pie_error **);
} library;

static void *symbol(void *handle, const char *name) {
  void *found = dlsym(handle, name);
  if (found == NULL) fprintf(stderr, "%s\n", name);
  CHECK(found != NULL);
  return found;
}

/* The file that the test was linked with. */
#ifdef _WIN32
static const char *library_file(void) { return environment("PIE_TEST_LIBRARY"); }
#else
static const char *library_file(void) {
  Dl_info info;
  void *address;
  const char *(*version)(void) = pie_version;
  memcpy(&address, &version, sizeof address);
  CHECK(dladdr(address, &info) != 0);
  return info.dli_fname;
}
#endif

/* Of its own, beside the one that the test was linked with: another file. Freed by the caller after unlink. */
static char *copy_of_the_library(void) {
  char *path = temporary_file("", 0), chunk[65536];
  FILE *from = fopen(library_file(), "rb"), *to = fopen(path, "wb");
  CHECK(from != NULL && to != NULL);
  for (size_t got; (got = fread(chunk, 1, sizeof chunk, from)) > 0;) EQ(fwrite(chunk, 1, got, to), got);
  fclose(from);
  EQ(fclose(to), 0);
  return path;
}

static library load(const char *path) {
  static const char *const names[] = {"pie_options_new",       "pie_options_free",        "pie_options_set",
                                      "pie_client_connect",    "pie_client_authenticate", "pie_client_launch_process",
                                      "pie_client_ping_async", "pie_process_result",      "pie_string_free",
                                      "pie_queue_new",         "pie_queue_set_callback",  "pie_queue_set_wakeup",
                                      "pie_queue_fd",          "pie_queue_free",          "pie_process_free",
                                      "pie_client_free",       "pie_event_free",          "pie_shutdown"};
  library loaded;
  loaded.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (loaded.handle == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(loaded.handle != NULL);
  void *at = &loaded.options_new;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *found = symbol(loaded.handle, names[i]);
    memcpy((char *)at + i * sizeof found, &found, sizeof found);
  }
  return loaded;
}

static const library *now;

static void count_event(pie_event *event, void *user_data) {
  now->event_free(event);
  gate_add(user_data, 1);
}

static void count(void *user_data) { gate_add(user_data, 1); }

static void use(const library *with, int generation) {
  gate events = GATE_INIT, wakeups = GATE_INIT;
  char *uri = engine_uri(generation, NULL), *text = NULL;
  pie_options *options = with->options_new();
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_launch_options launching = PIE_LAUNCH_OPTIONS_INIT;
  pie_queue *queue = with->queue_new(), *second = with->queue_new();
  intptr_t fd = 0;
  EQ(with->options_set(options, "generation", generation == PIE_GENERATION_0_4 ? "0.4" : "0.5", NULL), PIE_OK);
  EQ(with->connect(uri, options, WAIT, &client, NULL), PIE_OK);
  EQ(with->authenticate(client, "tester", NULL, WAIT, NULL), PIE_OK);
  EQ(with->set_callback(queue, PIE_DISPATCH_THREAD, count_event, &events, NULL, NULL), PIE_OK);
  EQ(with->set_wakeup(second, count, &wakeups, count, NULL), PIE_OK);
  EQ(with->fd(second, &fd, NULL), QUEUE_FD_GIVES);
  EQ(with->ping_async(client, WAIT, second, 1, NULL, NULL), PIE_OK);
  launching.input = "{\"ops\":[[\"sendn\",20]]}";
  launching.queue = queue;
  EQ(with->launch(client, ECHO, &launching, WAIT, &process, NULL), PIE_OK);
  EQ(with->result(process, WAIT, &text, NULL), PIE_OK);
  gate_await(&events, 21);
  gate_await(&wakeups, 1);
  with->string_free(text);
  with->options_free(options);
  EQ(with->shutdown(WAIT, NULL), PIE_OK);
  EQ(gate_value(&wakeups), 2); /* told once, dropped once */
  with->process_free(process);
  with->queue_free(queue);
  with->queue_free(second);
  with->client_free(client);
  free(uri);
}

#ifndef _WIN32
static int entries(const char *directory) {
  int number = 0;
  DIR *opened = opendir(directory);
  CHECK(opened != NULL);
  while (readdir(opened) != NULL) number++;
  closedir(opened);
  return number;
}

/* A thread that has been joined may be seen for a moment longer. */
static void comes_back(const char *directory, int before) {
  int64_t end = now_ms() + WAIT;
  while (entries(directory) > before && now_ms() < end) rest_ms(1);
  EQ(entries(directory), before);
}
#endif

int main(void) {
  char *path = copy_of_the_library();
#ifndef _WIN32
  int threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");
  CHECK(dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL); /* it is another one */
#endif
  for (int round = 0; round < ROUNDS; round++) {
    library loaded = load(path);
    now = &loaded;
    use(&loaded, round % 2 ? PIE_GENERATION_0_4 : PIE_GENERATION_0_5);
    EQ(dlclose(loaded.handle), 0);
#ifndef _WIN32
    comes_back("/proc/self/task", threads);
    comes_back("/proc/self/fd", descriptors);
#endif
  }
  unlink(path);
  free(path);
  return 0;
}
