/* Close and shutdown over TLS: the engine hears the goodbye of the WebSocket, streams end, and nothing hangs when the
   engine does not read. */
#include "tls.h"

static void engine_hears_it(int generation) {
  pie_client *watch = dial_tls(generation, NULL, NULL), *client = dial_tls(generation, NULL, NULL);
  pie_process *process = launch(client, "['send','a'],['never']");
  await_number(watch, "connections", 2);
  await_message(process, "a");
  hang_up(client);
  await_number(watch, "connections", 1);
  char *ended = look(watch, "ended");
  EQ_TEXT(ended, "[\"close\"]"); /* and TLS had its goodbye too, or it were truncated */
  pie_string_free(ended);
  STREAM(process, "error:PIE_E_CLOSED");
  pie_process_free(process);
  pie_client_free(watch);
}

/* With a backlog in TLS and before it. */
static void engine_is_deaf(int generation, int shut_down) {
  pie_client *client = dial_tls(generation, "freeze_on=ping", NULL);
  char *text = have(calloc(1, (1 << 20) + 1));
  memset(text, 'm', 1 << 20);
  freeze(client);
  pie_status status = PIE_OK;
  while (status == PIE_OK) status = pie_client_signal_process(client, NO_SUCH_ID, text, NULL);
  EQ(status, PIE_E_BUSY);
  int64_t begun = now_ms();
  if (shut_down)
    OK(pie_shutdown(WAIT, &error));
  else
    OK(pie_client_close(client, WAIT, &error));
  CHECK(now_ms() - begun < WAIT / 2);
  pie_client_free(client);
  free(text);
}

int main(void) {
  EACH_GENERATION(generation) {
    engine_hears_it(generation);
    engine_is_deaf(generation, 0);
    engine_is_deaf(generation, 1);
  }
  return finish();
}
