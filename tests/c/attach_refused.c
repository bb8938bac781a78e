/* pie_client_attach_process: PIE_E_REJECTED says what the engine's words may mean; a process of this client's own is
   PIE_E_INVALID_STATE, and nothing is sent. */
#include "harness.h"

#define NOT_ATTACHED(client, id, status, ...)                                                     \
  do {                                                                                            \
    pie_process *none = POISON;                                                                   \
    FAILS(pie_client_attach_process(client, id, NULL, WAIT, &none, &error), status, __VA_ARGS__); \
    CHECK(none == NULL);                                                                          \
  } while (0)

/* The engine's words stand last: there is nothing to add to them. */
static void says_no_more(pie_client *client, const char *id, const char *words) {
  pie_process *none = POISON;
  pie_error *error = POISON;
  EQ(pie_client_attach_process(client, id, NULL, WAIT, &none, &error), PIE_E_REJECTED);
  const char *at = strstr(pie_error_message(error), words);
  CHECK(none == NULL && at != NULL);
  EQ_TEXT(at, words);
  pie_error_free(error);
}

static void no_ids(pie_client *client) {
  static const char *const malformed[] = {"nonsense", "1", "../../etc", "0000", "00000000-0000-4000-8000-00000000000g"};
  NOT_ATTACHED(client, "", PIE_E_INVALID_ARGUMENT, "process_id", "pie_client_list_processes");
  EQ(count_sent(client, "attach_process"), 0);
  for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
    NOT_ATTACHED(client, malformed[i], PIE_E_REJECTED, "Invalid process_id");
  NOT_ATTACHED(client, NO_SUCH_ID, PIE_E_REJECTED, "Process not found", "PIE_LAUNCH_NO_CAPTURE");
}

static void own(pie_client *client, pie_client *other) {
  pie_process *launched = launch(client, "['recv',0],['return','end']");
  char upper[64];
  size_t before = count_sent(client, "attach_process"), i = 0;
  for (const char *at = pie_process_id(launched); (upper[i] = *at) != '\0'; at++, i++)
    if (*at >= 'a' && *at <= 'f') upper[i] -= 'a' - 'A';
  NOT_ATTACHED(client, pie_process_id(launched), PIE_E_INVALID_STATE, "already");
  NOT_ATTACHED(client, upper, PIE_E_INVALID_STATE, "already");
  EQ(count_sent(client, "attach_process"), before);
  OK(pie_process_signal(launched, "x", &error)); /* and it is as it was */
  STREAM(launched, "msg:got:x|return:end");
  pie_process_free(launched);

  char *id = launch_apart(other, "['recv',0],['return','end']");
  pie_process *attached = attach(client, id);
  before = count_sent(client, "attach_process");
  NOT_ATTACHED(client, id, PIE_E_INVALID_STATE, "already");
  EQ(count_sent(client, "attach_process"), before);
  OK(pie_process_signal(attached, "x", &error));
  STREAM(attached, "msg:got:x|return:end");
  pie_process_free(attached);
  free(id);
}

static void ended(pie_client *client, pie_client *other) {
  pie_process *process = launch(client, "['return','end']");
  char id[64];
  snprintf(id, sizeof id, "%s", pie_process_id(process));
  STREAM(process, "return:end");
  pie_process_free(process);
  NOT_ATTACHED(other, id, PIE_E_REJECTED, "Process not found");
}

/* 0.4 answers with the same words whoever is attached, also where that is a connection that was lost. */
static void ghost_04(void) {
  pie_client *first = dial(PIE_GENERATION_0_4, NULL, NULL), *second = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = launch(first, "['recv',0],['return','end']");
  char id[64];
  snprintf(id, sizeof id, "%s", pie_process_id(process));
  NOT_ATTACHED(second, id, PIE_E_REJECTED, "Process not found", "attached", "PIE_LAUNCH_NO_CAPTURE");
  OK(pie_process_signal(process, "still mine", &error));
  STREAM(process, "msg:got:still mine|return:end");
  pie_process_free(process);

  process = launch(first, "['never']");
  snprintf(id, sizeof id, "%s", pie_process_id(process));
  hang_up(first);
  EQ(ENDS_WITH(process, PIE_E_CLOSED), 0);
  pie_process_free(process);
  await_number(second, "connections", 1);
  EQ(look_number(second, "processes"), 1);
  NOT_ATTACHED(second, id, PIE_E_REJECTED, "Process not found", "connection that was lost", "PIE_LAUNCH_NO_CAPTURE");
  OK(pie_client_terminate_process(second, id, WAIT, &error));

  /* What was attached once is of no use to anybody else either. */
  char *apart = launch_apart(second, "['never']");
  pie_client *third = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process_free(attach(third, apart));
  hang_up(third);
  await_number(second, "connections", 1);
  NOT_ATTACHED(second, apart, PIE_E_REJECTED, "Process not found", "connection that was lost");
  OK(pie_client_terminate_process(second, apart, WAIT, &error));
  await_number(second, "processes", 0);
  hang_up(second);
  free(apart);
}

