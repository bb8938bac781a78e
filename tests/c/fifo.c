/* install_program, check_program, transfer_path: what is no regular file is PIE_E_IO at once; a pipe whose other end
   nobody opens is not waited for. */
#include "harness.h"

#include <sys/stat.h>

/* The path of a pipe, freed by the caller after unlink. */
static char *pipe_path(void) {
  char *path = temporary_file("", 0);
  EQ(unlink(path), 0);
  EQ(mkfifo(path, 0600), 0);
  return path;
}

int main(void) {
  char *pipe = pipe_path(), *file = temporary_file(MANIFEST("f"), strlen(MANIFEST("f")));
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pie_process *process = launch(client, "['never']");
    int32_t exists = 7;
    int64_t begun = now_ms();
    FAILS(pie_client_install_program(client, pipe, file, 0, WAIT, &error), PIE_E_IO, "program_path", pipe);
    FAILS(pie_client_install_program(client, file, pipe, 0, WAIT, &error), PIE_E_IO, "manifest_path", pipe);
    FAILS(pie_client_check_program(client, ECHO, pipe, file, WAIT, &exists, &error), PIE_E_IO, "wasm_path", pipe);
    FAILS(pie_client_check_program(client, ECHO, file, pipe, WAIT, &exists, &error), PIE_E_IO, "manifest_path", pipe);
    FAILS(pie_process_transfer_path(process, pipe, WAIT, &error), PIE_E_IO, pipe);
    CHECK(now_ms() - begun < WAIT / 2);
    EQ(count_sent(client, "add_program") + count_sent(client, "transfer_file"), 0);
    pie_process_free(process);
    hang_up(client);
  }
  unlink(pipe), unlink(file);
  free(pipe), free(file);
  return finish();
}
