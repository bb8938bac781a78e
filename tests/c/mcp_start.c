/* What a program may be instead of an MCP server: none, one that exits, writes garbage, is silent, refuses. The call says
   which, in time; on any failure the program is ended and the name free. */
#include "mcp.h"

/* The number of this process's children, zombies included. */
static int children(void) {
  char path[64], text[4096] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  FILE *file = fopen(path, "r");
  CHECK(file != NULL);
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  int count = 0;
  for (size_t i = 0; i < size; i++) count += text[i] == ' ';
  return count;
}

static void await_no_children(void) {
  for (int64_t end = now_ms() + WAIT; children() > 0; rest_ms(5)) CHECK(now_ms() < end);
}

static pie_status start_within(pie_client *client, const char *command, const char *arg, int64_t timeout_ms,
                               pie_error **error) {
  const char *args[] = {"-c", arg};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = command;
  server.args = args;
  server.arg_count = arg == NULL ? 0 : 2;
  return pie_client_register_mcp_server(client, "x", &server, timeout_ms, error);
}

static pie_status start(pie_client *client, const char *command, const char *arg, pie_error **error) {
  return start_within(client, command, arg, WAIT, error);
}

static void bad_programs(pie_client *client) {
  FAILS(start(client, "no-such-program", NULL, &error), PIE_E_MCP, "no-such-program", "not found in PATH");
  FAILS(start(client, "/no/such/program", NULL, &error), PIE_E_MCP, "/no/such/program", "no program");
  FAILS(start(client, "/etc/passwd", NULL, &error), PIE_E_MCP, "/etc/passwd", "no program");
  FAILS(start(client, "true", NULL, &error), PIE_E_MCP, "'x'", "exit status 0");
  FAILS(start(client, "sh", "echo one; echo 'two words' >&2; kill -9 $$", &error), PIE_E_MCP, "killed by signal 9",
        "two words");
  FAILS(try_program(client, "x", "exit", WAIT, &error), PIE_E_MCP, "exit status 3", "it said: cannot go on: no licence");
  FAILS(try_program(client, "x", "refuse", WAIT, &error), PIE_E_MCP, "initialize", "not today");
  FAILS(try_program(client, "x", "closed", WAIT, &error), PIE_E_MCP, "closed its standard");
  FAILS(try_program(client, "x", "silent", 300, &error), PIE_E_TIMED_OUT, "initialize");
  await_no_children();
  EQ(count_sent(client, "register_mcp_server"), 0);
  /* Long enough for a slow interpreter to begin. */
  FAILS(try_program(client, "x", "garbage", 3000, &error), PIE_E_TIMED_OUT, "no JSON-RPC", "Welcome to my server!");
  FAILS(start_within(client, "sh",
                     "echo '{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"not understood\"}}';"
                     "echo 'no database' >&2; exec sleep 1000",
                     3000, &error),
        PIE_E_TIMED_OUT, "it sent the error", "not understood", "it said: no database");
}

static void bad_structures(pie_client *client) {
  const char *args[] = {"a", NULL, "c"}, *env[] = {"A=1", "B"};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  NAMES(pie_client_register_mcp_server(client, "x", NULL, WAIT, &error), "server");
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "command");
  server.command = "";
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "command");
  server.command = "true";
  NAMES(pie_client_register_mcp_server(client, "", &server, WAIT, &error), "name");
  server.transport = "http";
  FAILS(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), PIE_E_UNSUPPORTED, "transport", "http");
  server.transport = NULL;
  server.url = "http://127.0.0.1:1";
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "url");
  server.url = NULL;
  server.flags = 1;
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "flags");
  server.flags = 0;
  server.arg_count = 3;
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "args");
  server.args = args;
  FAILS(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), PIE_E_INVALID_ARGUMENT, "args[1]");
  server.arg_count = SIZE_MAX;
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "args");
  server.arg_count = 1;
  server.env_count = 2;
  NAMES(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), "env");
  server.env = env;
  FAILS(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), PIE_E_INVALID_ARGUMENT, "env[1]", "NAME=value");
  server.env_count = 1;
  server.working_directory = "/no/such/folder";
  FAILS(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), PIE_E_MCP, "working_directory");
  server.working_directory = NULL;
  server.struct_size = 8;
  FAILS(pie_client_register_mcp_server(client, "x", &server, WAIT, &error), PIE_E_ABI_MISMATCH, "server");
  EQ(children(), 0);
}

