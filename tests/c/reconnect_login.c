/* The login of a connection that was made again: a name, a key, a token and an agent's are repeated, by the engine's own
   record; a host's signer is not asked again, and calls say so until the host logs in. Nothing but the login and what
   follows it is sent before the connection is there. */
#include "users.h"

#include <signal.h>
#include <sys/wait.h>

#include "lost.h"

static char *directory;

static pie_client *dial_again(const char *faults, const char *more) {
  char *uri = join_text(environment("PIE_TEST_URI_USERS"), "/?", faults);
  char *text = join_text("generation=0.4 close_timeout_ms=0 ", more, "");
  pie_options *options = options_from(text);
  pie_client *client = POISON;
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_options_free(options);
  free(uri), free(text);
  return client;
}

/* All that the second and third connection got before the query. */
static void is_repeated(pie_client *client, const char *first, const char *second) {
  pie_queue *queue = news_of(client);
  for (int round = 0; round < 2; round++) {
    cut_and_back(client, queue);
    char *frames = look(client, "received"), *at = strstr(frames, first);
    CHECK(at != NULL);
    EQ(count_text(frames, "auth_"), second ? 2 : 1);
    if (second) CHECK(strstr(at, second) != NULL);
    EQ(count_text(frames, "\"type\""), second ? 3 : 2);
    pie_string_free(frames);
  }
  pie_queue_free(queue);
  hang_up(client);
}

static void by_name(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, "name", AGAIN);
  OK(pie_client_authenticate(client, "first", NULL, WAIT, &error));
  OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error)); /* the engine stays with the first, and so do we */
  is_repeated(client, "\"username\":\"first\"", NULL);
}

static void by_key(void) {
  pie_client *client = dial_again("x", AGAIN);
  pie_private_key *key = key_in(directory, "anna", NULL);
  OK(pie_client_authenticate(client, "anna", key, WAIT, &error));
  pie_private_key_free(key); /* the client has its own share */
  is_repeated(client, "\"username\":\"anna\"", "auth_prove");
}

static void by_token(void) {
  pie_client *client = dial_again("x", AGAIN);
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  is_repeated(client, "auth_by_token", NULL);
}

static void by_agent(void) {
  char socket_path[4096];
  snprintf(socket_path, sizeof socket_path, "%s/agent", directory);
  setenv("SSH_AUTH_SOCK", socket_path, 1);
  pid_t agent = fork();
  CHECK(agent >= 0);
  if (agent == 0) {
    CHECK(freopen("/dev/null", "w", stdout) != NULL);
    execlp("ssh-agent", "ssh-agent", "-D", "-a", socket_path, (char *)NULL);
    _exit(127);
  }
  while (access(socket_path, F_OK) != 0) rest_ms(5);
  sh("ssh-add -q '%s/anna' 2>'%s/said'", directory, directory);
  pie_client *client = dial_again("x", AGAIN);
  OK(pie_client_authenticate_with_agent(client, "anna", NULL, WAIT, &error));
  is_repeated(client, "\"username\":\"anna\"", "auth_prove");
  kill(agent, SIGTERM);
  EQ(waitpid(agent, NULL, 0), agent);
}

/* Signs with openssl, as login_signer does. */
static int asked;

static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *user) {
  (void)user;
  asked++;
  char path[4096];
  snprintf(path, sizeof path, "%s/challenge", directory);
  FILE *file = fopen(path, "w");
  CHECK(file != NULL);
  EQ(fwrite(challenge, 1, size, file), size);
  fclose(file);
  sh("cd '%s' && openssl dgst -sha256 -sign me.key -out signature challenge", directory);
  snprintf(path, sizeof path, "%s/signature", directory);
  CHECK((file = fopen(path, "r")) != NULL);
  *signature_size = fread(signature, 1, *signature_size, file);
  fclose(file);
  return 0;
}

