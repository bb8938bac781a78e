/* An asynchronous call fails on the spot for a wrong argument or on a client that is closed, lost or not logged in.
   What the engine says, and that it says nothing in time, comes as DONE, however fast it comes: a host that began a
   call needs one place where its outcome arrives. */
#include "twins.h"

enum { TIMES = 1000 };

static void refused(int generation) {
  pie_client *client = dial(generation, "refuse=ping:no&refuse=launch_process:no", NULL);
  pie_queue *queue = pie_queue_new();
  int at_once = 0;
  for (uint64_t i = 0; i < TIMES; i++) {
    int launches = i % 10 == 9;
    pie_status status = launches ? pie_client_launch_process_async(client, ECHO, NULL, WAIT, queue, i, NULL, NULL)
                                 : pie_client_ping_async(client, WAIT, queue, i, NULL, NULL);
    at_once += status != PIE_OK;
    if (status != PIE_OK)
      EQ(status, PIE_E_REJECTED);
    else
      DONE(queue, i, PIE_E_REJECTED);
  }
  if (at_once > 0) fprintf(stderr, "the engine refused %d calls of %d before they had returned\n", at_once, TIMES);
  EQ(at_once, 0);
  pie_queue_free(queue);
  hang_up(client);
}

static void timed_out(int generation) {
  static const char *const inputs[64];
  pie_client *client = dial(generation, "silent=launch_process", NULL);
  pie_queue *queue = pie_queue_new();
  int at_once = 0;
  for (uint64_t i = 0; i < 100; i++) {
    pie_status status = pie_client_launch_processes_async(client, ECHO, inputs, 64, NULL, 1, queue, i, NULL, NULL);
    at_once += status != PIE_OK;
    if (status != PIE_OK)
      EQ(status, PIE_E_TIMED_OUT);
    else
      DONE(queue, i, PIE_E_TIMED_OUT);
  }
  if (at_once > 0) fprintf(stderr, "%d launches of 100 were out of time before they had returned\n", at_once);
  EQ(at_once, 0);
  pie_queue_free(queue);
  hang_up(client);
}

int main(void) {
  EACH_GENERATION(generation) refused(generation), timed_out(generation);
  return finish();
}
