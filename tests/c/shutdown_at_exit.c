/* Calls from an exit handler, with connections and a callback at work, do what they do elsewhere: pings, signals, a
   close, pie_shutdown. */
#include "callbacks.h"

static pie_client *last_client;
static pie_process *last_process;
static record last_seen = RECORD_INIT;

static void at_exit(void) {
  pie_client *another = dial(PIE_GENERATION_0_4, NULL, "close_timeout_ms=20");
  OK(pie_client_ping(last_client, WAIT, NULL, &error));
  OK(pie_process_signal(last_process, "x", &error));
  hang_up(another);
  OK(pie_shutdown(WAIT, &error));
  EQ(last_seen.drops.value, 1);
  pie_process_free(last_process);
  pie_client_free(last_client);
  OK(pie_shutdown(WAIT, &error));
}

int main(void) {
  last_client = dial(PIE_GENERATION_0_5, NULL, "close_timeout_ms=20");
  last_process = launch(last_client, "['spam',3000,10],['never']");
  OK(pie_process_set_callback(last_process, write_down, &last_seen, write_drop, &error));
  gate_await(&last_seen.calls, 10);
  EQ(atexit(at_exit), 0);
  return 0;
}
