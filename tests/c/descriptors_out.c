/* Out of file descriptors: what needs one fails with PIE_E_IO and says what to do, nothing leaks, what is open goes on,
   and as soon as there are some again, the same call works. */
#include "mcp.h"

#include <fcntl.h>
#include <sys/resource.h>

enum { LIMIT = 256 };

static int held[LIMIT], count;

static int in_use(void) {
  int open = 0;
  for (int fd = 0; fd < LIMIT; fd++) open += fcntl(fd, F_GETFD) >= 0;
  return open;
}

/* All but so many. */
static void use_up(int but) {
  for (int fd; (fd = dup(2)) >= 0;) held[count++] = fd;
  while (but-- > 0) close(held[--count]);
}

static void give_back(void) {
  while (count > 0) close(held[--count]);
}

#define HINT "ulimit -n"

/* Each number of free descriptors, up to the one with which it works; the first one starts the I/O thread. */
static void connecting(const char *uri) {
  for (int but = 0;; but++) {
    pie_client *client = POISON;
    pie_error *told = NULL;
    use_up(but);
    int before = in_use();
    pie_status status = pie_client_connect(uri, NULL, WAIT, &client, &told);
    if (status != PIE_OK) OK(pie_shutdown(WAIT, &error));
    if (status != PIE_OK) EQ(in_use(), before);
    give_back();
    if (status == PIE_OK) {
      hang_up(client);
      CHECK(but > 0);
      return;
    }
    EQ(status, PIE_E_IO);
    HAS(pie_error_message(told), HINT);
    EQ(pie_error_is_retriable(told), 1);
    CHECK(client == NULL);
    pie_error_free(told);
  }
}

int main(void) {
  struct rlimit limit;
  EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = LIMIT;
  EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  unsigned char *bytes = pattern(300000);
  char *path = temporary_file(bytes, 300000);
  EACH_GENERATION(generation) {
    char *uri = engine_uri(generation, NULL);
    connecting(uri);
    pie_client *client = dial(generation, NULL, NULL), *none = POISON;
    pie_process *process = launch(client, "['recv_file',0]");
    pie_queue *queue = pie_queue_new();
    intptr_t fd = 7;
    int32_t exists = 7;
    use_up(0);
    int before = in_use();
    FAILS(pie_client_connect(uri, NULL, WAIT, &none, &error), PIE_E_IO, HINT);
    OK(pie_client_connect_async(uri, NULL, WAIT, queue, 5, NULL, &error));
    pie_event *event = take_from(queue);
    EQ(event->status, PIE_E_IO);
    HAS(pie_error_message(event->error), HINT);
    pie_event_free(event);
    FAILS(pie_queue_fd(queue, &fd, &error), PIE_E_IO, HINT);
    EQ(fd, 0);
    FAILS(pie_process_transfer_path(process, path, WAIT, &error), PIE_E_IO, path, HINT);
    FAILS(pie_client_check_program(client, ECHO, path, path, WAIT, &exists, &error), PIE_E_IO, path, HINT);
    FAILS(pie_client_install_program(client, path, path, 0, WAIT, &error), PIE_E_IO, path, HINT);
    if (generation == PIE_GENERATION_0_4) FAILS(try_program(client, "x", NULL, WAIT, &error), PIE_E_MCP, HINT);
    EQ(in_use(), before);
    /* What needs none works. */
    OK(pie_client_ping(client, WAIT, NULL, &error));
    OK(pie_process_transfer_file(process, bytes, 300000, WAIT, &error));
    await_file(process, 300000);
    give_back();
    OK(pie_queue_fd(queue, &fd, &error));
    pie_process *second = launch(client, "['recv_file',0]");
    OK(pie_process_transfer_path(second, path, WAIT, &error));
    await_file(second, 300000);
    if (generation == PIE_GENERATION_0_4) {
      add_program(client, "x", NULL);
      ANSWERS(begin_ask(client, "x", "echo", "1"), "ok:1");
    }
    pie_process_free(second);
    pie_process_free(process);
    pie_queue_free(queue);
    hang_up(client);
    OK(pie_shutdown(WAIT, &error));
    free(uri);
  }
  EQ(unlink(path), 0);
  free(path);
  free(bytes);
  return finish();
}
