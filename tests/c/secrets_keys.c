/* Passphrases, private keys and what is in a key's file never appear in a log line or an error, however it fails. */
#include "users.h"

#define PASSPHRASE "hunter2hunter2"
#define MARK "cGllLXNlY3JldC1tYXJr" /* in key files: it is base64 */

static gate lines = GATE_INIT;
/* Parts of the private keys' texts. */
static char parts[8][33];
static size_t part_count;

static void keeps(const char *text) {
  CHECK(strstr(text, PASSPHRASE) == NULL);
  CHECK(strstr(text, MARK) == NULL);
  for (size_t i = 0; i < part_count; i++) CHECK(strstr(text, parts[i]) == NULL);
}

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)level, (void)user_data;
  keeps(target);
  keeps(message);
  gate_add(&lines, 1);
}

/* Whatever the outcome is. */
#define KEPT(call)                                      \
  do {                                                  \
    pie_error *error = POISON;                          \
    (void)(call);                                       \
    if (error != NULL) keeps(pie_error_message(error)); \
    pie_error_free(error);                              \
  } while (0)

/* The text of a file, one character of it replaced; freed by the caller. */
static char *spoiled(const char *path, size_t at) {
  char *text = calloc(1, 1 << 16);
  FILE *file = fopen(path, "r");
  CHECK(text != NULL && file != NULL);
  CHECK(fread(text, 1, (1 << 16) - 1, file) > at);
  fclose(file);
  if (at > 0) text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}

static void remember(const char *path) {
  char *text = spoiled(path, 0);
  size_t size = strlen(text);
  memcpy(parts[part_count++], text + size / 2, 24);
  free(text);
}

static void every_way(const char *path, const char *passphrase) {
  pie_private_key *key = NULL;
  KEPT(pie_private_key_from_file(path, passphrase, &key, &error));
  if (key != NULL) {
    pie_client *client = dial_users(NULL);
    KEPT(pie_client_authenticate(client, "me", key, WAIT, &error));
    KEPT(pie_client_authenticate(client, "nobody", key, WAIT, &error));
    hang_up(client);
  }
  pie_private_key_free(key);
  char *whole = spoiled(path, 0);
  size_t size = strlen(whole);
  free(whole);
  for (size_t at = 1; at < size; at += size / 40) {
    char *text = spoiled(path, at);
    key = NULL;
    KEPT(pie_private_key_parse(text, passphrase, &key, &error));
    pie_private_key_free(key);
    free(text);
  }
}

int main(void) {
  static const char *const texts[] = {MARK,
                                      "-----BEGIN " MARK "-----\n" MARK "\n-----END " MARK "-----\n",
                                      "-----BEGIN PRIVATE KEY-----\n" MARK "\n-----END PRIVATE KEY-----\n",
                                      "-----BEGIN EC PRIVATE KEY-----\n" MARK "\n-----END EC PRIVATE KEY-----\n",
                                      "-----BEGIN OPENSSH PRIVATE KEY-----\n" MARK
                                      "\n-----END OPENSSH PRIVATE KEY-----\n",
                                      "-----BEGIN PRIVATE KEY-----\n" MARK,
                                      "ssh-ed25519 " MARK,
                                      "ssh-rsa-cert-v01@openssh.com " MARK};
  char *directory = new_directory(), path[4096];
  pie_set_log_callback(PIE_LOG_TRACE, on_log, NULL);
  sh("ssh-keygen -q -t ed25519 -N '' -f '%s/ssh' && ssh-keygen -q -t ed25519 -a 1 -N '" PASSPHRASE "' -f '%s/sealed'",
     directory, directory);
  sh("openssl genpkey -algorithm RSA 2>/dev/null -out '%s/rsa'", directory);
  sh("openssl pkcs8 -topk8 -v2 aes-256-cbc -in '%s/rsa' -passout pass:" PASSPHRASE " -out '%s/rsa-sealed'", directory,
     directory);
  sh("cp '%s/ssh.pub' '%s/me.pub'", directory, environment("PIE_TEST_USERS"));
  static const char *const files[] = {"ssh", "sealed", "rsa", "rsa-sealed"};
  for (size_t i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, files[i]);
    remember(path);
  }
  for (size_t i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, files[i]);
    every_way(path, PASSPHRASE);
    pie_private_key *key = NULL;
    KEPT(pie_private_key_from_file(path, PASSPHRASE "x", &key, &error));
    pie_private_key_free(key);
  }
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    pie_private_key *key = NULL;
    KEPT(pie_private_key_parse(texts[i], PASSPHRASE, &key, &error));
    KEPT(pie_private_key_parse(texts[i], PASSPHRASE "\xff", &key, &error));
    CHECK(key == NULL);
  }
  CHECK(lines.value > 0);
  free(directory);
  return finish();
}
