/* An SSH agent of Windows is a named pipe, which SSH_AUTH_SOCK may name: what it answers is taken or told, and one that is silent,
   busy or not there is waited for as long as the limit and no longer. */
#include "users.h"

enum { NOBODY, EMPTY, LOCKED, SENSELESS, TOO_LONG, HANGS_UP, SILENT };

static char name[128];
static gate listens = GATE_INIT;

typedef struct agent {
  int how;
  HANDLE pipe, stop;
} agent;

static void say(HANDLE pipe, const void *bytes, DWORD size) {
  DWORD written;
  CHECK(WriteFile(pipe, bytes, size, &written, NULL));
  FlushFileBuffers(pipe);
}

static void *serve(void *argument) {
  agent *at = argument;
  char request[5];
  DWORD size;
  gate_add(&listens, 1);
  CHECK(ConnectNamedPipe(at->pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED);
  CHECK(ReadFile(at->pipe, request, sizeof request, &size, NULL) && size == 5);
  EQ(memcmp(request, "\0\0\0\1\13", 5), 0);
  if (at->how == EMPTY) say(at->pipe, "\0\0\0\5\14\0\0\0", 9);
  if (at->how == LOCKED) say(at->pipe, "\0\0\0\1\5", 5);
  if (at->how == SENSELESS) say(at->pipe, "\0\0\0\3abc", 7);
  if (at->how == TOO_LONG) say(at->pipe, "\177\0\0\0", 4);
  if (at->how == SILENT) WaitForSingleObject(at->stop, INFINITE);
  CloseHandle(at->pipe);
  return NULL;
}

/* Logs in with such an agent. */
static pie_status try_agent(pie_client *client, int how, int64_t limit, pie_error **error) {
  agent at = {how, NULL, CreateEventA(NULL, 1, 0, NULL)};
  at.pipe = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0, NULL);
  CHECK(at.pipe != INVALID_HANDLE_VALUE);
  pthread_t thread = spawn(serve, &at);
  gate_await(&listens, 1);
  pie_status status = pie_client_authenticate_with_agent(client, "me", NULL, limit, error);
  SetEvent(at.stop);
  join(thread);
  CloseHandle(at.stop);
  listens.value = 0;
  return status;
}

static void answers(void) {
  static const struct {
    int how;
    const char *told;
  } rows[] = {{EMPTY, "holds no keys"},
              {LOCKED, "refused to list"},
              {SENSELESS, "makes no sense"},
              {TOO_LONG, "announces"},
              {HANGS_UP, "ended the connection"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    pie_client *client = dial_users(NULL);
    FAILS(try_agent(client, rows[i].how, WAIT, &error), PIE_E_KEY, rows[i].told);
    hang_up(client);
  }
}

static void *close_soon(void *client) {
  gate_await(&listens, 1);
  rest_ms(BRIEF);
  OK(pie_client_close(client, WAIT, &error));
  return NULL;
}

static void waits(void) {
  pie_client *client = dial_users(NULL);
  FAILS(try_agent(client, SILENT, BRIEF, &error), PIE_E_TIMED_OUT, "agent");
  pthread_t closing = spawn(close_soon, client);
  STATUS(try_agent(client, SILENT, WAIT, &error), PIE_E_CLOSED);
  join(closing);
  pie_client_free(client);
  client = dial_users(NULL);
  FAILS(pie_client_authenticate_with_agent(client, "me", NULL, WAIT, &error), PIE_E_KEY, name, "ssh-agent");
  HANDLE taken = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0, NULL);
  HANDLE other = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
  CHECK(taken != INVALID_HANDLE_VALUE && other != INVALID_HANDLE_VALUE);
  FAILS(pie_client_authenticate_with_agent(client, "me", NULL, BRIEF, &error), PIE_E_TIMED_OUT, "agent"); /* busy */
  CloseHandle(other);
  CloseHandle(taken);
  /* The usual place, where Wine has none; a path of another system's agent is no pipe. */
  setenv("SSH_AUTH_SOCK", "/tmp/agent", 1);
  FAILS(pie_client_authenticate_with_agent(client, "me", NULL, WAIT, &error), PIE_E_KEY, "openssh-ssh-agent");
  unsetenv("SSH_AUTH_SOCK");
  FAILS(pie_client_authenticate_with_agent(client, "me", NULL, WAIT, &error), PIE_E_KEY, "openssh-ssh-agent");
  hang_up(client);
}

int main(void) {
  snprintf(name, sizeof name, "\\\\.\\pipe\\pie-test-agent-%d", _getpid());
  setenv("SSH_AUTH_SOCK", name, 1);
  char *directory = new_directory();
  new_user(directory, "me", "-t ed25519");
  free(directory);
  answers();
  waits();
  return finish();
}
