/* wss:// where no TLS is spoken, ws:// where it is, and what else answers there: each with a text that says so. */
#include "tls.h"

static void with_scheme(const char *scheme, const char *uri, pie_status wanted, const char *text) {
  char *other = join_text(scheme, strstr(uri, "://"), "");
  FAILS(try_tls_uri(other, "generation=0.5", &error), wanted, "127.0.0.1", text);
  RETRIABLE(try_tls_uri(other, "generation=0.5", &error), wanted, 0);
  free(other);
}

/* A server that answers anything. */
static void stranger(const char *answer, size_t size, pie_status wanted, const char *text) {
  stub *stub = stub_start_at_once(answer, size, 0);
  char *uri = stub_uri(stub);
  with_scheme("wss", uri, wanted, text);
  free(uri);
  stub_stop(stub);
}

int main(void) {
  with_scheme("ws", environment("PIE_TEST_URI_TLS_05"), PIE_E_CONNECT, "wss://");
  stranger("HTTP/1.1 400 Bad Request\r\n\r\n", 28, PIE_E_TLS, "does not speak TLS");
  stranger("SSH-2.0-OpenSSH_9.2\r\n", 21, PIE_E_TLS, "does not speak TLS");
  stranger("\x15\x03\x01\x00\x02\x02\x46", 7, PIE_E_TLS, "neither TLS 1.2 nor 1.3");
  stranger("\x15\x03\x03\x00\x02\x02\x70", 7, PIE_E_TLS, "no certificate for this host name");
  RETRIABLE(try_tls_uri("wss://127.0.0.1:1", NULL, &error), PIE_E_CONNECT, 1);

  /* An engine without TLS waits for the rest of a request that never comes. */
  char *uri = join_text("wss", strstr(environment("PIE_TEST_URI_05"), "://"), "");
  pie_client *client = POISON;
  FAILS(pie_client_connect(uri, NULL, BRIEF, &client, &error), PIE_E_TIMED_OUT, "TLS");
  free(uri);

  /* Ended by a proxy whose server is away, or by somebody who cannot make anything of TLS. */
  stub *stub = stub_start_at_once("", 0, 0);
  char *plain = stub_uri(stub);
  uri = join_text("wss", strstr(plain, "://"), "");
  RETRIABLE(try_tls_uri(uri, NULL, &error), PIE_E_CONNECT, 1);
  FAILS(try_tls_uri(uri, NULL, &error), PIE_E_CONNECT, "TLS handshake", "ws://");
  stub_stop(stub);
  free(plain);
  free(uri);
  return finish();
}
