/* An engine that goes silent is found by its missing pong, whatever is under way: every call that waits and every
   stream ends with PIE_E_DISCONNECTED. One that answers pings is kept, however long it leaves a request unanswered. */
#include "harness.h"

#define FAST "keepalive_interval_ms=100 keepalive_timeout_ms=400"

static void silent(int generation) {
  pie_client *client = dial(generation, "freeze_on=query", FAST);
  pie_process *process = launch(client, "['never']");
  char *text = POISON;
  FAILS(pie_client_query(client, "model_status", "", PIE_FOREVER, &text, &error), PIE_E_DISCONNECTED,
        "keepalive_timeout_ms");
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  pie_process_free(process);
  pie_client_free(client);
}

/* Nothing but pongs comes for many times the limits. */
static void busy(int generation) {
  pie_client *client = dial(generation, "silent=query", FAST);
  char *text = POISON;
  STATUS(pie_client_query(client, "model_status", "", 2000, &text, &error), PIE_E_TIMED_OUT);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_client_free(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    silent(generation);
    busy(generation);
  }
  return finish();
}
