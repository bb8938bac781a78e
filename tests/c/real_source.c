/* On a real engine: source that a program carries itself is sent where the engine does not have it, then launched: what
   `run` of other clients does in one call. */
#include "harness.h"

#define NAME "greeter@0.4.2"

static const char manifest[] =
    "[package]\nname = \"greeter\"\nversion = \"0.4.2\"\n\n[runtime]\nlanguage = \"python\"\nentry = \"greet\"\n";
static const char source[] = "async def greet(input: dict) -> str:\n    return 'hello ' + input['to']\n";

static int run(pie_client *client, const char *input, const char *wanted) {
  int32_t exists = 7;
  OK(pie_client_check_program(client, NAME, NULL, NULL, WAIT, &exists, &error));
  if (!exists)
    OK(pie_client_install_program_bytes(client, source, sizeof source - 1, manifest, 0, WAIT, &error));
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  pie_process *process = POISON;
  OK(pie_client_launch_process(client, NAME, &options, WAIT, &process, &error));
  char *result = POISON;
  OK(pie_process_result(process, WAIT, &result, &error));
  EQ_TEXT(result, wanted);
  pie_string_free(result);
  pie_process_free(process);
  return exists;
}

int main(void) {
  pie_client *client = dial_real();
  run(client, "{\"to\": \"you\"}", "hello you");
  EQ(run(client, "{\"to\": \"all\"}", "hello all"), 1);
  hang_up(client);
  return finish();
}