static void other_user_04(void) {
  pie_client *mine = dial(PIE_GENERATION_0_4, NULL, NULL), *theirs = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  OK(pie_client_authenticate(theirs, "somebody", NULL, WAIT, &error));
  char *id = launch_apart(mine, "['never']");
  says_no_more(theirs, id, "Permission denied (the process belongs to another user)");
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(theirs, WAIT, &list, &error));
  EQ(pie_process_list_size(list), 0);
  pie_process_list_free(list);
  FAILS(pie_client_terminate_process(theirs, id, WAIT, &error), PIE_E_REJECTED, "Permission denied");
  pie_process *process = attach(mine, id); /* the refusal took nothing from its owner */
  OK(pie_process_terminate(process, WAIT, &error));
  pie_process_free(process);
  hang_up(mine);
  hang_up(theirs);
  free(id);
}

/* 0.4 needs a login first, and answers nothing without. */
static void before_login_04(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *none = POISON;
  STATUS(pie_client_attach_process(client, NO_SUCH_ID, NULL, WAIT, &none, &error), PIE_E_AUTH);
  CHECK(none == NULL);
  hang_up(client);
}

/* 0.5: the refused attach ends the process with the connection that asked for it, as its text says. */
static void kills_05(void) {
  pie_client *owner = dial(PIE_GENERATION_0_5, NULL, NULL), *stranger = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_process *process = launch(owner, "['recv',0],['never']");
  NOT_ATTACHED(stranger, pie_process_id(process), PIE_E_REJECTED, "Cannot attach: already attached", "ends",
               "connection");
  OK(pie_process_signal(process, "alive", &error));
  await_message(process, "got:alive");
  hang_up(stranger);
  EQ(ENDS_WITH(process, PIE_E_PROCESS), 0);
  pie_process_free(process);
  hang_up(owner);
}

/* 0.5: a process ends with the connection that it was launched on with capture, or attached on. */
static void dies_with_its_connection_05(void) {
  pie_client *stays = dial(PIE_GENERATION_0_5, NULL, NULL), *goes = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_process *launched = launch(goes, "['never']");
  char *apart = launch_apart(stays, "['never']"), id[64];
  snprintf(id, sizeof id, "%s", pie_process_id(launched));
  pie_process *attached = attach(goes, apart);
  EQ(look_number(stays, "processes"), 2);
  hang_up(goes);
  ENDS_WITH(launched, PIE_E_CLOSED);
  ENDS_WITH(attached, PIE_E_CLOSED);
  await_number(stays, "processes", 0);
  NOT_ATTACHED(stays, id, PIE_E_REJECTED, "Process not found", "end a process with the connection");
  NOT_ATTACHED(stays, apart, PIE_E_REJECTED, "Process not found", "end a process with the connection");
  pie_process_free(launched);
  pie_process_free(attached);
  hang_up(stays);
  free(apart);
}

static void fields(pie_client *client) {
  pie_process *none = POISON;
  size_t before = count_sent(client, "attach_process");
  for (uint32_t flag = 1; flag != 0; flag <<= 1) {
    pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
    options.flags = flag;
    NAMES(pie_client_attach_process(client, NO_SUCH_ID, &options, WAIT, &none, &error), "flags");
  }
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.token_budget = UINT64_MAX;
  NAMES(pie_client_attach_process(client, NO_SUCH_ID, &options, WAIT, &none, &error), "token_budget");
  options.token_budget = 0;
  options.input = "{}";
  NAMES(pie_client_attach_process(client, NO_SUCH_ID, &options, WAIT, &none, &error), "input");
  options.input = NULL;
  options.struct_size = sizeof options - 1;
  STATUS(pie_client_attach_process(client, NO_SUCH_ID, &options, WAIT, &none, &error), PIE_E_ABI_MISMATCH);
  options.struct_size = 0;
  STATUS(pie_client_attach_process(client, NO_SUCH_ID, &options, WAIT, &none, &error), PIE_E_ABI_MISMATCH);
  CHECK(none == NULL);
  EQ(count_sent(client, "attach_process"), before);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL), *other = dial(generation, NULL, NULL);
    no_ids(client);
    own(client, other);
    ended(client, other);
    fields(client);
    hang_up(client);
    hang_up(other);
    client = dial(generation, "refuse=attach_process:come%20back%20%22later%22", NULL);
    NOT_ATTACHED(client, NO_SUCH_ID, PIE_E_REJECTED, "come back \"later\"");
    says_no_more(client, NO_SUCH_ID, "come back \"later\"");
    hang_up(client);
  }
  ghost_04();
  other_user_04();
  before_login_04();
  kills_05();
  dies_with_its_connection_05();
  return finish();
}
