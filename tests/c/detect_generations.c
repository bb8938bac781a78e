/* generation=auto finds the engine's generation; a pinned one is taken; pie_client_generation says which. */
#include "harness.h"

static pie_status attempt(int generation, const char *path, const char *settings, pie_client **client,
                          pie_error **error) {
  char *base = engine_uri(generation, NULL), uri[256];
  pie_options *options = options_from(settings);
  snprintf(uri, sizeof uri, "%s%s", base, path);
  pie_status status = pie_client_connect(uri, settings ? options : NULL, WAIT, client, error);
  pie_options_free(options);
  free(base);
  return status;
}

static void finds(int generation, const char *path, const char *settings) {
  pie_client *client = POISON;
  OK(attempt(generation, path, settings, &client, &error));
  EQ(pie_client_generation(client), generation);
  if (generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "u", NULL, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process *process = launch(client, "['print','here']");
  STREAM(process, "out:here|return:done");
  pie_process_free(process);
  hang_up(client);
}

/* Whether that fails at once or at the first call is nowhere written: it must be told, and not hang. */
static void wrong(int generation, const char *pin) {
  pie_client *client = POISON;
  pie_error *error = POISON;
  pie_status status = attempt(generation, "/", pin, &client, &error);
  if (status == PIE_OK) {
    status = pie_client_ping(client, BRIEF, NULL, &error);
    pie_client_free(client);
  } else {
    CHECK(client == NULL);
  }
  CHECK(status < 0);
  check_message(__FILE__, __LINE__, error);
  pie_error_free(error);
}

int main(void) {
  EACH_GENERATION(generation) {
    const char *pin = generation == PIE_GENERATION_0_4 ? "generation=0.4" : "generation=0.5";
    static const char *const paths[] = {"", "/", "/?a=b", "/v1/ws", "/v1/ws?a=b"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
      finds(generation, paths[i], pin);
      /* An engine 0.4 takes any path: on /v1/ws nothing tells it from a later one. */
      if (generation == PIE_GENERATION_0_5 || i < 3)
        finds(generation, paths[i], NULL), finds(generation, paths[i], "generation=auto");
    }
  }
  /* One that is slow to answer is still what it is. */
  finds(PIE_GENERATION_0_5, "/?delay=ping:2500,auth_prove:2500", NULL);
  pie_client *client = POISON; /* only a URI without a path is given one */
  STATUS(attempt(PIE_GENERATION_0_5, "/elsewhere", NULL, &client, &error), PIE_E_CONNECT);
  STATUS(attempt(PIE_GENERATION_0_5, "/elsewhere", "generation=0.5", &client, &error), PIE_E_CONNECT);
  CHECK(client == NULL);
  /* What tells nothing by one question tells it by the other, or by its silence. */
  finds(PIE_GENERATION_0_5, "/?silent=auth_prove", NULL);
  OK(attempt(PIE_GENERATION_0_5, "/?silent=ping", NULL, &client, &error));
  EQ(pie_client_generation(client), PIE_GENERATION_0_5);
  hang_up(client);
  finds(PIE_GENERATION_0_4, "/?silent=auth_prove", NULL);
  wrong(PIE_GENERATION_0_4, "generation=0.5");
  wrong(PIE_GENERATION_0_5, "generation=0.4");
  return finish();
}
