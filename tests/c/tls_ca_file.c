/* tls_ca_file: what cannot be read is PIE_E_IO, what is no certificate is PIE_E_TLS, and both name option and file.
   It is read at each connect. */
#include "tls.h"

#include <sys/stat.h>

static void useless(void) {
  static const char *const rows[][2] = {{"empty.pem", "empty"},         {"garbage.pem", "no certificate"},
                                        {"damaged.pem", "damaged"},     {"incomplete.pem", "damaged"},
                                        {"der.pem", "DER"},             {"client.key", "no certificate"},
                                        {"", "directory"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char options[64];
    snprintf(options, sizeof options, "tls_ca_file=@%s", rows[i][0]);
    FAILS(try_tls("05", options, &error), PIE_E_TLS, "tls_ca_file", rows[i][0], rows[i][1]);
  }
  FAILS(try_tls("05", "tls_ca_file=/no/such/file", &error), PIE_E_IO, "tls_ca_file", "/no/such/file");
#ifndef _WIN32
  FAILS(try_tls("05", "tls_ca_file=/dev/zero", &error), PIE_E_TLS, "tls_ca_file", "no regular file");
  char *fifo = temporary_file("", 0); /* nobody writes to it: opening it must not wait */
  unlink(fifo);
  EQ(mkfifo(fifo, 0600), 0);
  pie_options *options = pie_options_new();
  pie_client *client = POISON;
  char *uri = tls_uri("05", NULL);
  OK(pie_options_set(options, "tls_ca_file", fifo, &error));
  FAILS(pie_client_connect(uri, options, WAIT, &client, &error), PIE_E_TLS, "no regular file");
  unlink(fifo);
  free(fifo);
  free(uri);
  pie_options_free(options);
#endif
}

static void copy(const char *name, const char *to) {
  char *from = pem(name), command[4096];
  snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
  EQ(system(command), 0);
  free(from);
}

/* The same options; another file. */
static void renewed(void) {
  char *path = temporary_file("", 0), text[4096];
  snprintf(text, sizeof text, "tls_ca_file=%s", path);
  copy("stranger.pem", path);
  STATUS(try_tls("05", text, &error), PIE_E_TLS);
  copy("trusted.pem", path);
  OK(try_tls("05", text, &error));
  unlink(path);
  free(path);
}

int main(void) {
  useless();
  renewed();
  char *plain = engine_uri(PIE_GENERATION_0_5, NULL); /* without TLS nothing of it is looked at */
  OK(try_tls_uri(plain, "tls_ca_file=/no/such/file tls_client_cert_file=/no/such/file", &error));
#ifndef _WIN32 /* the platform's authorities are not the tests' */
  OK(try_tls("05", "tls_ca_file=/no/such/file tls_ca_file=", &error)); /* taken back */
#endif
  free(plain);
  return finish();
}
