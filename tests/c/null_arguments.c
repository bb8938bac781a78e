/* NULL: a NULL handle or required pointer is PIE_E_INVALID_ARGUMENT naming the parameter; out parameters are
   zeroed; functions without a status give 0, NULL or ""; pie_X_free(NULL) does nothing. */
#include "twins.h"

static void frees(void) {
  pie_string_free(NULL);
  pie_error_free(NULL);
  pie_options_free(NULL);
  pie_private_key_free(NULL);
  pie_client_free(NULL);
  pie_process_list_free(NULL);
  pie_process_free(NULL);
  pie_queue_free(NULL);
  pie_event_free(NULL);
  pie_events_free(NULL, 0);
  pie_events_free(NULL, 3);
  pie_event *none[2] = {NULL, NULL};
  pie_events_free(none, 2);
  pie_op_free(NULL);
}

static void without_status(void) {
  EQ(pie_error_status(NULL), 0);
  EQ_TEXT(pie_error_message(NULL), "");
  EQ(pie_error_is_retriable(NULL), 0);
  EQ_TEXT(pie_private_key_algorithm(NULL), "");
  EQ(pie_client_generation(NULL), 0);
  EQ(pie_process_list_size(NULL), 0);
  CHECK(pie_process_list_get(NULL, 0) == NULL);
  EQ_TEXT(pie_process_id(NULL), "");
  CHECK(pie_process_queue(NULL) == NULL);
  pie_queue_interrupt(NULL);
  pie_op_cancel(NULL);
  CHECK(pie_client_queue(NULL) == NULL);
  CHECK(pie_event_take_client(NULL) == NULL && pie_event_take_process(NULL) == NULL);
  CHECK(pie_event_take_process_list(NULL) == NULL);
  EQ(pie_event_take_processes(NULL, NULL, 0), 0);
}

static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size,
                    void *user_data) {
  (void)challenge, (void)size, (void)signature, (void)signature_size, (void)user_data;
  return 1;
}

static void no_key(void) {
  pie_private_key *key = POISON;
  NAMES(pie_private_key_from_file(NULL, NULL, &key, &error), "path");
  CHECK(key == NULL);
  key = POISON;
  NAMES(pie_private_key_parse(NULL, NULL, &key, &error), "text");
  CHECK(key == NULL);
  NAMES(pie_private_key_from_file("/k", "p", NULL, &error), "out");
  NAMES(pie_private_key_parse("k", "p", NULL, &error), "out");
  key = POISON;
  STATUS(pie_private_key_parse("k", NULL, &key, &error), PIE_E_KEY);
  CHECK(key == NULL);
}

