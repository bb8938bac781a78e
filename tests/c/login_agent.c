/* authenticate_with_agent: with ssh-agent's keys, in its order or the one that is named; an agent that is missing,
   locked, empty, dead or unwilling is an error that says so. */
#include "users.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static char *directory, socket_path[4096];
static pid_t agent;

static int reachable(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  CHECK(strlen(socket_path) < sizeof address.sun_path);
  strcpy(address.sun_path, socket_path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  int reached = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  close(fd);
  return reached;
}

static void start_agent(void) {
  CHECK((agent = fork()) >= 0);
  if (agent == 0) {
    setenv("SSH_ASKPASS", "/bin/false", 1);
    setenv("SSH_ASKPASS_REQUIRE", "force", 1);
    CHECK(freopen("/dev/null", "w", stdout) != NULL);
    execlp("ssh-agent", "ssh-agent", "-D", "-a", socket_path, (char *)NULL);
    _exit(127);
  }
  while (!reachable()) rest_ms(5);
}

static void add(const char *name, const char *options) {
  sh("ssh-add -q %s '%s/%s' 2>'%s/said'", options, directory, name, directory);
}

static void forget(void) { sh("ssh-add -q -D 2>'%s/said'", directory); }

/* The first line of a command's output. */
static void line_of(char *line, size_t size, const char *format, const char *name) {
  char command[4096];
  snprintf(command, sizeof command, format, directory, name);
  FILE *pipe = popen(command, "r");
  CHECK(pipe != NULL && fgets(line, (int)size, pipe) != NULL);
  pclose(pipe);
  line[strcspn(line, "\n")] = '\0';
}

static void fingerprint(char *text, const char *name) {
  line_of(text, 256, "ssh-keygen -l -f '%s/%s.pub' | cut -d' ' -f2", name);
}

/* Logs in, and tells how many signatures the engine got. */
static size_t proofs(const char *user, const char *public_key) {
  pie_client *client = dial_users(NULL);
  OK(pie_client_authenticate_with_agent(client, user, public_key, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  size_t count = count_sent(client, "auth_prove");
  hang_up(client);
  return count;
}

#define AGENT_FAILS(public_key, limit, status, ...)                                                            \
  do {                                                                                                         \
    pie_client *client = dial_users(NULL);                                                                     \
    FAILS(pie_client_authenticate_with_agent(client, "p384", public_key, limit, &error), status, __VA_ARGS__); \
    hang_up(client);                                                                                           \
  } while (0)

static void each_kind(void) {
  static const char *const kinds[] = {"ed25519", "rsa", "p256", "p384"};
  for (size_t i = 0; i < 4; i++) {
    forget();
    add(kinds[i], "");
    for (int again = 0; again < 20; again++) EQ(proofs(kinds[i], NULL), 1);
  }
}

static void among_others(void) {
  char line[8192], print[256];
  forget();
  add("p521", ""), add("small", ""), add("certified", ""); /* what cannot log in is passed over */
  AGENT_FAILS("ssh-ed25519 AAAA", WAIT, PIE_E_INVALID_ARGUMENT, "public_key");
  add("ed25519", ""), add("rsa", ""), add("p256", ""), add("p384", "");
  EQ(proofs("certified", NULL), 1);
  EQ(proofs("ed25519", NULL), 2);
  EQ(proofs("p384", NULL), 5);
  fingerprint(print, "p384");
  EQ(proofs("p384", print), 1);
  line_of(line, sizeof line, "cat '%s/%s.pub'", "p384");
  EQ(proofs("p384", line), 1);
  fingerprint(print, "p256");
  AGENT_FAILS(print, WAIT, PIE_E_AUTH, "Signature verification failed", "the agent's key", "p384");
  fingerprint(print, "absent");
  AGENT_FAILS(print, WAIT, PIE_E_KEY, print, "ssh-add");
  line_of(line, sizeof line, "cat '%s/%s.pub'", "absent");
  AGENT_FAILS(line, WAIT, PIE_E_KEY, print, "ssh-add");
  line_of(line, sizeof line, "cat '%s/%s.pub'", "p521");
  AGENT_FAILS(line, WAIT, PIE_E_KEY, "public_key", "P-521");
  fingerprint(print, "p521");
  AGENT_FAILS(print, WAIT, PIE_E_KEY, print, "P-521");
  fingerprint(print, "small");
  AGENT_FAILS(print, WAIT, PIE_E_KEY, print, "2048");
  line_of(line, sizeof line, "cat '%s/%s-cert.pub'", "certified");
  AGENT_FAILS(line, WAIT, PIE_E_INVALID_ARGUMENT, "public_key", "certificate");
  AGENT_FAILS("SHA256:short", WAIT, PIE_E_INVALID_ARGUMENT, "public_key", "fingerprint");
  AGENT_FAILS("/home/me/.ssh/id_ed25519.pub", WAIT, PIE_E_INVALID_ARGUMENT, "public_key", ".pub");
  sh("ssh-add -q -d '%s/p384.pub' 2>'%s/said'", directory, directory);
  AGENT_FAILS(NULL, WAIT, PIE_E_AUTH, "Signature verification failed", "any of the agent's 4 keys", "p384");
}

static void unwilling(void) {
  char print[256];
  forget();
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "holds no keys", "ssh-add");
  add("p521", "");
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "1 keys", "P-384");
  forget();
  add("p384", "-c"); /* its use is to be confirmed, and nobody does */
  fingerprint(print, "p384");
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "refused to sign", print);
  add("rsa", "");
  EQ(proofs("rsa", NULL), 1); /* the next key is tried with the same challenge */
  forget();
  add("rsa", ""), add("p384", "-c");
  AGENT_FAILS(NULL, WAIT, PIE_E_AUTH, "Signature verification failed", "the agent's key for", "refused to sign", print);
  sh("printf '#!/bin/sh\\necho lock\\n' >'%s/askpass' && chmod +x '%s/askpass'", directory, directory);
  sh("SSH_ASKPASS='%s/askpass' SSH_ASKPASS_REQUIRE=force setsid ssh-add -x >'%s/said' 2>&1", directory, directory);
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "locked");
  sh("SSH_ASKPASS='%s/askpass' SSH_ASKPASS_REQUIRE=force setsid ssh-add -X >'%s/said' 2>&1", directory, directory);
  EQ(proofs("rsa", NULL), 1);
}

