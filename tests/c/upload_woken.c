/* transfer_file, upload_window_bytes: an upload that waits for room in its window goes on when there is some,
   also while other threads fill the same connection. */
#include "harness.h"

enum { UPLOADS = 150, SIZE = 1 << 20, LIMIT = WAIT / 2 };

static gate over = GATE_INIT;

static void *signal_on_and_on(void *client) {
  for (int i = 0; !gate_value(&over); i++) {
    pie_status status = pie_client_signal_process(client, NO_SUCH_ID, "x", NULL);
    if (status != PIE_OK) EQ(status, PIE_E_BUSY);
    if (i % 16 == 0) rest_ms(1);
  }
  return NULL;
}

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "upload_window_bytes=1");
    pie_process *process = launch(client, "['never']");
    over.value = 0;
    pthread_t thread = spawn(signal_on_and_on, client);
    for (int i = 0; i < UPLOADS; i++) {
      memset(bytes, i, SIZE);
      OK(pie_process_transfer_file(process, bytes, SIZE, LIMIT, &error));
    }
    gate_add(&over, 1);
    join(thread);
    OK(pie_client_ping(client, WAIT, NULL, &error));
    pie_process_free(process);
    hang_up(client);
  }
  free(bytes);
  return finish();
}
