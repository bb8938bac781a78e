/* pie_launch_options: input is JSON, checked before it is sent, NULL = {}. Versions: struct_size bytes are taken,
   zero for later fields; too small, or a non-zero byte beyond what the library knows, is PIE_E_ABI_MISMATCH; unknown
   flag bits are PIE_E_INVALID_ARGUMENT. */
#include "harness.h"

typedef struct longer_options {
  pie_launch_options known;
  unsigned char tail[64];
} longer_options;

static void returns(pie_client *client, const pie_launch_options *options, const char *wanted) {
  pie_process *process = POISON;
  OK(pie_client_launch_process(client, ECHO, options, WAIT, &process, &error));
  STREAM(process, wanted);
  pie_process_free(process);
}

static void inputs(pie_client *client) {
  static const char *const broken[] = {"",      " ",    "{",      "nonsense", "{'a':1}", "{\"a\":1,}",
                                       "[1 2]", "{} x", "\"open", "01",       "NaN"};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON;
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    options.input = broken[i];
    NAMES(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error), "input");
    CHECK(process == NULL);
  }
  EQ(count_sent(client, "launch_process"), 0);
  returns(client, NULL, "return:{}");
  options.input = NULL;
  returns(client, &options, "return:{}");
  options.input = "{\"a\":[1,2.5,true,null,\"\\u00fc\"]}";
  returns(client, &options, "return:{\"a\":[1,2.5,true,null,\"\\u00fc\"]}");
  options.input = "\"text\"";
  pie_process *text = POISON;
  OK(pie_client_launch_process(client, ECHO, &options, WAIT, &text, &error));
  free(transcript(text));
  pie_process_free(text);
}

static void sizes(pie_client *client) {
  pie_launch_options small = PIE_LAUNCH_OPTIONS_INIT;
  longer_options big;
  pie_process *process = POISON;
  static const uint32_t wrong[] = {0, 1, 4, sizeof(pie_launch_options) - 1};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    small.struct_size = wrong[i];
    STATUS(pie_client_launch_process(client, ECHO, &small, WAIT, &process, &error), PIE_E_ABI_MISMATCH);
    CHECK(process == NULL);
  }
  memset(&big, 0, sizeof big);
  big.known.struct_size = sizeof big;
  returns(client, &big.known, "return:{}");
  for (size_t i = 0; i < sizeof big.tail; i += 9) {
    big.tail[i] = 1;
    STATUS(pie_client_launch_process(client, ECHO, &big.known, WAIT, &process, &error), PIE_E_ABI_MISMATCH);
    big.tail[i] = 0;
  }
}

static void flags(pie_client *client) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON;
  for (int bit = 1; bit < 32; bit++) {
    options.flags = (uint32_t)1 << bit;
    NAMES(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error), "flags");
  }
}

static void budget(pie_client *client, int generation) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON;
  options.token_budget = 1234;
  if (generation == PIE_GENERATION_0_5) {
    FAILS(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error), PIE_E_UNSUPPORTED, "token_budget",
          "0.5");
    return;
  }
  returns(client, &options, "return:{}");
  char *frames = look(client, "received");
  EQ(count_text(frames, "\"token_budget\":1234"), 1);
  pie_string_free(frames);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    inputs(client);
    size_t before = count_sent(client, "launch_process");
    flags(client);
    EQ(count_sent(client, "launch_process"), before);
    sizes(client);
    budget(client, generation);
    hang_up(client);
  }
  return finish();
}
