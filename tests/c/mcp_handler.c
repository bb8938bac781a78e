/* A handler: what processes ask comes as events, and is answered once, from any thread and in any order. */
#include "mcp.h"

enum { TAG = 77 };

static pie_event *take_request(pie_queue *queue, uint64_t sequence, const char *method, const char *params) {
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_MCP_REQUEST);
  EQ(event->status, PIE_OK);
  EQ(event->tag, TAG);
  EQ(event->sequence, sequence);
  EQ_TEXT(event->name, method);
  EQ_TEXT(event->data, params);
  EQ(event->size, strlen(params));
  return event;
}

static void *answer_it(void *event) {
  OK(pie_event_mcp_respond(event, 1, "{ \"z\": 1.0, \"a\": 12345678901234567890123 }", &error));
  return NULL;
}

static void answered(pie_client *client, pie_queue *queue) {
  pie_process *process = begin_ask(client, "app", "tools/list", "{ \"n\": 1.50 }");
  pie_event *event = take_request(queue, 0, "tools/list", "{ \"n\": 1.50 }");
  CHECK(event->process == process);
  EQ_TEXT(pie_process_id(event->process), pie_process_id(process));
  join(spawn(answer_it, event));
  FAILS(pie_event_mcp_respond(event, 1, "{}", &error), PIE_E_INVALID_STATE, "already");
  FAILS(pie_event_mcp_respond(event, 0, "\"no\"", &error), PIE_E_INVALID_STATE, "already");
  pie_event_free(event);
  ANSWERS(process, "ok:{ \"z\": 1.0, \"a\": 12345678901234567890123 }");
  /* An engine may send no params. */
  process = begin_ask(client, "app", "tools/list", "");
  event = take_request(queue, 1, "tools/list", "{}");
  OK(pie_event_mcp_respond(event, 1, "null", &error));
  pie_event_free(event);
  ANSWERS(process, "ok:null");
}

static void refused(pie_client *client, pie_queue *queue) {
  static const char *const no_errors[] = {"{}", "[]", "1", "null", "{\"code\":1}", "{\"message\":\"m\"}",
                                          "{\"code\":\"1\",\"message\":\"m\"}", "{\"code\":1.5,\"message\":\"m\"}",
                                          "[1,\"m\"]"};
  static const char *const no_json[] = {"", "{", "{}}", "text", "'a'", "{\"a\":}", "\"\n\""};
  pie_process *process = begin_ask(client, "app", "m", "{}");
  pie_event *event = take_request(queue, 2, "m", "{}");
  for (size_t i = 0; i < sizeof no_json / sizeof *no_json; i++) {
    NAMES(pie_event_mcp_respond(event, 1, no_json[i], &error), "json");
    NAMES(pie_event_mcp_respond(event, 0, no_json[i], &error), "json");
  }
  for (size_t i = 0; i < sizeof no_errors / sizeof *no_errors; i++)
    NAMES(pie_event_mcp_respond(event, 0, no_errors[i], &error), "json");
  NAMES(pie_event_mcp_respond(event, 1, NULL, &error), "json");
  NAMES(pie_event_mcp_respond(event, 1, "\"\xff\"", &error), "json");
  size_t size = 16 << 20;
  char *big = malloc(size + 1);
  CHECK(big != NULL);
  memset(big, '1', size);
  big[size] = '\0';
  FAILS(pie_event_mcp_respond(event, 1, big, &error), PIE_E_TOO_LARGE, "16777216");
  free(big);
  /* It is still open. */
  OK(pie_event_mcp_respond(event, 0, "{\"data\":[1.0],\"code\":-5,\"message\":\"m\"}", &error));
  pie_event_free(event);
  ANSWERS(process, "error:{\"data\":[1.0],\"code\":-5,\"message\":\"m\"}");
  process = begin_ask(client, "app", "m", "{}");
  event = take_request(queue, 3, "m", "{}");
  OK(pie_event_mcp_respond(event, 0, "\"in a word\"", &error));
  pie_event_free(event);
  ANSWERS(process, "error:{\"code\":-32000,\"message\":\"in a word\"}");
  TELLS(begin_ask(client, "app", "m", "{broken"), "error:{\"code\":-32602,");
}

