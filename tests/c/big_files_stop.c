/* Looking at a large file ends with the client, and with what an engine can take: a close from another thread ends the
   call that hashes, a closed client looks at nothing, and a manifest that no engine can take is not read into memory. */
#include "harness.h"

static gate begun = GATE_INIT;
static char *big;

static void *check(void *client) {
  int32_t exists = 7;
  gate_add(&begun, 1);
  STATUS(pie_client_check_program(client, ECHO, big, NULL, PIE_FOREVER, &exists, &error), PIE_E_CLOSED);
  EQ(exists, 0);
  return NULL;
}

/* Hashing all of it would take longer than any test may. */
static void closes(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pthread_t hashing = spawn(check, client);
  gate_await(&begun, 1);
  OK(pie_client_close(client, WAIT, &error));
  join(hashing);
  check(client);
  pie_client_free(client);
}

static void manifest(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  FAILS(pie_client_install_program(client, big, big, 0, WAIT, &error), PIE_E_TOO_LARGE, "manifest_path", "16777216");
  hang_up(client);
}

int main(void) {
  big = temporary_file("", 0);
  EQ(truncate(big, 1024ll << 30), 0);
  closes();
  manifest();
  unlink(big);
  free(big);
  return finish();
}