static void no_client(void) {
  char *text = POISON;
  int64_t rtt = 7;
  int32_t exists = 7;
  pie_process *process = POISON, *two[2] = {POISON, POISON};
  pie_process_list *list = POISON;
  const char *inputs[2] = {NULL, NULL};
  NAMES(pie_client_authenticate(NULL, "u", NULL, WAIT, &error), "client");
  NAMES(pie_client_authenticate_with_signer(NULL, "u", sign, NULL, WAIT, &error), "client");
  NAMES(pie_client_authenticate_with_agent(NULL, "u", NULL, WAIT, &error), "client");
  NAMES(pie_client_auth_by_token(NULL, "t", WAIT, &error), "client");
  NAMES(pie_client_ping(NULL, WAIT, &rtt, &error), "client");
  NAMES(pie_client_query(NULL, "s", "r", WAIT, &text, &error), "client");
  CHECK(text == NULL);
  text = POISON;
  NAMES(pie_client_resolve_version(NULL, "a", NULL, WAIT, &text, &error), "client");
  NAMES(pie_client_check_program(NULL, ECHO, NULL, NULL, WAIT, &exists, &error), "client");
  NAMES(pie_client_install_program(NULL, "/p", "/m", 0, WAIT, &error), "client");
  NAMES(pie_client_install_program_bytes(NULL, "p", 1, "m", 0, WAIT, &error), "client");
  NAMES(pie_client_launch_process(NULL, ECHO, NULL, WAIT, &process, &error), "client");
  NAMES(pie_client_attach_process(NULL, NO_SUCH_ID, NULL, WAIT, &process, &error), "client");
  CHECK(process == NULL);
  NAMES(pie_client_launch_processes(NULL, ECHO, inputs, 2, NULL, WAIT, two, &error), "client");
  CHECK(two[0] == NULL && two[1] == NULL);
  NAMES(pie_client_run_processes(NULL, ECHO, inputs, 2, NULL, WAIT, &text, &error), "client");
  CHECK(text == NULL);
  NAMES(pie_client_launch_daemon(NULL, ECHO, 80, NULL, WAIT, &error), "client");
  NAMES(pie_client_list_processes(NULL, WAIT, &list, &error), "client");
  NAMES(pie_client_signal_process(NULL, NO_SUCH_ID, "m", &error), "client");
  NAMES(pie_client_terminate_process(NULL, NO_SUCH_ID, WAIT, &error), "client");
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  pie_queue *queue = pie_queue_new();
  server.command = "true";
  NAMES(pie_client_register_mcp_server(NULL, "n", &server, WAIT, &error), "client");
  NAMES(pie_client_register_mcp_handler(NULL, "n", queue, 0, WAIT, &error), "client");
  NAMES(pie_client_unregister_mcp_server(NULL, "n", &error), "client");
  NAMES(pie_event_mcp_respond(NULL, 1, "{}", &error), "event");
  pie_queue_free(queue);
  NAMES(pie_client_close(NULL, WAIT, &error), "client");
  CHECK(text == NULL && rtt == 0 && exists == 0 && process == NULL && list == NULL);
}

static void no_parameter(pie_client *client) {
  char *text = POISON;
  int32_t exists = 7;
  pie_process *process = POISON;
  NAMES(pie_client_authenticate(client, NULL, NULL, WAIT, &error), "username");
  NAMES(pie_client_authenticate_with_signer(client, NULL, sign, NULL, WAIT, &error), "username");
  NAMES(pie_client_authenticate_with_signer(client, "u", NULL, NULL, WAIT, &error), "fn");
  NAMES(pie_client_authenticate_with_agent(client, NULL, NULL, WAIT, &error), "username");
  OK(pie_client_authenticate_with_signer(client, "u", sign, NULL, WAIT, &error));
  OK(pie_client_authenticate_with_agent(client, "u", NULL, WAIT, &error));
  NAMES(pie_client_auth_by_token(client, NULL, WAIT, &error), "token");
  NAMES(pie_client_query(client, NULL, "r", WAIT, &text, &error), "subject");
  CHECK(text == NULL);
  text = POISON;
  NAMES(pie_client_query(client, "s", NULL, WAIT, &text, &error), "record");
  CHECK(text == NULL);
  NAMES(pie_client_query(client, "s", "r", WAIT, NULL, &error), "out");
  text = POISON;
  NAMES(pie_client_resolve_version(client, NULL, NULL, WAIT, &text, &error), "name");
  CHECK(text == NULL);
  NAMES(pie_client_resolve_version(client, "a", NULL, WAIT, NULL, &error), "out");
  NAMES(pie_client_check_program(client, NULL, NULL, NULL, WAIT, &exists, &error), "inferlet");
  EQ(exists, 0);
  NAMES(pie_client_check_program(client, ECHO, NULL, NULL, WAIT, NULL, &error), "exists");
  NAMES(pie_client_install_program(client, NULL, "/m", 0, WAIT, &error), "program_path");
  NAMES(pie_client_install_program(client, "/p", NULL, 0, WAIT, &error), "manifest_path");
  NAMES(pie_client_install_program_bytes(client, NULL, 1, "m", 0, WAIT, &error), "program");
  NAMES(pie_client_install_program_bytes(client, "p", 1, NULL, 0, WAIT, &error), "manifest");
  NAMES(pie_client_launch_process(client, NULL, NULL, WAIT, &process, &error), "inferlet");
  CHECK(process == NULL);
  NAMES(pie_client_launch_process(client, ECHO, NULL, WAIT, NULL, &error), "out");
  NAMES(pie_client_list_processes(client, WAIT, NULL, &error), "out");
  NAMES(pie_client_signal_process(client, NULL, "m", &error), "process_id");
  NAMES(pie_client_signal_process(client, NO_SUCH_ID, NULL, &error), "message");
  NAMES(pie_client_terminate_process(client, NULL, WAIT, &error), "process_id");
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  NAMES(pie_client_register_mcp_server(client, "n", NULL, WAIT, &error), "server");
  NAMES(pie_client_register_mcp_server(client, "n", &server, WAIT, &error), "command");
  server.command = "true";
  NAMES(pie_client_register_mcp_server(client, NULL, &server, WAIT, &error), "name");
  NAMES(pie_client_register_mcp_handler(client, "n", NULL, 0, WAIT, &error), "requests");
  NAMES(pie_client_register_mcp_handler(client, NULL, NULL, 0, WAIT, &error), "name");
  NAMES(pie_client_unregister_mcp_server(client, NULL, &error), "name");
  OK(pie_client_ping(client, WAIT, NULL, &error));
  EQ(look_number(client, "processes"), 0);
}

