/* a queue keeps one event of a process if that alone is larger than queue_max_bytes; RETURN and ERROR always
 * arrive. */
#include "harness.h"

/* One event larger than the limit is kept, and a following one told dropped. */
static void oversize(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  char *result = POISON;
  pie_process *process = launch_to(client, "['sendbig',1000000],['send','b'],['return','end']", queue, 0);
  OK(pie_process_result(process, WAIT, &result, &error));
  pie_string_free(result);
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_MESSAGE);
  EQ(event->size, 1000000);
  pie_event_free(event);
  event = take_from(queue);
  EQ(event->kind, PIE_EVENT_OVERFLOW);
  EQ(event->current, 1);
  pie_event_free(event);
  event = take_from(queue);
  EQ(event->kind, PIE_EVENT_RETURN);
  EQ(event->sequence, 2);
  pie_event_free(event);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* ERROR always arrives too, also the one that no engine sends. */
static void then_cut(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  char *result = POISON;
  pie_process *process = launch_to(client, "['spam',1000,1000],['wait_room'],['fin']", queue, 0);
  STATUS(pie_process_result(process, WAIT, &result, &error), PIE_E_DISCONNECTED);
  uint64_t next = 0;
  pie_event *event = take_from(queue);
  for (; event->kind != PIE_EVENT_ERROR; event = take_from(queue)) {
    next = event->kind == PIE_EVENT_OVERFLOW ? next + event->current : event->sequence + 1;
    pie_event_free(event);
  }
  EQ(event->status, PIE_E_DISCONNECTED);
  EQ(event->sequence, next);
  EQ(next, 1000);
  pie_event_free(event);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* The same when they come before the launch reply: each event is there or told dropped, and the last one comes. */
static void before_the_reply(pie_client *client) {
  pie_process *process = launch(client, "['early',[['spam',1000,1000],['event','return','over']]]");
  uint64_t next = 0, dropped = 0;
  pie_event *event = take(process);
  for (; event->kind != PIE_EVENT_RETURN; event = take(process)) {
    EQ(event->sequence, next);
    if (event->kind == PIE_EVENT_OVERFLOW) CHECK(event->total > 0), dropped += event->current;
    next += event->kind == PIE_EVENT_OVERFLOW ? event->current : 1;
    pie_event_free(event);
  }
  EQ(event->sequence, 1000);
  EQ(next, 1000);
  CHECK(dropped > 0 && dropped < 1000);
  EQ_TEXT(event->data, "over");
  pie_event_free(event);
  CHECK(take(process) == NULL);
  pie_process_free(process);
}

/* Also where there is room for none of what comes before the reply: the end of each process comes. */
static void without_room(int generation) {
  pie_client *client = dial(generation, NULL, "queue_max_bytes=1");
  pie_process *process = launch(client, "['early',[['event','return','over']]]");
  STREAM(process, "return:over");
  pie_process_free(process);
  process = launch(client, "['early',[['print','x'],['print','y'],['event','error','it broke']]]");
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_OVERFLOW);
  EQ(event->current, 2);
  pie_event_free(event);
  EQ(ENDS_WITH(process, PIE_E_PROCESS), 0);
  pie_process_free(process);
  char ops[1024];
  sprintf(ops, "['early',[['event','return','%0600d']]]", 0);
  process = launch(client, ops);
  EQ(ENDS_WITH(process, PIE_E_PROTOCOL), 0);
  pie_process_free(process);
  hang_up(client);
}

/* An event without bytes counts as 32. */
static void empty_events(int generation) {
  pie_client *client = dial(generation, NULL, "queue_max_bytes=96");
  pie_queue *queue = pie_queue_new();
  char *result = POISON;
  pie_process *process =
      launch_to(client, "['send',''],['send',''],['send',''],['send',''],['send',''],['return','end']", queue, 0);
  OK(pie_process_result(process, WAIT, &result, &error));
  pie_string_free(result);
  for (int i = 0; i < 3; i++) {
    pie_event *event = take_from(queue);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    pie_event_free(event);
  }
  pie_event *mark = take_from(queue);
  EQ(mark->kind, PIE_EVENT_OVERFLOW);
  EQ(mark->current, 2);
  EQ(mark->total, 0);
  pie_event_free(mark);
  pie_process_free(process);
  pie_queue_free(queue);
  hang_up(client);
}

/* What was taken makes room: nothing is dropped, however much passes through. */
static void room_again(pie_client *client) {
  pie_process *process = launch(client, "['spam',50,1000],['recv',0],['spam',50,1000],['recv',0],['spam',50,1000]");
  for (uint64_t i = 0; i < 152; i++) {
    if (i == 50 || i == 101) OK(pie_process_signal(process, "go", &error));
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    EQ(event->sequence, i);
    pie_event_free(event);
  }
  STREAM(process, "return:done");
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "queue_max_bytes=100000");
    oversize(client);
    before_the_reply(client);
    room_again(client);
    without_room(generation);
    empty_events(generation);
    then_cut(client);
    pie_client_free(client);
  }
  return finish();
}