/* Other events are not to be answered. */
static void no_request(pie_client *client) {
  pie_process *process = launch(client, "['send','a']");
  pie_event *event = take(process);
  NAMES(pie_event_mcp_respond(event, 1, "{}", &error), "event");
  NAMES(pie_event_mcp_respond(NULL, 1, "{}", &error), "event");
  pie_event_free(event);
  pie_process_free(process);
}

static void out_of_order(pie_client *client, pie_queue *queue) {
  enum { MANY = 50 };
  pie_process *asking[MANY];
  pie_event *events[MANY];
  for (int i = 0; i < MANY; i++) {
    char params[32];
    snprintf(params, sizeof params, "[%d]", i);
    asking[i] = begin_ask(client, "app", "m", params);
  }
  for (int i = 0; i < MANY; i++) events[i] = take_from(queue);
  for (int i = MANY - 1; i >= 0; i--) OK(pie_event_mcp_respond(events[i], 1, events[i]->data, &error));
  for (int i = 0; i < MANY; i++) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, "ok:[%d]", i);
    ANSWERS(asking[i], wanted);
  }
  pie_events_free(events, MANY);
}

/* Two handlers and a process's stream in one queue, told apart by tag. */
static void shared(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "one", queue, 1, WAIT, &error));
  OK(pie_client_register_mcp_handler(client, "two", queue, 2, WAIT, &error));
  pie_process *process = launch_to(client, "['mcp','one','a','{}'],['mcp','two','b','{}'],['send','c']", queue, 3);
  char seen[64] = "";
  for (int over = 0; !over;) {
    pie_event *event = take_from(queue);
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%d/%d ", (int)event->tag, (int)event->sequence);
    CHECK(event->process == process);
    if (event->kind == PIE_EVENT_MCP_REQUEST) OK(pie_event_mcp_respond(event, 1, "{}", &error));
    over = event->kind == PIE_EVENT_RETURN;
    pie_event_free(event);
  }
  EQ_TEXT(seen, "1/0 3/0 2/0 3/1 3/2 3/3 ");
  pie_process_free(process);
  OK(pie_client_unregister_mcp_server(client, "one", &error));
  pie_queue_free(queue);
}

/* A process that is none of this client's any more. */
static void whoever_asks(pie_client *client, pie_queue *queue) {
  pie_process *process = launch_to(client, "['send','go'],['recv',0],['mcp','app','m','{}']", NULL, 0);
  await_message(process, "go");
  OK(pie_process_signal(process, "now", &error));
  pie_process_free(process);
  pie_event *event = take_from(queue);
  EQ_TEXT(event->name, "m");
  OK(pie_event_mcp_respond(event, 1, "{}", &error));
  CHECK(event->process == NULL || *pie_process_id(event->process) != '\0');
  pie_event_free(event);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "app", queue, TAG, WAIT, &error));
  NAMES(pie_client_register_mcp_handler(client, "", queue, TAG, WAIT, &error), "name");
  FAILS(pie_client_register_mcp_handler(client, "app", queue, TAG, WAIT, &error), PIE_E_INVALID_STATE, "app");
  answered(client, queue);
  refused(client, queue);
  no_request(client);
  out_of_order(client, queue);
  shared(client);
  whoever_asks(client, queue);
  hang_up(client);
  client = dial(PIE_GENERATION_0_5, NULL, NULL);
  FAILS(pie_client_register_mcp_handler(client, "app", queue, TAG, WAIT, &error), PIE_E_UNSUPPORTED, "0.5");
  hang_up(client);
  pie_queue_free(queue);
  return finish();
}
