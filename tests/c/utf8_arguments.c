/* Text in: invalid UTF-8 is PIE_E_INVALID_ARGUMENT naming the parameter. */
#include "harness.h"

/* A stray byte, an overlong form, a surrogate, a cut sequence. */
static const char *const broken[] = {"a\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x82"};

static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size,
                    void *user_data) {
  (void)challenge, (void)size, (void)signature, (void)signature_size, (void)user_data;
  return 1;
}

static void refuse_key(const char *bad) {
  pie_private_key *key = POISON;
  NAMES(pie_private_key_from_file(bad, NULL, &key, &error), "path");
  NAMES(pie_private_key_from_file("/k", bad, &key, &error), "passphrase");
  NAMES(pie_private_key_parse(bad, NULL, &key, &error), "text");
  NAMES(pie_private_key_parse("k", bad, &key, &error), "passphrase");
  CHECK(key == NULL);
}

static void refuse(pie_client *client, pie_process *process, const char *bad) {
  pie_options *options = pie_options_new();
  pie_client *none = POISON;
  char *text = POISON;
  int32_t exists = 7;
  pie_process *nobody = POISON;
  pie_launch_options launching = PIE_LAUNCH_OPTIONS_INIT;
  launching.input = bad;
  NAMES(pie_options_set(options, bad, "1", &error), "key");
  NAMES(pie_options_set(options, "identity", bad, &error), "value");
  NAMES(pie_client_connect(bad, NULL, WAIT, &none, &error), "uri");
  NAMES(pie_client_authenticate(client, bad, NULL, WAIT, &error), "username");
  NAMES(pie_client_authenticate_with_signer(client, bad, sign, NULL, WAIT, &error), "username");
  NAMES(pie_client_authenticate_with_agent(client, bad, NULL, WAIT, &error), "username");
  NAMES(pie_client_authenticate_with_agent(client, "u", bad, WAIT, &error), "public_key");
  NAMES(pie_client_auth_by_token(client, bad, WAIT, &error), "token");
  NAMES(pie_client_query(client, bad, "r", WAIT, &text, &error), "subject");
  NAMES(pie_client_query(client, "s", bad, WAIT, &text, &error), "record");
  NAMES(pie_client_resolve_version(client, bad, NULL, WAIT, &text, &error), "name");
  NAMES(pie_client_resolve_version(client, "a@1.0.0", bad, WAIT, &text, &error), "registry_url");
  NAMES(pie_client_check_program(client, bad, NULL, NULL, WAIT, &exists, &error), "inferlet");
  NAMES(pie_client_check_program(client, ECHO, bad, NULL, WAIT, &exists, &error), "wasm_path");
  NAMES(pie_client_check_program(client, ECHO, NULL, bad, WAIT, &exists, &error), "manifest_path");
  NAMES(pie_client_install_program(client, bad, "/m", 0, WAIT, &error), "program_path");
  NAMES(pie_client_install_program(client, "/p", bad, 0, WAIT, &error), "manifest_path");
  NAMES(pie_client_install_program_bytes(client, "p", 1, bad, 0, WAIT, &error), "manifest");
  NAMES(pie_client_launch_process(client, bad, NULL, WAIT, &nobody, &error), "inferlet");
  NAMES(pie_client_launch_process(client, ECHO, &launching, WAIT, &nobody, &error), "input");
  const char *inputs[2] = {"{}", bad};
  pie_process *two[2] = {POISON, POISON};
  NAMES(pie_client_attach_process(client, bad, NULL, WAIT, &nobody, &error), "process_id");
  NAMES(pie_client_launch_processes(client, bad, NULL, 0, NULL, WAIT, two, &error), "inferlet");
  NAMES(pie_client_launch_processes(client, ECHO, inputs, 2, NULL, WAIT, two, &error), "inputs");
  CHECK(two[0] == NULL && two[1] == NULL);
  NAMES(pie_client_run_processes(client, bad, NULL, 0, NULL, WAIT, &text, &error), "inferlet");
  NAMES(pie_client_run_processes(client, ECHO, inputs, 2, NULL, WAIT, &text, &error), "inputs");
  NAMES(pie_client_launch_daemon(client, bad, 80, NULL, WAIT, &error), "inferlet");
  NAMES(pie_client_launch_daemon(client, ECHO, 80, bad, WAIT, &error), "input");
  NAMES(pie_client_signal_process(client, bad, "m", &error), "process_id");
  NAMES(pie_client_signal_process(client, NO_SUCH_ID, bad, &error), "message");
  NAMES(pie_client_terminate_process(client, bad, WAIT, &error), "process_id");
  pie_queue *queue = pie_queue_new();
  const char *list[] = {"a=b", bad};
  for (int field = 0; field < 6; field++) {
    static const char *const names[] = {"name", "command", "args", "env", "working_directory", "transport"};
    pie_mcp_server server = PIE_MCP_SERVER_INIT;
    server.command = field == 1 ? bad : "true";
    server.args = server.env = list;
    server.arg_count = field == 2 ? 2 : 0;
    server.env_count = field == 3 ? 2 : 0;
    server.working_directory = field == 4 ? bad : NULL;
    server.transport = field == 5 ? bad : NULL;
    NAMES(pie_client_register_mcp_server(client, field == 0 ? bad : "n", &server, WAIT, &error), names[field]);
  }
  NAMES(pie_client_register_mcp_handler(client, bad, queue, 0, WAIT, &error), "name");
  NAMES(pie_client_unregister_mcp_server(client, bad, &error), "name");
  pie_queue_free(queue);
  NAMES(pie_process_signal(process, bad, &error), "message");
  NAMES(pie_process_transfer_path(process, bad, WAIT, &error), "path");
  CHECK(none == NULL && text == NULL && exists == 0 && nobody == NULL);
  pie_options_free(options);
}

