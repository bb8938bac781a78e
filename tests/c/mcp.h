/* What the MCP tests share: programs of tests/mcp, and processes of the scripted engine that ask servers. */
#ifndef MCP_H
#define MCP_H

#include "harness.h"

#include <signal.h>

#define UNUSED __attribute__((unused))

/* The argument of tests/mcp/server.py. */
UNUSED static pie_status try_program(pie_client *client, const char *name, const char *how, int64_t timeout_ms,
                                     pie_error **error) {
  char path[4096];
  snprintf(path, sizeof path, "%s/server.py", environment("PIE_TEST_MCP"));
  const char *args[] = {path, how};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = "python3";
  server.args = args;
  server.arg_count = how == NULL ? 1 : 2;
  return pie_client_register_mcp_server(client, name, &server, timeout_ms, error);
}

UNUSED static void add_program(pie_client *client, const char *name, const char *how) {
  OK(try_program(client, name, how, WAIT, &error));
}

/* A JSON string; freed by the caller. */
UNUSED static char *quoted(const char *text) {
  char *out = malloc(strlen(text) * 2 + 3), *at = out;
  CHECK(out != NULL);
  *at++ = '"';
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\') *at++ = '\\';
    if (*text == '\n') *at++ = '\\';
    *at++ = *text == '\n' ? 'n' : *text;
  }
  *at++ = '"';
  *at = '\0';
  return out;
}

UNUSED static size_t asked; /* how many did so far */

/* A process that asks a server, and may be asked what came of it. */
UNUSED static pie_process *begin_ask(pie_client *client, const char *server, const char *method, const char *params) {
  char *text = quoted(params), *input = malloc(strlen(text) + 200);
  CHECK(input != NULL);
  sprintf(input, "{\"ops\":[[\"mcp\",\"%s\",\"%s\",%s]]}", server, method, text);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  pie_process *process = POISON;
  OK(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error));
  free(input);
  free(text);
  asked++;
  return process;
}

/* "ok:RESULT" or "error:ERROR"; freed by the caller. */
UNUSED static char *end_ask(pie_process *process) {
  pie_event *event = take(process);
  CHECK(event != NULL);
  EQ(event->kind, PIE_EVENT_MESSAGE);
  HAS(event->data, "mcp:");
  char *text = malloc(event->size);
  CHECK(text != NULL);
  strcpy(text, event->data + 4);
  pie_event_free(event);
  pie_process_free(process);
  return text;
}

UNUSED static char *ask(pie_client *client, const char *server, const char *method, const char *params) {
  return end_ask(begin_ask(client, server, method, params));
}

/* What an answer is, or what must stand in it. */
#define ANSWERS(process, wanted)      \
  do {                                \
    char *answer_ = end_ask(process); \
    EQ_TEXT(answer_, wanted);         \
    free(answer_);                    \
  } while (0)
#define TELLS(process, part)          \
  do {                                \
    char *answer_ = end_ask(process); \
    HAS(answer_, part);               \
    free(answer_);                    \
  } while (0)

/* The number behind a part of a text. */
UNUSED static long number_after(const char *text, const char *part) {
  HAS(text, part);
  return strtol(strstr(text, part) + strlen(part), NULL, 10);
}

/* Until a server holds so many requests: processes ask on their own, in any order. */
UNUSED static void await_held(pie_client *client, const char *server, int count) {
  for (int64_t end = now_ms() + WAIT;; rest_ms(5)) {
    char *held = ask(client, server, "held", "{}");
    long now = number_after(held, "ok:");
    free(held);
    if (now == count) return;
    CHECK(now_ms() < end);
  }
}

#ifndef _WIN32
/* The process that a server runs as. */
UNUSED static pid_t pid_of(pie_client *client, const char *server) {
  char *facts = ask(client, server, "where", "{}");
  pid_t pid = (pid_t)number_after(facts, "\"pid\": ");
  EQ(number_after(facts, "\"group\": "), pid);
  CHECK(pid > 1);
  free(facts);
  return pid;
}

/* Neither running nor a zombie. */
UNUSED static int is_gone(pid_t pid) { return kill(pid, 0) != 0; }

UNUSED static void await_gone(pid_t pid) {
  for (int64_t end = now_ms() + WAIT; !is_gone(pid); rest_ms(5)) CHECK(now_ms() < end);
}
#endif

#endif
