/* A host that was stopped for longer than both limits is not told that the engine is gone: what came meanwhile is read
   before that is judged. Nor does a stop in a pause between attempts harm. */
#include "lost.h"

#include <signal.h>
#include <sys/wait.h>

/* A child stops its parent, and has it go on after so long. */
static void stop_me(long ms) {
  pid_t parent = getpid(), child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    kill(parent, SIGSTOP);
    rest_ms(ms);
    kill(parent, SIGCONT);
    _exit(0);
  }
  EQ(waitpid(child, NULL, 0), child);
}

static void stopped(int generation) {
  pie_client *client = dial(generation, NULL, "keepalive_interval_ms=40 keepalive_timeout_ms=300");
  pie_queue *queue = news_of(client);
  /* At any stage: silent, pinged, just answered. */
  for (int i = 0; i < 12; i++) {
    stop_me(600);
    rest_ms(i * 7);
    OK(pie_client_ping(client, WAIT, NULL, &error));
  }
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  pie_queue_free(queue);
  hang_up(client);
}

int main(void) {
  EACH_GENERATION(generation) stopped(generation);
  return finish();
}
