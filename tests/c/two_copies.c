/* Copies of the library in one process: the one that the program is linked with (the static one with --static) and two
   that it loads. Each has its own state and threads: all are at work at once, a fork is known to each of them, and what one
   shuts down is not the others'. */
#define _GNU_SOURCE
#include "harness.h"

enum { COPIES = 3, ROUNDS = 10 };

typedef struct copy {
  pie_status (*connect)(const char *, const pie_options *, int64_t, pie_client **, pie_error **);
  pie_status (*authenticate)(pie_client *, const char *, const pie_private_key *, int64_t, pie_error **);
  pie_status (*ping)(pie_client *, int64_t, int64_t *, pie_error **);
  pie_status (*launch)(pie_client *, const char *, const pie_launch_options *, int64_t, pie_process **, pie_error **);
  pie_status (*result)(pie_process *, int64_t, char **, pie_error **);
  void (*string_free)(char *);
  void (*process_free)(pie_process *);
  void (*client_free)(pie_client *);
  pie_status (*shutdown)(int64_t, pie_error **);
  pie_client *clients[2]; /* of each generation */
} copy;

static const copy linked = {pie_client_connect,
                            pie_client_authenticate,
                            pie_client_ping,
                            pie_client_launch_process,
                            pie_process_result,
                            pie_string_free,
                            pie_process_free,
                            pie_client_free,
                            pie_shutdown,
                            {NULL, NULL}};
static const char *const names[] = {"pie_client_connect",        "pie_client_authenticate", "pie_client_ping",
                                    "pie_client_launch_process", "pie_process_result",      "pie_string_free",
                                    "pie_process_free",          "pie_client_free",         "pie_shutdown"};

/* A file of its own, so that the loader takes it for another library; freed by the caller after unlink. */
static char *another_file(const char *library) {
  char *path = temporary_file("", 0), chunk[65536];
  FILE *from = fopen(library, "rb"), *to = fopen(path, "wb");
  CHECK(from != NULL && to != NULL);
  for (size_t got; (got = fread(chunk, 1, sizeof chunk, from)) > 0;) EQ(fwrite(chunk, 1, got, to), got);
  fclose(from);
  EQ(fclose(to), 0);
  return path;
}

static copy load(void) {
  char *path = another_file(environment("PIE_TEST_LIBRARY"));
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  copy loaded = linked;
  if (handle == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(handle != NULL);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *found = dlsym(handle, names[i]);
    CHECK(found != NULL);
    memcpy((char *)&loaded + i * sizeof found, &found, sizeof found);
  }
  CHECK(loaded.connect != linked.connect);
  unlink(path);
  free(path);
  return loaded;
}

static void meet(copy *with) {
  EACH_GENERATION(g) {
    char *uri = engine_uri(g, NULL);
    EQ(with->connect(uri, NULL, WAIT, &with->clients[g == PIE_GENERATION_0_5], NULL), PIE_OK);
    EQ(with->authenticate(with->clients[g == PIE_GENERATION_0_5], "tester", NULL, WAIT, NULL), PIE_OK);
    free(uri);
  }
}

static void part(copy *with) {
  for (int i = 0; i < 2; i++) with->client_free(with->clients[i]);
}

static void both_ping(copy *with, pie_status wanted) {
  for (int i = 0; i < 2; i++) EQ(with->ping(with->clients[i], WAIT, NULL, NULL), wanted);
}

static void run(copy *with, pie_client *client) {
  pie_launch_options launching = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  char *text = NULL;
  launching.input = "{\"ops\":[[\"sendn\",20]]}";
  EQ(with->launch(client, ECHO, &launching, WAIT, &process, NULL), PIE_OK);
  EQ(with->result(process, WAIT, &text, NULL), PIE_OK);
  EQ_TEXT(text, "done");
  with->string_free(text);
  with->process_free(process);
}

static void *work(void *with) {
  copy *own = with;
  for (int i = 0; i < ROUNDS; i++) run(own, own->clients[i % 2]);
  return NULL;
}

static void all_work(copy *copies) {
  pthread_t threads[COPIES];
  for (int i = 0; i < COPIES; i++) threads[i] = spawn(work, &copies[i]);
  for (int i = 0; i < COPIES; i++) join(threads[i]);
}

#ifndef _WIN32
/* In the child: what was made before is refused by each copy, what is made now works. */
static void child(copy *copies) {
  for (int i = 0; i < COPIES; i++) {
    both_ping(&copies[i], PIE_E_FORKED);
    part(&copies[i]);
    meet(&copies[i]);
    both_ping(&copies[i], PIE_OK);
    part(&copies[i]);
    EQ(copies[i].shutdown(WAIT, NULL), PIE_OK);
  }
}
#endif

int main(void) {
  copy copies[COPIES] = {linked, load(), load()};
  for (int i = 0; i < COPIES; i++) meet(&copies[i]);
  all_work(copies);
#ifndef _WIN32
  IN_CHILD(child(copies));
#endif
  all_work(copies);
  for (int i = 0; i < COPIES; i++) {
    EQ(copies[i].shutdown(WAIT, NULL), PIE_OK);
    for (int other = 0; other < COPIES; other++) both_ping(&copies[other], other <= i ? PIE_E_CLOSED : PIE_OK);
  }
  for (int i = 0; i < COPIES; i++) part(&copies[i]);
  return finish();
}
