/* connect, Nothing hangs: each way a connection can fail has its status, within the time limit, and a text that
   says what to look at. */
#include "harness.h"

static pie_status dial_bad(const char *uri, int64_t timeout_ms, pie_error **error) {
  pie_client *client = POISON;
  pie_status status = pie_client_connect(uri, NULL, timeout_ms, &client, error);
  CHECK(client == NULL);
  return status;
}

static void malformed(void) {
  static const char *const wrong[] = {"",
                                      " ",
                                      "nonsense",
                                      "127.0.0.1:8080",
                                      "ws:",
                                      "ws://",
                                      "ws://:8080",
                                      "ws://127.0.0.1:x",
                                      "ws://127.0.0.1:65536",
                                      "ws://a b:1",
                                      "ws://[::1:8080",
                                      "ws://127.0.0.1:1/\r\nx: y"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) NAMES(dial_bad(wrong[i], WAIT, &error), "uri");
  static const char *const schemes[] = {"http://127.0.0.1:1", "https://127.0.0.1:1", "tcp://127.0.0.1:1", "file:///x"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    FAILS(dial_bad(schemes[i], WAIT, &error), PIE_E_INVALID_ARGUMENT, "ws://");
}

static void refused(void) {
  char uri[64], port[16];
  snprintf(port, sizeof port, "%d", closed_port());
  snprintf(uri, sizeof uri, "ws://127.0.0.1:%s", port);
  FAILS(dial_bad(uri, WAIT, &error), PIE_E_CONNECT, "127.0.0.1", port);
}

static void handshakes(int generation) {
  static const char *const answers[] = {"401", "404", "500", "302"};
  for (size_t i = 0; i < 4; i++) {
    char fault[32];
    snprintf(fault, sizeof fault, "handshake=%s", answers[i]);
    char *uri = engine_uri(generation, fault);
    FAILS(dial_bad(uri, WAIT, &error), PIE_E_CONNECT, answers[i]);
    free(uri);
  }
  char *uri = engine_uri(generation, "handshake=silent");
  int64_t begun = now_ms();
  STATUS(dial_bad(uri, BRIEF, &error), PIE_E_TIMED_OUT);
  CHECK(now_ms() - begun < WAIT / 2);
  free(uri);
}

/* Not an engine: bytes that are no HTTP, an end without an answer, a 101 that belongs to nobody. */
static void strangers(void) {
  static const char foreign[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAA\r\n\r\n";
  static const char *const answers[] = {"",
                                        "SSH-2.0-OpenSSH_9.2\r\n",
                                        "\x01\x02\x03\xff\xfe\r\n\r\n",
                                        "HTTP/1.1 999 \r\n\r\n",
                                        "HTTP/1.1 101 X\r\n\r\n",
                                        foreign};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    stub *stub = stub_start(answers[i], strlen(answers[i]), 0);
    char *uri = stub_uri(stub);
    pie_error *error = POISON;
    pie_status status = dial_bad(uri, WAIT, &error);
    /* Which of the three is nowhere written. */
    if (status != PIE_E_PROTOCOL && status != PIE_E_DISCONNECTED) EQ(status, PIE_E_CONNECT);
    check_message(__FILE__, __LINE__, error);
    pie_error_free(error);
    stub_stop(stub);
    free(uri);
  }
}

/* A head that never ends costs bounded memory and time. */
static void endless_head(void) {
  size_t size = 8 << 20;
  char *head = malloc(size), *uri;
  CHECK(head != NULL);
  memset(head, 'a', size);
  memcpy(head, "HTTP/1.1 101 X\r\nx: ", 19);
  stub *stub = stub_start(head, size, 0);
  uri = stub_uri(stub);
  pie_error *error = POISON;
  CHECK(dial_bad(uri, WAIT, &error) < 0);
  pie_error_free(error);
  stub_stop(stub);
  free(uri);
  free(head);
}

static void silent_port(void) {
  stub *stub = stub_start(NULL, 0, 1);
  char *uri = stub_uri(stub);
  int64_t begun = now_ms();
  FAILS(dial_bad(uri, BRIEF, &error), PIE_E_TIMED_OUT, "127.0.0.1");
  CHECK(now_ms() - begun < WAIT / 2);
  stub_stop(stub);
  free(uri);
}

int main(void) {
  malformed();
  refused();
  EACH_GENERATION(generation) handshakes(generation);
  strangers();
  endless_head();
  silent_port();
  pie_error *error = POISON; /* a name that cannot exist (RFC 6761); without a resolver the time is up */
  pie_status status = dial_bad("ws://no-such-host.invalid:8080", 5000, &error);
  if (status != PIE_E_TIMED_OUT) EQ(status, PIE_E_CONNECT);
  HAS(pie_error_message(error), "no-such-host.invalid");
  pie_error_free(error);
  return finish();
}
