/* resolve_version: close and shutdown from another thread end it with PIE_E_CLOSED, also when the engine's connection was
   lost before; a child of a fork does not use the handle, and can ask through a client of its own. */
#include "harness.h"


typedef struct call {
  pie_client *client;
  char url[64];
} call;

static gate began = GATE_INIT;
static int rounds = 0;

static void *resolve(void *argument) {
  call *with = argument;
  gate_add(&began, 1);
  char *text = POISON;
  FAILS(pie_client_resolve_version(with->client, "a", with->url, PIE_FOREVER, &text, &error), PIE_E_CLOSED, "");
  CHECK(text == NULL);
  return NULL;
}

static void *close_it(void *argument) {
  (void)pie_client_close(argument, WAIT, NULL);
  return NULL;
}

static void *shut_down(void *argument) {
  (void)argument;
  OK(pie_shutdown(WAIT, &error));
  return NULL;
}

/* A registry that says nothing, until `end` ends the waiting. Without TLS that is when the question has come. */
static void ended_by(void *(*end)(void *), const char *faults, const char *scheme) {
  stub *silent = stub_start(NULL, 0, 1);
  char *uri = stub_uri(silent);
  call with = {dial(PIE_GENERATION_0_5, faults, NULL), ""};
  snprintf(with.url, sizeof with.url, "%s%s", scheme, strstr(uri, "127."));
  if (faults != NULL)
    while (pie_client_ping(with.client, WAIT, NULL, NULL) != PIE_E_DISCONNECTED) rest_ms(1);
  pthread_t waiting = spawn(resolve, &with);
  gate_await(&began, ++rounds);
  if (strcmp(scheme, "http://") == 0) stub_request(silent);
  join(spawn(end, with.client));
  join(waiting);
  char *text = POISON;
  STATUS(pie_client_resolve_version(with.client, "a", with.url, WAIT, &text, &error), PIE_E_CLOSED);
  CHECK(text == NULL);
  pie_client_free(with.client);
  stub_stop(silent);
  free(uri);
}

#ifndef _WIN32
static void in_child(pie_client *parents, const char *base) {
  char url[128], *text = POISON;
  snprintf(url, sizeof url, "%s/detail", base);
  STATUS(pie_client_resolve_version(parents, "a", url, WAIT, &text, &error), PIE_E_FORKED);
  pie_client *own = dial(PIE_GENERATION_0_5, NULL, NULL);
  OK(pie_client_resolve_version(own, "a", url, WAIT, &text, &error));
  EQ_TEXT(text, "a@0.2.0");
  pie_string_free(text);
  hang_up(own);
  OK(pie_shutdown(WAIT, &error));
}

/* A byte tells that the child came through: its exit status may tell of the leaks that it is allowed. */
static void forked(void) {
  const char *base = environment("PIE_TEST_REGISTRY_TLS");
  char url[128], *text = NULL, byte = 0;
  int ends[2];
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  snprintf(url, sizeof url, "%s/detail", base);
  OK(pie_client_resolve_version(client, "a", url, WAIT, &text, &error));
  pie_string_free(text);
  EQ(pipe(ends), 0);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    in_child(client, base);
    EQ(write(ends[1], "k", 1), 1);
    _exit(0);
  }
  close(ends[1]);
  EQ(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  EQ(waitpid(child, NULL, 0), child);
  hang_up(client);
}
#else
static void forked(void) {}
#endif

int main(void) {
  forked();
  for (int round = 0; round < 3; round++) {
    ended_by(close_it, NULL, "http://");
    ended_by(close_it, NULL, "https://");
    ended_by(close_it, "cut_on=ping", "http://");
    ended_by(shut_down, NULL, "http://");
    ended_by(shut_down, NULL, "https://");
  }
  return finish();
}