static void refuse_async(pie_client *client, pie_process *process, const char *bad) {
  const char *inputs[2] = {"{}", bad};
  pie_queue *queue = pie_queue_new();
  pie_op *op = POISON;
  pie_event *event = POISON;
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  pie_launch_options launching = PIE_LAUNCH_OPTIONS_INIT;
  launching.input = bad;
  server.command = bad;
#define LAST WAIT, queue, 1, &op, &error
  NAMES(pie_client_connect_async(bad, NULL, LAST), "uri");
  NAMES(pie_client_authenticate_async(client, bad, NULL, LAST), "username");
  NAMES(pie_client_authenticate_with_agent_async(client, bad, NULL, LAST), "username");
  NAMES(pie_client_authenticate_with_agent_async(client, "u", bad, LAST), "public_key");
  NAMES(pie_client_auth_by_token_async(client, bad, LAST), "token");
  NAMES(pie_client_query_async(client, bad, "r", LAST), "subject");
  NAMES(pie_client_query_async(client, "s", bad, LAST), "record");
  NAMES(pie_client_resolve_version_async(client, bad, NULL, LAST), "name");
  NAMES(pie_client_resolve_version_async(client, "a@1.0.0", bad, LAST), "registry_url");
  NAMES(pie_client_check_program_async(client, bad, NULL, NULL, LAST), "inferlet");
  NAMES(pie_client_check_program_async(client, ECHO, bad, NULL, LAST), "wasm_path");
  NAMES(pie_client_check_program_async(client, ECHO, NULL, bad, LAST), "manifest_path");
  NAMES(pie_client_install_program_async(client, bad, "/m", 0, LAST), "program_path");
  NAMES(pie_client_install_program_async(client, "/p", bad, 0, LAST), "manifest_path");
  NAMES(pie_client_install_program_bytes_async(client, "p", 1, bad, 0, LAST), "manifest");
  NAMES(pie_client_launch_process_async(client, bad, NULL, LAST), "inferlet");
  NAMES(pie_client_launch_process_async(client, ECHO, &launching, LAST), "input");
  NAMES(pie_client_launch_processes_async(client, bad, NULL, 0, NULL, LAST), "inferlet");
  NAMES(pie_client_launch_processes_async(client, ECHO, inputs, 2, NULL, LAST), "inputs");
  NAMES(pie_client_run_processes_async(client, bad, NULL, 0, NULL, LAST), "inferlet");
  NAMES(pie_client_run_processes_async(client, ECHO, inputs, 2, NULL, LAST), "inputs");
  NAMES(pie_client_attach_process_async(client, bad, NULL, LAST), "process_id");
  NAMES(pie_client_terminate_process_async(client, bad, LAST), "process_id");
  NAMES(pie_client_launch_daemon_async(client, bad, 80, NULL, LAST), "inferlet");
  NAMES(pie_client_launch_daemon_async(client, ECHO, 80, bad, LAST), "input");
  NAMES(pie_client_register_mcp_server_async(client, "n", &server, LAST), "command");
  server.command = "true";
  NAMES(pie_client_register_mcp_server_async(client, bad, &server, LAST), "name");
  NAMES(pie_client_register_mcp_handler_async(client, bad, queue, 0, LAST), "name");
  NAMES(pie_process_transfer_path_async(process, bad, LAST), "path");
#undef LAST
  CHECK(op == NULL);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY); /* no DONE of any of these */
  pie_queue_free(queue);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = launch(client, "['recv',0]");
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    refuse_key(broken[i]);
    refuse(client, process, broken[i]);
    refuse_async(client, process, broken[i]);
  }
  /* What is valid arrives as it is. */
  OK(pie_process_signal(process, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa5\xa7", &error));
  STREAM(process, "msg:got:gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa5\xa7|return:done");
  pie_process_free(process);
  hang_up(client);
  return finish();
}
