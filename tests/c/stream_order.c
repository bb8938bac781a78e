/* Events of one process come in the order the engine sent them, each once. pie_event: tag, sequence, process,
   data. one last event, then PIE_END each time. */
#include "harness.h"

static void fields(pie_client *client) {
  pie_process *process = launch_to(client,
                                   "['print','out'],['eprint','err'],['send','msg'],['send_file',300000],"
                                   "['event','novel','value'],['send',''],['return','ret']",
                                   NULL, UINT64_MAX);
  static const int32_t kinds[] = {PIE_EVENT_STDOUT, PIE_EVENT_STDERR,  PIE_EVENT_MESSAGE, PIE_EVENT_FILE,
                                  PIE_EVENT_OTHER,  PIE_EVENT_MESSAGE, PIE_EVENT_RETURN};
  static const char *const texts[] = {"out", "err", "msg", NULL, "value", "", "ret"};
  char id[64];
  CHECK(strlen(pie_process_id(process)) < sizeof id);
  strcpy(id, pie_process_id(process));
  for (size_t i = 0; i < 7; i++) {
    pie_event *event = take(process);
    CHECK(event != NULL);
    EQ(event->kind, kinds[i]);
    EQ(event->sequence, i);
    EQ(event->status, PIE_OK);
    CHECK(event->tag == UINT64_MAX);
    EQ_TEXT(pie_process_id(event->process), id);
    if (texts[i] != NULL) EQ_TEXT(event->data, texts[i]), EQ(event->size, strlen(texts[i]));
    if (event->kind == PIE_EVENT_OTHER) EQ_TEXT(event->name, "novel");
    if (event->kind == PIE_EVENT_FILE) {
      unsigned char *wanted = pattern(300000);
      EQ(event->size, 300000);
      EQ(memcmp(event->data, wanted, 300000), 0);
      free(wanted);
    }
    pie_event_free(event);
  }
  static const int64_t timeouts[] = {0, WAIT, PIE_FOREVER};
  pie_event *none = POISON;
  for (int i = 0; i < 6; i++) STATUS(pie_process_recv(process, timeouts[i % 3], &none, &error), PIE_END);
  CHECK(none == NULL);
  pie_process_free(process);
}

/* The end is there with the last event, not a moment later. */
static void ends_at_once(pie_client *client) {
  for (int i = 0; i < 100; i++) {
    pie_process *process = launch(client, "['return','x']");
    pie_event *none = POISON;
    pie_event_free(take(process));
    STATUS(pie_process_recv(process, 0, &none, &error), PIE_END);
    pie_process_free(process);
  }
}

static void failures(pie_client *client) {
  pie_process *process = launch(client, "['send','a'],['raise','it broke']");
  pie_event_free(take(process));
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_ERROR);
  EQ(event->status, PIE_E_PROCESS);
  HAS(event->data, "it broke");
  HAS(pie_error_message(event->error), "it broke");
  pie_process_free(process);
  HAS(pie_error_message(event->error), "it broke"); /* lives with the event */
  pie_event_free(event);
  process = launch(client, "['panic','it fell']");
  STREAM(process, "error:PIE_E_PROCESS");
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    fields(client);
    failures(client);
    ends_at_once(client);
    pie_process *process = launch(client, "['sendn',5],['print','a\\nb'],['sendn',2],['return',{'k':[1]}]");
    STREAM(process, "msg:0|msg:1|msg:2|msg:3|msg:4|out:a\nb|msg:0|msg:1|return:{\"k\":[1]}");
    pie_process_free(process);
    process = launch(client, "['return','']");
    STREAM(process, "return:");
    pie_process_free(process);
    /* Engines send a second terminal event, and more, when a terminate meets the end. */
    process = launch(
        client, "['send','a'],['event','return','first'],['send','late'],['event','error','Signal'],['return','b']");
    STREAM(process, "msg:a|return:first");
    pie_process_free(process);
    process = launch(client, "['sendn',2000]");
    size_t count = 0;
    for (pie_event *event = take(process); event != NULL; event = take(process), count++) {
      EQ(event->sequence, count);
      if (event->kind == PIE_EVENT_MESSAGE) EQ(strtol(event->data, NULL, 10), count);
      pie_event_free(event);
    }
    EQ(count, 2001);
    pie_process_free(process);
    hang_up(client);
  }
  return finish();
}
