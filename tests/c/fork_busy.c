/* fork: in a child frees neither lock nor write to the parent's socket, whatever other threads were doing at that
   moment: the child must come through however its parent was interrupted. */
#include "harness.h"


enum { ROUNDS = 30 };

typedef struct load {
  pie_client *client;
  pie_queue *queue;
  gate over;
} load;

static void *calls(void *argument) {
  load *with = argument;
  while (!gate_value(&with->over)) {
    OK(pie_client_ping(with->client, WAIT, NULL, &error));
    pie_process_free(launch_to(with->client, "['sendn',5]", with->queue, 0));
  }
  return NULL;
}

static void *receives(void *argument) {
  load *with = argument;
  while (!gate_value(&with->over)) {
    pie_event *event = NULL;
    (void)pie_queue_recv(with->queue, 1, &event, NULL);
    pie_event_free(event);
  }
  return NULL;
}

static void child(load *with, pie_process *process, int only_shut_down) {
  if (only_shut_down) {
    OK(pie_shutdown(WAIT, &error));
    return;
  }
  STATUS(pie_client_ping(with->client, PIE_FOREVER, NULL, &error), PIE_E_FORKED);
  pie_process_free(process);
  pie_queue_free(with->queue);
  pie_client_free(with->client);
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
}

int main(void) {
  load with = {dial(PIE_GENERATION_0_5, NULL, NULL), pie_queue_new(), GATE_INIT};
  pie_process *process = launch(with.client, "['recv',0]");
  pthread_t threads[] = {spawn(calls, &with), spawn(calls, &with), spawn(receives, &with)};
  for (int round = 0; round < ROUNDS; round++) {
    IN_CHILD(child(&with, process, round % 3 == 2));
  }
  gate_add(&with.over, 1);
  for (int i = 0; i < 3; i++) join(threads[i]);
  OK(pie_process_signal(process, "x", &error));
  STREAM(process, "msg:got:x|return:done");
  pie_process_free(process);
  pie_queue_free(with.queue);
  hang_up(with.client);
  return finish();
}