/* A name is a name of one server. */
static void names(pie_client *client) {
  await_no_children();
  pie_queue *queue = pie_queue_new();
  add_program(client, "x", NULL);
  FAILS(try_program(client, "x", NULL, WAIT, &error), PIE_E_INVALID_STATE, "'x'");
  FAILS(pie_client_register_mcp_handler(client, "x", queue, 0, WAIT, &error), PIE_E_INVALID_STATE, "'x'");
  EQ(children(), 1);
  OK(pie_client_unregister_mcp_server(client, "x", &error));
  await_no_children();
  /* The engine knows it already, and would list it twice. */
  add_program(client, "x", NULL);
  EQ(count_sent(client, "register_mcp_server"), 1);
  ANSWERS(begin_ask(client, "x", "echo", "1"), "ok:1");
  OK(pie_client_unregister_mcp_server(client, "x", &error));
  pie_queue_free(queue);
}

static void refused(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "refuse=register_mcp_server:no%20room", NULL);
  FAILS(try_program(client, "x", NULL, WAIT, &error), PIE_E_REJECTED, "no room");
  FAILS(try_program(client, "x", "stubborn", WAIT, &error), PIE_E_REJECTED, "no room");
  pie_queue *queue = pie_queue_new();
  FAILS(pie_client_register_mcp_handler(client, "x", queue, 0, WAIT, &error), PIE_E_REJECTED, "no room");
  pie_queue_free(queue);
  hang_up(client);
  EQ(children(), 0);
  client = dial(PIE_GENERATION_0_4, "silent=register_mcp_server", NULL);
  FAILS(try_program(client, "x", NULL, 2000, &error), PIE_E_TIMED_OUT, "register_mcp_server");
  await_no_children();
  hang_up(client);
  client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  FAILS(try_program(client, "x", NULL, WAIT, &error), PIE_E_AUTH, "register_mcp_server");
  hang_up(client);
}

static void *close_it(void *client) {
  rest_ms(100);
  OK(pie_client_close(client, WAIT, &error));
  return NULL;
}

/* A close ends the wait for a handshake. */
static void closed_meanwhile(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pthread_t closing = spawn(close_it, client);
  STATUS(try_program(client, "x", "silent", PIE_FOREVER, &error), PIE_E_CLOSED);
  join(closing);
  EQ(children(), 0);
  STATUS(try_program(client, "x", NULL, WAIT, &error), PIE_E_CLOSED);
  FAILS(pie_client_unregister_mcp_server(client, "x", &error), PIE_E_CLOSED, "closed");
  pie_client_free(client);
}

/* SIGPIPE as at the start of any program, whatever the host does with it. */
static void signals_of_a_child(pie_client *client) {
  signal(SIGPIPE, SIG_IGN);
  pie_error *error = NULL;
  EQ(start(client, "sh", "grep SigIgn /proc/self/status >&2; exit 3", &error), PIE_E_MCP);
  const char *ignored = strstr(pie_error_message(error), "SigIgn:");
  CHECK(ignored != NULL);
  CHECK((strtoull(ignored + strlen("SigIgn:"), NULL, 16) >> (SIGPIPE - 1) & 1) == 0);
  pie_error_free(error);
  signal(SIGPIPE, SIG_DFL);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  bad_structures(client);
  bad_programs(client);
  names(client);
  signals_of_a_child(client);
  hang_up(client);
  EQ(children(), 0);
  refused();
  closed_meanwhile();
  return finish();
}