static void out_of_reach(void) {
  EQ(kill(agent, SIGKILL), 0);
  EQ(waitpid(agent, NULL, 0), agent);
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "SSH_AUTH_SOCK", socket_path, "refused");
  setenv("SSH_AUTH_SOCK", "/nowhere/agent", 1);
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "SSH_AUTH_SOCK", "/nowhere/agent", "No such file");
  setenv("SSH_AUTH_SOCK", "", 1);
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "SSH_AUTH_SOCK", "not set");
  unsetenv("SSH_AUTH_SOCK");
  AGENT_FAILS(NULL, WAIT, PIE_E_KEY, "SSH_AUTH_SOCK", "not set");
  /* Where no signature is wanted, no agent is. */
  EACH_GENERATION(generation) {
    pie_client *client = dial_without_login(generation, NULL, NULL);
    OK(pie_client_authenticate_with_agent(client, "p384", NULL, WAIT, &error));
    hang_up(client);
  }
}

int main(void) {
  directory = new_directory();
  snprintf(socket_path, sizeof socket_path, "%s/agent", directory);
  setenv("SSH_AUTH_SOCK", socket_path, 1);
  new_user(directory, "ed25519", "-t ed25519");
  new_user(directory, "rsa", "-t rsa -b 2048");
  new_user(directory, "p256", "-t ecdsa -b 256");
  new_user(directory, "p384", "-t ecdsa -b 384");
  new_user(directory, "p521", "-t ecdsa -b 521");
  new_user(directory, "small", "-t rsa -b 1024");
  new_user(directory, "absent", "-t ed25519");
  new_user(directory, "certified", "-t ed25519");
  sh("ssh-keygen -q -s '%s/p256' -I me -n me '%s/certified.pub'", directory, directory);
  start_agent();
  each_kind();
  among_others();
  unwilling();
  out_of_reach();
  free(directory);
  return finish();
}
