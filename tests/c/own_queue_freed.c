/* A client's own queue in which events of its own processes and MCP requests wait: once the client and every handle of
   the queue are freed, nothing of them is left. */
#include <dirent.h>
#include <poll.h>

#include "harness.h"

static int descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  CHECK(folder != NULL);
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count;
}

/* Leaves a process in the queue that the connection feeds. */
static void leave(int generation) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_client_queue(client);
  char *input = script("['send','x'],['recv',0]");
  pie_event *made = take_from(queue);
  EQ(made->kind, PIE_EVENT_CONNECTION);
  pie_event_free(made);
  options.input = input;
  options.queue = queue;
  OK(pie_client_launch_process_async(client, ECHO, &options, WAIT, queue, 1, NULL, &error));
  intptr_t fd = -1;
  OK(pie_queue_fd(queue, &fd, &error));
  struct pollfd ready = {(int)fd, POLLIN, 0};
  EQ(poll(&ready, 1, WAIT), 1); /* the DONE is here */
  OK(pie_client_close(client, WAIT, &error));
  pie_queue_free(queue);
  pie_client_free(client);
  free(input);
}

int main(void) {
  EACH_GENERATION(generation) {
    leave(generation);
    OK(pie_shutdown(WAIT, &error));
    int before = descriptors();
    for (int i = 0; i < 3; i++) {
      leave(generation);
      OK(pie_shutdown(WAIT, &error));
    }
    EQ(descriptors(), before);
  }
  return finish();
}
