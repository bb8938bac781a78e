/* pie_client_launch_processes with PIE_LAUNCH_NO_CAPTURE on 0.5, which tells no ids: when one cannot be started, the
   others run on, and the error does not say that they were terminated. */
#include "harness.h"

enum { COUNT = 4 };

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  char *lives = script("['never']"), *bad = script("['refuse','not now']");
  const char *inputs[COUNT] = {lives, lives, bad, lives};
  pie_process *out[COUNT] = {POISON, POISON, POISON, POISON};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = POISON;
  options.flags = PIE_LAUNCH_NO_CAPTURE;
  EQ(pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, WAIT, out, &error), PIE_E_REJECTED);
  for (int i = 0; i < COUNT; i++) CHECK(out[i] == NULL);
  HAS(pie_error_message(error), "inputs[2]");
  HAS(pie_error_message(error), "not now");
  await_number(client, "processes", COUNT - 1);
  EQ(count_sent(client, "terminate_process"), 0);
  if (strstr(pie_error_message(error), "are terminated")) fprintf(stderr, "%s\n", pie_error_message(error));
  CHECK(strstr(pie_error_message(error), "are terminated") == NULL);
  pie_error_free(error);
  free(lives), free(bad);
  hang_up(client);
  return finish();
}
