/* PIE_E_TOO_LARGE: a message larger than an engine of the generation takes is refused here, with that limit named, for the
   engine would never answer; the connection goes on. */
#include "harness.h"

int main(void) {
  EACH_GENERATION(generation) {
    const char *limit = generation == PIE_GENERATION_0_4 ? "16777216" : "7340032";
    size_t size = generation == PIE_GENERATION_0_4 ? 17 << 20 : 8 << 20;
    char *text = malloc(size + 3);
    CHECK(text != NULL);
    memset(text, 'i', size + 2);
    text[0] = text[size + 1] = '"';
    text[size + 2] = '\0';
    pie_client *client = dial(generation, NULL, NULL);
    pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
    pie_process *process = POISON;
    char *answer = POISON;
    options.input = text;
    FAILS(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error), PIE_E_TOO_LARGE, limit);
    FAILS(pie_client_signal_process(client, NO_SUCH_ID, text, &error), PIE_E_TOO_LARGE, limit);
    FAILS(pie_client_query(client, "model_status", text, WAIT, &answer, &error), PIE_E_TOO_LARGE, limit);
    CHECK(process == NULL && answer == NULL);
    OK(pie_client_ping(client, WAIT, NULL, &error));
    hang_up(client);
    free(text);
  }
  return finish();
}
