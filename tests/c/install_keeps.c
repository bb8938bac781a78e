/* pie_client_install_program: without force_overwrite an engine keeps the program that it has and says PIE_OK all the
   same; with it, the new bytes are held. What is sent of the files is their bytes, as they are, line ends included. */
#include "harness.h"

#define CRLF "[package]\r\nname = \"crlf\"\r\nversion = \"0.1.0\"\r\n# gr\xc3\xbc\xc3\x9f\r\n"
#define CRLF_HASH "04a30cf12c6731fd05225b01d55ba74e9a0d78eb74a240c75fcb1944e72afb22"

/* The hash that the engine has of a program. */
static void held(pie_client *client, const char *program, char hash[65]) {
  char *programs = look(client, "programs"), key[64];
  snprintf(key, sizeof key, "\"%s\":\"", program);
  const char *at = strstr(programs, key);
  CHECK(at != NULL);
  snprintf(hash, 65, "%s", at + strlen(key));
  pie_string_free(programs);
}

static void keeps(pie_client *client) {
  char first[65], second[65];
  int32_t exists = 7;
  OK(pie_client_install_program_bytes(client, "old", 3, MANIFEST("kept"), 0, WAIT, &error));
  held(client, "kept@0.1.0", first);
  OK(pie_client_install_program_bytes(client, "new", 3, MANIFEST("kept"), 0, WAIT, &error));
  held(client, "kept@0.1.0", second);
  EQ_TEXT(second, first);
  char *new_file = temporary_file("new", 3), *manifest = temporary_file(MANIFEST("kept"), strlen(MANIFEST("kept")));
  /* So a check that is told the new files says yes of the old ones. */
  OK(pie_client_check_program(client, "kept@0.1.0", new_file, manifest, WAIT, &exists, &error));
  EQ(exists, 1);
  OK(pie_client_install_program(client, new_file, manifest, 0, WAIT, &error));
  held(client, "kept@0.1.0", second);
  EQ_TEXT(second, first);
  OK(pie_client_install_program(client, new_file, manifest, 1, WAIT, &error));
  held(client, "kept@0.1.0", second);
  CHECK(strcmp(first, second) != 0);
  unlink(new_file), unlink(manifest);
  free(new_file), free(manifest);
}

/* As JSON, with the line ends escaped. */
static void as_it_is(pie_client *client, int generation) {
  char *program = temporary_file("\r\n\0\r\n", 5), *manifest = temporary_file(CRLF, strlen(CRLF));
  int32_t exists = 7;
  OK(pie_client_install_program(client, program, manifest, 1, WAIT, &error));
  OK(pie_client_install_program_bytes(client, "\r\n\0\r\n", 5, CRLF, 1, WAIT, &error));
  OK(pie_client_check_program(client, "crlf@0.1.0", program, manifest, WAIT, &exists, &error));
  EQ(exists, 1);
  char *frames = look(client, "received");
  EQ(count_text(frames,
                "\"manifest\":\"[package]\\r\\nname = \\\"crlf\\\"\\r\\nversion = \\\"0.1.0\\\"\\r\\n# "
                "gr\xc3\xbc\xc3\x9f\\r\\n\""),
     2);
  EQ(count_text(frames, "\"bin\":5}"), 2);
  /* BLAKE3 of the manifest's bytes, which 0.4 is told. */
  if (generation == PIE_GENERATION_0_4) HAS(frames, "\"manifest_hash\":\"" CRLF_HASH "\"");
  pie_string_free(frames);
  unlink(program), unlink(manifest);
  free(program), free(manifest);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    keeps(client);
    as_it_is(client, generation);
    hang_up(client);
  }
  return finish();
}