/* No inputs at all, and one that is none, are different things. */
static void no_batch_parameter(pie_client *client) {
  char *text = POISON;
  pie_process *process = POISON, *two[2] = {POISON, POISON};
  const char *inputs[2] = {NULL, NULL};
  NAMES(pie_client_attach_process(client, NULL, NULL, WAIT, &process, &error), "process_id");
  CHECK(process == NULL);
  NAMES(pie_client_attach_process(client, NO_SUCH_ID, NULL, WAIT, NULL, &error), "out");
  NAMES(pie_client_launch_processes(client, NULL, inputs, 2, NULL, WAIT, two, &error), "inferlet");
  CHECK(two[0] == NULL && two[1] == NULL);
  two[0] = two[1] = POISON;
  NAMES(pie_client_launch_processes(client, ECHO, NULL, 2, NULL, WAIT, two, &error), "inputs");
  CHECK(two[0] == NULL && two[1] == NULL);
  NAMES(pie_client_launch_processes(client, ECHO, inputs, 2, NULL, WAIT, NULL, &error), "out");
  NAMES(pie_client_run_processes(client, NULL, inputs, 2, NULL, WAIT, &text, &error), "inferlet");
  CHECK(text == NULL);
  text = POISON;
  NAMES(pie_client_run_processes(client, ECHO, NULL, 1, NULL, WAIT, &text, &error), "inputs");
  CHECK(text == NULL);
  NAMES(pie_client_run_processes(client, ECHO, inputs, 2, NULL, WAIT, NULL, &error), "out_json");
  NAMES(pie_client_launch_daemon(client, NULL, 80, NULL, WAIT, &error), "inferlet");
  EQ(count_sent(client, "launch_process") + count_sent(client, "attach_process") + count_sent(client, "launch_daemon"),
     0);
  /* The error is not always wanted. */
  EQ(pie_client_attach_process(client, NULL, NULL, WAIT, &process, NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_launch_processes(client, ECHO, NULL, 2, NULL, WAIT, two, NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_run_processes(client, ECHO, NULL, 1, NULL, WAIT, &text, NULL), PIE_E_INVALID_ARGUMENT);
  EQ(pie_client_launch_daemon(client, NULL, 80, NULL, WAIT, NULL), PIE_E_INVALID_ARGUMENT);
}

static void no_process(pie_client *client) {
  pie_event *event = POISON;
  char *text = POISON;
  NAMES(pie_process_recv(NULL, 0, &event, &error), "process");
  NAMES(pie_process_signal(NULL, "m", &error), "process");
  NAMES(pie_process_transfer_file(NULL, "d", 1, WAIT, &error), "process");
  NAMES(pie_process_transfer_path(NULL, "/p", WAIT, &error), "process");
  NAMES(pie_process_terminate(NULL, WAIT, &error), "process");
  NAMES(pie_process_result(NULL, WAIT, &text, &error), "process");
  CHECK(event == NULL && text == NULL);
  pie_process *process = launch(client, "['return','x']");
  NAMES(pie_process_recv(process, 0, NULL, &error), "out");
  NAMES(pie_process_signal(process, NULL, &error), "message");
  NAMES(pie_process_transfer_file(process, NULL, 1, WAIT, &error), "data");
  NAMES(pie_process_transfer_path(process, NULL, WAIT, &error), "path");
  NAMES(pie_process_result(process, WAIT, NULL, &error), "out");
  STREAM(process, "return:x");
  pie_process_free(process);
}

static void no_queue(void) {
  pie_event *event = POISON, *room[1] = {POISON};
  size_t count = 7;
  NAMES(pie_queue_recv(NULL, 0, &event, &error), "queue");
  NAMES(pie_queue_recv_batch(NULL, 0, room, 1, &count, &error), "queue");
  CHECK(event == NULL && count == 0);
  pie_queue *queue = pie_queue_new();
  NAMES(pie_queue_recv(queue, 0, NULL, &error), "out");
  count = 7;
  NAMES(pie_queue_recv_batch(queue, 0, NULL, 1, &count, &error), "events");
  EQ(count, 0);
  NAMES(pie_queue_recv_batch(queue, 0, room, 1, NULL, &error), "count");
  pie_queue_free(queue);
}

static void callback(pie_event *event, void *user_data) { (void)user_data, pie_event_free(event); }

static void no_callback(pie_client *client) {
  size_t count = 7;
  intptr_t fd = 7;
  pie_queue *queue = pie_queue_new();
  NAMES(pie_queue_set_callback(NULL, PIE_DISPATCH_MANUAL, callback, NULL, NULL, &error), "queue");
  NAMES(pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, NULL, NULL, NULL, &error), "fn");
  NAMES(pie_queue_clear_callback(NULL, WAIT, &error), "queue");
  NAMES(pie_queue_dispatch(NULL, 0, &count, &error), "queue");
  EQ(count, 0);
  OK(pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, callback, NULL, NULL, &error));
  NAMES(pie_queue_dispatch(queue, 0, NULL, &error), "count");
  NAMES(pie_queue_set_wakeup(NULL, NULL, NULL, NULL, &error), "queue");
  NAMES(pie_queue_fd(NULL, &fd, &error), "queue");
  EQ(fd, 0);
  NAMES(pie_queue_fd(queue, NULL, &error), "fd");
  pie_queue_free(queue);
  pie_process *process = launch(client, "['return','x']");
  NAMES(pie_process_set_callback(NULL, callback, NULL, NULL, &error), "process");
  NAMES(pie_process_set_callback(process, NULL, NULL, NULL, &error), "fn");
  NAMES(pie_process_clear_callback(NULL, WAIT, &error), "process");
  STREAM(process, "return:x"); /* no callback was left behind */
  pie_process_free(process);
}

