/* The client's TLS key is wiped when the handshake is over, though the connection lives on, and after one that failed:
   neither the key nor its file's text is anywhere in memory. */
#include "needles.h"
#include "tls.h"

static pie_client *connected(const char *engine, const char *text) {
  char *uri = tls_uri(engine, NULL);
  pie_options *options = tls_options(text);
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_options_free(options);
  free(uri);
  return client;
}

/* Written by another program: a shell's memory is not searched. */
static void as_der(const char *key) {
  char command[4096];
  snprintf(command, sizeof command, "cd '%s' && openssl pkey -in %s.key -outform DER -out %s.raw.$$ && mv %s.raw.$$ %s.raw",
           environment("PIE_TEST_TLS"), key, key, key, key);
  EQ(system(command), 0);
}

int main(int count, char **arguments) {
  (void)count;
  /* Otherwise the first call of a function has the dynamic linker save all registers on the stack. */
  if (getenv("LD_BIND_NOW") == NULL) {
    CHECK(setenv("LD_BIND_NOW", "1", 1) == 0);
    execv("/proc/self/exe", arguments);
    CHECK(!"started again");
  }
  const char *where = environment("PIE_TEST_TLS");
  as_der("client");
  as_der("client_rsa");
  /* Behind the number stand 70 bytes of the public half. */
  remember_number("the ECDSA key", where, "client.raw", 70 + 32, 24);
  remember_file("the ECDSA key's text", where, "client.key", 180, 32);
  remember_number("the RSA key's second prime", where, "client_rsa.raw", 131 * 3 + 60, 32);
  remember_number("the RSA key's first prime", where, "client_rsa.raw", 131 * 4 + 60, 32);
  remember_file("the RSA key's text", where, "client_rsa.key", 700, 32);
  static const char *const engines[] = {"clients_12", "clients_13"};
  for (size_t i = 0; i < 2; i++) {
    pie_client *client = connected(engines[i], "tls_client_cert_file=@client.pem tls_client_key_file=@client.key");
    pie_client *second = connected(engines[i], "tls_client_cert_file=@client_rsa.pem tls_client_key_file=@client_rsa.key");
    EQ(search_memory(), 0);
    STATUS(try_tls(engines[i], "tls_client_cert_file=@client.pem tls_client_key_file=@client_rsa.key", &error), PIE_E_TLS);
    STATUS(try_tls("expired", "tls_client_cert_file=@client_rsa.pem tls_client_key_file=@client_rsa.key", &error), PIE_E_TLS);
    EQ(search_memory(), 0);
    hang_up(client);
    hang_up(second);
  }
  EQ(search_memory(), 0);
  unsigned char *probe = have(malloc(MOST)); /* the search finds what is there */
  for (size_t i = 0; i < needles[0].size; i++) probe[i] = needles[0].bytes[i] ^ MASK;
  EQ(search_memory(), 1);
  free(probe);
  return finish();
}
