/* A server on Windows: a program of its own, found with its extension left out, given its arguments and environment as they are;
   how it ended is told; and at its end all that it has started ends with it. The server is this program again. */
#include "mcp.h"

static char program[1024], note[1024];

/* The servers. */

static void wait_for_ever(void) {
  for (;;) rest_ms(1000);
}

/* What a server of its own leaves running; its number is noted. */
static void start_heir(void) {
  char part[1100];
  snprintf(part, sizeof part, "%s.part", note);
  intptr_t handle = _spawnl(_P_NOWAIT, program, program, "heir", (char *)NULL);
  CHECK(handle != -1);
  FILE *file = fopen(part, "wb");
  CHECK(file != NULL);
  fprintf(file, "%lu", GetProcessId((HANDLE)handle));
  EQ(fclose(file), 0);
  EQ(rename(part, note), 0);
}

static int serve(int count, char **arguments) {
  char line[4096];
  if (strcmp(arguments[1], "exits") == 0) {
    fprintf(stderr, "no licence\n");
    return 3;
  }
  if (strcmp(arguments[1], "heir") == 0) wait_for_ever();
  if (strcmp(arguments[1], "leaves") == 0) start_heir();
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *id = strstr(line, "\"id\":");
    if (id == NULL) continue;
    const char *added = getenv("PIE_TEST_ADDED");
    printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":[\"%s\",\"%s\"]}\n", strtol(id + 5, NULL, 10),
           count > 2 ? arguments[2] : "", added ? added : "");
    fflush(stdout);
  }
  if (strcmp(arguments[1], "leaves") == 0) wait_for_ever(); /* the end of its input does not end it */
  return 0;
}

/* The test. */

static pie_status try_self(pie_client *client, const char *command, const char *how, pie_error **error) {
  const char *args[] = {how, "a b' $x%"};
  const char *env[] = {"PIE_TEST_ADDED=yes"};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = command;
  server.args = args;
  server.arg_count = 2;
  server.env = env;
  server.env_count = 1;
  return pie_client_register_mcp_server(client, "s", &server, WAIT, error);
}

/* The heir's number, once it is there. */
static DWORD heir(void) {
  unsigned long number = 0;
  FILE *file;
  while ((file = fopen(note, "rb")) == NULL) rest_ms(5);
  EQ(fscanf(file, "%lu", &number), 1);
  fclose(file);
  EQ(unlink(note), 0);
  return number;
}

static void relayed(pie_client *client, const char *command) {
  OK(try_self(client, command, "answers", &error));
  ANSWERS(begin_ask(client, "s", "x", "{}"), "ok:[\"a b' $x%\",\"yes\"]");
  OK(pie_client_unregister_mcp_server(client, "s", &error));
}

static void ends_with_all(pie_client *client) {
  OK(try_self(client, program, "leaves", &error));
  HANDLE left = OpenProcess(SYNCHRONIZE, 0, heir());
  CHECK(left != NULL);
  EQ(WaitForSingleObject(left, BRIEF), WAIT_TIMEOUT);
  OK(pie_client_unregister_mcp_server(client, "s", &error));
  EQ(WaitForSingleObject(left, WAIT), WAIT_OBJECT_0);
  CloseHandle(left);
}

int main(int count, char **arguments) {
  snprintf(note, sizeof note, "%s/heir-of-%s", environment("TMPDIR"), count > 1 ? getenv("PIE_TEST_ID") : "");
  GetModuleFileNameA(NULL, program, sizeof program);
  if (count > 1) return serve(count, arguments);
  char id[32], bare[1024];
  snprintf(id, sizeof id, "%d", _getpid());
  setenv("PIE_TEST_ID", id, 1);
  snprintf(note, sizeof note, "%s/heir-of-%s", environment("TMPDIR"), id);
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  relayed(client, program);
  snprintf(bare, sizeof bare, "%s", program);
  *strrchr(bare, '.') = '\0';
  relayed(client, bare);
  relayed(client, strrchr(bare, '\\') + 1);
  FAILS(try_self(client, program, "exits", &error), PIE_E_MCP, "exit status 3", "no licence");
  FAILS(try_self(client, "no_such_program", "x", &error), PIE_E_MCP, "not found in PATH");
  FAILS(try_self(client, "C:\\no\\such", "x", &error), PIE_E_MCP, "no program that can be run");
  ends_with_all(client);
  hang_up(client);
  return finish();
}