/* No handle, and no queue, of each asynchronous call. */
static void no_async(void) {
  for (const twin *twin = twins; twin != twins + TWINS; twin++) {
    stage at = set_stage(twin, PIE_GENERATION_0_4, ANSWERED), without = at;
    pie_op *op = POISON;
    without.client = NULL;
    without.process = NULL;
    if (!is_about(twin, "connect"))
      NAMES(twin->begin(&without, WAIT, 1, &op, &error), is_of_a_process(twin) ? "process" : "client");
    CHECK(op == NULL || op == POISON);
    without = at;
    without.queue = NULL;
    op = POISON;
    if (!is_about(twin, "handler")) NAMES(twin->begin(&without, WAIT, 1, &op, &error), "queue");
    if (!is_about(twin, "handler")) CHECK(op == NULL);
    EQ(twin->begin(&without, WAIT, 1, NULL, NULL), PIE_E_INVALID_ARGUMENT);
    NONE(at.queue);
    strike_stage(&at);
  }
}

/* As the waiting calls, and nothing is begun. */
static void no_async_parameter(pie_client *client) {
  static const char *const inputs[2] = {NULL, NULL};
  pie_queue *queue = pie_queue_new();
  pie_op *op = NULL;
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
#define LAST WAIT, queue, 1, &op, &error
  NAMES(pie_client_connect_async(NULL, NULL, LAST), "uri");
  NAMES(pie_client_authenticate_async(client, NULL, NULL, LAST), "username");
  NAMES(pie_client_authenticate_with_agent_async(client, NULL, NULL, LAST), "username");
  NAMES(pie_client_auth_by_token_async(client, NULL, LAST), "token");
  NAMES(pie_client_query_async(client, NULL, "r", LAST), "subject");
  NAMES(pie_client_query_async(client, "s", NULL, LAST), "record");
  NAMES(pie_client_resolve_version_async(client, NULL, NULL, LAST), "name");
  NAMES(pie_client_check_program_async(client, NULL, NULL, NULL, LAST), "inferlet");
  NAMES(pie_client_install_program_async(client, NULL, "/m", 0, LAST), "program_path");
  NAMES(pie_client_install_program_async(client, "/p", NULL, 0, LAST), "manifest_path");
  NAMES(pie_client_install_program_bytes_async(client, NULL, 1, "m", 0, LAST), "program");
  NAMES(pie_client_install_program_bytes_async(client, "p", 1, NULL, 0, LAST), "manifest");
  NAMES(pie_client_launch_process_async(client, NULL, NULL, LAST), "inferlet");
  NAMES(pie_client_launch_processes_async(client, NULL, inputs, 2, NULL, LAST), "inferlet");
  NAMES(pie_client_launch_processes_async(client, ECHO, NULL, 2, NULL, LAST), "inputs");
  NAMES(pie_client_run_processes_async(client, NULL, inputs, 2, NULL, LAST), "inferlet");
  NAMES(pie_client_run_processes_async(client, ECHO, NULL, 1, NULL, LAST), "inputs");
  NAMES(pie_client_attach_process_async(client, NULL, NULL, LAST), "process_id");
  NAMES(pie_client_terminate_process_async(client, NULL, LAST), "process_id");
  NAMES(pie_client_launch_daemon_async(client, NULL, 80, NULL, LAST), "inferlet");
  NAMES(pie_client_launch_daemon_async(client, ECHO, 0, NULL, LAST), "port");
  NAMES(pie_client_register_mcp_server_async(client, "n", NULL, LAST), "server");
  NAMES(pie_client_register_mcp_server_async(client, "n", &server, LAST), "command");
  NAMES(pie_client_register_mcp_handler_async(client, NULL, queue, 1, LAST), "name");
  NAMES(pie_client_register_mcp_handler_async(client, "n", NULL, 1, LAST), "requests");
  NAMES(pie_client_register_mcp_handler_async(client, "n", queue, 1, WAIT, NULL, 1, &op, &error), "queue");
  NAMES(pie_client_close_async(NULL, LAST), "client");
  NAMES(pie_client_close_async(client, WAIT, NULL, 1, &op, &error), "queue");
  pie_process *process = launch(client, "['return','x']");
  NAMES(pie_process_transfer_file_async(process, NULL, 1, LAST), "data");
  NAMES(pie_process_transfer_path_async(process, NULL, LAST), "path");
  CHECK(op == NULL);
  NONE(queue);
  STREAM(process, "return:x");
  pie_process_free(process);
  pie_queue_free(queue);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* it was not closed */
}

int main(void) {
  frees();
  without_status();
  no_key();
  no_client();
  no_queue();
  pie_client *client = POISON;
  NAMES(pie_client_connect(NULL, NULL, WAIT, &client, &error), "uri");
  CHECK(client == NULL);
  NAMES(pie_client_connect("ws://127.0.0.1:1", NULL, WAIT, NULL, &error), "out");
  pie_options *options = pie_options_new();
  NAMES(pie_options_set(NULL, "overflow", "drop", &error), "options");
  NAMES(pie_options_set(options, NULL, "drop", &error), "key");
  NAMES(pie_options_set(options, "overflow", NULL, &error), "value");
  pie_options_free(options);
  client = dial(PIE_GENERATION_0_4, NULL, NULL);
  no_parameter(client);
  no_batch_parameter(client);
  no_process(client);
  no_callback(client);
  no_async_parameter(client);
  no_async();
  hang_up(client);
  return finish();
}
