/* The engine is not trusted: memory stays within the limits, whatever it announces and however much it says. Its messages
   are whole here, and what is in them is hostile. */
#include "memory.h"

enum { SLACK_KB = 16 << 10 };
#define LIMITS "queue_max_bytes=1048576 max_file_bytes=1048576 max_message_bytes=8388608"

static pie_client *limited(int generation, const char *faults) {
  pie_client *client = dial(generation, faults, LIMITS);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  return client;
}

/* The process takes at most so much more than it did. */
static void stays_within(long before, long kb) {
  if (!is_measurable()) return;
  if (peak_kb() - before >= kb) printf("%ld KiB instead of %ld\n", peak_kb() - before, kb);
  CHECK(peak_kb() - before < kb);
}

static long measured(void) {
  if (!is_measurable()) return 0;
  reset_peak();
  return peak_kb();
}

/* A script's operation that repeats this MessagePack, in hexadecimal digits. Freed by the caller. */
static char *frame_of(const char *head, const char *part, size_t times) {
  size_t size = strlen(head) + strlen(part) * times + 64;
  char *ops = have(malloc(size)), *at = ops + snprintf(ops, size, "['frame_hex','%s", head);
  for (size_t i = 0; i < times; i++) at += snprintf(at, size - (size_t)(at - ops), "%s", part);
  snprintf(at, size - (size_t)(at - ops), "'],['send','after']");
  return ops;
}

/* Sizes that are announced, and depths that take stack. */
static void announced(pie_client *client) {
  static const char *const heads[] = {"dfffffffff", "ddffffffff", "c6ffffffff", "dbffffffff", "c9ffffffff01",
                                      "81a474797065dbffffffff", "85a474797065a466696c65ddffffffff"};
  static const char *const parts[] = {"91", "81a178", "81a474797065", "81a4747970659181", "dd0000000a"};
  for (size_t i = 0; i < sizeof heads / sizeof *heads + sizeof parts / sizeof *parts; i++) {
    int deep = i >= sizeof heads / sizeof *heads;
    char *ops = deep ? frame_of("", parts[i - sizeof heads / sizeof *heads], 20000) : frame_of(heads[i], "", 0);
    long before = measured();
    pie_process *process = launch(client, ops);
    STREAM(process, "msg:after|return:done");
    pie_process_free(process);
    stays_within(before, SLACK_KB);
    free(ops);
  }
}

/* Files that announce 2^40 chunks, more of them than may be under way. */
static void endless_files(pie_client *client) {
  char *ops = have(malloc(1 << 16)), *at = ops;
  for (int i = 0; i < 200; i++) {
    at += sprintf(at, "['file_chunk',{'index':0,'total':1099511627776,'data':'x','hash':'%064x'}],", i);
  }
  sprintf(at, "['return',1]");
  long before = measured();
  pie_process *process = launch(client, ops);
  /* Each is told once, the latest when the process has ended. */
  for (int i = 0; i < 200; i++) {
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_FILE);
    EQ(event->status, PIE_E_PROTOCOL);
    pie_event_free(event);
  }
  STREAM(process, "return:1");
  pie_process_free(process);
  stays_within(before, SLACK_KB);
  free(ops);
}

/* Small events without end, which nobody takes. */
static void endless_events(pie_client *client) {
  long before = measured();
  char *text = NULL;
  pie_process *process = launch(client, is_measurable() ? "['spam',200000,1],['return',1]" : "['spam',5000,1],['return',1]");
  /* The answer comes behind all of it, which nobody has taken. */
  await_number(client, "processes", 0);
  stays_within(before, SLACK_KB);
  OK(pie_process_result(process, WAIT, &text, &error));
  EQ_TEXT(text, "1");
  pie_string_free(text);
  pie_process_free(process);
}

/* A million processes that nobody knows, while a launch is unanswered and any of them may be its own. */
static void crowd(pie_client *client) {
  long before = measured();
  const char *ops = is_measurable() ? "['early',[['crowd',1000000]]],['send','mine']" : "['early',[['crowd',70000]]]";
  pie_process *process = launch(client, ops);
  /* Of 65536 there is a trace; one that is not among them may have had its last event. */
  size_t events = 0;
  pie_event *event;
  while ((event = take(process)) != NULL) {
    check_event(event);
    events++;
    pie_event_free(event);
  }
  CHECK(events > 0);
  pie_process_free(process);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  stays_within(before, 2 * SLACK_KB);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = limited(generation, NULL);
    announced(client);
    endless_files(client);
    endless_events(client);
    crowd(client);
    hang_up(client);
  }
  return finish();
}
