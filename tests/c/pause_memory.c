/* overflow=pause: nobody reads, and the engine has as much to say as it likes: memory stays within queue_max_bytes, the
 * engine waits, and once somebody reads, all of it is there. PIE_TEST_PAUSE_MB sets how much. */
#include "memory.h"
#include "pause.h"

enum { SIZE = 16384, EACH = 64, ROOM_KB = 12 << 10 };

static long running(pie_client *client) { return look_number(client, "processes"); }

static void unread(int generation, long megabytes, int measured) {
  pie_client *client = dial(generation, NULL, "overflow=pause queue_max_bytes=4194304");
  pie_client *other = dial(generation, NULL, NULL);
  char *ops = spam_ops(megabytes, EACH, SIZE);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  if (measured) reset_peak();
  long before = measured ? peak_kb() : 0, count = 0;
  pie_process *process = launch(client, ops);
  free(ops);
  await_pause(client, pie_process_id(process));
  for (int i = 0; i < 5; i++) STATUS(pie_client_ping(client, BRIEF, NULL, &error), PIE_E_TIMED_OUT);
  EQ(running(other), 1); /* it waits */
  for (int last = 0; !last; count++) {
    pie_event *event = take(process);
    EQ(event->sequence, count);
    last = event->kind == PIE_EVENT_RETURN;
    if (!last) EQ(spam_number(event), count % EACH), EQ(event->size, SIZE);
    pie_event_free(event);
  }
  EQ(count, megabytes * EACH + 1);
  if (measured) {
    long grown = peak_kb() - before;
    printf("%ld MiB to nobody, then taken: the peak grew by %ld KiB\n", megabytes, grown);
    fflush(stdout);
    CHECK(grown < ROOM_KB);
  }
  EQ(running(other), 0);
  pie_process_free(process);
  hang_up(client);
  hang_up(other);
}

int main(void) {
  const char *wanted = getenv("PIE_TEST_PAUSE_MB");
  int measured = is_measurable();
  /* A quarter is more, too, than the buffers of both kernels hold. */
  long megabytes = strtol(wanted && *wanted ? wanted : "256", NULL, 10);
  unread(PIE_GENERATION_0_4, megabytes, measured);
  unread(PIE_GENERATION_0_5, megabytes / 4, measured);
  return finish();
}
