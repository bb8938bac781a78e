/* A request given up is not waited for; an upload that ran out of time does not spoil the next one of the same
 * bytes. */
#include "harness.h"

enum { SIZE = 12 << 20, PARTS = 5 };

/* Whole, in a time that tells where the middle of one is. */
static int64_t whole(pie_client *client, const unsigned char *bytes) {
  int64_t begun = now_ms();
  OK(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("again"), 1, WAIT, &error));
  return now_ms() - begun;
}

static void programs(pie_client *client, const unsigned char *bytes) {
  int64_t all = whole(client, bytes);
  for (int part = 1; part < PARTS; part++) {
    pie_status status =
        pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("again"), 1, 1 + all * part / PARTS, NULL);
    if (status != PIE_E_TIMED_OUT) EQ(status, PIE_OK);
    whole(client, bytes);
  }
}

static void files(pie_client *client, const unsigned char *bytes) {
  int64_t all = 0;
  for (int part = PARTS; part > 0; part--) {
    pie_process *process = launch(client, "['send','ready'],['recv_file',0],['send','taken'],['recv',0]");
    await_message(process, "ready");
    int64_t begun = now_ms();
    pie_status status = pie_process_transfer_file(process, bytes, SIZE, all == 0 ? WAIT : 1 + all * part / PARTS, NULL);
    if (all == 0) all = now_ms() - begun;
    if (status != PIE_OK) {
      EQ(status, PIE_E_TIMED_OUT);
      OK(pie_process_transfer_file(process, bytes, SIZE, WAIT, &error));
    }
    await_message(process, "taken");
    pie_process_free(process);
  }
}

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    programs(client, bytes);
    files(client, bytes);
    OK(pie_client_ping(client, WAIT, NULL, &error));
    hang_up(client);
  }
  free(bytes);
  return finish();
}
