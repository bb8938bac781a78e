/* transfer_file and transfer_path: every size arrives whole, in chunks; what cannot be read is PIE_E_IO. */
#include "harness.h"

#include <fcntl.h>

/* The engine hands it to a process that waits for it, which sends it back. */
static void echoed(pie_client *client, size_t size, int by_path) {
  unsigned char *bytes = pattern(size);
  char *path = temporary_file(bytes, size);
  pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
  await_message(process, "ready");
  if (by_path)
    OK(pie_process_transfer_path(process, path, WAIT, &error));
  else
    OK(pie_process_transfer_file(process, bytes, size, WAIT, &error));
  take_file(process, bytes, size);
  STREAM(process, "return:done");
  pie_process_free(process);
  unlink(path);
  free(path);
  free(bytes);
}

/* No engine sends an empty file, so its arrival is asked for. */
static void empty(pie_client *client, int by_path) {
  char *path = temporary_file("", 0);
  pie_process *process = launch(client, "['send','ready'],['recv_file',0]");
  await_message(process, "ready");
  if (by_path)
    OK(pie_process_transfer_path(process, path, WAIT, &error));
  else
    OK(pie_process_transfer_file(process, NULL, 0, WAIT, &error));
  STREAM(process, "msg:file:0:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262|return:done");
  pie_process_free(process);
  unlink(path);
  free(path);
}

static void unreadable(pie_client *client) {
  pie_process *process = launch(client, "['never']");
  static const char *const paths[] = {"/no/such/file", "/tmp", "/proc/self/mem"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    FAILS(pie_process_transfer_path(process, paths[i], WAIT, &error), PIE_E_IO, paths[i]);
  EQ(count_sent(client, "transfer_file"), 0);
  pie_process_free(process);
}

/* The time limit holds also where the engine takes all: here it is over before the bytes are hashed. */
static void out_of_time(int generation) {
  size_t size = 24 << 20;
  pie_client *client = dial(generation, NULL, "upload_window_bytes=1000000000");
  unsigned char *bytes = pattern(size);
  pie_process *process = launch(client, "['never']");
  STATUS(pie_process_transfer_file(process, bytes, size, 1, &error), PIE_E_TIMED_OUT);
  pie_process_free(process);
  hang_up(client);
  free(bytes);
}

typedef struct writer {
  int file;
  off_t at;
  gate over;
} writer;

/* Never twice the same. */
static void *keep_writing(void *argument) {
  writer *with = argument;
  for (uint64_t number = 1, over = 0; !over; number++) {
    EQ(write_at(with->file, &number, sizeof number, with->at), (ssize_t)sizeof number);
    pthread_mutex_lock(&with->over.lock);
    over = (uint64_t)with->over.value;
    pthread_mutex_unlock(&with->over.lock);
  }
  return NULL;
}

/* A file that changes while it is sent is told, and is no file for the engine. On a busy machine it may not have changed
   at the right moment. */
static void changing(pie_client *client) {
  size_t size = 4 << 20;
  unsigned char *bytes = pattern(size);
  char *path = temporary_file(bytes, size);
  writer with = {open(path, O_WRONLY), (off_t)(size - sizeof(uint64_t)), GATE_INIT};
  CHECK(with.file >= 0);
  pthread_t thread = spawn(keep_writing, &with);
  int told = 0;
  for (int i = 0; i < 50 && !told; i++) {
    pie_error *error = POISON;
    pie_process *process = launch(client, "['send','ready'],['recv_file',0]");
    await_message(process, "ready");
    pie_status status = pie_process_transfer_path(process, path, WAIT, &error);
    told = status == PIE_E_IO;
    if (told) {
      HAS(pie_error_message(error), path);
      OK(pie_process_transfer_file(process, NULL, 0, WAIT, &error));
      STREAM(process, "msg:file:0:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262|return:done");
    } else {
      EQ(status, PIE_OK);
    }
    pie_error_free(error);
    pie_process_free(process);
  }
  CHECK(told);
  gate_add(&with.over, 1);
  join(thread);
  close(with.file);
  unlink(path);
  free(path);
  free(bytes);
}

int main(void) {
  static const size_t sizes[] = {1, 262143, 262144, 262145, 1 << 20, 5 << 20};
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    unreadable(client);
    for (int by_path = 0; by_path <= 1; by_path++) {
      empty(client, by_path);
      for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) echoed(client, sizes[i], by_path);
    }
    char *frames = look(client, "received");
    EQ(count_text(frames, "\"total_chunks\":2,"), 4); /* 262145, by memory and by path */
    EQ(count_text(frames, "\"bin\":0}") + count_text(frames, "\"bin\":1}"), 2 + 2 + 2);
    pie_string_free(frames);
    changing(client);
    out_of_time(generation);
    hang_up(client);
    /* A window of less than a file, and of less than a chunk's worth of room for the rest. */
    client = dial(generation, NULL, "upload_window_bytes=524288");
    echoed(client, 5 << 20, 0);
    echoed(client, 5 << 20, 1);
    hang_up(client);
  }
  return finish();
}
