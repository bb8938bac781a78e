/* A stalled engine never makes memory grow: eight threads signal, ping, launch and upload without end, and what waits to
 * be sent keeps its bounds: upload_window_bytes, 1 MiB for requests, and the message that goes over it. */
#include "memory.h"

enum { THREADS = 8, WINDOW = 1 << 20, REQUESTS = 1 << 20, SIGNAL = 1 << 18, ROOM_KB = 12 << 10 };

typedef struct thread {
  pie_client *client;
  pie_process *process;
  const char *text;
  const char *path;
  int number, rounds;
} thread;

/* The most bytes that an error has told of. */
static gate most = GATE_INIT;

static void is_bounded(pie_status status, pie_error *error, pie_status wanted) {
  static const char told[] = "the engine does not read: ";
  if (status == PIE_OK) return;
  EQ(status, wanted);
  const char *at = strstr(pie_error_message(error), told);
  long waits = at ? strtol(at + strlen(told), NULL, 10) : 0;
  pthread_mutex_lock(&most.lock);
  if (waits > most.value) most.value = (int)waits;
  pthread_mutex_unlock(&most.lock);
  pie_error_free(error);
}

static void *press(void *argument) {
  const thread *thread = argument;
  for (int i = 0; i < thread->rounds; i++) {
    pie_error *error = POISON;
    pie_process *process = POISON;
    pie_status status, wanted = PIE_E_TIMED_OUT;
    switch ((thread->number + i) % 4) {
    case 0:
      status = pie_process_signal(thread->process, thread->text, &error);
      wanted = PIE_E_BUSY;
      break;
    case 1:
      status = pie_client_ping(thread->client, 5, NULL, &error);
      break;
    case 2:
      status = pie_process_transfer_path(thread->process, thread->path, 20, &error);
      break;
    default:
      status = pie_client_launch_process(thread->client, ECHO, NULL, 5, &process, &error);
      CHECK(process == NULL);
    }
    is_bounded(status, error, wanted);
  }
  return NULL;
}

static void stalled(int generation, const char *path, const char *text, int measured) {
  pie_client *client = dial(generation, "freeze_on=ping", "upload_window_bytes=1048576 close_timeout_ms=0");
  pie_process *process = launch(client, "['never']");
  thread threads[THREADS];
  pthread_t ids[THREADS];
  freeze(client);
  if (measured) reset_peak();
  long before = measured ? peak_kb() : 0;
  most.value = 0;
  for (int i = 0; i < THREADS; i++) {
    threads[i] = (thread){client, process, text, path, i, measured ? 400 : 60};
    ids[i] = spawn(press, &threads[i]);
  }
  for (int i = 0; i < THREADS; i++) join(ids[i]);
  printf("%d bytes waited at most", most.value);
  /* Each thread may have looked before another one's message went over the limit: they take turns at that. */
  CHECK(most.value >= WINDOW && most.value < WINDOW + REQUESTS + SIGNAL + 4096);
  if (measured) {
    long grown = peak_kb() - before;
    printf(", the peak grew by %ld KiB", grown);
    CHECK(grown < ROOM_KB);
  }
  printf("\n");
  fflush(stdout);
  pie_client_free(client);
  ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
}

int main(void) {
  char *path = temporary_file("", 0), *text = have(malloc(SIGNAL + 1));
  EQ(truncate(path, 64 << 20), 0);
  memset(text, 's', SIGNAL);
  text[SIGNAL] = '\0';
  EACH_GENERATION(generation) stalled(generation, path, text, is_measurable());
  unlink(path);
  free(path);
  free(text);
  return finish();
}
