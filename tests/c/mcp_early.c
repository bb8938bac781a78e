/* What is asked while a name is being registered again waits for the handshake: until then the server hears of nothing
   else, and the time limit of the request runs. */
#include "mcp_hostile.h"

static char file[] = "/tmp/mcp-early-XXXXXX";

static void *again(void *client) {
  add_hostile(client, file, NULL, NULL, 0);
  return NULL;
}

/* Refused at first, since the program is not started yet. */
static void await_late(pie_client *client) {
  for (int64_t end = now_ms() + WAIT;; rest_ms(5)) {
    char *answer = ask(client, "s", "early", "{}");
    int is_late = strstr(answer, "mcp_timeout_ms") != NULL;
    free(answer);
    if (is_late) return;
    CHECK(now_ms() < end);
  }
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "mcp_timeout_ms=1000");
  add_hostile(client, NULL, NULL, NULL, 0);
  OK(pie_client_unregister_mcp_server(client, "s", &error));
  int number = mkstemp(file);
  CHECK(number >= 0 && close(number) == 0 && unlink(file) == 0);
  pthread_t thread = spawn(again, client);
  await_late(client);
  pie_process *waits = begin_ask(client, "s", "waits", "{}");
  FILE *made = fopen(file, "w");
  CHECK(made != NULL && fclose(made) == 0);
  join(thread);
  free(end_ask(waits));
  char *seen = ask(client, "s", "seen", "{}");
  HAS(seen, "ok:[\"initialize\", \"notifications/initialized\", ");
  CHECK(strstr(seen, "early") == NULL);
  free(seen);
  unlink(file);
  hang_up(client);
  return finish();
}
