/* pie_shutdown closes every client, ends every wait with PIE_E_CLOSED; after it other calls on old handles give
   PIE_E_CLOSED, frees work, and new clients start a new life. */
#include "harness.h"

static gate began = GATE_INIT;

static void *receive(void *argument) {
  pie_event *event = POISON;
  gate_add(&began, 1);
  STATUS(pie_queue_recv(argument, PIE_FOREVER, &event, &error), PIE_E_CLOSED);
  CHECK(event == NULL);
  return NULL;
}

static void *result(void *argument) {
  char *text = POISON;
  gate_add(&began, 1);
  STATUS(pie_process_result(argument, PIE_FOREVER, &text, &error), PIE_E_CLOSED);
  CHECK(text == NULL);
  return NULL;
}

static void *ping(void *argument) {
  gate_add(&began, 1);
  STATUS(pie_client_ping(argument, PIE_FOREVER, NULL, &error), PIE_E_CLOSED);
  return NULL;
}

static void old_handles(pie_client *client, int generation, pie_process *process, pie_queue *queue) {
  pie_event *event = POISON, *room[2];
  char *text = POISON;
  size_t count = 7;
  pie_process *none = POISON;
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_CLOSED);
  STATUS(pie_client_resolve_version(client, "a@1.0.0", NULL, WAIT, &text, &error), PIE_E_CLOSED);
  STATUS(pie_client_launch_process(client, ECHO, NULL, WAIT, &none, &error), PIE_E_CLOSED);
  batches_give(client, generation, WAIT, PIE_E_CLOSED);
  STATUS(pie_client_signal_process(client, NO_SUCH_ID, "m", &error), PIE_E_CLOSED);
  STATUS(pie_process_recv(process, WAIT, &event, &error), PIE_E_CLOSED);
  STATUS(pie_process_signal(process, "m", &error), PIE_E_CLOSED);
  STATUS(pie_process_terminate(process, WAIT, &error), PIE_E_CLOSED);
  STATUS(pie_process_result(process, WAIT, &text, &error), PIE_E_CLOSED);
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_E_CLOSED);
  STATUS(pie_queue_recv_batch(queue, WAIT, room, 2, &count, &error), PIE_E_CLOSED);
  CHECK(event == NULL && text == NULL && none == NULL && count == 0);
  CHECK(*pie_process_id(process) != '\0');
}

static void a_life(int generation) {
  pie_client *client = dial(generation, "silent=ping", NULL), *second = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new(), *waits = pie_queue_new();
  pie_process *process = launch(client, "['send','unread'],['never']"), *own = launch(second, "['never']");
  pie_process *shared = launch_to(second, "['never']", queue, 0);
  pie_queue *of_own = pie_process_queue(own);
  int before = began.value;
  pthread_t threads[] = {spawn(receive, waits), spawn(receive, queue), spawn(result, process), spawn(ping, client),
                         spawn(receive, of_own)};
  gate_await(&began, before + 5);
  rest_ms(10);
  while (count_sent(client, "ping") == 0) rest_ms(1);
  OK(pie_shutdown(WAIT, &error));
  for (int i = 0; i < 5; i++) join(threads[i]);
  old_handles(client, generation, process, queue);
  old_handles(second, generation, own, of_own);
  STATUS(pie_client_close(client, WAIT, &error), PIE_E_CLOSED); /* as every call on an old handle */
  OK(pie_shutdown(WAIT, &error));
  pie_queue_free(queue);
  pie_process_free(process);
  pie_client_free(client);
  pie_queue_free(waits);
  pie_queue_free(of_own);
  pie_client_free(second);
  pie_process_free(own);
  pie_process_free(shared);
}

static void *connect_to(void *argument) {
  pie_client *client = POISON;
  gate_add(&began, 1);
  STATUS(pie_client_connect(argument, NULL, PIE_FOREVER, &client, &error), PIE_E_CLOSED);
  CHECK(client == NULL);
  return NULL;
}

static void *shut_down(void *argument) {
  (void)argument;
  OK(pie_shutdown(WAIT, &error));
  return NULL;
}

/* A connection under way ends too; two may shut down at once. */
static void while_connecting(void) {
  stub *silent = stub_start(NULL, 0, 1);
  char *uri = stub_uri(silent);
  pthread_t connecting = spawn(connect_to, uri);
  stub_request(silent); /* what it asks is never answered */
  pthread_t one = spawn(shut_down, NULL), two = spawn(shut_down, NULL);
  join(one);
  join(two);
  join(connecting);
  stub_stop(silent);
  free(uri);
}

int main(void) {
  OK(pie_shutdown(WAIT, &error)); /* with nothing to shut down */
  for (int round = 0; round < 3; round++) EACH_GENERATION(generation) a_life(generation);
  while_connecting();
  /* "begin, do not wait" */
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_error *error = POISON;
  pie_status status = pie_shutdown(0, &error);
  if (status != PIE_OK) EQ(status, PIE_E_TIMED_OUT);
  pie_error_free(error);
  OK(pie_shutdown(WAIT, &error));
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_CLOSED);
  pie_client_free(client);
  client = dial(PIE_GENERATION_0_4, NULL, NULL);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  return finish();
}
