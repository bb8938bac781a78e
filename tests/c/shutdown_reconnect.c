/* pie_shutdown ends within its limit, also while another thread connects anew each time it lost its connection:
   new clients start a new life. */
#include "harness.h"

enum { ROUNDS = 30, LIMIT = WAIT / 4 };

static gate lives = GATE_INIT, over = GATE_INIT;

static void *connect_again_and_again(void *uri) {
  while (!gate_value(&over)) {
    pie_client *client = POISON;
    pie_options *options = pie_options_new(); /* a shutdown makes it an old handle, as any other */
    pie_status status = pie_options_set(options, "generation", "0.5", NULL);
    if (status == PIE_OK) status = pie_client_connect(uri, options, WAIT, &client, NULL);
    pie_options_free(options);
    if (status != PIE_OK) {
      EQ(status, PIE_E_CLOSED); /* shut down on its way */
      continue;
    }
    gate_add(&lives, 1);
    while (status == PIE_OK && !gate_value(&over)) status = pie_client_ping(client, PIE_FOREVER, NULL, NULL);
    if (status != PIE_OK) EQ(status, PIE_E_CLOSED);
    pie_client_free(client);
  }
  return NULL;
}

int main(void) {
  char *uri = engine_uri(PIE_GENERATION_0_5, NULL);
  pthread_t thread = spawn(connect_again_and_again, uri);
  for (int round = 0; round < ROUNDS; round++) {
    gate_await(&lives, round + 1);
    OK(pie_shutdown(LIMIT, &error));
  }
  gate_add(&over, 1);
  join(thread);
  free(uri);
  return finish();
}
