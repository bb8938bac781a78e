/* §1 Waiting: below -1 is PIE_E_INVALID_ARGUMENT; 0 is PIE_E_TIMED_OUT for a request, with nothing sent, and "what is
   there now" for a receive; PIE_FOREVER waits until it is done. */
#include "harness.h"

typedef struct fixture {
  pie_client *client;
  pie_process *process;
  char *uri, *path;
} fixture;

static pie_status request(const fixture *with, int number, int64_t timeout_ms, pie_error **error) {
  char *text = POISON;
  int32_t exists = 7;
  int64_t rtt = 7;
  pie_client *client = POISON;
  pie_process *process = POISON;
  pie_process_list *list = POISON;
  pie_status status;
  switch (number) {
    case 0: status = pie_client_connect(with->uri, NULL, timeout_ms, &client, error); CHECK(!client); return status;
    case 1: return pie_client_authenticate(with->client, "u", NULL, timeout_ms, error);
    case 2: return pie_client_auth_by_token(with->client, "t", timeout_ms, error);
    case 3: status = pie_client_ping(with->client, timeout_ms, &rtt, error); EQ(rtt, 0); return status;
    case 4: status = pie_client_query(with->client, "model_status", "", timeout_ms, &text, error); CHECK(!text); return status;
    case 5: status = pie_client_check_program(with->client, ECHO, NULL, NULL, timeout_ms, &exists, error); EQ(exists, 0); return status;
    case 6: return pie_client_install_program(with->client, with->path, with->path, 0, timeout_ms, error);
    case 7: return pie_client_install_program_bytes(with->client, "p", 1, MANIFEST("zero"), 0, timeout_ms, error);
    case 8: status = pie_client_launch_process(with->client, ECHO, NULL, timeout_ms, &process, error); CHECK(!process); return status;
    case 9: status = pie_client_list_processes(with->client, timeout_ms, &list, error); CHECK(!list); return status;
    case 10: return pie_client_terminate_process(with->client, NO_SUCH_ID, timeout_ms, error);
    case 11: return pie_process_transfer_file(with->process, "f", 1, timeout_ms, error);
    case 12: return pie_process_transfer_path(with->process, with->path, timeout_ms, error);
    case 13: return pie_process_terminate(with->process, timeout_ms, error);
    case 14: status = pie_process_result(with->process, timeout_ms, &text, error); CHECK(!text); return status;
    default: return PIE_END;
  }
}

static void receives(const fixture *with) {
  pie_event *event = POISON, *room[1];
  size_t count = 7;
  pie_queue *queue = pie_queue_new();
  STATUS(pie_process_recv(with->process, 0, &event, &error), PIE_EMPTY);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_EMPTY);
  STATUS(pie_queue_recv(queue, 5, &event, &error), PIE_EMPTY);
  STATUS(pie_queue_recv_batch(queue, 0, room, 1, &count, &error), PIE_EMPTY);
  CHECK(event == NULL && count == 0);
  for (int64_t wrong = -2; wrong > -5; wrong--) {
    NAMES(pie_process_recv(with->process, wrong, &event, &error), "timeout_ms");
    NAMES(pie_queue_recv(queue, wrong, &event, &error), "timeout_ms");
    NAMES(pie_queue_recv_batch(queue, wrong, room, 1, &count, &error), "timeout_ms");
  }
  pie_queue_free(queue);
}

int main(void) {
  fixture with = {dial(PIE_GENERATION_0_4, NULL, NULL), NULL, engine_uri(PIE_GENERATION_0_4, NULL),
                  temporary_file(MANIFEST("zero"), strlen(MANIFEST("zero")))};
  with.process = launch(with.client, "['never']");
  char *before = look(with.client, "received"), *after;
  for (int i = 0; i < 15; i++) {
    NAMES(request(&with, i, -2, &error), "timeout_ms");
    NAMES(request(&with, i, INT64_MIN, &error), "timeout_ms");
    STATUS(request(&with, i, 0, &error), PIE_E_TIMED_OUT);
  }
  EQ(request(&with, 15, 0, NULL), PIE_END);
  NAMES(pie_client_close(with.client, -2, &error), "timeout_ms");
  NAMES(pie_shutdown(-2, &error), "timeout_ms");
  after = look(with.client, "received");
  EQ(count_text(after, "\"type\""), count_text(before, "\"type\"") + 1); /* the second look alone */
  EQ(look_number(with.client, "connections"), 1);
  receives(&with);

  OK(pie_client_ping(with.client, PIE_FOREVER, NULL, &error));
  OK(pie_client_ping(with.client, INT64_MAX, NULL, &error)); /* no overflow */
  OK(pie_process_terminate(with.process, PIE_FOREVER, &error));
  pie_event *event = NULL;
  OK(pie_process_recv(with.process, INT64_MAX, &event, &error));
  pie_event_free(event);
  pie_process_free(with.process);
  OK(pie_client_close(with.client, PIE_FOREVER, &error));
  pie_client_free(with.client);
  pie_string_free(before);
  pie_string_free(after);
  unlink(with.path);
  free(with.path);
  free(with.uri);
  return finish();
}
