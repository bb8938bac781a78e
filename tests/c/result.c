/* pie_process_result waits for the end whoever takes the events and discards what waits in its own queue: RETURN's
   text, or PIE_E_PROCESS; asked again, the same answer. */
#include "harness.h"

static void returns(pie_process *process, const char *wanted) {
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  EQ_TEXT(text, wanted);
  pie_string_free(text);
}

static void fails(pie_process *process, pie_status wanted, const char *why) {
  char *text = POISON;
  FAILS(pie_process_result(process, WAIT, &text, &error), wanted, why);
  CHECK(text == NULL);
}

static void *ask(void *argument) {
  returns(argument, "end");
  return NULL;
}

static void elsewhere(pie_client *client) {
  pie_process *process = launch(client, "['recv',0],['sendn',200],['return','end']");
  pie_queue *queue = pie_process_queue(process);
  pthread_t one = spawn(ask, process), two = spawn(ask, process);
  OK(pie_process_signal(process, "go", &error));
  for (;;) {
    pie_event *event = POISON;
    pie_status status = pie_queue_recv(queue, WAIT, &event, NULL);
    if (status == PIE_END) break;
    EQ(status, PIE_OK);
    pie_event_free(event);
  }
  join(one);
  join(two);
  returns(process, "end");
  pie_queue_free(queue);
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pie_process *process = launch(client, "['sendn',100],['return','end']");
    returns(process, "end");
    returns(process, "end");
    CHECK(take(process) == NULL); /* what waited is discarded */
    pie_process_free(process);
    process = launch(client, "['raise','it broke']");
    fails(process, PIE_E_PROCESS, "it broke");
    fails(process, PIE_E_PROCESS, "it broke");
    pie_process_free(process);
    process = launch(client, "['return','taken']");
    STREAM(process, "return:taken");
    returns(process, "taken"); /* after the event was taken */
    pie_process_free(process);
    process = launch(client, "['send','kept'],['recv',0],['return','late']");
    char *text = POISON;
    STATUS(pie_process_result(process, BRIEF, &text, &error), PIE_E_TIMED_OUT);
    CHECK(text == NULL);
    STATUS(pie_process_result(process, BRIEF, &text, &error), PIE_E_TIMED_OUT); /* the message is there by now */
    pie_event *kept = POISON;
    OK(pie_process_recv(process, 0, &kept, &error)); /* when time is up, nothing is dropped */
    EQ_TEXT(kept->data, "kept");
    pie_event_free(kept);
    OK(pie_process_signal(process, "go", &error));
    returns(process, "late");
    pie_process_free(process);
    process = launch(client, "['return','a\\u0000b']");
    returns(process, "a\xef\xbf\xbd" "b"); /* a NUL becomes U+FFFD */
    pie_process_free(process);
    elsewhere(client);
    process = launch(client, "['send','a'],['fin']");
    fails(process, PIE_E_DISCONNECTED, "");
    fails(process, PIE_E_DISCONNECTED, "");
    pie_process_free(process);
    pie_client_free(client);
  }
  return finish();
}
