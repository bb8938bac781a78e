/* resolve_version: the name comes back as name@version, whatever form the registry's answer has and wherever the registry
   is; no login, engine generation or living engine is needed, and the engine hears nothing of it. */
#include "harness.h"

static pie_status resolve(pie_client *client, const char *name, const char *base, const char *mode, char **out,
                          pie_error **error) {
  char url[512];
  snprintf(url, sizeof url, "%s%s", base, mode);
  *out = POISON;
  return pie_client_resolve_version(client, name, url, WAIT, out, error);
}

#define RESOLVES(client, base, mode, wanted)                       \
  do {                                                             \
    char *text = NULL;                                             \
    OK(resolve((client), "my-echo_1", (base), (mode), &text, &error)); \
    EQ_TEXT(text, "my-echo_1@" wanted);                            \
    pie_string_free(text);                                         \
  } while (0)

static void forms(pie_client *client, const char *base) {
  RESOLVES(client, base, "/detail", "0.2.0");
  RESOLVES(client, base, "/yanked", "0.2.0");
  RESOLVES(client, base, "/all-yanked", "0.3.0");
  RESOLVES(client, base, "/latest", "1.2.3");
  RESOLVES(client, base, "/both", "1.2.3");
  RESOLVES(client, base, "/empty-latest", "0.2.0");
  RESOLVES(client, base, "/candidate", "0.2.0");
  RESOLVES(client, base, "/latest-candidate", "0.2.0");
  RESOLVES(client, base, "/latest-yanked", "0.2.0");
  RESOLVES(client, base, "/readmes", "1.90.0"); /* 5 MB */
  RESOLVES(client, base, "/chunked", "0.2.0");
  RESOLVES(client, base, "/until-the-end", "0.2.0");
  RESOLVES(client, base, "/continues", "0.2.0");
  RESOLVES(client, base, "/asked", "7.7.7");
}

static void bases(pie_client *client, const char *base) {
  RESOLVES(client, base, "/detail/", "0.2.0");
  RESOLVES(client, base, "/detail//", "0.2.0");
  RESOLVES(client, base, "/detail/further/down", "0.2.0");
  RESOLVES(client, base, "/detail/%20", "0.2.0");
}

static void redirects(pie_client *client, const char *base) {
  RESOLVES(client, base, "/to:301:|detail|x", "0.2.0");
  RESOLVES(client, base, "/to:302:https", "0.2.0");
  RESOLVES(client, base, "/to:303:http", "0.2.0");
  RESOLVES(client, base, "/to:307:query", "0.2.0");
  RESOLVES(client, base, "/to:308:fragment", "0.2.0");
  RESOLVES(client, base, "/hops:10", "0.2.0");
}

/* With an @ nobody is asked: nobody listens there. */
static void versioned(pie_client *client) {
  static const char *const names[] = {"echo@0.1.0", "echo@latest", "a@b@c", "@", "std/echo@1", "a b@\xc3\xa4"};
  char url[64], *text = POISON;
  snprintf(url, sizeof url, "http://127.0.0.1:%d", closed_port());
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    OK(pie_client_resolve_version(client, names[i], i % 2 ? url : NULL, WAIT, &text, &error));
    EQ_TEXT(text, names[i]);
    pie_string_free(text);
    OK(pie_client_resolve_version(client, names[i], "no URL", 0, &text, &error));
    EQ_TEXT(text, names[i]);
    pie_string_free(text);
  }
}

/* Nobody is asked, for the time is up: the text says who would have been. */
static void whom(pie_client *client) {
  char *text = POISON;
  FAILS(pie_client_resolve_version(client, "my-echo_1", NULL, 0, &text, &error), PIE_E_TIMED_OUT,
        "GET https://registry.pie-project.org/", "/my-echo_1:");
  FAILS(pie_client_resolve_version(client, "my-echo_1", "http://127.0.0.1:9/there", 0, &text, &error), PIE_E_TIMED_OUT,
        "GET http://127.0.0.1:9/there", "/my-echo_1:");
  CHECK(text == NULL);
}

