/* Uploads of one client go one at a time, in the order of the calls: equal files that two threads send to two processes
   at once both arrive, though engines 0.4 tell uploads apart by their hash alone; and files to one process keep their
   order. */
#include "harness.h"

enum { SIZE = 1 << 20, ROUNDS = 20, FILES = 10 };

typedef struct sender {
  pie_process *process;
  const unsigned char *bytes;
  const char *path;
  gate *start;
} sender;

static void *send_file(void *argument) {
  const sender *with = argument;
  gate_await(with->start, 1);
  if (with->path)
    OK(pie_process_transfer_path(with->process, with->path, WAIT, &error));
  else
    OK(pie_process_transfer_file(with->process, with->bytes, SIZE, WAIT, &error));
  return NULL;
}

/* One from memory, one from a path of the same bytes. */
static void both(pie_client *client, const unsigned char *bytes, const char *path) {
  gate start = GATE_INIT;
  sender with[2] = {{NULL, bytes, NULL, &start}, {NULL, NULL, path, &start}};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    with[i].process = launch(client, "['send','ready'],['echo_file',0]");
    await_message(with[i].process, "ready");
    threads[i] = spawn(send_file, &with[i]);
  }
  gate_add(&start, 1);
  for (int i = 0; i < 2; i++) {
    join(threads[i]);
    take_file(with[i].process, bytes, SIZE);
    STREAM(with[i].process, "return:done");
    pie_process_free(with[i].process);
  }
  /* The chunks of one are not among those of the other. */
  char *frames = look(client, "received"), *at = frames;
  const char *owner = NULL;
  char ids[2][64] = {"", ""};
  int next = 0;
  for (; (at = strstr(at, "\"transfer_file\"")) != NULL; at++) {
    const char *frame = at;
    while (frame > frames && strncmp(frame, "{\"chunk_data\"", 13) != 0) frame--;
    const char *index = strstr(frame, "\"chunk_index\":"), *id = strstr(frame, "\"process_id\":\"");
    CHECK(index != NULL && id != NULL);
    EQ(strtol(index + 14, NULL, 10), next % (SIZE / 262144));
    snprintf(ids[0], sizeof ids[0], "%.36s", id + 14);
    if (next % (SIZE / 262144) == 0) strcpy(ids[1], ids[0]), owner = ids[1];
    EQ_TEXT(ids[0], owner);
    next++;
  }
  CHECK(next >= 2 * SIZE / 262144);
  pie_string_free(frames);
}

/* The process asks for each when it is ready for it. */
static void in_order(pie_client *client) {
  char ops[FILES * 40] = "";
  for (int i = 0; i < FILES; i++) strcat(ops, "['send','ready'],['echo_file',0],");
  strcat(ops, "['return','end']");
  pie_process *process = launch(client, ops);
  for (size_t i = 0; i < FILES; i++) {
    unsigned char *bytes = pattern(i * 100000 + 1);
    await_message(process, "ready");
    OK(pie_process_transfer_file(process, bytes, i * 100000 + 1, WAIT, &error));
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_FILE);
    EQ(event->size, i * 100000 + 1);
    pie_event_free(event);
    free(bytes);
  }
  STREAM(process, "return:end");
  pie_process_free(process);
}

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  char *path = temporary_file(bytes, SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "upload_window_bytes=100000");
    for (int round = 0; round < ROUNDS; round++) both(client, bytes, path);
    in_order(client);
    hang_up(client);
  }
  unlink(path);
  free(path);
  free(bytes);
  return finish();
}
