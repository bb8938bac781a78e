/* A server that is killed while it owes nothing is noticed, though somebody else holds its pipes and even writes to them:
   nothing of it is left, and its name is free. A line of a million numbers takes no time, and an answer with a member
   twice is told. */
#include "mcp_hostile.h"

/* The process is gone a moment before its name is free. */
static void add_again(pie_client *client) {
  pie_status status;
  int64_t end = now_ms() + WAIT;
  while ((status = start_hostile(client, NULL, NULL, NULL, 0, NULL)) == PIE_E_INVALID_STATE && now_ms() < end) rest_ms(5);
  EQ(status, PIE_OK);
}

static void inherited(pie_client *client, const char *kind) {
  add_hostile(client, NULL, NULL, NULL, 0);
  pid_t pid = pid_from(client, "pid"), heir = pid_from(client, kind);
  EQ(kill(pid, SIGKILL), 0);
  await_gone(pid);
  add_again(client);
  EQ(kill(heir, SIGKILL), 0);
  OK(pie_client_unregister_mcp_server(client, "s", &error));
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  inherited(client, "quiet");
  inherited(client, "loud");
  add_hostile(client, NULL, NULL, NULL, 0);
  ANSWERS(begin_ask(client, "s", "batch", "{}"), "ok:\"done\"");
  TELLS(begin_ask(client, "s", "twice", "{}"), "error:{\"code\":-32000,");
  hang_up(client);
  return finish();
}
