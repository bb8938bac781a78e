/* Handles: frees never wait and may come in any order. A queue lives while a handle, process or client uses
   it; freeing the last handle drops what waits, later events are freed on arrival. */
#include "harness.h"

enum { CLIENT, PROCESS, QUEUE, EVENT, THINGS };

typedef struct things {
  pie_client *client;
  pie_process *process;
  pie_queue *queue;
  pie_event *event;
} things;

static void free_one(things *all, int which) {
  switch (which) {
    case CLIENT: pie_client_free(all->client); break;
    case PROCESS: pie_process_free(all->process); break;
    case QUEUE: pie_queue_free(all->queue); break;
    default:
      EQ_TEXT(all->event->data, "ready");
      CHECK(*pie_process_id(all->event->process) != '\0');
      pie_event_free(all->event);
  }
}

/* Everything is freed in this order while the process sends. */
static void in_order(int generation, const int *order, int own) {
  static const char ops[] = "['send','ready'],['spam',300,1000],['never']";
  things all = {dial(generation, NULL, NULL), NULL, NULL, NULL};
  all.queue = own ? NULL : pie_queue_new();
  all.process = launch_to(all.client, ops, all.queue, 0);
  if (own) all.queue = pie_process_queue(all.process);
  all.event = take_from(all.queue);
  for (int i = 0; i < THINGS; i++) free_one(&all, order[i]);
}

static void every_order(int generation, int own) {
  for (int a = 0; a < THINGS; a++)
    for (int b = 0; b < THINGS; b++)
      for (int c = 0; c < THINGS; c++) {
        int order[THINGS] = {a, b, c, CLIENT + PROCESS + QUEUE + EVENT - a - b - c};
        if (a != b && b != c && a != c) in_order(generation, order, own);
      }
}

/* The caller's handle is gone, the processes are not. */
static void held_by_a_process(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  pie_process *process = launch_to(client, "['send','a'],['recv',0],['send','b'],['return','end']", queue, 3);
  char *text = POISON;
  pie_queue_free(queue);
  OK(pie_process_signal(process, "go", &error));
  OK(pie_process_result(process, WAIT, &text, &error)); /* its events are freed on arrival, its result is known */
  EQ_TEXT(text, "end");
  pie_string_free(text);
  pie_event *event = POISON;
  queue = pie_process_queue(process); /* a first handle again: nothing was kept for it */
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  pie_queue_free(queue);
  pie_process_free(process);
  /* What waits goes with the last handle. */
  queue = pie_queue_new();
  process = launch_to(client, "['burst'],['send','a'],['flush'],['never']", queue, 3);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* its answer comes behind the message */
  pie_queue_free(queue);
  queue = pie_process_queue(process);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  pie_queue_free(queue);
  pie_process_free(process);
  /* A process's own queue ends with its handle. */
  process = launch(client, "['never']");
  queue = pie_process_queue(process);
  pie_process_free(process);
  for (int i = 0; i < 2; i++) STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_END);
  pie_queue_free(queue);
  /* Its own queue is in use by the process, however many handles came and went. */
  process = launch(client, "['send','a'],['recv',0],['send','b']");
  queue = pie_process_queue(process);
  pie_queue_free(queue);
  await_message(process, "a");
  queue = pie_process_queue(process);
  pie_queue_free(pie_process_queue(process));
  OK(pie_process_signal(process, "go", &error));
  pie_queue_free(queue);
  STREAM(process, "msg:got:go|msg:b|return:done");
  pie_process_free(process);
  hang_up(client);
}

/* Events taken before everything went are whole. */
static void events_outlive(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_process *process = launch(client, "['send_file',300000],['wait_room'],['fin']");
  pie_event *file = take(process), *last = take(process);
  pie_process_free(process);
  pie_client_free(client);
  OK(pie_shutdown(WAIT, &error));
  EQ(file->size, 300000);
  CHECK(*pie_process_id(file->process) != '\0');
  EQ(pie_error_status(last->error), PIE_E_DISCONNECTED);
  pie_event_free(file);
  pie_event_free(last);
}

int main(void) {
  EACH_GENERATION(generation) {
    every_order(generation, 0);
    every_order(generation, 1);
    held_by_a_process(generation);
    events_outlive(generation);
  }
  return finish();
}
