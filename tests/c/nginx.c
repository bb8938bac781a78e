/* Behind nginx as a reverse proxy, with TLS and without: path, query and headers arrive, large frames pass, and what
   nginx itself refuses is told with what to do. */
#include "tls.h"

static void request_is(pie_client *client, const char *target) {
  char *request = look(client, "request");
  HAS(request, target);
  HAS(request, "x-pie-identity: acme/alice");
  HAS(request, "x-request-id: seven");
  HAS(request, "authorization: Bearer token");
  HAS(request, "user-agent: test/1");
  pie_string_free(request);
}

static void large(pie_client *client) {
  size_t size = 6 << 20;
  unsigned char *bytes = pattern(size);
  pie_process *process = launch(client, "['send','ready'],['echo_file',0],['sendbig',5000000]");
  await_message(process, "ready");
  OK(pie_process_transfer_file(process, bytes, size, WAIT, &error));
  take_file(process, bytes, size);
  pie_event *event = take(process);
  EQ(event->size, 5000000);
  pie_event_free(event);
  STREAM(process, "return:done");
  pie_process_free(process);
  free(bytes);
}

static void works(const char *base) {
  static const struct {
    const char *path, *target;
    int generation;
  } rows[] = {{"/engine/v1/ws?unknown=1", "GET /v1/ws?unknown=1 HTTP/1.1", PIE_GENERATION_0_5},
              {"/kept/a/b?unknown=1", "GET /kept/a/b?unknown=1 HTTP/1.1", PIE_GENERATION_0_4}};
  for (size_t i = 0; i < 2; i++) {
    pie_options *set = tls_options("identity=acme/alice header.x-request-id=seven user_agent=test/1");
    OK(pie_options_set(set, "header.authorization", "Bearer token", &error));
    char *uri = join_text(base, rows[i].path, "");
    pie_client *client = POISON;
    OK(pie_client_connect(uri, set, WAIT, &client, &error)); /* the generation is found out through it */
    EQ(pie_client_generation(client), rows[i].generation);
    if (rows[i].generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
    request_is(client, rows[i].target);
    large(client);
    hang_up(client);
    pie_options_free(set);
    free(uri);
  }
}

static void refused(const char *base, const char *path, const char *options, int again, const char *first,
                    const char *second) {
  char *uri = join_text(base, path, "");
  FAILS(try_tls_uri(uri, options, &error), PIE_E_CONNECT, first, second);
  RETRIABLE(try_tls_uri(uri, options, &error), PIE_E_CONNECT, again);
  free(uri);
}

int main(void) {
  const char *plain = environment("PIE_TEST_URI_NGINX"), *tls = environment("PIE_TEST_URI_NGINX_TLS");
  const char *clients = environment("PIE_TEST_URI_NGINX_CLIENTS");
  works(plain);
  works(tls);
  refused(tls, "/elsewhere", NULL, 0, "HTTP 404", "path");
  refused(tls, "/away/", NULL, 1, "HTTP 502", "well");
  char *wrong = join_text("ws", strstr(tls, "://"), "");
  refused(wrong, "/engine/v1/ws", NULL, 0, "HTTP 400", "use wss://");
  free(wrong);
  refused(clients, "/engine/v1/ws", NULL, 0, "HTTP 400", "tls_client_cert_file");
  refused(clients, "/engine/v1/ws", "tls_client_cert_file=@client_stranger.pem tls_client_key_file=@client_stranger.key",
          0, "HTTP 400", "tls_client_cert_file");
  char *uri = join_text(clients, "/engine/v1/ws", "");
  OK(try_tls_uri(uri, "tls_client_cert_file=@client.pem tls_client_key_file=@client.key", &error));
  free(uri);
  return finish();
}
