/* PIE_EVENT_OTHER: an engine event this library does not know, its name in name. Any bytes from the engine
   give an error or are skipped. */
#include "harness.h"

static const char *const faults[] = {"unknown=1",
                                     "garbage=c1",                             /* never used in MessagePack */
                                     "garbage=",                               /* an empty frame */
                                     "garbage=ff00ff00ff00",                   /* bytes behind a value */
                                     "garbage=dfffffffff",                     /* a map of 4 billion entries */
                                     "garbage=ddffffffff",                     /* an array of 4 billion */
                                     "garbage=c6ffffffff",                     /* 4 GB of bytes announced */
                                     "garbage=81a474797065a8726573706f6e7365", /* a response and nothing else */
                                     "garbage=81a474797065dbffffffff",         /* a text of 4 GB as type */
                                     "garbage=82a474797065a46e6f7065a178c0",   /* a message of type nope */
                                     "garbage=9191919191919191919191919191919191919191", /* nested, then cut */
                                     "garbage_text=%7B",
                                     "garbage_text=%7B%22type%22:%22turn_done%22%7D",
                                     "garbage_text=",
                                     "unknown=1&garbage=c1&garbage_text=x&duplicate=*&split=3"};

static void survives(int generation, const char *fault) {
  pie_client *client = dial(generation, fault, NULL);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process *process = launch(client, "['print','a'],['send_file',10],['send','b'],['return','c']");
  STREAM(process, "out:a|file:10|msg:b|return:c");
  pie_process_free(process);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
}

/* Frames of its own between the events of a process. */
static void among_events(pie_client *client) {
  static const char *const odd[] = {
      "['frame_hex','c1']", "['frame_hex','']", "['frame_hex','dfffffffff']", "['text','hello']",
      "['text','{\\\"type\\\":\\\"novel\\\"}']", "['frame_hex','81a474797065ad70726f636573735f6576656e74']",
      /* a file and events of processes that nobody knows, a response to nobody */
      "['frame_hex','"
      "86a474797065a466696c65aa70726f636573735f6964a178a966696c655f68617368a168ab6368756e6b5f696e64657800ac746f74616c5f"
      "6368756e6b73cf0000010000000000aa6368756e6b5f64617461c403616263']",
      "['frame_hex','"
      "84a474797065ad70726f636573735f6576656e74aa70726f636573735f6964a0a56576656e74a672657475726ea576616c7565a178']",
      "['frame_hex','"
      "84a474797065ad70726f636573735f6576656e74aa70726f636573735f6964a178a56576656e74a67374646f7574a576616c7565c402fffe"
      "']",
      "['frame_hex','84a474797065a8726573706f6e7365a7636f72725f6964ceffffffffa26f6bc3a6726573756c74a178']"};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    char ops[512];
    snprintf(ops, sizeof ops, "['send','a'],%s,['send','b']", odd[i]);
    pie_process *process = launch(client, ops);
    STREAM(process, "msg:a|msg:b|return:done");
    pie_process_free(process);
  }
  pie_process *process = launch(client, "['event','weird','v'],['event','','w'],['event','STDOUT','x'],['send','m']");
  STREAM(process, "weird=v|=w|STDOUT=x|msg:m|return:done");
  pie_process_free(process);
}

int main(void) {
  EACH_GENERATION(generation) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) survives(generation, faults[i]);
    pie_client *client = dial(generation, NULL, NULL);
    among_events(client);
    OK(pie_client_ping(client, WAIT, NULL, &error));
    hang_up(client);
  }
  return finish();
}
