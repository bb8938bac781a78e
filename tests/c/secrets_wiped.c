/* Secrets are wiped: once keys are freed, neither a private key, nor its file's text, nor a token is anywhere on the
   heap or on the stack of a thread that worked with it; what is kept to repeat a login goes with the client. */
#include "needles.h"
#include "users.h"

typedef struct login {
  const char *name, *user, *passphrase;
} login;

static const char *keys;
static gate freed = GATE_INIT, searched = GATE_INIT;

/* Nothing but a wait follows the use of the key, so that what is left on the stack is not written over. */
static void *log_in(void *argument) {
  const login *who = argument;
  pie_client *client = dial_users(NULL);
  pie_private_key *key = key_in(keys, who->name, who->passphrase);
  OK(pie_client_authenticate(client, who->user, key, WAIT, &error));
  pie_private_key_free(key);
  gate_add(&freed, 1);
  gate_await(&searched, 1);
  hang_up(client);
  return NULL;
}

/* Reading alone is less work, and goes over less of the stack. */
static void *read_only(void *argument) {
  const login *who = argument;
  pie_private_key_free(key_in(keys, who->name, who->passphrase));
  gate_add(&freed, 1);
  gate_await(&searched, 1);
  return NULL;
}

static void fail_with(const char *directory, const char *name, const char *passphrase) {
  char path[4096];
  pie_private_key *key = NULL;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  STATUS(pie_private_key_from_file(path, passphrase, &key, &error), PIE_E_KEY);
}

static void log_in_by_token(void) {
  char token[65] = "wrong-";
  for (int i = 6; i < 64; i++) token[i] = (char)('a' + (i * 7) % 26);
  remember("the token", (unsigned char *)token + 20, 32);
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  STATUS(pie_client_auth_by_token(client, token, WAIT, &error), PIE_E_AUTH);
  wipe(token, sizeof token);
  hang_up(client);
}

static void use_keys(const char *directory) {
  static login logins[] = {{"ssh", "ssh", NULL},
                           {"sealed", "ssh", "a long passphrase"},
                           {"ssl", "ssl", NULL},
                           {"ssl-sealed", "ssl", "a long passphrase"},
                           {"rsa", "rsa", NULL},
                           {"p384", "p384", NULL}};
  enum { COUNT = sizeof logins / sizeof *logins };
  pthread_t threads[2 * COUNT];
  keys = directory;
  for (size_t i = 0; i < COUNT; i++) {
    threads[i] = spawn(log_in, &logins[i]);
    threads[COUNT + i] = spawn(read_only, &logins[i]);
  }
  gate_await(&freed, 2 * COUNT);
  EQ(search_memory(), 0);
  gate_add(&searched, 1);
  for (size_t i = 0; i < 2 * COUNT; i++) join(threads[i]);
}

/* What a login is repeated with is kept until the client is closed, and no longer, also where it logs in just then. */
static void keep_until_closed(const char *directory, const char *name) {
  char uri[512];
  snprintf(uri, sizeof uri, "%s/", environment("PIE_TEST_URI_USERS"));
  pie_options *options = options_from("generation=0.4 reconnect=on");
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_options_free(options);
  if (name != NULL) {
    pie_private_key *key = key_in(directory, name, NULL);
    OK(pie_client_authenticate(client, name, key, WAIT, &error));
    pie_private_key_free(key);
  } else {
    OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  }
  pie_process *process = launch(client, "['never']");
  CHECK(search_memory() > 0);
  OK(pie_client_close(client, WAIT, &error));
  EQ(search_memory(), 0); /* though the client and a process of it are there */
  pie_process_free(process);
  pie_client_free(client);
}

static void *probe;

int main(int count, char **arguments) {
  (void)count;
  /* Otherwise the first call of a function has the dynamic linker save all registers on the stack. */
  if (getenv("LD_BIND_NOW") == NULL) {
    CHECK(setenv("LD_BIND_NOW", "1", 1) == 0);
    execv("/proc/self/exe", arguments);
    CHECK(!"started again");
  }
  char *directory = new_directory();
  new_user(directory, "ssh", "-t ed25519 -C ''");
  sh("cd '%s' && cp ssh sealed && ssh-keygen -q -p -a 2 -N 'a long passphrase' -f sealed >/dev/null", directory);
  sh("cd '%s' && sed '1d;$d' ssh | openssl base64 -d -out ssh.raw", directory);
  sh("cd '%s' && openssl genpkey -algorithm ED25519 -out ssl && openssl pkey -in ssl -outform DER -out ssl.raw",
     directory);
  sh("cd '%s' && openssl pkcs8 -topk8 -in ssl -out ssl-sealed -passout 'pass:a long passphrase'", directory);
  sh("cd '%s' && openssl pkey -in ssl -pubout -out '%s/ssl.pub'", directory, environment("PIE_TEST_USERS"));
  sh("cd '%s' && openssl genpkey -algorithm RSA -out rsa 2>said && openssl rsa -in rsa -pubout -out '%s/rsa.pub' "
     "2>said",
     directory, environment("PIE_TEST_USERS"));
  sh("cd '%s' && openssl rsa -traditional -in rsa -outform DER -out rsa.raw 2>said", directory);
  sh("cd '%s' && sed '20s/./*/' rsa >damaged", directory); /* one character of the text */
  sh("cd '%s' && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384 2>said && openssl pkey -in "
     "p384 -pubout -out '%s/p384.pub' && openssl pkey -in p384 -outform DER -out p384.raw",
     directory, environment("PIE_TEST_USERS"));
  /* Padding 5, no comment 4, public half 32, private half 32. */
  remember_file("the OpenSSH key", directory, "ssh.raw", 73 - 4, 24);
  remember_file("the OpenSSH key's text", directory, "ssh", 200, 32);
  remember_file("the PKCS#8 key", directory, "ssl.raw", 28, 24);
  remember_file("the PKCS#8 key's text", directory, "ssl", 80, 32);
  remember_number("the RSA key's second prime", directory, "rsa.raw", 131 * 3 + 60, 32);
  remember_number("the RSA key's first prime", directory, "rsa.raw", 131 * 4 + 60, 32);
  remember_number("the RSA key's private exponent", directory, "rsa.raw", 131 * 5 + 150, 32);
  remember_number("the RSA key's exponent of the first prime", directory, "rsa.raw", 131 * 2 + 60, 32);
  remember_file("the RSA key's text", directory, "rsa", 700, 32);
  /* Half of the number; the public half and what stands before it have 102 bytes. */
  remember_number("the P-384 key", directory, "p384.raw", 102 + 48, 24);

  use_keys(directory);
  fail_with(directory, "damaged", NULL);
  fail_with(directory, "ssl-sealed", "another passphrase");
  fail_with(directory, "sealed", "another passphrase");
  log_in_by_token();
  keep_until_closed(directory, "ssh");
  remember("the repeated token", (const unsigned char *)"scripted-token", 14);
  keep_until_closed(directory, NULL);
  OK(pie_shutdown(WAIT, &error));

  EQ(search_memory(), 0);
  /* The search finds what is there. */
  probe = malloc(MOST);
  CHECK(probe != NULL);
  for (size_t i = 0; i < needles[0].size; i++) ((unsigned char *)probe)[i] = needles[0].bytes[i] ^ MASK;
  EQ(search_memory(), 1);
  free(probe);
  free(directory);
  return 0;
}
