/*
 * tls: connect over TLS, with an authority of your own and a client certificate where the server wants one.
 *
 *   tls URI [CA_FILE [CERTIFICATE_FILE KEY_FILE]]
 *
 * Without CA_FILE (or with "") the authorities that this system trusts count.
 */
#include <pie_client.h>
#include <stdio.h>

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "tls: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

/* An empty value leaves an option as if it had never been set. */
static int set(pie_options *options, const char *key, const char *value) {
  pie_error *error = NULL;
  return !failed(key, pie_options_set(options, key, value, &error), &error);
}

int main(int argc, char **argv) {
  pie_client *client = NULL;
  pie_error *error = NULL;
  int exit_code = 1;

  if (argc < 2 || argc == 4 || argc > 5) {
    fprintf(stderr, "usage: tls URI [CA_FILE [CERTIFICATE_FILE KEY_FILE]]\n");
    return 2;
  }
  const char *uri = argv[1], *ca_file = argc > 2 ? argv[2] : "";
  const char *certificate_file = argc > 4 ? argv[3] : "", *key_file = argc > 4 ? argv[4] : "";

  pie_options *options = pie_options_new();
  if (!set(options, "tls_ca_file", ca_file) || !set(options, "tls_client_cert_file", certificate_file) ||
      !set(options, "tls_client_key_file", key_file))
    goto end;
  /* The files are read now, and again whenever the connection is made anew: renewed ones are used at once. */
  if (failed("connect", pie_client_connect(uri, options, 10000, &client, &error), &error)) goto end;
  printf("connected to %s\n", uri);
  exit_code = 0;

end:
  pie_options_free(options);
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  return exit_code;
}
