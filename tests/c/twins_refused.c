/* Asynchronous calls that the engine refuses: exactly one DONE each, with the status of the waiting call, an error that
   has the engine's words, and nothing to take. */
#include "twins.h"

static void one(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, REFUSED);
  pie_op *op = POISON;
  pie_error *error = POISON;
  pie_status status = twin->begin(&at, WAIT, 78, &op, &error);
  check_failure(__FILE__, __LINE__, twin->name, at.queue, 78, status, twin->refused, op, error,
                needs_engine(twin) ? "no, thanks" : NULL);
  if (at.client != NULL && !is_login(twin) && strcmp(twin->types, "ping") != 0)
    OK(pie_client_ping(at.client, WAIT, NULL, &error)); /* the client is as good as before */
  NONE(at.queue);
  strike_stage(&at);
}

/* What this generation does not have, or what is wrong at once. */
#define REFUSES(call, wanted) FAILS_ASYNC(queue, 9, call, wanted)

static void unsupported(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  pie_launch_options budget = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON;
  budget.token_budget = 7;
  server.command = "true";
  REFUSES(pie_client_auth_by_token_async(client, "t", WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  REFUSES(pie_client_launch_daemon_async(client, ECHO, 80, NULL, WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  REFUSES(pie_client_register_mcp_server_async(client, "n", &server, WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  REFUSES(pie_client_register_mcp_handler_async(client, "n", queue, 0, WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  REFUSES(pie_client_launch_process_async(client, ECHO, &budget, WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  OK(try_launch(client, "['never']", WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
  EQ_TEXT(pie_process_id(process), "");
  REFUSES(pie_process_transfer_file_async(process, "f", 1, WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  REFUSES(pie_process_terminate_async(process, WAIT, queue, 9, &op, &error), PIE_E_UNSUPPORTED);
  pie_process_free(process);
  pie_queue_free(queue);
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  OK(pie_client_terminate_process(client, pie_process_list_get(list, 0)->id, WAIT, &error));
  pie_process_list_free(list);
  hang_up(client);
}

static void wrong_at_once(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = "{";
  REFUSES(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 9, &op, &error), PIE_E_INVALID_ARGUMENT);
  options.input = NULL;
  options.flags = 0x80;
  REFUSES(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 9, &op, &error), PIE_E_INVALID_ARGUMENT);
  options.flags = 0;
  options.struct_size = 4;
  REFUSES(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 9, &op, &error), PIE_E_ABI_MISMATCH);
  REFUSES(pie_client_install_program_async(client, "/nowhere/p", "/nowhere/m", 0, WAIT, queue, 9, &op, &error),
          PIE_E_IO);
  REFUSES(pie_client_check_program_async(client, ECHO, "/nowhere/p", NULL, WAIT, queue, 9, &op, &error), PIE_E_IO);
  pie_process *process = launch(client, "['recv_file',0]"), *ended = launch(client, "['return','x']");
  REFUSES(pie_process_transfer_path_async(process, "/nowhere/f", WAIT, queue, 9, &op, &error), PIE_E_IO);
  REFUSES(pie_client_attach_process_async(client, pie_process_id(process), NULL, WAIT, queue, 9, &op, &error),
          PIE_E_INVALID_STATE);
  STREAM(ended, "return:x");
  REFUSES(pie_process_transfer_file_async(ended, "f", 1, WAIT, queue, 9, &op, &error), PIE_E_INVALID_STATE);
  OK(pie_process_terminate_async(ended, WAIT, queue, 9, NULL, &error)); /* nothing left to do is no failure */
  DONE(queue, 9, PIE_OK);
  pie_process_free(process);
  pie_process_free(ended);
  hang_up(client);
  pie_queue_free(queue);
}

int main(void) {
  EACH_TWIN(generation, twin) if (twin->refused != PIE_OK) one(twin, generation);
  unsupported();
  EACH_GENERATION(generation) wrong_at_once(generation);
  return finish();
}
