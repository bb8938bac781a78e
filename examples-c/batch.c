/*
 * batch: run an inferlet with several inputs at once and take all results in one call.
 *
 *   batch [URI [PROGRAM MANIFEST]]
 *
 * Uses the inferlet `echo` of this repository. Start it in the top directory of the repository.
 */
#include <pie_client.h>
#include <stdio.h>

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "batch: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *program = argc > 3 ? argv[2] : "tests/real_engine/inferlets/echo/echo.wasm";
  const char *manifest = argc > 3 ? argv[3] : "tests/real_engine/inferlets/echo/Pie.toml";
  pie_client *client = NULL;
  pie_error *error = NULL;
  char *results = NULL;
  int exit_code = 1;

  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;

  {
    const char *const inputs[] = {
        "{\"ops\": [[\"sleep\", 0.1], [\"return\", \"the first\"]]}",
        "{\"ops\": [[\"return\", \"the second\"]]}",
        "{\"ops\": [[\"return\", {\"the\": \"third\"}]]}",
    };
    const size_t count = sizeof inputs / sizeof *inputs;
    /* NULL options: the defaults. One failure ends the others; to keep their results, launch them into one queue. */
    if (failed("run", pie_client_run_processes(client, "echo@0.1.0", inputs, count, NULL, 60000, &results, &error), &error))
      goto end;
  }
  printf("%s\n", results); /* a JSON array of the returned texts, in the order of the inputs */
  exit_code = 0;

end:
  pie_string_free(results);
  pie_client_free(client);
  return exit_code;
}
