/* Programs of tests/mcp/hostile.py. */
#ifndef MCP_HOSTILE_H
#define MCP_HOSTILE_H

#include "mcp.h"

UNUSED static pie_status start_hostile(pie_client *client, const char *file, const char *folder,
                                       const char *const *env, size_t count, pie_error **error) {
  char path[4096];
  snprintf(path, sizeof path, "%s/hostile.py", environment("PIE_TEST_MCP"));
  const char *args[] = {path, file};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = "python3";
  server.args = args;
  server.arg_count = file == NULL ? 1 : 2;
  server.working_directory = folder;
  server.env = env;
  server.env_count = count;
  return pie_client_register_mcp_server(client, "s", &server, WAIT, error);
}

UNUSED static void add_hostile(pie_client *client, const char *file, const char *folder, const char *const *env,
                               size_t count) {
  OK(start_hostile(client, file, folder, env, count, &error));
}

UNUSED static pid_t pid_from(pie_client *client, const char *method) {
  char *answer = ask(client, "s", method, "{}");
  pid_t pid = (pid_t)number_after(answer, "ok:");
  CHECK(pid > 1);
  free(answer);
  return pid;
}

#endif
