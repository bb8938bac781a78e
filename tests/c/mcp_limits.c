/* Bounds: how long an answer may take, how large it may be, how much a server may say; past each, an error and never
   silence. */
#include "mcp.h"
#include "memory.h"

#define MIB (1024 * 1024)

static pie_process *ask_big(pie_client *client, const char *server, size_t size) {
  char params[64];
  snprintf(params, sizeof params, "{\"size\":%zu}", size);
  return begin_ask(client, server, "big", params);
}

/* Ten megabytes go through; more than the engine takes in one message becomes an error. */
static void large_answers(pie_client *client) {
  char *answer = end_ask(ask_big(client, "big", 10 * MIB));
  EQ(strlen(answer), strlen("ok:\"\"") + 10 * MIB);
  free(answer);
  TELLS(ask_big(client, "big", 16 * MIB), "error:{\"code\":-32000,\"message\":\"mcp_response: the message has");
  ANSWERS(begin_ask(client, "big", "echo", "1"), "ok:1");
}

/* Of a line of garbage there is one copy, whatever stands in it. */
static void large_garbage(pie_client *client) {
  if (!is_measurable()) return;
  reset_peak();
  long before = peak_kb();
  ANSWERS(begin_ask(client, "big", "garbage", "{\"size\":30000000}"), "ok:\"written\"");
  CHECK(peak_kb() - before < 80000);
}

/* A line over max_message_bytes ends the server. */
static void too_long_a_line(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "max_message_bytes=1000000");
  add_program(client, "long", NULL);
  pid_t pid = pid_of(client, "long");
  char *answer = end_ask(ask_big(client, "long", 900000));
  CHECK(strlen(answer) > 900000);
  free(answer);
  pie_process *waits = begin_ask(client, "long", "never", "{}");
  TELLS(ask_big(client, "long", 1000000), "max_message_bytes (1000000)");
  TELLS(waits, "max_message_bytes");
  await_gone(pid);
  hang_up(client);
}

/* Past mcp_timeout_ms the engine has an error, the server is told, and its late answer is nobody's. */
static void late(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "mcp_timeout_ms=300");
  add_program(client, "late", NULL);
  pie_process *waits[5];
  for (int i = 0; i < 5; i++) waits[i] = begin_ask(client, "late", "hold", "1");
  for (int i = 0; i < 5; i++) TELLS(waits[i], "error:{\"code\":-32000,\"message\":\"the MCP server 'late' did not answer hold within");
  for (int64_t end = now_ms() + WAIT;; rest_ms(20)) {
    char *told = ask(client, "late", "cancelled", "{}");
    /* A busy machine may be late with this one too. */
    int all = strcmp(told, "ok:[1, 2, 3, 4, 5]") == 0;
    free(told);
    if (all) break;
    CHECK(now_ms() < end);
  }
  hang_up(client);
  /* Its answers came after the time limit, and found nobody: each request has had one. */
  client = dial(PIE_GENERATION_0_4, NULL, "mcp_timeout_ms=0");
  add_program(client, "late", NULL);
  pie_process *holds = begin_ask(client, "late", "hold", "[9]");
  await_held(client, "late", 1);
  ANSWERS(begin_ask(client, "late", "release", "{}"), "ok:\"released\"");
  ANSWERS(holds, "ok:[9]");
  char *sent = look(client, "received");
  EQ(count_text(sent, "\"result\":\"[9]\""), 1);
  pie_string_free(sent);
  hang_up(client);
}

static gate told = GATE_INIT;

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)target, (void)user_data;
  CHECK(strchr(message, '\n') == NULL);
  CHECK(strlen(message) < 1000);
  if (level == PIE_LOG_DEBUG && strstr(message, "the MCP server 'flood' says: flood flood") != NULL) gate_add(&told, 1);
}

/* Its standard error is read, whatever comes; the log has it in lines that are not long. */
static void floods(pie_client *client) {
  add_program(client, "flood", "flood");
  for (int i = 0; i < 20; i++) ANSWERS(begin_ask(client, "flood", "echo", "1"), "ok:1");
  pie_set_log_callback(PIE_LOG_DEBUG, on_log, NULL);
  gate_await(&told, 3);
  pie_set_log_callback(PIE_LOG_OFF, NULL, NULL);
  ANSWERS(begin_ask(client, "flood", "flood_errors", "{}"), "ok:\"flooded\"");
  /* Other connections have their turn. */
  pie_client *other = dial(PIE_GENERATION_0_5, NULL, NULL);
  OK(pie_client_ping(other, WAIT, NULL, &error));
  hang_up(other);
  OK(pie_client_unregister_mcp_server(client, "flood", &error));
}

/* A server that does not read has no more than queue_max_bytes waiting for it. */
static void does_not_read(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "queue_max_bytes=1000000 close_timeout_ms=50");
  add_program(client, "deaf", NULL);
  kill(pid_of(client, "deaf"), SIGSTOP);
  char ops[600100] = "['mcp','deaf','echo','";
  memset(ops + strlen(ops), '1', 600000);
  strcat(ops, "'],['never']");
  pie_queue *queue = pie_queue_new();
  pie_process *one = launch_to(client, ops, queue, 1), *other = launch_to(client, ops, queue, 2);
  /* One waits in vain, whichever comes first; the other one is told. */
  pie_event *event = take_from(queue);
  HAS(event->data, "does not read");
  pie_event_free(event);
  hang_up(client);
  pie_process_free(one), pie_process_free(other);
  pie_queue_free(queue);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  add_program(client, "big", NULL);
  large_garbage(client);
  large_answers(client);
  floods(client);
  hang_up(client);
  too_long_a_line();
  late();
  does_not_read();
  return finish();
}
