/* Queues: several processes in one queue, told apart by tag; it never ends; pie_process_recv is
   PIE_E_INVALID_STATE; freeing a process takes its events away; an event's process outlives the handle. */
#include "harness.h"

enum { PROCESSES = 5 };

static void tags(pie_client *client, pie_queue *queue) {
  pie_process *processes[PROCESSES];
  uint64_t next[PROCESSES] = {0};
  for (uint64_t i = 0; i < PROCESSES; i++)
    processes[i] = launch_to(client, "['sendn',10],['return','end']", queue, 100 + i);
  for (int ended = 0; ended < PROCESSES;) {
    pie_event *event = take_from(queue);
    CHECK(event->tag >= 100 && event->tag < 100 + PROCESSES);
    uint64_t which = event->tag - 100;
    CHECK(event->process == processes[which]);
    EQ(event->sequence, next[which]++);
    if (event->kind == PIE_EVENT_MESSAGE) EQ(strtol(event->data, NULL, 10), event->sequence);
    ended += event->kind == PIE_EVENT_RETURN;
    pie_event_free(event);
  }
  pie_event *event = POISON;
  for (int i = 0; i < 3; i++) STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  STATUS(pie_process_recv(processes[0], 0, &event, &error), PIE_E_INVALID_STATE);
  STATUS(pie_process_recv(processes[0], WAIT, &event, &error), PIE_E_INVALID_STATE);
  CHECK(event == NULL);
  pie_queue *same = pie_process_queue(processes[1]);
  CHECK(same != NULL);
  pie_process *more = launch_to(client, "['return','again']", same, 7);
  event = take_from(queue);
  EQ(event->tag, 7);
  EQ_TEXT(event->data, "again");
  pie_event_free(event);
  pie_queue_free(same);
  pie_process_free(more);
  for (int i = 0; i < PROCESSES; i++) pie_process_free(processes[i]);
}

static void freed_process(pie_client *client, pie_queue *queue) {
  char *result = POISON, id[64];
  pie_process *gone = launch_to(client, "['sendn',20]", queue, 1), *stays = launch_to(client, "['sendn',3]", queue, 2);
  OK(pie_process_result(gone, WAIT, &result, &error));
  pie_string_free(result);
  OK(pie_process_result(stays, WAIT, &result, &error));
  pie_string_free(result);
  pie_event *event = take_from(queue);
  while (event->tag != 1) pie_event_free(event), event = take_from(queue);
  strcpy(id, pie_process_id(gone));
  pie_process_free(gone);
  CHECK(event->process == gone); /* only an identity by now */
  EQ_TEXT(pie_process_id(event->process), id);
  EQ_TEXT(event->data, "0");
  pie_event_free(event);
  pie_event *left = POISON;
  for (;;) {
    pie_error *error = POISON;
    if (pie_queue_recv(queue, 0, &left, &error) == PIE_EMPTY) break;
    EQ(left->tag, 2);
    pie_event_free(left);
  }
  pie_process_free(stays);
}

/* Its later events are freed on arrival. */
static void freed_while_it_runs(pie_client *client, pie_queue *queue) {
  pie_process *talks = launch_to(client, "['send','ready'],['spam',2000,100]", queue, 1);
  pie_event_free(take_from(queue));
  pie_process_free(talks);
  await_number(client, "processes", 0);
  pie_process *after = launch_to(client, "['send','x']", queue, 2);
  for (int i = 0; i < 2; i++) {
    pie_event *event = take_from(queue);
    EQ(event->tag, 2);
    pie_event_free(event);
  }
  pie_process_free(after);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pie_queue *queue = pie_queue_new();
    CHECK(queue != NULL);
    tags(client, queue);
    freed_process(client, queue);
    freed_while_it_runs(client, queue);
    hang_up(client);
    pie_event *event = POISON;
    STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY); /* not even with its client gone */
    pie_queue_free(queue);
  }
  return finish();
}
