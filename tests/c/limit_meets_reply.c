/* A request given up: a process whose launch reply comes after that is terminated by the library; also one whose
   reply comes at the very moment at which the time is up. */
#include "harness.h"

enum { LAUNCHES = 300, LONGEST = 6, AFTER_EVENTS = 60 };

/* Events that come before the reply to the launch: the library has them in hand when the reply comes. */
#define LATE "['early',[['sendn',500]]],['recv',0]"

/* What came is ended by its owner; tells whether it did. */
static int came(pie_client *client, const char *ops, int64_t limit) {
  pie_process *process = POISON;
  pie_error *error = POISON;
  pie_status status = try_launch(client, ops, limit, 0, &process, &error);
  CHECK((status == PIE_OK) == (process != NULL));
  pie_error_free(error);
  if (status != PIE_OK) {
    EQ(status, PIE_E_TIMED_OUT);
    return 0;
  }
  OK(pie_process_terminate(process, WAIT, &error));
  pie_process_free(process);
  return 1;
}

static void at_all_times(pie_client *client) {
  int count = 0;
  for (int i = 0; i < LAUNCHES; i++) count += came(client, "['recv',0]", i % (LONGEST + 1));
  CHECK(count < LAUNCHES);
}

/* With limits of all lengths up to the time that one takes. */
static void after_events(pie_client *client) {
  int64_t begun = now_ms();
  CHECK(came(client, LATE, WAIT));
  int64_t whole = now_ms() - begun;
  for (int i = 0; i < AFTER_EVENTS; i++) came(client, LATE, 1 + whole * (i % 20) / 20);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *other = dial(generation, NULL, NULL);
    static const char *const faults[] = {NULL, "delay=launch_process:3"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
      pie_client *client = dial(generation, faults[i], NULL);
      at_all_times(client);
      if (i == 0) after_events(client);
      /* Counted while it is connected: engines 0.5 end what they ran for a connection that is lost. */
      await_number(other, "processes", 0);
      hang_up(client);
    }
    hang_up(other);
  }
  return finish();
}
