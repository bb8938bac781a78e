/* authenticate_with_signer: the host's function signs, on the calling thread, only where a signature is wanted; what it
   does wrong is told, and nothing is sent then. */
#include "users.h"

static char *directory;

typedef struct host {
  pthread_t caller;
  int calls;
  int32_t returns;
  size_t length;
  pie_client *client;
  void (*act)(struct host *host);
} host;

static void save(const char *name, const void *bytes, size_t size) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "w");
  CHECK(file != NULL);
  EQ(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static void look_at(const uint8_t *challenge, size_t size, const size_t *room, host *host) {
  CHECK(challenge != NULL);
  EQ(size, 48);
  CHECK(*room >= 1024);
  CHECK(pthread_equal(pthread_self(), host->caller));
  host->calls++;
}

/* As a key service would: with openssl. */
static int32_t by_openssl(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size,
                          void *user) {
  look_at(challenge, size, signature_size, user);
  save("challenge", challenge, size);
  sh("cd '%s' && openssl dgst -sha256 -sign me.key -out signature challenge", directory);
  char path[4096];
  snprintf(path, sizeof path, "%s/signature", directory);
  FILE *file = fopen(path, "r");
  CHECK(file != NULL);
  *signature_size = fread(signature, 1, *signature_size, file);
  fclose(file);
  return 0;
}

static int32_t odd(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *user) {
  host *host = user;
  look_at(challenge, size, signature_size, host);
  if (host->act != NULL) host->act(host);
  memset(signature, 7, *signature_size); /* all of the room is there */
  *signature_size = host->length;
  return host->returns;
}

static void refuses(pie_client *client, int32_t returns, size_t length, const char *words) {
  host host = {.caller = pthread_self(), .returns = returns, .length = length};
  FAILS(pie_client_authenticate_with_signer(client, "me", odd, &host, WAIT, &error), PIE_E_KEY, "fn", words);
  EQ(host.calls, 1);
}

static void log_in_again(host *host) {
  pie_private_key *key = NULL;
  FAILS(pie_client_authenticate(host->client, "me", key, WAIT, &error), PIE_E_WOULD_DEADLOCK, "signer");
  FAILS(pie_client_auth_by_token(host->client, "t", WAIT, &error), PIE_E_WOULD_DEADLOCK, "signer");
  FAILS(pie_client_authenticate_with_signer(host->client, "me", odd, host, WAIT, &error), PIE_E_WOULD_DEADLOCK,
        "signer");
  FAILS(pie_client_authenticate_with_agent(host->client, "me", NULL, WAIT, &error), PIE_E_WOULD_DEADLOCK, "signer");
}

static void close_it(host *host) { OK(pie_client_close(host->client, WAIT, &error)); }

/* And stays until the connection has ended. */
static void free_it(host *host) {
  pie_client_free(host->client);
  for (int again = 0; again < 3; again++) {
    pie_client *other = dial_users(NULL);
    FAILS(pie_client_authenticate(other, "me", NULL, WAIT, &error), PIE_E_AUTH, "signature");
    hang_up(other);
  }
}

static void take_time(host *host) {
  (void)host;
  rest_ms(3 * BRIEF);
}

static void not_called(pie_client *client) {
  host host = {.caller = pthread_self()};
  OK(pie_client_authenticate_with_signer(client, "me", odd, &host, WAIT, &error));
  EQ(host.calls, 0);
}

int main(void) {
  directory = new_directory();
  new_user(directory, "me", "-t rsa -b 4096 -m PEM");
  sh("mv '%s/me' '%s/me.key'", directory, directory);
  EACH_GENERATION(generation) {
    pie_client *client = dial_without_login(generation, NULL, NULL);
    not_called(client);
    hang_up(client);
  }
  pie_client *client = dial_users(NULL);
  host host = {.caller = pthread_self(), .length = 64, .client = client};
  NAMES(pie_client_authenticate_with_signer(client, "me", NULL, &host, WAIT, &error), "fn");
  STATUS(pie_client_authenticate_with_signer(client, "me", odd, &host, 0, &error), PIE_E_TIMED_OUT);
  FAILS(pie_client_authenticate_with_signer(client, "nobody", odd, &host, WAIT, &error), PIE_E_AUTH, "nobody");
  EQ(host.calls, 0);
  refuses(client, 1, 64, "returned 1");
  refuses(client, -7, 0, "returned -7");
  refuses(client, 0, 0, "to 0");
  refuses(client, 0, 4097, "4097");
  refuses(client, 0, SIZE_MAX, "4096");
  host.act = log_in_again;
  FAILS(pie_client_authenticate_with_signer(client, "me", odd, &host, WAIT, &error), PIE_E_AUTH, "verification failed");
  EQ(host.calls, 1);
  host.act = take_time;
  STATUS(pie_client_authenticate_with_signer(client, "me", odd, &host, 2 * BRIEF, &error), PIE_E_TIMED_OUT);
  host.act = NULL, host.calls = 0;
  OK(pie_client_authenticate_with_signer(client, "me", by_openssl, &host, WAIT, &error));
  EQ(host.calls, 1);
  not_called(client);
  EQ(count_sent(client, "auth_prove"), 2); /* the one of log_in_again, and the good one */
  hang_up(client);

  client = dial_users(NULL);
  host.client = client, host.act = close_it;
  STATUS(pie_client_authenticate_with_signer(client, "me", odd, &host, WAIT, &error), PIE_E_CLOSED);
  pie_client_free(client);

  client = dial_users(NULL);
  host.client = client, host.act = free_it;
  STATUS(pie_client_authenticate_with_signer(client, "me", odd, &host, WAIT, &error), PIE_E_CLOSED);
  free(directory);
  return finish();
}
