/* the first event included, however early it arrives after (or before) the launch reply. */
#include "harness.h"

static void complete(pie_client *client, const char *ops, const char *wanted) {
  pie_process *process = launch(client, ops);
  STREAM(process, wanted);
  pie_process_free(process);
}

/* In the segment of the launch reply, and before it. */
static void shapes(pie_client *client) {
  complete(client, "['burst'],['print','a'],['send','b'],['return','c']", "out:a|msg:b|return:c");
  complete(client, "['burst'],['send_file',3],['send','b']", "file:3|msg:b|return:done");
  complete(client, "['burst'],['send','a'],['flush'],['send','b']", "msg:a|msg:b|return:done");
  complete(client, "['early',[['print','a'],['send','b']]],['send','c']", "out:a|msg:b|msg:c|return:done");
  complete(client, "['early',[['send_file',300000],['send','b']]],['send','c']", "file:300000|msg:b|msg:c|return:done");
  complete(client, "['early',[['send','a'],['event','return','over']]]", "msg:a|return:over");
  complete(client, "['return','x']", "return:x");
}

static void many(pie_client *client, const char *ops, const char *wanted) {
  for (int i = 0; i < 150; i++) complete(client, ops, wanted);
}

int main(void) {
  static const char *const faults[] = {NULL,
                                       "split=1",
                                       "join=5",
                                       "delay=launch_process:30",
                                       "hold=launch_process:30",
                                       "unknown=1",
                                       "duplicate=launch_process",
                                       "split=7&unknown=1&delay=launch_process:10"};
  EACH_GENERATION(generation) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
      pie_client *client = dial(generation, faults[i], NULL);
      if (faults[i] != NULL && strstr(faults[i], "split") != NULL)
        complete(client, "['burst'],['print','a'],['return','c']", "out:a|return:c");
      else
        shapes(client);
      hang_up(client);
    }
    pie_client *client = dial(generation, NULL, NULL);
    many(client, "['burst'],['print','a'],['send','b']", "out:a|msg:b|return:done");
    many(client, "['print','a'],['send','b']", "out:a|msg:b|return:done");
    many(client, "['early',[['print','a']]],['send','b']", "out:a|msg:b|return:done");
    hang_up(client);
  }
  return finish();
}
