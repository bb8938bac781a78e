/* Threads, transfer_file, install_program_bytes: uploads from several threads over one client all arrive, also of
   the same bytes, which engines 0.4 tell apart by their hash alone. */
#include "harness.h"

enum { THREADS = 4, SIZE = 600000 };

static unsigned char *bytes;

static void *send_file(void *argument) {
  pie_client *client = argument;
  pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
  await_message(process, "ready");
  OK(pie_process_transfer_file(process, bytes, SIZE, WAIT, &error));
  STREAM(process, "file:600000|return:done");
  pie_process_free(process);
  return NULL;
}

static void *install(void *argument) {
  OK(pie_client_install_program_bytes(argument, bytes, SIZE, MANIFEST("at-once"), 1, WAIT, &error));
  return NULL;
}

typedef struct upload {
  pie_client *client;
  char manifest[64];
  size_t size;
} upload;

static void *upload_one(void *argument) {
  const upload *with = argument;
  OK(pie_client_install_program_bytes(with->client, bytes, with->size, with->manifest, 1, WAIT, &error));
  return NULL;
}

static gate in_line = GATE_INIT;

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)level, (void)target, (void)user_data;
  if (strstr(message, "of this client's uploads") != NULL) gate_add(&in_line, 1);
}

/* While the engine does not read, the first is stuck; the others go in the order of their calls. */
static void in_order(void) {
  enum { COUNT = 5, BIG = 24 << 20 };
  pie_client *client = dial(PIE_GENERATION_0_5, "pause_ms=3000", NULL);
  upload uploads[COUNT];
  pthread_t threads[COUNT];
  free(bytes);
  bytes = pattern(BIG);
  pie_set_log_callback(PIE_LOG_DEBUG, on_log, NULL);
  for (int i = 0; i < COUNT; i++) {
    uploads[i].client = client;
    uploads[i].size = i == 0 ? BIG : 1;
    snprintf(uploads[i].manifest, sizeof uploads[i].manifest, MANIFEST("in-order-%d"), i);
    threads[i] = spawn(upload_one, &uploads[i]);
    gate_await(&in_line, i + 1);
  }
  for (int i = 0; i < COUNT; i++) join(threads[i]);
  pie_set_log_callback(PIE_LOG_OFF, NULL, NULL);
  char *frames = look(client, "received");
  const char *at = frames;
  for (int i = 0; i < COUNT; i++) {
    char name[32];
    snprintf(name, sizeof name, "in-order-%d", i);
    at = strstr(at, name);
    CHECK(at != NULL);
  }
  pie_string_free(frames);
  hang_up(client);
}

int main(void) {
  bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    for (int round = 0; round < 5; round++) {
      pthread_t threads[2 * THREADS];
      for (int i = 0; i < THREADS; i++) threads[i] = spawn(send_file, client);
      for (int i = THREADS; i < 2 * THREADS; i++) threads[i] = spawn(install, client);
      for (int i = 0; i < 2 * THREADS; i++) join(threads[i]);
    }
    hang_up(client);
  }
  in_order();
  free(bytes);
  return finish();
}
