/* Tests with engines behind TLS: PIE_TEST_URI_TLS_*, and certificates in PIE_TEST_TLS. SSL_CERT_FILE names the authority
   of their certificates, so the platform's roots are right unless a test says otherwise. */
#ifndef TLS_H
#define TLS_H

#include "harness.h"

#include <ctype.h>

/* The path of one of the test's certificates or keys; freed by the caller. */
static inline char *pem(const char *file) { return join_text(environment("PIE_TEST_TLS"), "/", file); }

/* The URI of an engine behind TLS, "04", "05" or another of the runner's; freed by the caller. */
static inline char *tls_uri(const char *kind, const char *faults) {
  char name[64];
  int length = snprintf(name, sizeof name, "PIE_TEST_URI_TLS_%s", kind);
  for (int i = 0; i < length; i++) name[i] = (char)toupper((unsigned char)name[i]);
  return join_text(environment(name), faults ? "/?" : "", faults ? faults : "");
}

static inline const char *kind_of(int generation) { return generation == PIE_GENERATION_0_4 ? "04" : "05"; }

/* Options from "key=value key=value", "key=@file" naming one of the test's files. */
static inline pie_options *tls_options(const char *text) {
  pie_options *options = pie_options_new();
  char copy[8192], *rest = copy;
#ifdef _WIN32
  /* The platform's roots are a store there, which no variable names. */
  char *trusted = pem("trusted.pem");
  OK(pie_options_set(options, "tls_ca_file", trusted, &error));
  free(trusted);
#endif
  CHECK(snprintf(copy, sizeof copy, "%s", text ? text : "") < (int)sizeof copy);
  for (char *pair; (pair = strtok_r(rest, " ", &rest)) != NULL;) {
    char *value = strchr(pair, '=');
    CHECK(value != NULL);
    *value++ = '\0';
    char *path = *value == '@' ? pem(value + 1) : NULL;
    OK(pie_options_set(options, pair, path ? path : value, &error));
    free(path);
  }
  return options;
}

/* Connects; a client that came about is freed. */
static inline pie_status try_tls_uri(const char *uri, const char *text, pie_error **error) {
  pie_client *client = POISON;
  pie_options *options = tls_options(text);
  pie_status status = pie_client_connect(uri, options, WAIT, &client, error);
  pie_options_free(options);
  CHECK((client == NULL) == (status != PIE_OK));
  if (client != NULL) {
    pie_error *error = NULL;
    pie_status pinged = pie_client_generation(client) == PIE_GENERATION_0_5
                            ? pie_client_ping(client, WAIT, NULL, &error)
                            : PIE_OK;
    EQ(pinged, PIE_OK);
    pie_client_free(client);
  }
  return status;
}

static inline pie_status try_tls(const char *kind, const char *text, pie_error **error) {
  char *uri = tls_uri(kind, NULL);
  pie_status status = try_tls_uri(uri, text, error);
  free(uri);
  return status;
}

/* Connected over TLS and logged in where the generation needs it. */
static inline pie_client *dial_tls(int generation, const char *faults, const char *text) {
  char *uri = tls_uri(kind_of(generation), faults), all[512];
  CHECK(snprintf(all, sizeof all, "generation=%s %s", generation == PIE_GENERATION_0_4 ? "0.4" : "0.5",
                 text ? text : "") < (int)sizeof all);
  pie_options *options = tls_options(all);
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  if (generation == PIE_GENERATION_0_4) OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  pie_options_free(options);
  free(uri);
  return client;
}

#endif
