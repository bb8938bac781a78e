/* An agent that misbehaves: each wait for it ends in time or with a close, with a status that says so, without SIGPIPE
   and without memory for what it only announces. */
#include "users.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static char path[4096];
static int listener;
static gate asked = GATE_INIT;

/* What a stub answers to each request; a NULL ends the connection. */
typedef struct answer {
  const char *bytes;
  size_t size;
} answer;
#define BYTES(text) {text, sizeof text - 1}

static const answer *plan;
static int hold;

static int read_request(int fd) {
  unsigned char head[4], body[4096];
  if (recv(fd, head, 4, MSG_WAITALL) != 4) return 0;
  size_t size = (size_t)head[2] << 8 | head[3];
  CHECK(size <= sizeof body);
  return recv(fd, body, size, MSG_WAITALL) == (ssize_t)size;
}

static void *serve(void *unused) {
  (void)unused;
  int fd = accept(listener, NULL, NULL);
  CHECK(fd >= 0);
  for (const answer *next = plan; next->bytes != NULL && read_request(fd); next++)
    EQ(send(fd, next->bytes, next->size, MSG_NOSIGNAL), next->size);
  gate_add(&asked, 1);
  while (hold && read_request(fd)) continue;
  close(fd);
  return NULL;
}

static void listen_there(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  CHECK(strlen(path) < sizeof address.sun_path);
  strcpy(address.sun_path, path);
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  EQ(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
  EQ(listen(listener, 4), 0);
  setenv("SSH_AUTH_SOCK", path, 1);
}

static void answers(const answer *with, int64_t limit, pie_status status, const char *words) {
  plan = with;
  pie_client *client = dial_users(NULL);
  pthread_t stub = spawn(serve, NULL);
  FAILS(pie_client_authenticate_with_agent(client, "me", NULL, limit, &error), status, "agent", words);
  join(stub);
  /* The engine still waits for somebody who can sign. */
  FAILS(pie_client_authenticate(client, "me", NULL, WAIT, &error), PIE_E_AUTH, "signature");
  hang_up(client);
}

/* A list of one Ed25519 key of zeros. */
#define KEY_BLOB                    \
  "\0\0\0\x0bssh-ed25519\0\0\0\x20" \
  "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define LIST "\0\0\0\x44\x0c\0\0\0\1\0\0\0\x33" KEY_BLOB "\0\0\0\4\xff\xfe\xfd\xfc"
/* The same behind an RSA key of 2048 bits, and that one alone. */
#define ONES_5 "\1\1\1\1\1"
#define ONES_15 ONES_5 ONES_5 ONES_5
#define ONES_85 ONES_15 ONES_15 ONES_15 ONES_15 ONES_15 ONES_5 ONES_5
#define RSA_BLOB "\0\0\0\7ssh-rsa\0\0\0\1\3\0\0\1\1\0\x80" ONES_85 ONES_85 ONES_85
#define RSA_ENTRY "\0\0\1\x15" RSA_BLOB "\0\0\0\0"
#define LIST_BOTH "\0\0\1\x5d\x0c\0\0\0\2" RSA_ENTRY "\0\0\0\x33" KEY_BLOB "\0\0\0\0"
#define LIST_RSA "\0\0\1\x22\x0c\0\0\0\1" RSA_ENTRY
#define SIGNED_BY_SHA1 "\0\0\0\x15\x0e\0\0\0\x10\0\0\0\7ssh-rsa\0\0\0\1z"
#define SIGNED                                     \
  "\0\0\0\x58\x0e\0\0\0\x53\0\0\0\x0bssh-ed25519" \
  "\0\0\0\x40" ONES_15 ONES_15 ONES_15 ONES_15 "\1\1\1\1"
#define REFUSED_BY_EXTENSION "\0\0\0\1\x1c"
#define END {NULL, 0}

static const answer nothing[] = {END};
static const answer half[] = {BYTES("\0\0\0\x44\x0c\0\0"), END};
static const answer listed[] = {BYTES(LIST), END};
static const answer garbage[] = {BYTES("HTTP/1.1 400 Bad Request\r\n"), END};
static const answer noise[] = {BYTES("\0\0\0\5\x63zzzz"), END};
static const answer absurd[] = {BYTES("\xff\xff\xff\xff\x0c"), END};
static const answer large[] = {BYTES("\0\4\0\1\x0c"), END};
static const answer zero[] = {BYTES("\0\0\0\0"), END};
static const answer many[] = {BYTES("\0\0\0\5\x0c\xff\xff\xff\xff"), END};
static const answer long_key[] = {BYTES("\0\0\0\x0d\x0c\0\0\0\1\xff\xff\xff\xff"
                                        "abcd"),
                                  END};
static const answer failure[] = {BYTES("\0\0\0\1\5"), END};
static const answer no_signature[] = {BYTES(LIST), BYTES("\0\0\0\1\5"), END};
static const answer odd_signature[] = {BYTES(LIST), BYTES("\0\0\0\7\x0e\0\0\0\2zz"), END};
static const answer other_signature[] = {BYTES(LIST), BYTES("\0\0\0\x1a\x0e\0\0\0\x15\0\0\0\x0crsa-sha2-256\0\0\0\1z"),
                                         END};
static const answer sha1[] = {BYTES(LIST_RSA), BYTES(SIGNED_BY_SHA1), END};
static const answer sha1_first[] = {BYTES(LIST_BOTH), BYTES(SIGNED_BY_SHA1), BYTES(SIGNED), END};
static const answer other_first[] = {BYTES(LIST_BOTH), BYTES(SIGNED), BYTES(SIGNED), END};
static const answer extension_first[] = {BYTES(LIST_BOTH), BYTES(REFUSED_BY_EXTENSION), BYTES(SIGNED), END};
static const answer extension[] = {BYTES(LIST), BYTES(REFUSED_BY_EXTENSION), END};
static const answer list_again[] = {BYTES(LIST), BYTES(LIST), END};

static void *close_meanwhile(void *client) {
  gate_await(&asked, 1);
  OK(pie_client_close(client, WAIT, &error));
  return NULL;
}

static void *shut_down_meanwhile(void *unused) {
  (void)unused;
  gate_await(&asked, 1);
  OK(pie_shutdown(WAIT, &error));
  return NULL;
}

static void ended_by(void *(*end)(void *)) {
  asked.value = 0;
  plan = nothing, hold = 1;
  pie_client *client = dial_users(NULL);
  pthread_t stub = spawn(serve, NULL), ender = spawn(end, client);
  STATUS(pie_client_authenticate_with_agent(client, "me", NULL, PIE_FOREVER, &error), PIE_E_CLOSED);
  join(ender);
  join(stub);
  pie_client_free(client);
}

static void silent(const answer *with) {
  hold = 1;
  answers(with, 10 * BRIEF, PIE_E_TIMED_OUT, "time limit");
  hold = 0;
}

int main(void) {
  char *directory = new_directory();
  snprintf(path, sizeof path, "%s/agent", directory);
  new_user(directory, "me", "-t ed25519");
  listen_there();
  silent(nothing), silent(half), silent(listed);
  /* With the default action of SIGPIPE. */
  for (int i = 0; i < 20; i++) {
    answers(nothing, WAIT, PIE_E_KEY, "ended the connection");
    answers(listed, WAIT, PIE_E_KEY, "ended the connection");
  }
  answers(half, WAIT, PIE_E_KEY, "ended the connection");
  answers(garbage, WAIT, PIE_E_KEY, "announces");
  answers(noise, WAIT, PIE_E_KEY, "no sense");
  answers(absurd, WAIT, PIE_E_KEY, "4294967295");
  answers(large, WAIT, PIE_E_KEY, "262145");
  answers(zero, WAIT, PIE_E_KEY, "announces");
  answers(many, WAIT, PIE_E_KEY, "no sense");
  answers(long_key, WAIT, PIE_E_KEY, "no sense");
  answers(failure, WAIT, PIE_E_KEY, "locked");
  answers(no_signature, WAIT, PIE_E_KEY, "refused to sign");
  answers(odd_signature, WAIT, PIE_E_KEY, "no sense");
  answers(other_signature, WAIT, PIE_E_KEY, "not of the kind");
  answers(sha1, WAIT, PIE_E_KEY, "SHA-1");
  answers(extension, WAIT, PIE_E_KEY, "refused to sign");
  /* One odd key does not hide the next, the only one that the engine got a signature of. */
  answers(sha1_first, WAIT, PIE_E_AUTH, "the agent's key for");
  answers(other_first, WAIT, PIE_E_AUTH, "the agent's key for");
  answers(extension_first, WAIT, PIE_E_AUTH, "the agent's key for");
  answers(list_again, WAIT, PIE_E_KEY, "no sense");
  ended_by(close_meanwhile);
  ended_by(shut_down_meanwhile);
  close(listener);
  free(directory);
  return finish();
}
