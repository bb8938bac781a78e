/* authenticate with a private key: from any number of threads at once, one login at a time for each client; failures
   say what failed and leave the connection usable. */
#include "users.h"

static char *directory;
static pie_private_key *mine, *other;

static void on_every_engine(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_5, NULL, NULL);
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  EQ(count_sent(client, "auth_prove"), 0);
  hang_up(client);
  client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  EQ(count_sent(client, "auth_prove"), 0);
  hang_up(client);
  client = dial_users(NULL);
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  EQ(count_sent(client, "auth_prove"), 1);
  hang_up(client);
}

static void failures_leave_it_usable(void) {
  pie_client *client = dial_users(NULL);
  FAILS(pie_client_authenticate(client, "me", NULL, WAIT, &error), PIE_E_AUTH, "me", "signature", "key");
  FAILS(pie_client_authenticate(client, "me", other, WAIT, &error), PIE_E_AUTH, "Signature verification failed", "me");
  FAILS(pie_client_authenticate(client, "nobody", mine, WAIT, &error), PIE_E_AUTH, "User 'nobody' is not authorized");
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_AUTH, "authenticate");
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  client = dial_users("refuse=auth_prove:not%20today");
  FAILS(pie_client_authenticate(client, "me", mine, WAIT, &error), PIE_E_AUTH, "not today");
  hang_up(client);
}

/* 48 bytes are 64 characters; nothing else is signed for anybody, and no text: the last two are the beginning of a
   JSON web token, with 41 and 48 bytes. */
static void challenges(void) {
  static const char *const bad[] = {"",
                                    "no%20base64",
                                    "AAAA*AAA",
                                    "AAA",
                                    "--__",
                                    "AAAA",
                                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                                    "ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZXlKemRXSWlPaUpoWkcxcGJpSjk=",
                                    "ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZXlKemRXSWlPaUpoWkcxcGJpSXNJbUVpT2pG"};
  char faults[256];
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    snprintf(faults, sizeof faults, "challenge=%s", bad[i]);
    pie_client *client = dial_users(faults);
    FAILS(pie_client_authenticate(client, "me", mine, WAIT, &error), PIE_E_PROTOCOL, "challenge");
    hang_up(client);
  }
}

static void time_and_ends(void) {
  pie_client *client = dial_users("silent=auth_prove");
  STATUS(pie_client_authenticate(client, "me", mine, BRIEF * 5, &error), PIE_E_TIMED_OUT);
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error)); /* it was done, but not answered */
  hang_up(client);
  client = dial_users("cut_on=auth_prove");
  STATUS(pie_client_authenticate(client, "me", mine, WAIT, &error), PIE_E_DISCONNECTED);
  pie_client_free(client);
}

static void *log_in_alone(void *unused) {
  (void)unused;
  for (int i = 0; i < 5; i++) {
    pie_client *client = dial_users(NULL);
    OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
    hang_up(client);
  }
  return NULL;
}

static void *log_in_together(void *client) {
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  return NULL;
}

static void at_once(void *(*run)(void *), void *argument) {
  pthread_t threads[8];
  for (int i = 0; i < 8; i++) threads[i] = spawn(run, argument);
  for (int i = 0; i < 8; i++) join(threads[i]);
}

static gate signing = GATE_INIT, may_end = GATE_INIT;

static int32_t slow(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *unused) {
  (void)unused;
  gate_add(&signing, 1);
  gate_await(&may_end, 1);
  memcpy(signature, challenge, size);
  *signature_size = size;
  return 0;
}

static void *log_in_slowly(void *client) {
  FAILS(pie_client_authenticate_with_signer(client, "me", slow, NULL, WAIT, &error), PIE_E_AUTH, "verification failed");
  return NULL;
}

/* While one thread signs, nobody replaces its challenge. */
static void one_after_the_other(void) {
  pie_client *client = dial_users(NULL);
  pthread_t first = spawn(log_in_slowly, client);
  gate_await(&signing, 1);
  FAILS(pie_client_authenticate(client, "me", mine, BRIEF, &error), PIE_E_TIMED_OUT, "another login");
  FAILS(pie_client_authenticate(client, "me", NULL, BRIEF, &error), PIE_E_TIMED_OUT, "another login");
  FAILS(pie_client_auth_by_token(client, "t", BRIEF, &error), PIE_E_TIMED_OUT, "another login");
  pthread_t second = spawn(log_in_together, client);
  rest_ms(BRIEF);
  gate_add(&may_end, 1);
  join(first);
  join(second);
  EQ(count_sent(client, "auth_identify"), 2);
  EQ(count_sent(client, "auth_prove"), 2);
  hang_up(client);
}

static void *log_in_closed(void *client) {
  STATUS(pie_client_authenticate(client, "me", mine, PIE_FOREVER, &error), PIE_E_CLOSED);
  gate_add(&may_end, 1);
  return NULL;
}

static void *log_in_too_late(void *client) {
  STATUS(pie_client_authenticate_with_signer(client, "me", slow, NULL, WAIT, &error), PIE_E_CLOSED);
  return NULL;
}

/* Who waits for another login is told of a close. */
static void closed_meanwhile(void) {
  signing.value = may_end.value = 0;
  pie_client *client = dial_users(NULL);
  pthread_t first = spawn(log_in_too_late, client);
  gate_await(&signing, 1);
  pthread_t second = spawn(log_in_closed, client);
  rest_ms(BRIEF);
  OK(pie_client_close(client, WAIT, &error));
  join(second);
  join(first);
  pie_client_free(client);
}

#ifndef _WIN32
static void in_a_child(void) {
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    pie_private_key *fresh = key_in(directory, "me", NULL);
    pie_client *client = dial_users(NULL);
    FAILS(pie_client_authenticate(client, "me", mine, WAIT, &error), PIE_E_FORKED, "fork");
    EQ_TEXT(pie_private_key_algorithm(mine), "ed25519");
    OK(pie_client_authenticate(client, "me", fresh, WAIT, &error));
    pie_private_key_free(fresh);
    pie_private_key_free(mine);
    hang_up(client);
    OK(pie_shutdown(WAIT, &error));
    _exit(0);
  }
  int status = 1;
  EQ(waitpid(child, &status, 0), child);
  EQ(status, 0);
}
#else
static void in_a_child(void) {}
#endif

int main(void) {
  directory = new_directory();
  new_user(directory, "me", "-t ed25519");
  sh("ssh-keygen -q -t rsa -b 2048 -N '' -f '%s/other'", directory);
  mine = key_in(directory, "me", "not needed");
  other = key_in(directory, "other", NULL);
  in_a_child();
  on_every_engine();
  failures_leave_it_usable();
  challenges();
  time_and_ends();
  at_once(log_in_alone, NULL);
  pie_client *client = dial_users(NULL);
  at_once(log_in_together, client);
  hang_up(client);
  one_after_the_other();
  closed_meanwhile();

  OK(pie_shutdown(WAIT, &error));
  client = dial_users(NULL);
  FAILS(pie_client_authenticate(client, "me", mine, WAIT, &error), PIE_E_CLOSED, "shutdown");
  pie_private_key_free(mine);
  mine = key_in(directory, "me", NULL);
  OK(pie_client_authenticate(client, "me", mine, WAIT, &error));
  pie_private_key_free(mine);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  pie_private_key_free(other);
  free(directory);
  return finish();
}