static void no_names(pie_client *client, const char *base) {
  static const char *const names[] = {"", " ", "a b", "a/b", "../a", "a%2f", "a?b", "a#b", "\xc3\xa4", "-a", "_a", "a\n"};
  char *text = POISON;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    NAMES(resolve(client, names[i], base, "/detail", &text, &error), "name");
  size_t size = 70000;
  char *long_name = calloc(1, size + 1);
  CHECK(long_name != NULL);
  memset(long_name, 'a', size);
  NAMES(resolve(client, long_name, base, "/detail", &text, &error), "name");
  free(long_name);
  CHECK(text == NULL);
}

static void no_urls(pie_client *client) {
  static const char *const urls[] = {"", " ", "registry", "127.0.0.1:80", "//127.0.0.1", "/detail", "ftp://127.0.0.1/",
                                     "ws://127.0.0.1", "file:///detail", "http:", "http://", "http://:80", "http://h:0",
                                     "http://h:65536", "http://h:x", "http://h h/", "http://h/a b", "http://h/?x=hunter2",
                                     "http://h/#x", "http://me:hunter2@h/", "http://me:hunter2@127.0.0.1:1/", "http://h/\r\nx: y", "http://h/\xc3\xa4"};
  char *text = POISON;
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    NAMES(resolve(client, "a", urls[i], "", &text, &error), "registry_url");
    CHECK(text == NULL);
    pie_error *error = NULL;
    (void)resolve(client, "a", urls[i], "", &text, &error);
    CHECK(strstr(pie_error_message(error), "hunter2") == NULL);
    pie_error_free(error);
  }
}

static void any_client(int generation, const char *base) {
  pie_client *client = dial_without_login(generation, NULL, "identity=t/u header.authorization=Bearer-x");
  RESOLVES(client, base, "/asked", "7.7.7");
  hang_up(client);
  client = dial(generation, NULL, NULL);
  char *before = look(client, "received");
  RESOLVES(client, base, "/detail", "0.2.0");
  char *after = look(client, "received");
  EQ(count_text(after, "\"type\""), count_text(before, "\"type\"") + 1); /* the second look alone */
  pie_string_free(before);
  pie_string_free(after);
  hang_up(client);
  /* The engine hangs up: what does not need it goes on. */
  client = dial(generation, "cut_on=ping", NULL);
  while (pie_client_ping(client, WAIT, NULL, NULL) != PIE_E_DISCONNECTED) rest_ms(1);
  RESOLVES(client, base, "/detail", "0.2.0");
  (void)pie_client_close(client, WAIT, NULL);
  char *text = POISON;
  STATUS(resolve(client, "a", base, "/detail", &text, &error), PIE_E_CLOSED);
  STATUS(resolve(client, "a@1.0.0", base, "/detail", &text, &error), PIE_E_CLOSED);
  pie_client_free(client);
}

typedef struct asker {
  pie_client *client;
  const char *base;
} asker;

static void *ask(void *argument) {
  asker *with = argument;
  for (int i = 0; i < 5; i++) {
    RESOLVES(with->client, with->base, "/detail", "0.2.0");
    OK(pie_client_ping(with->client, WAIT, NULL, &error));
  }
  return NULL;
}

static void several_at_once(pie_client *client, const char *plain, const char *tls) {
  asker with[] = {{client, plain}, {client, tls}, {client, plain}, {client, tls}};
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) threads[i] = spawn(ask, &with[i]);
  for (int i = 0; i < 4; i++) join(threads[i]);
}

int main(void) {
  const char *plain = environment("PIE_TEST_REGISTRY"), *tls = environment("PIE_TEST_REGISTRY_TLS");
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  forms(client, plain);
  forms(client, tls);
  bases(client, plain);
  redirects(client, plain);
  RESOLVES(client, tls, "/to:302:https", "0.2.0");
  RESOLVES(client, tls, "/to:302:|detail|x", "0.2.0");
  char named[64];
  snprintf(named, sizeof named, "HTTPS://localhost:%s", strrchr(tls, ':') + 1);
  RESOLVES(client, named, "/detail", "0.2.0");
  versioned(client);
  whom(client);
  no_names(client, plain);
  no_urls(client);
  several_at_once(client, plain, tls);
  hang_up(client);
  EACH_GENERATION(generation) any_client(generation, plain);
  return finish();
}
