/* A reset under TLS in the middle of writes never raises SIGPIPE, whose default disposition would kill the host. */
#include "tls.h"

#include <signal.h>

static void reset_while_writing(int generation) {
  pie_client *client = dial_tls(generation, "cut_on=signal_process", NULL);
  pie_status status = PIE_OK;
  while (status == PIE_OK || status == PIE_E_BUSY) status = pie_client_signal_process(client, NO_SUCH_ID, "m", NULL);
  EQ(status, PIE_E_DISCONNECTED);
  pie_client_free(client); /* says goodbye to nobody */
}

static void reset_in_an_upload(int generation, const unsigned char *bytes, size_t size) {
  pie_client *client = dial_tls(generation, "cut_chunk=3", NULL);
  STATUS(pie_client_install_program_bytes(client, bytes, size, MANIFEST("pipe"), 0, WAIT, &error), PIE_E_DISCONNECTED);
  pie_client_free(client);
}

int main(void) {
  struct sigaction now;
  signal(SIGPIPE, SIG_DFL);
  size_t size = 8 << 20;
  unsigned char *bytes = pattern(size);
  EACH_GENERATION(generation) {
    for (int i = 0; i < 5; i++) {
      reset_while_writing(generation);
      reset_in_an_upload(generation, bytes, size);
    }
  }
  free(bytes);
  EQ(sigaction(SIGPIPE, NULL, &now), 0);
  CHECK(now.sa_handler == SIG_DFL);
  return finish();
}
