/* Nothing hangs: with an engine that neither reads nor writes, each wait with a finite timeout ends within it. */
#include "harness.h"

/* Ends late only on a machine that is late: nowhere near the time that a hang would take. */
#define BOUNDED(call)                    \
  do {                                   \
    int64_t begun_ = now_ms();           \
    STATUS(call, PIE_E_TIMED_OUT);       \
    CHECK(now_ms() - begun_ < WAIT / 2); \
  } while (0)

static void frozen(int generation) {
  size_t size = 24 << 20;
  unsigned char *bytes = pattern(size);
  char *path = temporary_file(bytes, size), *manifest = temporary_file(MANIFEST("f"), strlen(MANIFEST("f")));
  char *text = POISON;
  pie_client *client = dial(generation, "freeze_on=ping", NULL);
  pie_process *process = launch(client, "['never']"), *none = POISON;
  pie_process_list *list = POISON;
  pie_event *event = POISON;
  int32_t exists = 7;
  BOUNDED(pie_client_ping(client, BRIEF, NULL, &error));
  BOUNDED(pie_client_ping(client, 1, NULL, &error));
  BOUNDED(pie_client_query(client, "s", "r", BRIEF, &text, &error));
  BOUNDED(pie_client_check_program(client, ECHO, NULL, NULL, BRIEF, &exists, &error));
  BOUNDED(pie_client_launch_process(client, ECHO, NULL, BRIEF, &none, &error));
  int64_t before = now_ms();
  batches_give(client, generation, BRIEF, PIE_E_TIMED_OUT);
  CHECK(now_ms() - before < WAIT / 2);
  BOUNDED(pie_client_list_processes(client, BRIEF, &list, &error));
  BOUNDED(pie_client_terminate_process(client, NO_SUCH_ID, BRIEF, &error));
  BOUNDED(pie_process_terminate(process, BRIEF, &error));
  BOUNDED(pie_process_result(process, BRIEF, &text, &error));
  BOUNDED(pie_process_transfer_file(process, bytes, size, BRIEF, &error));
  BOUNDED(pie_process_transfer_path(process, path, BRIEF, &error));
  BOUNDED(pie_client_install_program_bytes(client, bytes, size, MANIFEST("f"), 0, BRIEF, &error));
  BOUNDED(pie_client_install_program(client, path, manifest, 0, BRIEF, &error));
  BOUNDED(pie_client_ping(client, BRIEF, NULL, &error)); /* behind a full buffer */
  STATUS(pie_process_recv(process, BRIEF, &event, &error), PIE_EMPTY);
  int64_t begun = now_ms();
  OK(pie_client_close(client, WAIT, &error));
  CHECK(now_ms() - begun < WAIT / 2);
  ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
  pie_client_free(client);
  unlink(path), unlink(manifest);
  free(path), free(manifest);
  free(bytes);
}

static void *stuck(void *argument) {
  size_t size = 24 << 20;
  unsigned char *bytes = pattern(size);
  STATUS(pie_process_transfer_file(argument, bytes, size, PIE_FOREVER, &error), PIE_E_CLOSED);
  free(bytes);
  return NULL;
}

/* What the window does not hold is not taken: the call waits, also for a file that memory could hold. */
static void window(int generation) {
  size_t size = 24 << 20;
  unsigned char *bytes = pattern(size);
  pie_client *client = dial(generation, "freeze_on=ping", NULL);
  pie_process *process = launch(client, "['never']");
  freeze(client);
  STATUS(pie_process_transfer_file(process, bytes, size, 2000, &error), PIE_E_TIMED_OUT);
  pthread_t first = spawn(stuck, process);
  rest_ms(500); /* it is in line by now */
  BOUNDED(pie_process_transfer_file(process, "behind it", 9, BRIEF, &error));
  OK(pie_client_close(client, WAIT, &error));
  join(first);
  pie_process_free(process);
  pie_client_free(client);
  free(bytes);
}

static void in_an_upload(int generation) {
  size_t size = 24 << 20;
  unsigned char *bytes = pattern(size);
  pie_client *client = dial(generation, "freeze_chunk=1", NULL);
  /* A slow machine needs more time for a chunk to leave: until one did, the engine is not frozen. */
  pie_status status = PIE_OK;
  for (int64_t limit = BRIEF; status == PIE_OK; limit *= 2) {
    CHECK(limit < WAIT);
    BOUNDED(pie_client_install_program_bytes(client, bytes, size, MANIFEST("f"), 0, limit, &error));
    status = pie_client_ping(client, BRIEF, NULL, NULL);
  }
  EQ(status, PIE_E_TIMED_OUT);
  BOUNDED(pie_client_ping(client, BRIEF, NULL, &error));
  pie_client_free(client); /* a free does not wait, and finish() must still end */
  free(bytes);
}

int main(void) {
  EACH_GENERATION(generation) {
    frozen(generation);
    in_an_upload(generation);
    window(generation);
  }
  return finish();
}
