/* Error object: NULL is not wanted; else set on a negative status and NULL on any other, only written. One line. */
#include "harness.h"

static void not_wanted(pie_client *client) {
  pie_client *none = POISON;
  pie_options *options = pie_options_new();
  EQ(pie_options_set(options, "no_such_key", "1", NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_connect("nonsense", NULL, WAIT, &none, NULL), PIE_E_INVALID_ARGUMENT);
  CHECK(none == NULL);
  EQ(pie_client_ping(client, -2, NULL, NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_ping(client, WAIT, NULL, NULL), PIE_OK);
  EQ(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, NULL), PIE_E_REJECTED);
  pie_options_free(options);
}

/* Whether the same call may succeed later is told for each status. Busy, late attaches and registries: signal_busy,
   attach_given_up, resolve_bad_registry. */
static void retriable_04(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = POISON;
  pie_private_key *key = POISON;
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_AUTH, 0);
  OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  RETRIABLE(pie_client_ping(client, 0, NULL, &error), PIE_E_TIMED_OUT, 1);
  RETRIABLE(pie_client_ping(client, -2, NULL, &error), PIE_E_INVALID_ARGUMENT, 0);
  RETRIABLE(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, &error), PIE_E_REJECTED, 0);
  RETRIABLE(pie_private_key_from_file("/no/such/key", NULL, &key, &error), PIE_E_IO, 0);
  RETRIABLE(pie_private_key_parse("no key", NULL, &key, &error), PIE_E_KEY, 0);
  options.struct_size = 1;
  RETRIABLE(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error), PIE_E_ABI_MISMATCH, 0);
  server.command = "/no/such/program";
  RETRIABLE(pie_client_register_mcp_server(client, "n", &server, WAIT, &error), PIE_E_MCP, 0);
  OK(pie_client_close(client, WAIT, &error));
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_CLOSED, 0);
  pie_client_free(client);
}

static void retriable_of_processes(pie_client *client) {
  pie_process *process = launch(client, "['recv',0],['raise','it broke']"), *none = POISON;
  char *text = POISON;
  RETRIABLE(pie_client_attach_process(client, pie_process_id(process), NULL, WAIT, &none, &error), PIE_E_INVALID_STATE,
            0);
  RETRIABLE(pie_process_result(process, 0, &text, &error), PIE_E_TIMED_OUT, 1);
  OK(pie_process_signal(process, "go", &error));
  RETRIABLE(pie_process_result(process, WAIT, &text, &error), PIE_E_PROCESS, 0);
  pie_process_free(process);
  process = launch(client, "['never']");
  OK(pie_process_terminate(process, WAIT, &error));
  RETRIABLE(pie_process_result(process, WAIT, &text, &error), PIE_E_CANCELLED, 0);
  pie_process_free(process);
}

static void retriable_05(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  size_t size = 8 << 20;
  char *large = have(calloc(1, size + 1));
  memset(large, 'l', size);
  RETRIABLE(pie_client_auth_by_token(client, "t", WAIT, &error), PIE_E_UNSUPPORTED, 0);
  RETRIABLE(pie_client_signal_process(client, NO_SUCH_ID, large, &error), PIE_E_TOO_LARGE, 0);
  retriable_of_processes(client);
  free(large);
  hang_up(client);
}

/* A client that is lost stays lost; what could not be connected may be another time. */
static void retriable_connections(void) {
  char uri[64], *cut = engine_uri(PIE_GENERATION_0_4, "cut_on=ping");
  pie_client *client = dial(PIE_GENERATION_0_4, "cut_on=ping", NULL), *none = POISON;
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, 0);
  pie_client_free(client);
  RETRIABLE(pie_client_connect(cut, NULL, WAIT, &none, &error), PIE_E_DISCONNECTED, 1);
  snprintf(uri, sizeof uri, "ws://127.0.0.1:%d", closed_port());
  RETRIABLE(pie_client_connect(uri, NULL, WAIT, &none, &error), PIE_E_CONNECT, 1);
  CHECK(none == NULL);
  free(cut);
}

int main(void) {
  retriable_04();
  retriable_05();
  retriable_connections();
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  not_wanted(client);

  pie_error *error = POISON; /* reading or freeing what the variable held would crash here */
  EQ(pie_client_ping(client, WAIT, NULL, &error), PIE_OK);
  CHECK(error == NULL);
  error = POISON;
  EQ(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, &error), PIE_E_REJECTED);
  CHECK(error != NULL && error != (pie_error *)POISON);
  pie_error *second = POISON;
  EQ(pie_client_ping(client, 0, NULL, &second), PIE_E_TIMED_OUT);
  CHECK(second != error); /* a new object: the first is untouched */
  EQ(pie_error_status(error), PIE_E_REJECTED);
  EQ(pie_error_status(second), PIE_E_TIMED_OUT);
  check_message(__FILE__, __LINE__, error);
  CHECK(pie_error_message(error) == pie_error_message(error));
  hang_up(client);
  HAS(pie_error_message(error), "Process not found"); /* errors outlive what they came from */
  pie_error_free(second);
  pie_error_free(error);

  /* Positive statuses are no errors. */
  pie_queue *queue = pie_queue_new();
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  CHECK(event == NULL);
  pie_queue_free(queue);

  /* Line breaks of others do not make it two lines. */
  client = dial(PIE_GENERATION_0_5, "refuse=ping:two%0Alines%0D%0Athree", NULL);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_REJECTED, "two", "lines", "three");
  hang_up(client);
  return finish();
}
