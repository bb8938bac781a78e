/* install_program and install_program_bytes: what is sent, what is refused here and what by the engine (its text is
   verbatim inside the message). */
#include "harness.h"

static int exists(pie_client *client, const char *inferlet) {
  int32_t found = 7;
  OK(pie_client_check_program(client, inferlet, NULL, NULL, WAIT, &found, &error));
  return found;
}

static void runs(pie_client *client, const char *inferlet) {
  pie_process *process = POISON;
  OK(pie_client_launch_process(client, inferlet, NULL, WAIT, &process, &error));
  STREAM(process, "return:{}");
  pie_process_free(process);
}

static void bytes(pie_client *client) {
  EQ(exists(client, "bytes@0.1.0"), 0);
  OK(pie_client_install_program_bytes(client, "\0asm", 4, MANIFEST("bytes"), 0, WAIT, &error));
  EQ(exists(client, "bytes@0.1.0"), 1);
  runs(client, "bytes@0.1.0");
  OK(pie_client_install_program_bytes(client, "\0asm", 4, MANIFEST("bytes"), 0, WAIT, &error));
  OK(pie_client_install_program_bytes(client, "\0ASM", 4, MANIFEST("bytes"), 1, WAIT, &error));
  char *frames = look(client, "received");
  EQ(count_text(frames, "\"force_overwrite\":false"), 2);
  EQ(count_text(frames, "\"force_overwrite\":true"), 1);
  pie_string_free(frames);
}

static void chunks(pie_client *client) {
  unsigned char *program = pattern(600000);
  size_t before = count_sent(client, "add_program");
  OK(pie_client_install_program_bytes(client, program, 600000, MANIFEST("chunks"), 1, WAIT, &error));
  EQ(count_sent(client, "add_program") - before, 3);
  char *frames = look(client, "received");
  EQ(count_text(frames, "\"bin\":262144"), 2);
  EQ(count_text(frames, "\"bin\":75712"), 1);
  EQ(count_text(frames, "\"total_chunks\":3"), 3);
  pie_string_free(frames);
  runs(client, "chunks@0.1.0");
  free(program);
}

/* One empty chunk; whether that is a program is the engine's business. */
static void nothing(pie_client *client) {
  size_t before = count_sent(client, "add_program");
  pie_error *error = POISON;
  pie_status status = pie_client_install_program_bytes(client, NULL, 0, MANIFEST("nothing"), 1, WAIT, &error);
  if (status != PIE_OK) EQ(status, PIE_E_REJECTED);
  pie_error_free(error);
  EQ(count_sent(client, "add_program") - before, 1);
  char *frames = look(client, "received");
  EQ(count_text(frames, "\"bin\":0}"), 1);
  pie_string_free(frames);
}

static void paths(pie_client *client) {
  char *program = temporary_file("\0asm", 4), *manifest = temporary_file(MANIFEST("paths"), strlen(MANIFEST("paths")));
  char *empty = temporary_file("", 0);
  OK(pie_client_install_program(client, program, manifest, 1, WAIT, &error));
  EQ(exists(client, "paths@0.1.0"), 1);
  FAILS(pie_client_install_program(client, "/no/such", manifest, 1, WAIT, &error), PIE_E_IO, "/no/such");
  FAILS(pie_client_install_program(client, program, "/no/such", 1, WAIT, &error), PIE_E_IO, "/no/such");
  FAILS(pie_client_install_program(client, "/tmp", manifest, 1, WAIT, &error), PIE_E_IO, "/tmp");
  FAILS(pie_client_install_program(client, program, "/tmp", 1, WAIT, &error), PIE_E_IO, "/tmp");
  /* Root may read every file, but not this one. */
  FAILS(pie_client_install_program(client, "/proc/self/mem", manifest, 1, WAIT, &error), PIE_E_IO, "/proc/self/mem");
  FAILS(pie_client_install_program(client, program, empty, 1, WAIT, &error), PIE_E_REJECTED, "Invalid manifest");
  unlink(program), unlink(manifest), unlink(empty);
  free(program), free(manifest), free(empty);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    bytes(client);
    chunks(client);
    nothing(client);
    paths(client);
    FAILS(pie_client_install_program_bytes(client, "p", 1, "no toml [", 0, WAIT, &error), PIE_E_REJECTED,
          "Invalid manifest");
    OK(pie_client_ping(client, WAIT, NULL, &error));
    hang_up(client);

    client = dial(generation, "refuse=add_program:disk%20full:%20\xc3\xbc%22x%22", NULL);
    unsigned char *program = pattern(600000); /* an engine answers each chunk that follows a refused one */
    FAILS(pie_client_install_program_bytes(client, program, 600000, MANIFEST("full"), 0, WAIT, &error), PIE_E_REJECTED,
          "disk full: \xc3\xbc\"x\"");
    free(program);
    for (int i = 0; i < 10; i++) OK(pie_client_ping(client, WAIT, NULL, &error));
    EQ(exists(client, ECHO), 1);
    hang_up(client);
  }
  return finish();
}
