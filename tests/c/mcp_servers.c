/* MCP servers of others: the file server from npm, and one written with the official Python SDK, over all the methods
   that inferlets use. */
#include "mcp.h"

static void start(pie_client *client, const char *name, const char *command, const char *script, const char *argument) {
  const char *args[] = {script, argument};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = command;
  server.args = args;
  server.arg_count = argument == NULL ? 1 : 2;
  OK(pie_client_register_mcp_server(client, name, &server, WAIT, &error));
}

static void files(pie_client *client, const char *servers) {
  char script[4096], folder[4096], call[8192];
  char *path = temporary_file("what stands in it", strlen("what stands in it"));
  snprintf(script, sizeof script, "%s/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js", servers);
  snprintf(folder, sizeof folder, "%s", path);
  *strrchr(folder, '/') = '\0';
  start(client, "files", "node", script, folder);
  TELLS(begin_ask(client, "files", "tools/list", "{}"), "\"read_text_file\"");
  snprintf(call, sizeof call, "{\"name\":\"read_text_file\",\"arguments\":{\"path\":\"%s\"}}", path);
  char *answer = ask(client, "files", "tools/call", call);
  HAS(answer, "ok:{");
  HAS(answer, "what stands in it");
  free(answer);
  answer = ask(client, "files", "tools/call", "{\"name\":\"read_text_file\",\"arguments\":{\"path\":\"/etc/passwd\"}}");
  HAS(answer, "\"isError\":true");
  free(answer);
  TELLS(begin_ask(client, "files", "prompts/list", "{}"), "error:{\"code\":-32601,");
  unlink(path);
  free(path);
}

static void python(pie_client *client, const char *servers) {
  char script[4096], command[4096];
  snprintf(script, sizeof script, "%s/real/server.py", environment("PIE_TEST_MCP"));
  snprintf(command, sizeof command, "%s/python/bin/python", servers);
  start(client, "python", command, script, NULL);
  TELLS(begin_ask(client, "python", "tools/list", "{}"), "\"add\"");
  TELLS(begin_ask(client, "python", "tools/call", "{\"name\":\"add\",\"arguments\":{\"a\":2,\"b\":40}}"), "\"42\"");
  TELLS(begin_ask(client, "python", "tools/call", "{\"name\":\"fail\",\"arguments\":{\"why\":\"so\"}}"), "\"isError\":true");
  TELLS(begin_ask(client, "python", "resources/list", "{}"), "notes://today");
  TELLS(begin_ask(client, "python", "resources/read", "{\"uri\":\"notes://today\"}"), "a note of today");
  TELLS(begin_ask(client, "python", "prompts/list", "{}"), "\"greet\"");
  TELLS(begin_ask(client, "python", "prompts/get", "{\"name\":\"greet\",\"arguments\":{\"name\":\"Ada\"}}"),
        "Greet Ada kindly.");
  TELLS(begin_ask(client, "python", "no/such/method", "{}"), "error:{\"code\":-32601,");
}

int main(void) {
  const char *servers = environment("PIE_TEST_MCP_SERVERS");
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  files(client, servers);
  python(client, servers);
  OK(pie_client_unregister_mcp_server(client, "files", &error));
  OK(pie_client_unregister_mcp_server(client, "python", &error));
  hang_up(client);
  return finish();
}
