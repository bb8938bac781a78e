/* pie_client_connect_async over TLS: what takes long is not done by the caller, and the report tells which check failed;
   a connect that is cancelled, or that a shutdown ends, reports too. */
#include "tls.h"

static pie_event *connected(const char *kind, const char *text, pie_queue *queue, uint64_t tag) {
  char *uri = tls_uri(kind, NULL);
  pie_options *options = tls_options(text);
  OK(pie_client_connect_async(uri, options, WAIT, queue, tag, NULL, &error));
  pie_options_free(options);
  free(uri);
  pie_event *done = take_from(queue);
  EQ(done->kind, PIE_EVENT_DONE);
  EQ(done->tag, tag);
  return done;
}

static void succeeds(int generation, pie_queue *queue) {
  pie_event *done = connected(kind_of(generation), "tls_ca_file=@trusted.pem", queue, 7);
  EQ(done->status, PIE_OK);
  pie_client *client = pie_event_take_client(done);
  pie_event_free(done);
  EQ(pie_client_generation(client), generation);
  pie_event_free(take_from(queue)); /* that it is connected */
  hang_up(client);
  pie_event_free(take_from(queue)); /* that it is not any more */
}

static void fails(const char *kind, const char *text, pie_status wanted, const char *part, pie_queue *queue) {
  pie_event *done = connected(kind, text, queue, 8);
  EQ(done->status, wanted);
  HAS(pie_error_message(done->error), part);
  CHECK(pie_event_take_client(done) == NULL);
  pie_event_free(done);
}

/* To a port that takes the connection and says nothing. */
static void unanswered(pie_queue *queue, int shut_down) {
  stub *stub = stub_start_at_once("", 0, 1);
  char *plain = stub_uri(stub), *uri = join_text("wss", strstr(plain, "://"), "");
  pie_op *op = POISON;
  OK(pie_client_connect_async(uri, NULL, WAIT, queue, 9, &op, &error));
  (void)stub_request(stub);
  if (shut_down)
    OK(pie_shutdown(WAIT, &error));
  else
    pie_op_cancel(op);
  pie_op_free(op);
  if (!shut_down) {
    pie_event *done = take_from(queue);
    EQ(done->kind, PIE_EVENT_DONE);
    EQ(done->status, PIE_E_CANCELLED);
    pie_event_free(done);
  }
  stub_stop(stub);
  free(plain);
  free(uri);
}

int main(void) {
  pie_queue *queue = pie_queue_new();
  EACH_GENERATION(generation) succeeds(generation, queue);
  fails("expired", NULL, PIE_E_TLS, "expired", queue);
  fails("05", "tls_ca_file=/no/such/file", PIE_E_IO, "tls_ca_file", queue);
  fails("clients_13", NULL, PIE_E_TLS, "tls_client_cert_file", queue);
  unanswered(queue, 0);
  unanswered(queue, 1);
  pie_queue_free(queue);
  return finish();
}
