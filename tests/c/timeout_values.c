/* Waiting: below -1 is PIE_E_INVALID_ARGUMENT; 0 is PIE_E_TIMED_OUT for a request, with nothing sent, and "what is
   there now" for a receive; PIE_FOREVER waits until it is done. */
#include "harness.h"

/* Takes the error. */
static void says_nothing_was_sent(pie_error *error) {
  const char *message = pie_error_message(error);
  int sent = strstr(message, "may still be carried out") != NULL || strstr(message, "if the engine still") != NULL;
  if (sent) fprintf(stderr, "%s\n", message);
  CHECK(!sent);
  pie_error_free(error);
}

/* A request whose time limit is `limit`. */
#define LIMITED(call)              \
  do {                             \
    int64_t limit = -2;            \
    NAMES(call, "timeout_ms");     \
    limit = INT64_MIN;             \
    NAMES(call, "timeout_ms");     \
    limit = 0;                     \
    STATUS(call, PIE_E_TIMED_OUT); \
    pie_error *error = NULL;       \
    EQ(call, PIE_E_TIMED_OUT);     \
    says_nothing_was_sent(error);  \
  } while (0)

static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size,
                    void *user_data) {
  (void)challenge, (void)size, (void)signature, (void)signature_size, (void)user_data;
  return 1;
}

static void requests(pie_client *client, pie_process *process) {
  char *text = POISON, *uri = engine_uri(PIE_GENERATION_0_4, NULL);
  char *path = temporary_file(MANIFEST("zero"), strlen(MANIFEST("zero")));
  char *nothing = temporary_file("", 0);
  int32_t exists = 7;
  int64_t rtt = 7;
  pie_client *other = POISON;
  pie_process *none = POISON;
  pie_process_list *list = POISON;
  LIMITED(pie_client_connect(uri, NULL, limit, &other, &error));
  LIMITED(pie_client_authenticate(client, "u", NULL, limit, &error));
  LIMITED(pie_client_authenticate_with_signer(client, "u", sign, NULL, limit, &error));
  LIMITED(pie_client_authenticate_with_agent(client, "u", NULL, limit, &error));
  LIMITED(pie_client_auth_by_token(client, "t", limit, &error));
  LIMITED(pie_client_ping(client, limit, &rtt, &error));
  LIMITED(pie_client_query(client, "model_status", "", limit, &text, &error));
  LIMITED(pie_client_resolve_version(client, "a", NULL, limit, &text, &error));
  LIMITED(pie_client_check_program(client, ECHO, NULL, NULL, limit, &exists, &error));
  LIMITED(pie_client_install_program(client, path, path, 0, limit, &error));
  LIMITED(pie_client_install_program_bytes(client, "p", 1, MANIFEST("zero"), 0, limit, &error));
  LIMITED(pie_client_launch_process(client, ECHO, NULL, limit, &none, &error));
  pie_process *two[2] = {POISON, POISON};
  const char *inputs[2] = {NULL, NULL};
  LIMITED(pie_client_launch_processes(client, ECHO, inputs, 2, NULL, limit, two, &error));
  CHECK(two[0] == NULL && two[1] == NULL);
  LIMITED(pie_client_run_processes(client, ECHO, inputs, 2, NULL, limit, &text, &error));
  LIMITED(pie_client_attach_process(client, NO_SUCH_ID, NULL, limit, &none, &error));
  LIMITED(pie_client_launch_daemon(client, ECHO, 80, NULL, limit, &error));
  LIMITED(pie_client_list_processes(client, limit, &list, &error));
  LIMITED(pie_client_terminate_process(client, NO_SUCH_ID, limit, &error));
  pie_queue *queue = pie_queue_new();
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = "true";
  LIMITED(pie_client_register_mcp_server(client, "n", &server, limit, &error));
  LIMITED(pie_client_register_mcp_handler(client, "n", queue, 0, limit, &error));
  pie_queue_free(queue);
  LIMITED(pie_process_transfer_file(process, "f", 1, limit, &error));
  LIMITED(pie_process_transfer_file(process, NULL, 0, limit, &error));
  LIMITED(pie_process_transfer_path(process, path, limit, &error));
  LIMITED(pie_process_transfer_path(process, nothing, limit, &error));
  LIMITED(pie_process_terminate(process, limit, &error));
  LIMITED(pie_process_result(process, limit, &text, &error));
  CHECK(!text && !other && !none && !list && exists == 0 && rtt == 0);
  unlink(path), unlink(nothing);
  free(path), free(nothing);
  free(uri);
}

static void receives(pie_process *process) {
  pie_event *event = POISON, *room[1];
  size_t count = 7;
  pie_queue *queue = pie_queue_new();
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_EMPTY);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  STATUS(pie_queue_recv(queue, 5, &event, &error), PIE_EMPTY);
  STATUS(pie_queue_recv_batch(queue, 0, room, 1, &count, &error), PIE_EMPTY);
  CHECK(event == NULL && count == 0);
  for (int64_t wrong = -2; wrong > -5; wrong--) {
    NAMES(pie_process_recv(process, wrong, &event, &error), "timeout_ms");
    NAMES(pie_queue_recv(queue, wrong, &event, &error), "timeout_ms");
    NAMES(pie_queue_recv_batch(queue, wrong, room, 1, &count, &error), "timeout_ms");
  }
  pie_queue_free(queue);
}

static void clears(pie_process *process) {
  pie_queue *queue = pie_queue_new();
  for (int64_t wrong = -2; wrong > -5; wrong--) {
    NAMES(pie_queue_clear_callback(queue, wrong, &error), "timeout_ms");
    NAMES(pie_process_clear_callback(process, wrong, &error), "timeout_ms");
  }
  OK(pie_queue_clear_callback(queue, 0, &error)); /* there is none */
  OK(pie_process_clear_callback(process, 0, &error));
  pie_queue_free(queue);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = launch(client, "['never']");
  char *before = look(client, "received");
  requests(client, process);
  NAMES(pie_client_close(client, -2, &error), "timeout_ms");
  NAMES(pie_shutdown(-2, &error), "timeout_ms");
  clears(process);
  char *after = look(client, "received");
  EQ(count_text(after, "\"type\""), count_text(before, "\"type\"") + 1); /* the second look alone */
  EQ(look_number(client, "connections"), 1);
  receives(process);

  OK(pie_client_ping(client, PIE_FOREVER, NULL, &error));
  OK(pie_client_ping(client, INT64_MAX, NULL, &error)); /* no overflow */
  OK(pie_process_terminate(process, PIE_FOREVER, &error));
  pie_event *event = NULL;
  OK(pie_process_recv(process, INT64_MAX, &event, &error));
  pie_event_free(event);
  pie_process_free(process);
  OK(pie_client_close(client, PIE_FOREVER, &error));
  pie_client_free(client);
  pie_string_free(before);
  pie_string_free(after);
  return finish();
}
