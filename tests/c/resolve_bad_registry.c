/* resolve_version, Nothing hangs: whatever a registry answers, or does not, ends in a status that says which and a text
   that says what was asked and what came, within the time limit and in bounded memory. */
#include "harness.h"

#define NAME "my-echo"

static pie_status ask(pie_client *client, const char *base, const char *mode, int64_t timeout_ms, pie_error **error) {
  char url[512], *text = POISON;
  snprintf(url, sizeof url, "%s%s", base, mode);
  pie_status status = pie_client_resolve_version(client, NAME, url, timeout_ms, &text, error);
  CHECK(text == NULL);
  return status;
}

/* What was asked for is in each text. */
static void answers(pie_client *client, const char *base) {
  static const struct row {
    const char *mode, *text;
    int is_retriable;
  } rows[] = {
      {"/status:404", "has no inferlet", 0}, {"/status:500", "HTTP 500", 1},  {"/status:503", "HTTP 503", 1},
      {"/status:429", "HTTP 429", 1},        {"/status:401", "HTTP 401", 0},  {"/status:204", "HTTP 204", 0},
      {"/status:300", "HTTP 300", 0},        {"/status:304", "HTTP 304", 0},  {"/switch", "", 0},
      {"/html", "registries answer", 0},     {"/10mb", "8 MiB", 0},           {"/endless", "8 MiB", 0},
      {"/none", "no version", 0},            {"/nothing-known", "no version", 0},
      {"/list", "", 0},                      {"/null", "", 0},                {"/numbers", "", 0},
      {"/nulls", "", 0},                     {"/objects", "", 0},             {"/num-number", "", 0},
      {"/num-null", "no version", 0},        {"/num-object", "", 0},          {"/latest-number", "", 0},
      {"/odd-version", "do not take", 0},    {"/bare-version", "do not take", 0},     {"/deep", "", 0},
      {"/deep-versions", "", 0},             {"/truncated", "", 0},           {"/not-utf8", "", 0},
      {"/many-versions", "no version", 0},   {"/gzip", "packed", 0},            {"/gzip-unsaid", "", 0},
      {"/loop", "10 redirects", 0},          {"/hops:11", "10 redirects", 0}, {"/nowhere", "redirect", 0},
      {"/to:302:ftp", "ftp://", 0},          {"/to:302:space", "redirect", 0}, {"/to:302:user", "redirect", 0},
      {"/to:302:|status:404|x", "HTTP 404", 0},   {"/short", "whole", 1},          {"/empty", "whole", 1},
      {"/half-head", "whole", 1},            {"/nonsense", "whole", 1},       {"/bad-length", "whole", 1},
      {"/two-lengths", "", 1},               {"/bad-chunk", "whole", 1},      {"/endless-head", "whole", 1},
      {"/long-redirect", "ftp://xxx", 0},    {"/long-encoding", "packed", 0},        {"/members", "no object", 0},
      {"/endless-interim", "before the answer", 1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    pie_error *error = POISON;
    EQ(ask(client, base, rows[i].mode, WAIT, &error), PIE_E_REGISTRY);
    const char *message = pie_error_message(error);
    if (strstr(message, rows[i].text) == NULL || strstr(message, "GET http") == NULL)
      fprintf(stderr, "%s: %s\n", rows[i].mode, message);
    HAS(message, rows[i].text);
    HAS(message, "resolve_version: GET http");
    CHECK(strstr(message, "hunter2") == NULL);
    CHECK(strlen(message) < 1000);
    check_message(__FILE__, __LINE__, error);
    if (pie_error_is_retriable(error) != rows[i].is_retriable) fprintf(stderr, "%s: %s\n", rows[i].mode, message);
    EQ(pie_error_is_retriable(error), rows[i].is_retriable);
    pie_error_free(error);
  }
  /* The registry and the inferlet. */
  FAILS(ask(client, base, "/status:404", WAIT, &error), PIE_E_REGISTRY, base, "/" NAME);
}

static void too_slow(pie_client *client, const char *base) {
  FAILS(ask(client, base, "/detail", 0, &error), PIE_E_TIMED_OUT, "before anything was sent");
  static const char *const modes[] = {"/silent", "/drip", "/drip-head", "/short-and-silent", "/to:302:|silent|x"};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    int64_t begun = now_ms();
    FAILS(ask(client, base, modes[i], BRIEF, &error), PIE_E_TIMED_OUT, "resolve_version", "time limit");
    CHECK(now_ms() - begun < WAIT / 2);
  }
}

static void certificates(pie_client *client) {
  static const char *const rows[][2] = {{"PIE_TEST_REGISTRY_TLS_EXPIRED", "expired"},
                                        {"PIE_TEST_REGISTRY_TLS_EARLY", "not valid yet"},
                                        {"PIE_TEST_REGISTRY_TLS_WRONG_HOST", "another host"},
                                        {"PIE_TEST_REGISTRY_TLS_UNKNOWN_ISSUER", "issuer"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    FAILS(ask(client, environment(rows[i][0]), "/detail", WAIT, &error), PIE_E_TLS, "certificate", rows[i][1],
          "127.0.0.1");
}

static void tls(pie_client *client, const char *plain, const char *right) {
  char url[64];
  certificates(client);
  RETRIABLE(ask(client, environment("PIE_TEST_REGISTRY_TLS_EXPIRED"), "/detail", WAIT, &error), PIE_E_TLS, 0);
  FAILS(ask(client, right, "/to:302:http", WAIT, &error), PIE_E_REGISTRY, "https to http");
  FAILS(ask(client, plain, "/to:302:expired", WAIT, &error), PIE_E_TLS, "expired");
  snprintf(url, sizeof url, "https://%s", strstr(plain, "127."));
  STATUS(ask(client, url, "/detail", WAIT, &error), PIE_E_TLS); /* no TLS there */
  snprintf(url, sizeof url, "http://%s", strstr(right, "127."));
  STATUS(ask(client, url, "/detail", WAIT, &error), PIE_E_REGISTRY); /* TLS there */
  stub *silent = stub_start(NULL, 0, 1);
  char *uri = stub_uri(silent);
  snprintf(url, sizeof url, "https://%s", strstr(uri, "127."));
  STATUS(ask(client, url, "", BRIEF, &error), PIE_E_TIMED_OUT);
  stub_stop(silent);
  free(uri);
}

static void nobody(pie_client *client) {
  char url[64], port[16];
  snprintf(port, sizeof port, "%d", closed_port());
  snprintf(url, sizeof url, "http://127.0.0.1:%s", port);
  FAILS(ask(client, url, "", WAIT, &error), PIE_E_CONNECT, "127.0.0.1", port);
  pie_error *error = POISON; /* a name that cannot exist (RFC 6761); without a resolver the time is up */
  pie_status status = ask(client, "http://no-such-host.invalid", "", 5000, &error);
  if (status != PIE_E_TIMED_OUT) EQ(status, PIE_E_CONNECT);
  HAS(pie_error_message(error), "no-such-host.invalid");
  pie_error_free(error);
}

int main(void) {
  const char *plain = environment("PIE_TEST_REGISTRY"), *right = environment("PIE_TEST_REGISTRY_TLS");
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  answers(client, plain);
  too_slow(client, plain);
  too_slow(client, right);
  tls(client, plain, right);
  nobody(client);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  /* Without roots there is nothing to check against. */
  EQ(setenv("SSL_CERT_FILE", "/nonexistent", 1), 0);
  STATUS(ask(client, right, "/detail", WAIT, &error), PIE_E_TLS);
  hang_up(client);
  return finish();
}
