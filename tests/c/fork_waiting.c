/* fork while other threads wait in each kind of call, with a callback's thread, a descriptor and uploads at work: the
   child makes a client of its own and goes on; the parent's calls end as they would have, and no event is lost. */
#include "callbacks.h"

#include <poll.h>

enum { MESSAGES = 3000, FORKS = 12, SIZE = 8 << 20 };

typedef struct parent {
  pie_client *client;
  pie_process *told, *threaded, *polled, *uploaded;
  pie_queue *callbacks, *queue;
  intptr_t fd;
  record seen;
  gate waiting;
} parent;

static unsigned char *bytes;

static void *pings(void *argument) {
  parent *of = argument;
  gate_add(&of->waiting, 1);
  OK(pie_client_ping(of->client, PIE_FOREVER, NULL, &error));
  return NULL;
}

static void *results(void *argument) {
  parent *of = argument;
  char *text = POISON;
  gate_add(&of->waiting, 1);
  OK(pie_process_result(of->uploaded, PIE_FOREVER, &text, &error));
  EQ_TEXT(text, "done");
  pie_string_free(text);
  return NULL;
}

static void *uploads(void *argument) {
  parent *of = argument;
  gate_add(&of->waiting, 1);
  OK(pie_client_install_program_bytes(of->client, bytes, SIZE, MANIFEST("forked"), 1, WAIT, &error));
  OK(pie_process_transfer_file(of->uploaded, bytes, SIZE, WAIT, &error));
  return NULL;
}

static void *receives(void *argument) {
  parent *of = argument;
  gate_add(&of->waiting, 1);
  for (int i = 0; i < MESSAGES; i++) {
    pie_event *event = POISON;
    STATUS(pie_process_recv(of->told, PIE_FOREVER, &event, &error), PIE_OK);
    EQ(event->sequence, i);
    pie_event_free(event);
  }
  STREAM(of->told, "return:done");
  return NULL;
}

static void *polls(void *argument) {
  parent *of = argument;
  gate_add(&of->waiting, 1);
  for (uint64_t next = 0; next <= MESSAGES;) {
    pie_event *event = NULL;
    struct pollfd polled = {(int)of->fd, POLLIN, 0};
    EQ(poll(&polled, 1, WAIT), 1);
    while (pie_queue_recv(of->queue, 0, &event, NULL) == PIE_OK) {
      EQ(event->sequence, next++);
      pie_event_free(event);
    }
  }
  return NULL;
}

static void child(const parent *of, int generation) {
  pie_event *event = POISON;
  STATUS(pie_process_recv(of->told, PIE_FOREVER, &event, &error), PIE_E_FORKED);
  STATUS(pie_client_ping(of->client, PIE_FOREVER, NULL, &error), PIE_E_FORKED);
  record seen = RECORD_INIT;
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  by_thread(queue, &seen);
  pie_process *process = launch_to(client, "['sendn',100]", queue, 0);
  gate_await(&seen.ends, 1);
  EQ(seen.next, 101);
  OK(pie_client_install_program_bytes(client, bytes, 1 << 20, MANIFEST("child"), 1, WAIT, &error));
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
  OK(pie_shutdown(WAIT, &error));
}

int main(void) {
  bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    parent of = {dial(generation, "delay=ping:1500&pause_ms=100", NULL), NULL, NULL, NULL, NULL, pie_queue_new(),
                 pie_queue_new(), 0, RECORD_INIT, GATE_INIT};
    char ops[64];
    snprintf(ops, sizeof ops, "['sendn',%d]", MESSAGES);
    by_thread(of.callbacks, &of.seen);
    OK(pie_queue_fd(of.queue, &of.fd, &error));
    of.uploaded = launch(of.client, "['recv_file',0]");
    of.told = launch(of.client, ops);
    of.threaded = launch_to(of.client, ops, of.callbacks, 0);
    of.polled = launch_to(of.client, ops, of.queue, 0);
    pthread_t threads[] = {spawn(pings, &of), spawn(results, &of), spawn(uploads, &of), spawn(receives, &of),
                           spawn(polls, &of)};
    gate_await(&of.waiting, 5);
    for (int i = 0; i < FORKS; i++) IN_CHILD(child(&of, generation));
    for (int i = 0; i < 5; i++) join(threads[i]);
    gate_await(&of.seen.ends, 1);
    EQ(of.seen.next, MESSAGES + 1);
    pie_process_free(of.told);
    pie_process_free(of.threaded);
    pie_process_free(of.polled);
    pie_process_free(of.uploaded);
    OK(pie_queue_clear_callback(of.callbacks, WAIT, &error)); /* its record goes with this round */
    pie_queue_free(of.callbacks);
    pie_queue_free(of.queue);
    hang_up(of.client);
  }
  free(bytes);
  return finish();
}
