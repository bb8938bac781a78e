/* An engine that takes less than is sent (here 1 MiB): a program is refused in its words, a file is dropped without
   any. Its answers to the chunks behind the one that was too many go to no other call. */
#include "harness.h"

enum { SIZE = 4 << 20, ROUNDS = 5 };

/* Each kind of call knows its own answer. */
static void right_answers(pie_client *client) {
  for (int i = 0; i < 20; i++) {
    int32_t exists = 7;
    OK(pie_client_ping(client, WAIT, NULL, &error));
    OK(pie_client_check_program(client, i % 2 ? ECHO : "nobody@1.1.1", NULL, NULL, WAIT, &exists, &error));
    EQ(exists, i % 2);
  }
}

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    for (int round = 0; round < ROUNDS; round++) {
      FAILS(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("big"), 1, WAIT, &error), PIE_E_REJECTED,
            "exceeds max_upload_mb cap of 1 MiB");
      right_answers(client);
      OK(pie_client_install_program_bytes(client, bytes, 1 << 20, MANIFEST("fits"), 1, WAIT, &error));
      pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
      await_message(process, "ready");
      OK(pie_process_transfer_file(process, bytes, SIZE, WAIT, &error));
      OK(pie_process_transfer_file(process, bytes, 1 << 20, WAIT, &error));
      STREAM(process, "file:1048576|return:done");
      pie_process_free(process);
      right_answers(client);
    }
    hang_up(client);
  }
  free(bytes);
  return finish();
}
