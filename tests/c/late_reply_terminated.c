/* A request given up: a process whose launch reply comes after that is terminated by the library. */
#include "harness.h"

static void give_up(int generation, const char *faults) {
  pie_client *client = dial(generation, faults, NULL), *other = dial(generation, NULL, NULL);
  pie_process *process = POISON;
  FAILS(try_launch(client, "['send','unheard'],['never']", 500, 0, &process, &error), PIE_E_TIMED_OUT,
        "launch_process", "that one is terminated");
  CHECK(process == NULL);
  while (count_sent(client, "terminate_process") == 0) rest_ms(5);
  await_number(other, "processes", 0);
  EQ(count_sent(client, "terminate_process"), 1);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  /* What comes afterwards has nothing to do with it. */
  process = launch(client, "['send','heard']");
  STREAM(process, "msg:heard|return:done");
  pie_process_free(process);
  hang_up(client);
  hang_up(other);
}

int main(void) {
  EACH_GENERATION(generation) {
    give_up(generation, "delay=launch_process:1500");
    give_up(generation, "hold=launch_process:1500");
  }
  return finish();
}
