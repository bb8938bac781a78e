/* Signals: the library never lets SIGPIPE reach the host, though its default disposition would kill it. */
#include "harness.h"

#include <signal.h>

int main(void) {
  struct sigaction now;
  signal(SIGPIPE, SIG_DFL);
  size_t size = 8 << 20;
  unsigned char *bytes = pattern(size);
  EACH_GENERATION(generation) {
    for (int i = 0; i < 5; i++) {
      /* Reset in the middle of writes, by the calling thread and by the library's. */
      pie_client *client = dial(generation, "cut_on=signal_process", NULL);
      pie_status status = PIE_OK;
      while (status == PIE_OK || status == PIE_E_BUSY)
        status = pie_client_signal_process(client, NO_SUCH_ID, "m", NULL);
      EQ(status, PIE_E_DISCONNECTED);
      for (int j = 0; j < 20; j++) EQ(pie_client_signal_process(client, NO_SUCH_ID, "m", NULL), PIE_E_DISCONNECTED);
      pie_client_free(client);
      client = dial(generation, "cut_chunk=3", NULL);
      STATUS(pie_client_install_program_bytes(client, bytes, size, MANIFEST("pipe"), 0, WAIT, &error),
             PIE_E_DISCONNECTED);
      pie_client_free(client);
    }
  }
  free(bytes);
  EQ(sigaction(SIGPIPE, NULL, &now), 0);
  CHECK(now.sa_handler == SIG_DFL); /* and no disposition was changed */
  return finish();
}
