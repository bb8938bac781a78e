/* pie_client_launch_processes and pie_client_run_processes: all or none at whatever moment the time is up: before,
   between and while the answers come, none of the processes is left behind, nor any of their events. */
#include "harness.h"

enum { COUNT = 20, ROUNDS = 60 };

#define LIVES "['early',[['send','early']]],['send','x'],['never']"
/* One that ends while the others are still being answered. */
#define BRIEF_ONE "['send','x'],['return','over']"

static const char *inputs[COUNT];

static int launches(pie_client *client, int64_t limit) {
  pie_process *out[COUNT];
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_error *error = POISON;
  options.queue = pie_queue_new();
  for (int i = 0; i < COUNT; i++) out[i] = POISON;
  pie_status status = pie_client_launch_processes(client, ECHO, inputs, COUNT, &options, limit, out, &error);
  for (int i = 0; i < COUNT; i++) {
    CHECK((status == PIE_OK) == (out[i] != NULL));
    if (out[i] != NULL) OK(pie_process_terminate(out[i], WAIT, &error));
    pie_process_free(out[i]);
  }
  if (status != PIE_OK) EQ(status, PIE_E_TIMED_OUT);
  pie_error_free(error);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_event *event = POISON;
  STATUS(pie_queue_recv(options.queue, 0, &event, &error), PIE_EMPTY);
  pie_queue_free(options.queue);
  return status == PIE_OK;
}

static void runs(pie_client *client, int64_t limit) {
  char *json = POISON;
  STATUS(pie_client_run_processes(client, ECHO, inputs, COUNT, NULL, limit, &json, &error), PIE_E_TIMED_OUT);
  CHECK(json == NULL);
}

static void at_all_times(int generation, const char *faults) {
  pie_client *client = dial(generation, faults, NULL), *other = dial(generation, NULL, NULL);
  int64_t begun = now_ms();
  CHECK(launches(client, WAIT));
  int64_t whole = now_ms() - begun + 1;
  for (int i = 0; i < ROUNDS; i++) {
    launches(client, 1 + whole * (i % 20) / 20);
    if (i % 3 == 0) runs(client, 1 + whole * (i % 20) / 20);
  }
  /* Counted while it is connected: engines 0.5 end what they ran for a connection that is lost. */
  await_number(other, "processes", 0);
  hang_up(client);
  hang_up(other);
}

int main(void) {
  char *lives = script(LIVES), *ends = script(BRIEF_ONE);
  for (int i = 0; i < COUNT; i++) inputs[i] = i % 5 == 3 ? ends : lives;
  EACH_GENERATION(generation) {
    at_all_times(generation, NULL);
    at_all_times(generation, "delay=launch_process:3");
    at_all_times(generation, "duplicate=*");
  }
  free(lives), free(ends);
  return finish();
}
