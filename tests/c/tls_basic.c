/* wss://: everything goes on as without TLS, in both generations, with what is found out and with what is told. */
#include "tls.h"

static void streams(pie_client *client) {
  pie_process *process = launch(client, "['print','hi'],['sendn',300],['recv',0]");
  await_message(process, "299");
  OK(pie_process_signal(process, "go", &error));
  STREAM(process, "msg:got:go|return:done");
  pie_process_free(process);
  process = launch(client, "['sendbig',5000000]"); /* many records of TLS make one message */
  pie_event *event = take(process);
  EQ(event->kind, PIE_EVENT_MESSAGE);
  EQ(event->size, 5000000);
  pie_event_free(event);
  STREAM(process, "return:done");
  pie_process_free(process);
}

static void files(pie_client *client, size_t size) {
  unsigned char *bytes = pattern(size);
  pie_process *process = launch(client, "['send','ready'],['echo_file',0]");
  await_message(process, "ready");
  OK(pie_process_transfer_file(process, bytes, size, WAIT, &error));
  take_file(process, bytes, size);
  STREAM(process, "return:done");
  pie_process_free(process);
  OK(pie_client_install_program_bytes(client, bytes, size, MANIFEST("big"), 0, WAIT, &error));
  free(bytes);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial_tls(generation, NULL, NULL);
    if (generation == PIE_GENERATION_0_5) OK(pie_client_ping(client, WAIT, NULL, &error));
    streams(client);
    files(client, 9 << 20);
    hang_up(client);
    OK(try_tls(kind_of(generation), NULL, &error)); /* the generation is found out, and the path */
    OK(try_tls(kind_of(generation), "tls_ca_file=@trusted.pem", &error));
  }
  /* Either version of TLS, and a host with a name. */
  OK(try_tls("version_12", NULL, &error));
  OK(try_tls("version_13", NULL, &error));
  char uri[64];
  snprintf(uri, sizeof uri, "wss://localhost%s", strrchr(environment("PIE_TEST_URI_TLS_05"), ':'));
  OK(try_tls_uri(uri, NULL, &error));
  return finish();
}
