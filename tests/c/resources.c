/* pie_shutdown joins every thread; what is freed is closed. After any number of clients, descriptors and
   threads are as before. */
#include "harness.h"

#include <dirent.h>
#include <fcntl.h>

static int descriptors(void) {
  int count = 0;
  for (int i = 0; i < 1024; i++) count += fcntl(i, F_GETFD) >= 0;
  return count;
}

/* 0 where the system does not tell. */
static int threads(void) {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) return 0;
  while (readdir(tasks) != NULL) count++;
  closedir(tasks);
  return count;
}

static void use(int generation, int properly) {
  pie_client *client = dial(generation, NULL, "close_timeout_ms=20");
  pie_process *process = launch(client, "['send','a'],['never']");
  await_message(process, "a");
  if (properly) OK(pie_client_close(client, WAIT, &error));
  pie_client_free(client);
  if (properly) ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
}

int main(void) {
  int descriptors_before = descriptors(), threads_before = threads();
  for (int round = 0; round < 3; round++) {
    EACH_GENERATION(generation) for (int i = 0; i < 10; i++) use(generation, i % 2);
    /* One process-wide runtime, however many clients. */
    pie_client *clients[10];
    for (int i = 0; i < 10; i++) clients[i] = dial(PIE_GENERATION_0_5, NULL, NULL);
    if (threads_before > 0) CHECK(threads() - threads_before <= 4);
    for (int i = 0; i < 10; i++) hang_up(clients[i]);
    OK(pie_shutdown(WAIT, &error));
    EQ(descriptors(), descriptors_before);
    EQ(threads(), threads_before);
  }
  return finish();
}
