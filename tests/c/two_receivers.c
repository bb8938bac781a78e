/* Threads: at once on one handle. Two receivers of one queue: each event goes to exactly one of them. */
#include "harness.h"

enum { COUNT = 4000 };

typedef struct shared {
  pie_process *process;
  gate seen[COUNT + 1];
} shared;

static void *receive(void *argument) {
  shared *with = argument;
  for (;;) {
    pie_event *event = POISON;
    pie_status status = pie_process_recv(with->process, WAIT, &event, NULL);
    if (status == PIE_END) return NULL;
    EQ(status, PIE_OK);
    CHECK(event->sequence <= COUNT);
    gate_add(&with->seen[event->sequence], 1);
    pie_event_free(event);
  }
}

int main(void) {
  static shared with;
  gate closed = GATE_INIT;
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    for (int i = 0; i <= COUNT; i++) with.seen[i] = closed;
    with.process = launch(client, "['sendn',4000]");
    pthread_t one = spawn(receive, &with), two = spawn(receive, &with);
    join(one);
    join(two);
    for (int i = 0; i <= COUNT; i++) EQ(with.seen[i].value, 1);
    pie_process_free(with.process);
    hang_up(client);
  }
  return finish();
}
