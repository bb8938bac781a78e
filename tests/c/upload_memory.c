/* upload_window_bytes: how much of an upload may wait in memory. A file of any size goes up from a path without being
   held as a whole, and from memory without a second copy; and of one that comes down there is one copy at any time, the
   event's. PIE_TEST_UPLOAD_MB sets the size. */
#include "harness.h"
#include "memory.h"

enum { ROOM_KB = 8 << 10, CHUNK = 262144 };

/* The size and the hash that the engine found. */
static char *sent(pie_client *client, const char *path, const unsigned char *bytes, size_t size, int measured) {
  pie_process *process = launch(client, "['send','ready'],['recv_file',0]");
  await_message(process, "ready");
  if (measured) reset_peak();
  long before = measured ? peak_kb() : 0;
  if (path)
    OK(pie_process_transfer_path(process, path, WAIT * 5, &error));
  else
    OK(pie_process_transfer_file(process, bytes, size, WAIT * 5, &error));
  if (measured) {
    long grown = peak_kb() - before;
    printf("%zu MiB from %s: the peak grew by %ld KiB\n", size >> 20, path ? "a path" : "memory", grown);
    fflush(stdout);
    CHECK(grown < ROOM_KB);
  }
  pie_event *event = POISON;
  OK(pie_process_recv(process, WAIT * 5, &event, &error));
  char *text = strdup(event->data);
  CHECK(text != NULL);
  pie_event_free(event);
  STREAM(process, "return:done");
  pie_process_free(process);
  return text;
}

static void received(pie_client *client, size_t size, int measured) {
  char ops[64];
  snprintf(ops, sizeof ops, "['recv',0],['send_file',%zu]", size);
  pie_process *process = launch(client, ops);
  if (measured) reset_peak();
  long before = measured ? peak_kb() : 0;
  OK(pie_process_signal(process, "go", &error));
  await_message(process, "got:go");
  pie_event *event = POISON;
  OK(pie_process_recv(process, WAIT * 5, &event, &error));
  EQ(event->kind, PIE_EVENT_FILE);
  EQ(event->status, PIE_OK);
  EQ(event->size, size);
  if (measured) {
    long grown = peak_kb() - before;
    printf("%zu MiB down: the peak grew by %ld KiB\n", size >> 20, grown);
    fflush(stdout);
    CHECK(grown < (long)(size >> 10) + ROOM_KB);
  }
  pie_event_free(event);
  STREAM(process, "return:done");
  pie_process_free(process);
}

/* How much waits of an upload to an engine that has stopped reading; 0: the time was up before. */
static long waiting(int generation, const char *options, int64_t limit) {
  static const char told[] = "the engine does not read: ";
  const size_t size = (size_t)32 << 20;
  pie_client *client = dial(generation, "freeze_on=ping", options);
  pie_process *process = launch(client, "['never']");
  pie_error *error = POISON;
  unsigned char *bytes = have(calloc(1, size));
  freeze(client);
  EQ(pie_process_transfer_file(process, bytes, size, limit, &error), PIE_E_TIMED_OUT);
  const char *at = strstr(pie_error_message(error), told);
  long count = at ? strtol(at + strlen(told), NULL, 10) : 0;
  pie_error_free(error);
  free(bytes);
  pie_process_free(process);
  pie_client_free(client);
  return count;
}

/* As much as the option says, and the chunk that goes over it. */
static void fills_its_window(int generation, long window) {
  char options[64];
  long waits = 0;
  snprintf(options, sizeof options, "close_timeout_ms=0 upload_window_bytes=%ld", window);
  for (int64_t limit = 500; waits == 0 && limit < WAIT / 4; limit *= 2) waits = waiting(generation, options, limit);
  if (waits < window || waits >= window + CHUNK + 4096) fprintf(stderr, "%ld wait in a window of %ld\n", waits, window);
  CHECK(waits >= window && waits < window + CHUNK + 4096);
}

int main(void) {
  const char *wanted = getenv("PIE_TEST_UPLOAD_MB");
  int measured = is_measurable();
  size_t size = ((size_t)(measured ? strtol(wanted && *wanted ? wanted : "200", NULL, 10) : 8) << 20) + 1;
  char *path = temporary_file("", 0), start[64];
  EQ(truncate(path, (off_t)size), 0);
  EACH_GENERATION(generation) {
    fills_its_window(generation, 1 << 20);
    fills_its_window(generation, 8 << 20);
    pie_client *client = dial(generation, NULL, "upload_window_bytes=1048576");
    char *by_path = sent(client, path, NULL, size, measured);
    unsigned char *bytes = malloc(size);
    CHECK(bytes != NULL);
    memset(bytes, 0, size);
    char *by_memory = sent(client, NULL, bytes, size, measured);
    free(bytes);
    snprintf(start, sizeof start, "file:%zu:", size);
    EQ(strncmp(by_path, start, strlen(start)), 0);
    EQ_TEXT(by_memory, by_path);
    received(client, measured ? size / 4 : size, measured);
    free(by_path);
    free(by_memory);
    hang_up(client);
  }
  unlink(path);
  free(path);
  return finish();
}
