/*
 * resolve: ask a registry which version an inferlet has, and the engine whether it has that one.
 *
 *   resolve URI NAME [REGISTRY_URL]
 *
 * Without REGISTRY_URL the registry of the Pie project is asked.
 */
#include <pie_client.h>
#include <stdio.h>

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "resolve: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

int main(int argc, char **argv) {
  pie_client *client = NULL;
  pie_error *error = NULL;
  char *inferlet = NULL;
  int32_t exists = 0;
  int exit_code = 1;

  if (argc < 3) {
    fprintf(stderr, "usage: resolve URI NAME [REGISTRY_URL]\n");
    return 2;
  }
  const char *uri = argv[1], *name = argv[2], *registry_url = argc > 3 ? argv[3] : NULL;

  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  /* The registry is asked, not the engine: no login is needed. NULL: the registry of the Pie project. */
  if (failed("resolve", pie_client_resolve_version(client, name, registry_url, 10000, &inferlet, &error), &error))
    goto end;
  printf("%s is %s\n", name, inferlet);

  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  /* NULL, NULL: no files to compare; engines look at the name and the version alone. */
  if (failed("check", pie_client_check_program(client, inferlet, NULL, NULL, 10000, &exists, &error), &error)) goto end;
  printf("the engine %s\n", exists ? "has it" : "does not have it");
  exit_code = 0;

end:
  pie_string_free(inferlet);
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  return exit_code;
}