/* Its processes are out of reach, its MCP handler is announced with the next login. */
static void by_signer(void) {
  pie_client *client = dial_again("x", AGAIN);
  pie_queue *queue = news_of(client), *requests = pie_queue_new();
  OK(pie_client_authenticate_with_signer(client, "me", sign, NULL, WAIT, &error));
  OK(pie_client_register_mcp_handler(client, "app", requests, 5, WAIT, &error));
  pie_process *process = launch(client, "['never']"), *none = POISON;
  cut_and_back(client, queue);
  EQ(asked, 1);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_AUTH, "not logged in");
  STATUS(try_launch(client, "['never']", WAIT, 0, &none, &error), PIE_E_AUTH);
  OK(pie_client_authenticate_with_signer(client, "me", sign, NULL, WAIT, &error));
  EQ(asked, 2);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  EQ(count_sent(client, "register_mcp_server"), 1);
  /* The engine stays with the signer's user. */
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  cut_and_back(client, queue);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_AUTH, "not logged in");
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  EQ(count_sent(client, "register_mcp_server"), 1);
  cut_and_back(client, queue);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  EQ(asked, 2);
  pie_process_free(process);
  pie_queue_free(queue);
  pie_queue_free(requests);
  hang_up(client);
}

/* Never logged in: there is nothing to repeat. */
static void by_nobody(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, "skip=0&only=1&cut_on=auth_identify", AGAIN);
  pie_queue *queue = news_of(client);
  RETRIABLE(pie_client_authenticate(client, "tester", NULL, WAIT, &error), PIE_E_DISCONNECTED, 1);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
  STATUS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_AUTH);
  OK(pie_client_authenticate(client, "tester", NULL, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_queue_free(queue);
  hang_up(client);
}

/* A signer whose connection is lost, by keepalive, and made again before it has signed: its signature goes nowhere. */
static int32_t sign_late(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size,
                         void *queue) {
  NEWS(queue, PIE_E_DISCONNECTED, 0, 7);
  NEWS(queue, PIE_OK, 1, 7);
  return sign(challenge, size, signature, signature_size, NULL);
}

static void signed_too_late(void) {
  pie_client *client =
      dial_again("only=1&mute_pings=1", AGAIN " keepalive_interval_ms=100 keepalive_timeout_ms=100");
  pie_queue *queue = news_of(client);
  RETRIABLE(pie_client_authenticate_with_signer(client, "me", sign_late, queue, WAIT, &error), PIE_E_DISCONNECTED, 1);
  OK(pie_client_authenticate_with_signer(client, "me", sign, NULL, WAIT, &error));
  EQ(count_sent(client, "auth_prove"), 1);
  EQ(count_sent(client, "auth_identify"), 1);
  pie_queue_free(queue);
  hang_up(client);
}

/* Logins of many threads, over losses: the client is somebody's in the end. */
static void *log_in(void *client) {
  for (int i = 0; i < 40; i++) {
    pie_status status = pie_client_authenticate(client, i % 2 ? "tester" : "other", NULL, WAIT, NULL);
    CHECK(status == PIE_OK || status == PIE_E_DISCONNECTED);
    rest_ms(1);
  }
  return NULL;
}

static void together(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "together", AGAIN);
  pie_queue *queue = news_of(client);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) threads[i] = spawn(log_in, client);
  for (int i = 0; i < 3; i++) cut_and_back(client, queue);
  for (int i = 0; i < 4; i++) join(threads[i]);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_queue_free(queue);
  hang_up(client);
}

int main(void) {
  directory = new_directory();
  new_user(directory, "anna", "-t ed25519");
  sh("cd '%s' && openssl genpkey -algorithm RSA -out me.key 2>said && openssl rsa -in me.key -pubout -out '%s/me.pub' "
     "2>said",
     directory, environment("PIE_TEST_USERS"));
  by_name();
  by_key();
  by_token();
  by_agent();
  by_signer();
  by_nobody();
  signed_too_late();
  together();
  free(directory);
  return finish();
}
