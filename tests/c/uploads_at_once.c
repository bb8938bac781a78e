/* §1 Threads, §3 transfer_file, install_program_bytes: uploads from several threads over one client all arrive, also of
   the same bytes, which engines 0.4 tell apart by their hash alone. */
#include "harness.h"

enum { THREADS = 4, SIZE = 600000 };

static unsigned char *bytes;

static void *send_file(void *argument) {
  pie_client *client = argument;
  pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
  await_message(process, "ready");
  OK(pie_process_transfer_file(process, bytes, SIZE, WAIT, &error));
  STREAM(process, "file:600000|return:done");
  pie_process_free(process);
  return NULL;
}

static void *install(void *argument) {
  OK(pie_client_install_program_bytes(argument, bytes, SIZE, MANIFEST("at-once"), 1, WAIT, &error));
  return NULL;
}

int main(void) {
  bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    for (int round = 0; round < 5; round++) {
      pthread_t threads[2 * THREADS];
      for (int i = 0; i < THREADS; i++) threads[i] = spawn(send_file, client);
      for (int i = THREADS; i < 2 * THREADS; i++) threads[i] = spawn(install, client);
      for (int i = 0; i < 2 * THREADS; i++) join(threads[i]);
    }
    hang_up(client);
  }
  free(bytes);
  return finish();
}
