/* file frames that are wrong give a FILE event with an error or are skipped; never wrong bytes, never memory
   beyond max_file_bytes, and the stream goes on. */
#include "harness.h"

/* Whatever the ops send is no good file; the message behind it and the end arrive. */
static void no_good_file(pie_client *client, const char *ops) {
  char all[2048];
  snprintf(all, sizeof all, "%s,['send','on'],['return','end']", ops);
  pie_process *process = launch(client, all);
  int went_on = 0, returned = 0;
  for (pie_event *event = take(process); event != NULL; event = take(process)) {
    if (event->kind == PIE_EVENT_FILE && event->status >= 0) fprintf(stderr, "accepted: %s\n", ops);
    if (event->kind == PIE_EVENT_FILE) CHECK(event->status < 0);
    if (event->kind == PIE_EVENT_MESSAGE) EQ_TEXT(event->data, "on"), went_on++;
    if (event->kind == PIE_EVENT_RETURN) returned++;
    CHECK(event->kind != PIE_EVENT_ERROR);
    pie_event_free(event);
  }
  CHECK(went_on == 1 && returned == 1);
  pie_process_free(process);
}

#define HASH "d74981efa70a0c880b8d8c1985d075dbcbf679b99a5f9914e5aaf96b831a9e24" /* BLAKE3 of "hello world" */
#define CHUNK(index, total, data) \
  "['file_chunk',{'index':" #index ",'total':" #total ",'data':'" data "','hash':'" HASH "'}]"

static const char *const wrong[] = {
    "['file_chunk',{'index':0,'total':1,'data':'x','hash':'00'}]",
    "['file_chunk',{'index':0,'total':1,'data':'x','hash':''}]",
    "['file_chunk',{'index':0,'total':1,'data':'x','hash':'" HASH "'}]",
    CHUNK(1, 2, "world"),
    CHUNK(0, 2, "hello "),
    CHUNK(1, 2, "world") "," CHUNK(0, 2, "hello "),
    CHUNK(0, 3, "hello ") "," CHUNK(2, 3, "world"),
    CHUNK(0, 2, "hello ") "," CHUNK(0, 2, "hello ") "," CHUNK(2, 2, "world"),
    CHUNK(5, 2, "hello world"),
    CHUNK(0, 1099511627776, "hello world"),
    CHUNK(0, 18446744073709551615, "hello world"),
    CHUNK(18446744073709551615, 18446744073709551615, "hello world"),
    CHUNK(18446744073709551615, 1, "hello world"),
    CHUNK(0, 0, "hello world"),
};

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) no_good_file(client, wrong[i]);
    hang_up(client);
    client = dial(generation, "wrong_hash=1", NULL);
    no_good_file(client, "['send_file',10]");
    no_good_file(client, "['send_file',600000]");
    hang_up(client);
    for (int chunk = 0; chunk < 3; chunk++) {
      char fault[32];
      snprintf(fault, sizeof fault, "drop_chunk=%d", chunk);
      client = dial(generation, fault, NULL);
      no_good_file(client, "['send_file',600000]");
      hang_up(client);
    }
    client = dial(generation, NULL, "max_file_bytes=500000");
    no_good_file(client, "['send_file',600000]");
    pie_process *process = launch(client, "['send_file',400000]");
    STREAM(process, "file:400000|return:done");
    pie_process_free(process);
    hang_up(client);
    /* The limit is of what is under way together, and what arrived or was given up is under way no more. */
    client = dial(generation, NULL, "max_file_bytes=20");
    process = launch(client, CHUNK(0, 2, "hello ") ",['send_file',15]," CHUNK(1, 2, "world") ",['send_file',15]");
    STREAM(process, "file:PIE_E_TOO_LARGE|file:11|file:15|return:done");
    pie_process_free(process);
    for (int i = 0; i < 5; i++) {
      process = launch(client, CHUNK(0, 2, "hello ")); /* told when its process ends */
      STREAM(process, "file:PIE_E_PROTOCOL|return:done");
      pie_process_free(process);
    }
    process = launch(client, "['send_file',20]");
    STREAM(process, "file:20|return:done");
    pie_process_free(process);
    hang_up(client);
  }
  return finish();
}
