/* authenticate, auth_by_token on generation 0.4, which answers nobody before the login: calls before it are refused
   at once, with nothing sent. */
#include "twins.h"

static void refused(pie_status got, pie_error *error) {
  /* Either status fits what the contract says of them. */
  if (got != PIE_E_INVALID_STATE) EQ(got, PIE_E_AUTH);
  check_message(__FILE__, __LINE__, error);
  HAS(pie_error_message(error), "authenticate");
  pie_error_free(error);
}

#define REFUSED(call)          \
  do {                         \
    pie_error *error = POISON; \
    pie_status got_ = (call);  \
    refused(got_, error);      \
  } while (0)

static void before_login(pie_client *client) {
  char *text = POISON;
  int32_t exists = 7;
  pie_process *process = POISON;
  pie_process_list *list = POISON;
  REFUSED(pie_client_ping(client, PIE_FOREVER, NULL, &error));
  REFUSED(pie_client_query(client, "model_status", "", PIE_FOREVER, &text, &error));
  REFUSED(pie_client_check_program(client, ECHO, NULL, NULL, PIE_FOREVER, &exists, &error));
  REFUSED(pie_client_install_program_bytes(client, "p", 1, MANIFEST("p"), 0, PIE_FOREVER, &error));
  REFUSED(pie_client_launch_process(client, ECHO, NULL, PIE_FOREVER, &process, &error));
  batches_give(client, PIE_GENERATION_0_4, PIE_FOREVER, PIE_E_AUTH);
  REFUSED(pie_client_list_processes(client, PIE_FOREVER, &list, &error));
  REFUSED(pie_client_signal_process(client, NO_SUCH_ID, "m", &error));
  REFUSED(pie_client_terminate_process(client, NO_SUCH_ID, PIE_FOREVER, &error));
  CHECK(text == NULL && exists == 0 && process == NULL && list == NULL);
}

/* The asynchronous ones may say it in their DONE. */
static void async_before_login(pie_client *client) {
  stage at = {PIE_GENERATION_0_4, ANSWERED, client, NULL, pie_queue_new(), NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL};
  at.id = join_text(NO_SUCH_ID, "", "");
  at.program = at.manifest = temporary_file(MANIFEST("p"), strlen(MANIFEST("p")));
  for (const twin *twin = twins; twin != twins + TWINS; twin++) {
    if (!needs_engine(twin) || is_login(twin) || is_of_a_process(twin)) continue;
    FAILS_ASYNC(at.queue, 1, twin->begin(&at, PIE_FOREVER, 1, &op, &error), PIE_E_AUTH);
  }
  unlink(at.program);
  free(at.program);
  free(at.id);
  pie_queue_free(at.queue);
}

static void sent_nothing_before(pie_client *client) {
  static const char *const types[] = {"ping",           "check_program",      "add_program",       "launch_process",
                                      "list_processes", "signal_process",     "terminate_process", "attach_process",
                                      "launch_daemon",  "register_mcp_server"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) EQ(count_sent(client, types[i]), 0);
}

/* Who logs in is told as it was given. */
static void is_told(pie_client *client, const char *username) {
  char field[64], *frames = look(client, "received");
  snprintf(field, sizeof field, "\"username\":\"%s\"", username);
  EQ(count_text(frames, field), 1);
  EQ(count_text(frames, "\"username\":"), 1);
  pie_string_free(frames);
}

int main(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  before_login(client);
  async_before_login(client);
  OK(pie_client_authenticate(client, "somebody", NULL, WAIT, &error));
  is_told(client, "somebody");
  sent_nothing_before(client);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_client_authenticate(client, "somebody", NULL, WAIT, &error));
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);

  client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  FAILS(pie_client_auth_by_token(client, "wrong-token", WAIT, &error), PIE_E_AUTH, "Invalid token");
  REFUSED(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process *process = launch(client, "['send','in']");
  STREAM(process, "msg:in|return:done");
  pie_process_free(process);
  hang_up(client);
  return finish();
}
