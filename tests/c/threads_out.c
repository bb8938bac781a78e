/* Out of threads: what needs one fails with PIE_E_NO_MEMORY and says what to do; as soon as there are some again, the
   same call works. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "callbacks.h"

#include <dlfcn.h>
#include <errno.h>

static int refused;

/* In the place of the system's, for the library too. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  union {
    void *found;
    int (*call)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  } real;
  if (__atomic_load_n(&refused, __ATOMIC_SEQ_CST)) return EAGAIN;
  real.found = dlsym(RTLD_NEXT, "pthread_create");
  return real.call(thread, attributes, run, argument);
}

static void refuse(int whether) { __atomic_store_n(&refused, whether, __ATOMIC_SEQ_CST); }

#define HINT "ulimit -u"

static void nobody(pie_event *event, void *user_data) {
  (void)user_data;
  pie_event_free(event);
}

static void dropped(void *user_data) { ++*(int *)user_data; }

int main(void) {
  unsigned char *bytes = pattern(300000);
  char *path = temporary_file(bytes, 300000);
  EACH_GENERATION(generation) {
    char *uri = engine_uri(generation, NULL), *by_name = join_text("ws://localhost:", strrchr(uri, ':') + 1, "");
    pie_client *client = POISON;
    int drops = 0;
    refuse(1);
    FAILS(pie_client_connect(uri, NULL, WAIT, &client, &error), PIE_E_NO_MEMORY, "I/O thread", HINT);
    CHECK(client == NULL);
    RETRIABLE(pie_client_connect(uri, NULL, WAIT, &client, &error), PIE_E_NO_MEMORY, 1);
    refuse(0);
    client = dial(generation, NULL, NULL);
    pie_queue *queue = pie_queue_new();
    pie_process *process = launch(client, "['recv_file',0]");
    refuse(1);
    FAILS(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, nobody, &drops, dropped, &error), PIE_E_NO_MEMORY, HINT);
    EQ(drops, 0);
    /* Names are looked up, and files are read for asynchronous calls, by helpers. */
    pie_client *none = POISON;
    FAILS(pie_client_connect(by_name, NULL, WAIT, &none, &error), PIE_E_NO_MEMORY, "localhost", HINT);
    OK(pie_process_transfer_path_async(process, path, WAIT, queue, 7, NULL, &error));
    DONE(queue, 7, PIE_E_NO_MEMORY);
    /* What needs none works. */
    OK(pie_client_ping(client, WAIT, NULL, &error));
    refuse(0);
    OK(pie_process_transfer_path_async(process, path, WAIT, queue, 8, NULL, &error));
    DONE(queue, 8, PIE_OK);
    await_file(process, 300000);
    OK(pie_client_connect(by_name, NULL, WAIT, &none, &error));
    hang_up(none);
    OK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, nobody, &drops, dropped, &error));
    OK(pie_queue_clear_callback(queue, WAIT, &error));
    EQ(drops, 1);
    pie_process_free(process);
    pie_queue_free(queue);
    hang_up(client);
    OK(pie_shutdown(WAIT, &error));
    free(uri);
    free(by_name);
  }
  EQ(unlink(path), 0);
  free(path);
  free(bytes);
  return finish();
}
