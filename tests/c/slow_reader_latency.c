/* One slow reader harms nobody else: how long pings take, and messages of another process, while nobody takes the events of
 * one that says as much as it can; and that memory keeps its bound meanwhile. Prints times, judges none. */
#include "memory.h"
#include "pause.h"

enum { PINGS = 200, LIMIT = 4 << 20, ROOM_KB = 12 << 10 };

static int by_size(const void *a, const void *b) {
  int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
  return one < other ? -1 : one > other;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void print_times(const char *what, int64_t *times, int count) {
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("  %-44s p50 %8.1f us   p99 %8.1f us   most %8.1f us\n", what, (double)times[count / 2] / 1e3,
         (double)times[count * 99 / 100] / 1e3, (double)times[count - 1] / 1e3);
  fflush(stdout);
}

static void measure(pie_client *client, const char *what, int count) {
  static int64_t times[PINGS];
  char line[100];
  for (int i = 0; i < count; i++) OK(pie_client_ping(client, WAIT, &times[i], &error));
  snprintf(line, sizeof line, "pings, %s", what);
  print_times(line, times, count);
  for (int i = 0; i < count; i++) {
    pie_process *process = launch(client, "['recv',0]");
    int64_t begun = now_ns();
    OK(pie_process_signal(process, "x", &error));
    await_message(process, "got:x");
    times[i] = now_ns() - begun;
    STREAM(process, "return:done");
    pie_process_free(process);
  }
  snprintf(line, sizeof line, "signal to message, %s", what);
  print_times(line, times, count);
}

int main(void) {
  int measured = is_measurable(), count = measured ? PINGS : 50;
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "queue_max_bytes=4194304");
    printf("generation 0.%d\n", generation);
    measure(client, "nothing else", count);
    if (measured) reset_peak();
    long before = measured ? peak_kb() : 0;
    pie_process *full = launch(client, "['spam',8192,1024],['recv',0],['return','end']");
    OK(pie_client_ping(client, WAIT, NULL, &error));
    measure(client, "one queue full", count);
    /* Longer than it takes. */
    char *ops = spam_ops(10000, 256, 1024);
    pie_process *busy = launch(client, ops);
    free(ops);
    measure(client, "one unread at full speed", count);
    EQ(look_number(client, "processes"), 2); /* it has not come to its end */
    if (measured) {
      long grown = peak_kb() - before;
      printf("  the peak grew by %ld KiB for two full queues of %d KiB\n", grown, LIMIT >> 10);
      CHECK(grown < 2 * ROOM_KB);
    }
    pie_process_free(full);
    pie_process_free(busy);
    pie_client_free(client);
  }
  return finish();
}
