/* A server that ends is told to those who wait, and harms nobody else. After unregister (in a while), close, free and
   shutdown nothing is left of a server: no process, no zombie, none of its group, no descriptor. */
#include "mcp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

static int descriptors(void) {
  int count = 0;
  for (int i = 0; i < 1024; i++) count += fcntl(i, F_GETFD) >= 0;
  return count;
}

static pid_t grandchild_of(pie_client *client, const char *server) {
  char *answer = ask(client, server, "grandchild", "{}");
  pid_t pid = (pid_t)number_after(answer, "ok:");
  free(answer);
  CHECK(pid > 1 && !is_gone(pid));
  return pid;
}

/* A grandchild is somebody else's to reap once its parent is gone. */
static void await_no_grandchild(pid_t pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  for (int64_t end = now_ms() + WAIT;; rest_ms(5)) {
    FILE *file = fopen(path, "r");
    if (file == NULL) return;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    if (strstr(text, ") Z ") != NULL) return;
    CHECK(now_ms() < end);
  }
}

static gate tidied = GATE_INIT;

/* SIGKILL is enough, and comes in time: the library never has to give up. */
static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)target, (void)user_data;
  if (strstr(message, "says: tidied up") != NULL) gate_add(&tidied, 1);
  if (level == PIE_LOG_ERROR) fprintf(stderr, "%s\n", message);
  CHECK(level != PIE_LOG_ERROR);
}

static void unregistered(pie_client *client, const char *how) {
  add_program(client, "s", how);
  pid_t pid = pid_of(client, "s"), other = grandchild_of(client, "s");
  pie_process *waits = begin_ask(client, "s", "never", "{}");
  await_held(client, "s", 1);
  OK(pie_client_unregister_mcp_server(client, "s", &error));
  TELLS(waits, "error:{\"code\":-32000,\"message\":\"the MCP server 's' is not registered by this client any more\"");
  await_gone(pid);
  await_no_grandchild(other);
}

/* Deaf to the end of its input and to SIGTERM: close bounds how long it may be so. */
static void closed(const char *how, int properly) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "close_timeout_ms=100");
  pie_set_log_callback(PIE_LOG_DEBUG, on_log, NULL);
  add_program(client, "s", how);
  pid_t pid = pid_of(client, "s"), other = grandchild_of(client, "s");
  add_program(client, "second", NULL);
  pid_t second = pid_of(client, "second");
  /* One that was unregistered before is waited for too. */
  OK(pie_client_unregister_mcp_server(client, "s", &error));
  if (properly) OK(pie_client_close(client, WAIT, &error));
  pie_client_free(client);
  if (properly) CHECK(is_gone(pid) && is_gone(second));
  await_gone(pid);
  await_gone(second);
  await_no_grandchild(other);
}

static void shut_down(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  add_program(client, "s", "stubborn");
  pid_t pid = pid_of(client, "s"), other = grandchild_of(client, "s");
  OK(pie_shutdown(WAIT, &error));
  CHECK(is_gone(pid));
  await_no_grandchild(other);
  pie_client_free(client);
}

static void connection_lost(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  add_program(client, "s", NULL);
  pid_t pid = pid_of(client, "s");
  pie_process *process = launch(client, "['cut']");
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  await_gone(pid);
  STATUS(pie_client_unregister_mcp_server(client, "s", &error), PIE_E_DISCONNECTED);
  pie_process_free(process);
  hang_up(client);
}

/* It dies in a call, while others are under way; the client lives on, and the name may be given again. */
static void died(pie_client *client) {
  add_program(client, "d", NULL);
  pid_t pid = pid_of(client, "d");
  pie_process *waits = begin_ask(client, "d", "never", "{}");
  ANSWERS(begin_ask(client, "d", "die", "{}"),
          "error:{\"code\":-32000,\"message\":\"the MCP server 'd' has ended: exit status 3\"}");
  TELLS(waits, "has ended: exit status 3");
  TELLS(begin_ask(client, "d", "echo", "1"), "has ended: exit status 3");
  await_gone(pid);
  add_program(client, "d", NULL);
  ANSWERS(begin_ask(client, "d", "echo", "1"), "ok:1");
  EQ(kill(pid_of(client, "d"), SIGKILL), 0);
  TELLS(begin_ask(client, "d", "never", "1"), "has ended: killed by signal 9");
  OK(pie_client_unregister_mcp_server(client, "d", &error));
}

/* It is gone, but a child of its own holds its output open. */
static void died_with_an_heir(pie_client *client) {
  add_program(client, "h", NULL);
  pid_t heir = grandchild_of(client, "h");
  TELLS(begin_ask(client, "h", "die", "1"), "has ended: exit status 3");
  await_no_grandchild(heir);
}

static void closed_its_output(pie_client *client) {
  add_program(client, "c", NULL);
  pid_t pid = pid_of(client, "c");
  TELLS(begin_ask(client, "c", "close_output", "{}"), "closed its standard input or output");
  await_gone(pid);
}

/* A host that ignores SIGCHLD has no zombies, and none of its children tells how it ended. */
static void ignored_by_the_host(void) {
  signal(SIGCHLD, SIG_IGN);
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  FAILS(try_program(client, "i", "exit", WAIT, &error), PIE_E_MCP, "no licence");
  add_program(client, "i", NULL);
  TELLS(begin_ask(client, "i", "die", "{}"), "has ended: its exit status is not known");
  unregistered(client, "stubborn");
  hang_up(client);
  closed("stubborn", 1), closed(NULL, 1);
  signal(SIGCHLD, SIG_DFL);
  closed("stubborn", 1);
}

static gate reaping = GATE_INIT;

static void *reap(void *argument) {
  (void)argument;
  for (;;) {
    pid_t pid = waitpid(-1, NULL, WNOHANG);
    pthread_mutex_lock(&reaping.lock);
    int over = reaping.value;
    pthread_mutex_unlock(&reaping.lock);
    if (over) return NULL;
    if (pid <= 0) rest_ms(1);
  }
}

/* A host that reaps whatever child it finds. */
static void reaped_by_the_host(void) {
  pthread_t thread = spawn(reap, NULL);
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  for (int i = 0; i < 3; i++) unregistered(client, i == 1 ? "stubborn" : NULL);
  hang_up(client);
  gate_add(&reaping, 1);
  join(thread);
}

int main(void) {
  int before = descriptors();
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  int connected = descriptors();
  pie_set_log_callback(PIE_LOG_DEBUG, on_log, NULL);
  unregistered(client, NULL);
  unregistered(client, "stubborn");
  /* One that is deaf to the end of its input has its time after SIGTERM. */
  unregistered(client, "tidy");
  gate_await(&tidied, 1);
  died(client);
  died_with_an_heir(client);
  closed_its_output(client);
  for (int64_t end = now_ms() + WAIT; descriptors() != connected; rest_ms(5)) CHECK(now_ms() < end);
  hang_up(client);
  closed(NULL, 1), closed("stubborn", 1), closed("stubborn", 0);
  shut_down();
  connection_lost();
  ignored_by_the_host();
  reaped_by_the_host();
  OK(pie_shutdown(WAIT, &error));
  EQ(descriptors(), before);
  EQ(waitpid(-1, NULL, WNOHANG), -1);
  EQ(errno, ECHILD);
  return finish();
}
