/* §1 A request given up is not waited for; an upload that ran out of time does not spoil the next one of the same bytes. */
#include "harness.h"

enum { SIZE = 24 << 20 };

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    for (int64_t timeout_ms = 1; timeout_ms < 100; timeout_ms *= 3) {
      pie_status status = pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("again"), 1, timeout_ms, NULL);
      if (status != PIE_E_TIMED_OUT) EQ(status, PIE_OK);
      OK(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("again"), 1, WAIT, &error));
      pie_process *process = launch(client, "['send','ready'],['recv_file',0],['send','more'],['recv_file',0]");
      await_message(process, "ready");
      status = pie_process_transfer_file(process, bytes, SIZE, timeout_ms, NULL);
      if (status != PIE_OK) {
        EQ(status, PIE_E_TIMED_OUT);
        /* Done or not, it is not waited for. The next one must come through. */
        OK(pie_process_transfer_file(process, bytes, SIZE, WAIT, &error));
      }
      await_message(process, "more");
      pie_process_free(process);
      OK(pie_client_ping(client, WAIT, NULL, &error));
    }
    hang_up(client);
  }
  free(bytes);
  return finish();
}
