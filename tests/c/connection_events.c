/* CONNECTION events: a client's own queue tells that it was connected, that it was lost and why, that it was closed,
   and then PIE_END, each time, whenever and however often the queue is asked for. The queue of connect_async gets them
   too, behind its DONE and with its tag, and never ends. */
#include "twins.h"

#include <time.h>

static void next(pie_queue *queue, uint64_t tag, pie_status wanted) {
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_CONNECTION);
  EQ(event->status, wanted);
  EQ(event->tag, tag);
  CHECK(event->process == NULL);
  pie_event_free(event);
}

static void ends(pie_queue *queue) {
  for (int i = 0; i < 3; i++) {
    pie_event *event = POISON, *room[2];
    size_t count = 7;
    STATUS(pie_queue_recv(queue, i == 0 ? 0 : WAIT, &event, &error), PIE_END);
    CHECK(event == NULL);
    STATUS(pie_queue_recv_batch(queue, WAIT, room, 2, &count, &error), PIE_END);
    EQ(count, 0);
  }
}

static void closed(int generation, int asked_late) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = asked_late ? NULL : pie_client_queue(client);
  if (!asked_late) {
    next(queue, 0, PIE_OK);
    NONE(queue);
  }
  OK(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_client_close(client, WAIT, &error));
  if (asked_late) {
    queue = pie_client_queue(client); /* kept from the connect on */
    CHECK(queue != NULL);
    next(queue, 0, PIE_OK);
  }
  next(queue, 0, PIE_E_CLOSED);
  ends(queue);
  OK(pie_client_close(client, WAIT, &error));
  ends(queue);
  pie_client_free(client);
  ends(queue); /* a queue outlives its client */
  pie_queue_free(queue);
}

static void freed(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_client_queue(client), *same = pie_client_queue(client);
  CHECK(queue != NULL && same != NULL && queue != same);
  next(same, 0, PIE_OK);
  NONE(queue); /* two handles of one queue */
  pie_queue_free(same);
  pie_client_free(client);
  next(queue, 0, PIE_E_CLOSED);
  ends(queue);
  pie_queue_free(queue);
}

/* Lost: the reason, then what the close adds. */
static void lost(int generation, const char *how) {
  char ops[64];
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_client_queue(client);
  next(queue, 0, PIE_OK);
  snprintf(ops, sizeof ops, "['recv',0],['%s']", how);
  pie_process *process = launch(client, ops);
  OK(pie_process_signal(process, "go", &error));
  next(queue, 0, PIE_E_DISCONNECTED);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  NONE(queue); /* it is not closed yet, and does not end */
  OK(pie_client_close(client, WAIT, &error));
  next(queue, 0, PIE_E_CLOSED);
  ends(queue);
  pie_process_free(process);
  pie_client_free(client);
  pie_queue_free(queue);
}

static pie_client *connect_to(int generation, const char *faults, pie_queue *queue, uint64_t tag) {
  char *uri = engine_uri(generation, faults);
  pie_options *options = options_of(generation);
  OK(pie_client_connect_async(uri, options, WAIT, queue, tag, NULL, &error));
  pie_options_free(options);
  free(uri);
  pie_event *done = take_from(queue);
  EQ(done->kind, PIE_EVENT_DONE);
  EQ(done->tag, tag);
  EQ(done->status, PIE_OK);
  pie_client *client = pie_event_take_client(done);
  pie_event_free(done);
  next(queue, tag, PIE_OK);
  if (generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  return client;
}

static void to_the_asked_queue(int generation) {
  pie_queue *queue = pie_queue_new();
  pie_client *client = connect_to(generation, NULL, queue, 11);
  pie_queue *own = pie_client_queue(client);
  next(own, 0, PIE_OK);
  OK(pie_client_close(client, WAIT, &error));
  next(queue, 11, PIE_E_CLOSED);
  next(own, 0, PIE_E_CLOSED);
  ends(own);
  NONE(queue);
  pie_client_free(client);
  NONE(queue);
  pie_queue_free(own);
  /* Two clients in one queue, told apart by their tags. */
  pie_client *two[2] = {connect_to(generation, NULL, queue, 1), connect_to(generation, NULL, queue, 2)};
  pie_process *process = launch(two[1], "['cut']");
  next(queue, 2, PIE_E_DISCONNECTED);
  NONE(queue);
  hang_up(two[0]);
  next(queue, 1, PIE_E_CLOSED);
  hang_up(two[1]);
  next(queue, 2, PIE_E_CLOSED);
  NONE(queue);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* An event that waits is freed with its queue, and a client lives on without. */
static void queue_goes_first(int generation) {
  pie_queue *queue = pie_queue_new();
  pie_client *client = connect_to(generation, NULL, queue, 3);
  pie_queue_free(queue);
  pie_queue *own = pie_client_queue(client);
  pie_queue_free(own);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  own = pie_client_queue(client);
  hang_up(client);
  pie_event *event = POISON;
  while (pie_queue_recv(own, WAIT, &event, NULL) == PIE_OK) {
    EQ(event->kind, PIE_EVENT_CONNECTION);
    pie_event_free(event);
  }
  ends(own);
  pie_queue_free(own);
}

/* As a launch's queue it takes what comes, but its end is the client's. */
static void callback_and_end(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_client_queue(client);
  pie_process *process = launch_to(client, "['send','x'],['return','y']", queue, 9);
  next(queue, 0, PIE_OK);
  for (int i = 0; i < 2; i++) {
    pie_event *event = take_from(queue);
    EQ(event->tag, 9);
    pie_event_free(event);
  }
  OK(pie_client_close(client, WAIT, &error));
  next(queue, 0, PIE_E_CLOSED);
  ends(queue);
  pie_process_free(process);
  pie_client_free(client);
  pie_queue_free(queue);
}

int main(void) {
  CHECK(pie_client_queue(NULL) == NULL);
  EACH_GENERATION(generation) {
    closed(generation, 0);
    closed(generation, 1);
    freed(generation);
    lost(generation, "cut");
    lost(generation, "fin");
    lost(generation, "close");
    to_the_asked_queue(generation);
    queue_goes_first(generation);
    callback_and_end(generation);
  }
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  OK(pie_shutdown(WAIT, &error));
  CHECK(pie_client_queue(client) == NULL);
  pie_client_free(client);
  return finish();
}
