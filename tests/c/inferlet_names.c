/* An inferlet is named `name@major.minor.patch`; what cannot be one is PIE_E_INVALID_ARGUMENT naming the parameter, and
   not sent. */
#include "harness.h"

static const char *const wrong[] = {"",
                                    "@",
                                    "@0.1.0",
                                    "echo@",
                                    "echo@1",
                                    "echo@1.2",
                                    "echo@1.2.",
                                    "echo@1.2.3.4",
                                    "echo@a.b.c",
                                    "echo@latest",
                                    "echo@0.1.0 ",
                                    " echo@0.1.0",
                                    "-echo@0.1.0",
                                    "_echo@0.1.0",
                                    "a b@0.1.0",
                                    "ns/echo@0.1.0",
                                    "echo@0.1.0-rc1",
                                    "echo@0.1.0\n",
                                    "echo@v0.1.0",
                                    "echo@0.-1.0",
                                    "a@b@0.1.0",
                                    "\xc3\xa9-@0.1.0",
                                    "../echo@0.1.0",
                                    "echo@\xd9\xa0.\xd9\xa1.\xd9\xa0"};

static const char *const right[] = {"a@0.0.0", "9@1.2.3", "Hello_World-2@10.20.30", "x-@007.00.1",
                                    "a@99999999999999999999.0.0"};

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  int32_t exists = 7;
  pie_process *process = POISON;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    NAMES(pie_client_check_program(client, wrong[i], NULL, NULL, WAIT, &exists, &error), "inferlet");
    NAMES(pie_client_launch_process(client, wrong[i], NULL, WAIT, &process, &error), "inferlet");
    CHECK(exists == 0 && process == NULL);
  }
  EQ(count_sent(client, "check_program"), 0);
  EQ(count_sent(client, "launch_process"), 0);
  for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
    OK(pie_client_check_program(client, right[i], NULL, NULL, WAIT, &exists, &error));
    EQ(exists, 0);
    STATUS(pie_client_launch_process(client, right[i], NULL, WAIT, &process, &error), PIE_E_REJECTED);
  }
  hang_up(client);
  return finish();
}
