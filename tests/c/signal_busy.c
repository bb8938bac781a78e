/* signal_process never waits; PIE_E_BUSY: outgoing buffer full, nothing sent. */
#include "harness.h"

enum { SIZE = 1 << 18, AT_MOST = 2000 };

/* Until it is busy; how many went. */
static int fill(pie_client *client, const char *text, int at_most) {
  for (int sent = 0; sent < at_most; sent++) {
    pie_error *error = POISON;
    pie_status status = pie_client_signal_process(client, NO_SUCH_ID, text, &error);
    if (status == PIE_OK) continue;
    check_status(__FILE__, __LINE__, "signal_process", status, PIE_E_BUSY, error, NULL, NULL);
    return sent;
  }
  return -1;
}

int main(void) {
  char *text = malloc(SIZE + 1);
  CHECK(text != NULL);
  memset(text, 's', SIZE);
  text[SIZE] = '\0';
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, "freeze_on=ping", "close_timeout_ms=50");
    STATUS(pie_client_ping(client, BRIEF, NULL, &error), PIE_E_TIMED_OUT);
    int sent = fill(client, text, AT_MOST);
    CHECK(sent > 0);
    RETRIABLE(pie_client_signal_process(client, NO_SUCH_ID, text, &error), PIE_E_BUSY, 1);
    pie_client_free(client);
  }
  /* An engine that reads again: exactly what was taken arrives. */
  pie_client *client = dial(PIE_GENERATION_0_5, "pause_ms=3000", NULL);
  int sent = fill(client, text, 200);
  if (sent < 0) sent = 200; /* so slow a machine that the pause was over before */
  EQ(count_sent(client, "signal_process"), sent);
  OK(pie_client_signal_process(client, NO_SUCH_ID, "room again", &error));
  EQ(count_sent(client, "signal_process"), sent + 1);
  hang_up(client);
  free(text);
  return finish();
}
