/*
 * login: log in with a private key, with the SSH agent, or with a signature of one's own making.
 *
 *   login URI USER                          an engine without login
 *   login URI USER KEY_FILE [PASSPHRASE]    the private key in a file
 *   login URI USER agent [PUBLIC_KEY]       the SSH agent's keys, or the one that is named
 *   login URI USER signer COMMAND           a command that signs the file challenge.bin
 */
#define _POSIX_C_SOURCE 200809L

#include <pie_client.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "login: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

static int with_key(pie_client *client, const char *user, const char *file, const char *passphrase) {
  pie_private_key *key = NULL;
  pie_error *error = NULL;

  /* NULL passphrase: the key is not encrypted. A leading ~ is the home directory. */
  if (failed("key", pie_private_key_from_file(file, passphrase, &key, &error), &error)) return 1;
  printf("key: %s\n", pie_private_key_algorithm(key));
  int refused = failed("authenticate", pie_client_authenticate(client, user, key, 10000, &error), &error);
  pie_private_key_free(key); /* the client does not need it any more */
  return refused;
}

static int with_agent(pie_client *client, const char *user, const char *public_key) {
  pie_error *error = NULL;

  /* NULL: the agent's keys in its order. One key: "ssh-ed25519 AAAA..." or "SHA256:..." (ssh-add -l).
     The limit is long, since the agent may ask its user for confirmation. */
  pie_status status = pie_client_authenticate_with_agent(client, user, public_key, 60000, &error);
  return failed("authenticate with the agent", status, &error);
}

/* Signs `size` bytes at `challenge` and writes at most *signature_size bytes: here with a command that
   signs the file `challenge.bin` and writes the signature to its standard output. */
static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *command) {
  FILE *file = fopen("challenge.bin", "wb");
  if (file == NULL) return 1;
  size_t written = fwrite(challenge, 1, size, file);
  if (fclose(file) != 0 || written != size) return 1;

  FILE *signer = popen(command, "r");
  if (signer == NULL) return 1;
  *signature_size = fread(signature, 1, *signature_size, signer);
  return pclose(signer) == 0 ? 0 : 1; /* anything but 0 ends the login with PIE_E_KEY */
}

static int with_signer(pie_client *client, const char *user, char *command) {
  pie_error *error = NULL;

  /* `sign` runs on this thread, before the call returns, and only if the engine wants a signature. */
  pie_status status = pie_client_authenticate_with_signer(client, user, sign, command, 60000, &error);
  return failed("authenticate with a signer", status, &error);
}

static int without_key(pie_client *client, const char *user) {
  pie_error *error = NULL;
  return failed("authenticate", pie_client_authenticate(client, user, NULL, 10000, &error), &error);
}

static int log_in(pie_client *client, int argc, char **argv) {
  const char *user = argv[2], *how = argc > 3 ? argv[3] : NULL;
  char *more = argc > 4 ? argv[4] : NULL;
  if (how == NULL) return without_key(client, user);
  if (strcmp(how, "agent") == 0) return with_agent(client, user, more);
  if (strcmp(how, "signer") == 0 && more != NULL) return with_signer(client, user, more);
  return with_key(client, user, how, more);
}

int main(int argc, char **argv) {
  pie_client *client = NULL;
  pie_error *error = NULL;
  int exit_code = 1;

  if (argc < 3) {
    fprintf(stderr, "usage: login URI USER [KEY_FILE [PASSPHRASE] | agent [PUBLIC_KEY] | signer COMMAND]\n");
    return 2;
  }
  if (failed("connect", pie_client_connect(argv[1], NULL, 10000, &client, &error), &error)) return 1;
  if (log_in(client, argc, argv)) goto end;
  if (failed("ping", pie_client_ping(client, 10000, NULL, &error), &error)) goto end;
  printf("logged in as %s\n", argv[2]);
  exit_code = 0;

end:
  pie_client_free(client);
  return exit_code;
}
