/* pie_event: the name of a file that an inferlet sends is made safe to join to a directory, end to end; and files of no
   bytes, which engines themselves never send. */
#include "harness.h"

static void named(pie_client *client, int generation, const char *sent, const char *wanted) {
  char ops[256];
  snprintf(ops, sizeof ops, "['send_file_as','%s']", sent);
  pie_process *process = launch(client, ops);
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_FILE);
  EQ_TEXT(event->data, "hello file");
  EQ_TEXT(event->name, generation == PIE_GENERATION_0_5 ? wanted : NULL);
  pie_event_free(event);
  STREAM(process, "return:done");
  pie_process_free(process);
}

#define NOTHING "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"

static void empty(pie_client *client) {
  pie_process *process = launch(client, "['send','a'],['send_file',0],['send','b']");
  STREAM(process, "msg:a|msg:b|return:done");
  pie_process_free(process);
  process = launch(client, "['file_chunk',{'index':0,'total':1,'data':'','hash':'" NOTHING "'}],['send','b']");
  STREAM(process, "file:0|msg:b|return:done");
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    named(client, generation, "../../etc/passwd", "passwd");
    named(client, generation, "/etc/shadow", "shadow");
    named(client, generation, "plain.txt", "plain.txt");
    named(client, generation, "", "output");
    empty(client);
    hang_up(client);
  }
  return finish();
}
