/* SIGPIPE with its default disposition, and the engine resets the connection while several threads signal, ping, upload
   and close: none of them ends the host. */
#include "harness.h"

#include <signal.h>

enum { SIZE = 4 << 20, ROUNDS = 8 };

static unsigned char *bytes;

static void ended(pie_status status) { CHECK(status == PIE_E_DISCONNECTED || status == PIE_E_CLOSED); }

static void *signals(void *client) {
  pie_status status = PIE_OK;
  while (status == PIE_OK || status == PIE_E_BUSY) status = pie_client_signal_process(client, NO_SUCH_ID, "m", NULL);
  ended(status);
  return NULL;
}

static void *pings(void *client) {
  pie_status status = PIE_OK;
  while (status == PIE_OK) status = pie_client_ping(client, WAIT, NULL, NULL);
  ended(status);
  return NULL;
}

static void *uploads(void *client) {
  pie_status status = PIE_OK;
  while (status == PIE_OK)
    status = pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("pipe"), 1, WAIT, NULL);
  ended(status);
  return NULL;
}

static void *closes(void *client) {
  ended(pings(client) == NULL ? PIE_E_CLOSED : PIE_OK);
  OK(pie_client_close(client, WAIT, &error));
  return NULL;
}

int main(void) {
  struct sigaction now;
  signal(SIGPIPE, SIG_DFL);
  bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    for (int round = 0; round < ROUNDS; round++) {
      pie_client *client = dial(generation, round % 2 ? "cut_chunk=5" : "cut_chunk=2&pause_ms=50", NULL);
      pthread_t threads[] = {spawn(signals, client), spawn(signals, client), spawn(pings, client),
                             spawn(uploads, client), spawn(closes, client)};
      for (int i = 0; i < 5; i++) join(threads[i]);
      pie_client_free(client);
    }
  }
  free(bytes);
  EQ(sigaction(SIGPIPE, NULL, &now), 0);
  CHECK(now.sa_handler == SIG_DFL);
  return finish();
}
