/* pie_client_run_processes: a JSON array of what the processes returned, in the order of the inputs, whatever it is and
   whenever it came. */
#include "harness.h"

static void runs(pie_client *client, const char *const *inputs, size_t count, const char *wanted) {
  char *json = POISON;
  OK(pie_client_run_processes(client, ECHO, inputs, count, NULL, WAIT, &json, &error));
  EQ_TEXT(json, wanted);
  CHECK(is_json(json));
  pie_string_free(json);
}

static void texts(pie_client *client) {
  const char *inputs[] = {NULL,
                          "{\"ops\":[[\"print\",\"out\"],[\"send\",\"a\"],[\"send_file\",9],[\"return\",\"\"]]}",
                          "{\"ops\":[[\"return\",\"say \\\"hi\\\" \\\\ \\n\\u0001\"]]}",
                          "{\"ops\":[[\"return\",\"gr\xc3\xbc\xc3\x9f \xf0\x9f\xa5\xa7\"]]}",
                          "{\"ops\":[[\"return\",{\"a\":[1,null]}]]}",
                          "{\"ops\":[[\"return\",\"[]\"]]}",
                          "{\"ops\":[[\"return\",\"a\\u0000b\"]]}",
                          "{\"ops\":[]}"};
  runs(client, inputs, 8,
       "[\"{}\",\"\",\"say \\\"hi\\\" \\\\ \\n\\u0001\",\"gr\xc3\xbc\xc3\x9f "
       "\xf0\x9f\xa5\xa7\",\"{\\\"a\\\":[1,null]}\","
       "\"[]\",\"a\\u0000b\",\"done\"]");
  runs(client, inputs, 1, "[\"{}\"]");
  runs(client, inputs, 0, "[]");
  runs(client, NULL, 0, "[]");
}

/* The last to begin is the first to end. */
static void order(pie_client *client) {
  enum { COUNT = 6 };
  char *inputs[COUNT], wanted[64] = "[";
  for (int i = 0; i < COUNT; i++) {
    char ops[64];
    snprintf(ops, sizeof ops, "['sleep',%g],['return','r%d']", (COUNT - i) * 0.03, i);
    inputs[i] = script(ops);
    snprintf(wanted + strlen(wanted), 16, "%s\"r%d\"", i ? "," : "", i);
  }
  strcat(wanted, "]");
  runs(client, (const char *const *)inputs, COUNT, wanted);
  for (int i = 0; i < COUNT; i++) free(inputs[i]);
}

/* A megabyte of each; and of what they print meanwhile nothing is kept beyond the limits. */
static void large(pie_client *client) {
  enum { COUNT = 3, SIZE = 1 << 20 };
  char *inputs[COUNT], *wanted = malloc(COUNT * (SIZE + 4) + 4), *at = wanted, *json = POISON;
  CHECK(wanted != NULL);
  *at++ = '[';
  for (int i = 0; i < COUNT; i++) {
    static const char head[] = "{\"ops\":[[\"spam\",100,1000],[\"return\",\"", tail[] = "\"]]}";
    inputs[i] = malloc(sizeof head + sizeof tail + SIZE);
    CHECK(inputs[i] != NULL);
    char *text = inputs[i] + sprintf(inputs[i], "%s", head);
    memset(text, 'a' + i, SIZE);
    strcpy(text + SIZE, tail);
    at += sprintf(at, "%s\"", i ? "," : "");
    memset(at, 'a' + i, SIZE);
    at += SIZE;
    *at++ = '"';
  }
  strcpy(at, "]");
  OK(pie_client_run_processes(client, ECHO, (const char *const *)inputs, COUNT, NULL, WAIT, &json, &error));
  EQ(strlen(json), strlen(wanted));
  CHECK(strcmp(json, wanted) == 0);
  pie_string_free(json);
  for (int i = 0; i < COUNT; i++) free(inputs[i]);
  free(wanted);
}

/* Its events are nobody's: not of a queue that another launch uses. */
static void no_leaks(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  pie_process *other = launch_to(client, "['recv',0],['return','mine']", queue, 0);
  const char *inputs[] = {"{\"ops\":[[\"send\",\"x\"],[\"print\",\"y\"]]}", "{\"ops\":[[\"sendn\",50]]}"};
  runs(client, inputs, 2, "[\"done\",\"done\"]");
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  OK(pie_process_signal(other, "x", &error));
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_OK);
  EQ_TEXT(event->data, "got:x");
  pie_event_free(event);
  pie_process_free(other);
  pie_queue_free(queue);
}

/* A file that arrives damaged is no failure of the process: what it returned counts. */
static void damaged_file(int generation) {
  pie_client *client = dial(generation, "wrong_hash=1", NULL);
  const char *inputs[] = {"{\"ops\":[[\"send_file\",10],[\"return\",\"well\"]]}", "1"};
  runs(client, inputs, 2, "[\"well\",\"1\"]");
  hang_up(client);
}

static void many(pie_client *client) {
  enum { COUNT = 2000 };
  static const char *inputs[COUNT];
  char *json = POISON;
  for (int i = 0; i < COUNT; i++) inputs[i] = i % 2 ? "1" : "22";
  OK(pie_client_run_processes(client, ECHO, inputs, COUNT, NULL, WAIT, &json, &error));
  EQ(strlen(json), 1 + COUNT / 2 * (4 + 5));
  EQ(strncmp(json, "[\"22\",\"1\",\"22\",", 15), 0);
  pie_string_free(json);
}

int main(void) {
  static const char *const faults[] = {NULL, "split=5", "join=5", "duplicate=*", "unknown=1"};
  EACH_GENERATION(generation) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
      pie_client *client = dial(generation, faults[i], NULL);
      texts(client);
      order(client);
      no_leaks(client);
      hang_up(client);
    }
    damaged_file(generation);
    pie_client *client = dial(generation, NULL, "queue_max_bytes=4096");
    large(client);
    many(client);
    await_number(client, "processes", 0);
    hang_up(client);
  }
  return finish();
}
