/* pie_process_transfer_path: a file that is cut while it is sent is PIE_E_IO, is no file for the engine, and does not
   spoil the next upload. */
#include "harness.h"

enum { SIZE = 8 << 20, ATTEMPTS = 60 };

#define EMPTY_FILE "msg:file:0:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262|return:done"

typedef struct cutter {
  const char *path;
  long after_ms;
} cutter;

static void *cut(void *argument) {
  const cutter *with = argument;
  rest_ms(with->after_ms);
  EQ(truncate(with->path, SIZE / 2), 0);
  return NULL;
}

/* Whether it was cut at the right moment: after its bytes were hashed, before the last of them was read. */
static int told(pie_client *client, const unsigned char *bytes, long after_ms) {
  char *path = temporary_file(bytes, SIZE);
  cutter with = {path, after_ms};
  pie_error *error = POISON;
  pie_process *process = launch(client, "['send','ready'],['recv_file',0]");
  await_message(process, "ready");
  pthread_t thread = spawn(cut, &with);
  pie_status status = pie_process_transfer_path(process, path, WAIT, &error);
  join(thread);
  if (status == PIE_E_IO) {
    HAS(pie_error_message(error), path);
    OK(pie_process_transfer_file(process, NULL, 0, WAIT, &error)); /* it still waits for one */
    STREAM(process, EMPTY_FILE);
  } else {
    EQ(status, PIE_OK);
    pie_event *event = take(process); /* whole, or the half that was there from the start */
    CHECK(strncmp(event->data, "file:8388608:", 13) == 0 || strncmp(event->data, "file:4194304:", 13) == 0);
    pie_event_free(event);
  }
  pie_error_free(error);
  pie_process_free(process);
  unlink(path);
  free(path);
  return status == PIE_E_IO;
}

/* The same bytes go up afterwards as if nothing had been. */
static void again(pie_client *client, const unsigned char *bytes) {
  pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
  await_message(process, "ready");
  OK(pie_process_transfer_file(process, bytes, SIZE, WAIT, &error));
  STREAM(process, "file:8388608|return:done");
  pie_process_free(process);
}

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "upload_window_bytes=1");
    int64_t begun = now_ms();
    again(client, bytes);
    long whole = (long)(now_ms() - begun) + 1;
    int count = 0;
    for (int i = 0; i < ATTEMPTS && count < 3; i++) {
      int now = told(client, bytes, whole * (i % 20) / 20);
      if (now) again(client, bytes);
      count += now;
    }
    CHECK(count > 0);
    hang_up(client);
  }
  free(bytes);
  return finish();
}
