/* pie_event: a FILE's bytes and its name, made safe to join to a directory: never a path outside of one. */
#include "harness.h"

#define HELLO "d74981efa70a0c880b8d8c1985d075dbcbf679b99a5f9914e5aaf96b831a9e24" /* BLAKE3 of "hello world" */

static const char *const names[] = {"plain.txt",   "../../x", "a/b",         "..",
                                    ".",           "",        "/etc/passwd", "a\\\\..\\\\b",
                                    "nul\\u0000l", "C:\\\\x", "a\\nb",       "gr\xc3\xbc\xc3\x9f.txt",
                                    " ",           "/",       "\\u001b[31m", "x/.."};

static void safe(const char *name) {
  if (name == NULL) return;
  CHECK(*name != '\0');
  CHECK(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
  CHECK(strpbrk(name, "/\\") == NULL);
  for (const char *at = name; *at != '\0'; at++) CHECK((unsigned char)*at >= ' ');
}

static void named(pie_client *client) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char ops[256];
    snprintf(ops, sizeof ops, "['file_chunk',{'index':0,'total':1,'data':'hello world','name':'%s'}]", names[i]);
    pie_process *process = launch(client, ops);
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_FILE);
    EQ_TEXT(event->data, "hello world");
    safe(event->name);
    if (i == 0) EQ_TEXT(event->name, "plain.txt");
    pie_event_free(event);
    STREAM(process, "return:done");
    pie_process_free(process);
  }
  /* A name of a megabyte is no name for a file, and no reason to lose it. */
  char *long_name = malloc(1 << 20), *ops = malloc((1 << 20) + 256);
  CHECK(long_name != NULL && ops != NULL);
  memset(long_name, 'n', 1 << 20);
  long_name[(1 << 20) - 1] = '\0';
  snprintf(ops, (1 << 20) + 256, "['file_chunk',{'index':0,'total':1,'data':'hello world','name':'%s'}]", long_name);
  pie_process *process = launch(client, ops);
  STREAM(process, "file:11|return:done");
  pie_process_free(process);
  free(long_name);
  free(ops);
}

static void whole(pie_client *client) {
  static const size_t sizes[] = {1, 262143, 262144, 262145, 3 << 20};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char ops[64];
    snprintf(ops, sizeof ops, "['send_file',%zu]", sizes[i]);
    pie_process *process = launch(client, ops);
    unsigned char *wanted = pattern(sizes[i]);
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_FILE);
    EQ(event->status, PIE_OK);
    EQ(event->size, sizes[i]);
    EQ(memcmp(event->data, wanted, sizes[i]), 0);
    CHECK(event->name == NULL || *event->name != '\0');
    pie_event_free(event);
    STREAM(process, "return:done");
    pie_process_free(process);
    free(wanted);
  }
}

/* Later engines interleave the chunks of several processes, whatever they hold. */
static void interleaved(pie_client *client) {
  static const char ops[] = "['file_chunk',{'index':0,'total':2,'data':'hello ','hash':'" HELLO
                            "'}],['send','half'],['recv',0],"
                            "['file_chunk',{'index':1,'total':2,'data':'world','hash':'" HELLO "'}]";
  pie_process *one = launch(client, ops), *two = launch(client, ops);
  await_message(one, "half");
  await_message(two, "half");
  OK(pie_process_signal(two, "x", &error));
  OK(pie_process_signal(one, "x", &error));
  STREAM(one, "msg:got:x|file:11|return:done");
  STREAM(two, "msg:got:x|file:11|return:done");
  pie_process_free(one);
  pie_process_free(two);
}

static void at_once(pie_client *client) {
  pie_process *processes[8];
  for (int i = 0; i < 8; i++) processes[i] = launch(client, "['send_file',600000],['send_file',600000]");
  for (int i = 0; i < 8; i++) {
    STREAM(processes[i], "file:600000|file:600000|return:done");
    pie_process_free(processes[i]);
  }
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    whole(client);
    interleaved(client);
    at_once(client);
    pie_process *process = launch(client, "['send_file_as','report.txt']");
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_FILE);
    EQ_TEXT(event->data, "hello file");
    if (generation == PIE_GENERATION_0_5) EQ_TEXT(event->name, "report.txt");
    pie_event_free(event);
    STREAM(process, "return:done");
    pie_process_free(process);
    if (generation == PIE_GENERATION_0_5) named(client);
    hang_up(client);
  }
  return finish();
}
