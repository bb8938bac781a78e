/* secrets (tokens, header values, passwords in a URI) never appear in a log or an error. */
#include "harness.h"

#define SECRET "hunter2hunter2"

static gate lines = GATE_INIT;

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)level, (void)user_data;
  CHECK(strstr(target, SECRET) == NULL);
  if (strstr(message, SECRET) != NULL) fprintf(stderr, "logged: %s\n", message);
  CHECK(strstr(message, SECRET) == NULL);
  gate_add(&lines, 1);
}

static void kept(const pie_error *error) {
  const char *message = pie_error_message(error);
  if (strstr(message, SECRET) != NULL) fprintf(stderr, "%s\n", message);
  CHECK(strstr(message, SECRET) == NULL);
}

/* Whatever the outcome is. */
#define KEPT(call)             \
  do {                         \
    pie_error *error = POISON; \
    (void)(call);              \
    kept(error);               \
    pie_error_free(error);     \
  } while (0)

static void connects(const char *uri, const pie_options *options) {
  pie_client *client = NULL;
  KEPT(pie_client_connect(uri, options, WAIT, &client, &error));
  if (client != NULL) hang_up(client);
}

int main(void) {
  pie_options *options = options_from("header.authorization=Bearer-" SECRET);
  char uri[128];
  pie_set_log_callback(PIE_LOG_TRACE, on_log, NULL);
  KEPT(pie_options_set(options, "header.authorization", "Bearer " SECRET "\n", &error));
  EACH_GENERATION(generation) {
    char *base = engine_uri(generation, NULL), *refusing = engine_uri(generation, "handshake=401");
    connects(base, options);
    connects(refusing, options);
    snprintf(uri, sizeof uri, "ws://me:" SECRET "@127.0.0.1:%s", strrchr(base, ':') + 1);
    connects(uri, NULL);
    free(base);
    free(refusing);
  }
  snprintf(uri, sizeof uri, "ws://me:" SECRET "@127.0.0.1:%d", closed_port());
  connects(uri, options);
  connects("ws://me:" SECRET "@:x", NULL);
  /* A query may be a password too, whatever is wrong with the rest. */
  snprintf(uri, sizeof uri, "ws://127.0.0.1:%d/?token=" SECRET, closed_port());
  connects(uri, NULL);
  connects("ws://127.0.0.1:x/?token=" SECRET, NULL);
  connects("http://127.0.0.1:1/?token=" SECRET, NULL);
  connects("ws://127.0.0.1:1/ ?token=" SECRET, NULL);
  EACH_GENERATION(generation) {
    char *base = engine_uri(generation, "handshake=401&token=" SECRET);
    connects(base, NULL);
    free(base);
    base = engine_uri(generation, "token=" SECRET);
    connects(base, NULL);
    free(base);
  }
  stub *stranger = stub_start("SSH-2.0\r\n", 9, 0);
  char *at = stub_uri(stranger);
  snprintf(uri, sizeof uri, "%s/?token=" SECRET, at);
  connects(uri, NULL);
  stub_stop(stranger);
  free(at);
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  KEPT(pie_client_auth_by_token(client, SECRET, WAIT, &error));
  KEPT(pie_client_auth_by_token(client, SECRET, 0, &error));
  KEPT(pie_client_auth_by_token(client, SECRET "\xff", WAIT, &error));
  hang_up(client);
  client = dial(PIE_GENERATION_0_5, NULL, NULL);
  KEPT(pie_client_auth_by_token(client, SECRET, WAIT, &error));
  hang_up(client);
  pie_options_free(options);
  CHECK(lines.value > 0);
  return finish();
}
