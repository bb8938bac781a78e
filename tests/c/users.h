/* Tests with an engine that has users: PIE_TEST_USERS, PIE_TEST_URI_USERS. */
#ifndef USERS_H
#define USERS_H

#include "harness.h"

#include <stdarg.h>

/* A shell command that must end well. */
static inline void sh(const char *format, ...) {
  char command[4096];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(command, sizeof command, format, arguments);
  va_end(arguments);
  CHECK(length > 0 && (size_t)length < sizeof command);
  int code = system(command);
  if (code != 0) fprintf(stderr, "exit status %d: %s\n", code, command);
  CHECK(code == 0);
}

/* A new directory; freed by the caller. */
static inline char *new_directory(void) {
  const char *base = getenv("TMPDIR");
  char *path = malloc(4096);
  CHECK(path != NULL);
  snprintf(path, 4096, "%s/keys-XXXXXX", base ? base : "/tmp");
  CHECK(mkdtemp(path) != NULL);
  return path;
}

/* A new key of ssh-keygen in a directory, whose public half makes a user of the same name. */
static inline void new_user(const char *directory, const char *name, const char *options) {
  sh("ssh-keygen -q -f '%s/%s' -N '' -C '%s' %s", directory, name, name, options);
  sh("cp '%s/%s.pub' '%s/'", directory, name, environment("PIE_TEST_USERS"));
}

/* Connected to the engine with users, not logged in. */
static inline pie_client *dial_users(const char *faults) {
  char uri[512];
  snprintf(uri, sizeof uri, "%s/?%s", environment("PIE_TEST_URI_USERS"), faults ? faults : "");
  pie_options *options = options_from("generation=0.4 close_timeout_ms=0");
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_options_free(options);
  return client;
}

/* The private key in a file of a directory. */
static inline pie_private_key *key_in(const char *directory, const char *name, const char *passphrase) {
  char path[4096];
  pie_private_key *key = POISON;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  OK(pie_private_key_from_file(path, passphrase, &key, &error));
  CHECK(key != NULL);
  return key;
}

#endif
