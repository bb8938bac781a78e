/* An engine behind TLS that does not read for a while: what waits is bounded, TLS loses none of 64 MiB, and the same the
   other way, where the host is slow. */
#include "memory.h"
#include "tls.h"

enum { ROOM_KB = 16 << 10 };

/* Less under valgrind and the sanitizers, which take their time. */
static int mib = 64;

static void bounded(const char *what, long before, long more_kb, int measured) {
  if (!measured) return;
  printf("%s: the peak grew by %ld KiB\n", what, peak_kb() - before);
  CHECK(peak_kb() - before < more_kb + ROOM_KB);
}

/* A message for each small step; they wait in the kernel, in TLS and in the backlog, until the engine reads. */
static void up(int generation, int measured) {
  size_t size = 1 << 20;
  char *text = have(malloc(size + 1));
  memset(text, 'm', size);
  text[size] = '\0';
  pie_client *client = dial_tls(generation, "pause_ms=500", NULL);
  if (measured) reset_peak();
  long before = measured ? peak_kb() : 0;
  for (int sent = 0; sent < mib;) {
    pie_error *error = NULL;
    pie_status status = pie_client_signal_process(client, NO_SUCH_ID, text, &error);
    if (status == PIE_OK)
      sent++;
    else
      EQ(status, PIE_E_BUSY), rest_ms(1);
    pie_error_free(error);
  }
  bounded("up", before, 0, measured);
  EQ(count_sent(client, "signal_process"), mib);
  free(text);
  hang_up(client);
}

/* One message that the kernel does not take at once, and nothing behind it: its last bytes wait in TLS alone. */
static void last_bytes(void) {
  size_t size = 6 << 20;
  char *ops = have(malloc(size + 32));
  memset(ops, 'm', size);
  memcpy(ops, "['send','", 9);
  strcpy(ops + size, "']");
  for (int again = 0; again < 5; again++) {
    pie_client *client = dial_tls(PIE_GENERATION_0_5, "pause_ms=100", NULL);
    pie_process *process = launch(client, ops);
    pie_event *event = take(process);
    EQ(event->size, size - 9);
    pie_event_free(event);
    STREAM(process, "return:done");
    pie_process_free(process);
    hang_up(client);
  }
  free(ops);
}

static void down(int generation, int measured) {
  char ops[64];
  size_t size = 1 << 20;
  snprintf(ops, sizeof ops, "['spam',%d,%zu]", mib, size);
  pie_client *client = dial_tls(generation, NULL, NULL);
  if (measured) reset_peak();
  long before = measured ? peak_kb() : 0;
  pie_process *process = launch(client, ops);
  for (int i = 0; i < mib; i++) {
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    EQ(event->size, size);
    EQ(strtol(event->data, NULL, 10), i);
    pie_event_free(event);
  }
  STREAM(process, "return:done");
  bounded("down", before, mib << 10, measured);
  pie_process_free(process);
  hang_up(client);
}

int main(void) {
  int measured = is_measurable();
  if (!measured) mib = 8;
  up(PIE_GENERATION_0_4, measured);
  last_bytes();
  down(PIE_GENERATION_0_5, measured);
  return finish();
}
