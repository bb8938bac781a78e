/* pie_process_result waits for the end whoever takes the events: a callback of either mode gets the whole stream, and
   result gives the same text, again and again, also inside the callback. */
#include "callbacks.h"

static void gives(pie_process *process, const char *wanted) {
  for (int i = 0; i < 2; i++) {
    char *text = POISON;
    OK(pie_process_result(process, WAIT, &text, &error));
    EQ_TEXT(text, wanted);
    pie_string_free(text);
  }
}

static void thread_mode(pie_client *client) {
  record seen = RECORD_INIT;
  pie_process *process = launch(client, "['sendn',200],['recv',0],['return','end']");
  OK(pie_process_set_callback(process, write_down, &seen, write_drop, &error));
  char *text = POISON;
  STATUS(pie_process_result(process, 5, &text, &error), PIE_E_TIMED_OUT);
  CHECK(text == NULL);
  gate_await(&seen.calls, 200);
  OK(pie_process_signal(process, "go", &error));
  gives(process, "end");
  gate_await(&seen.ends, 1); /* it may still be on its way to the callback */
  OK(pie_process_clear_callback(process, WAIT, &error));
  EQ(seen.next, 202);
  pie_process_free(process);
}

/* In a shared queue result discards nothing. */
static void manual_mode(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  by_hand(queue, &seen);
  pie_process *process = launch_to(client, "['sendn',20],['return','end']", queue, 0);
  gives(process, "end");
  EQ(dispatch(queue, 0), 21);
  EQ(seen.next, 21);
  gives(process, "end");
  pie_process_free(process);
  pie_queue_free(queue);
}

typedef struct asking {
  gate done;
  pie_process *process;
} asking;

static void ask(pie_event *event, void *user_data) {
  asking *self = user_data;
  char *text = POISON;
  pie_process *process = event->process;
  if (event->kind != PIE_EVENT_RETURN) {
    pie_event_free(event);
    return;
  }
  CHECK(process == self->process);
  gives(process, "inside");
  OK(pie_process_result(process, 0, &text, &error)); /* it is there */
  pie_string_free(text);
  pie_event_free(event);
  gate_add(&self->done, 1);
}

static void inside(pie_client *client) {
  asking self = {GATE_INIT, NULL};
  self.process = launch(client, "['send','a'],['recv',0],['return','inside']");
  OK(pie_process_set_callback(self.process, ask, &self, NULL, &error));
  OK(pie_process_signal(self.process, "go", &error));
  gate_await(&self.done, 1);
  OK(pie_process_clear_callback(self.process, WAIT, &error));
  pie_process_free(self.process);
}

static void failures(pie_client *client) {
  record seen = RECORD_INIT;
  char *text = POISON;
  pie_process *process = launch(client, "['raise','oh, no']");
  OK(pie_process_set_callback(process, write_down, &seen, write_drop, &error));
  for (int i = 0; i < 2; i++) FAILS(pie_process_result(process, WAIT, &text, &error), PIE_E_PROCESS, "oh, no");
  gate_await(&seen.ends, 1);
  EQ(seen.last, PIE_E_PROCESS);
  pie_process_free(process);
  gate_await(&seen.drops, 1);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    thread_mode(client);
    manual_mode(client);
    inside(client);
    failures(client);
    hang_up(client);
  }
  return finish();
}
