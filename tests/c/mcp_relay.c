/* A program is an MCP server: what processes ask reaches it, and its answers reach them, as the JSON texts that they
   are; each request has one answer; what else the program writes harms nobody. */
#include "mcp.h"

/* Unknown fields, the order of keys, the texts of numbers. */
static void verbatim(pie_client *client) {
  static const char *const texts[] = {
      "{}",
      "[1,2]",
      "{\"z\":1.0,\"a\":12345678901234567890123,\"e\":1E5,\"new\":{\"deep\":[null,true]},\"z\":\"twice\"}",
      "{ \"blanks\" : \"\\u00e4 \\\" \xc3\xa4\" }",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char wanted[256];
    snprintf(wanted, sizeof wanted, "ok:%s", texts[i]);
    ANSWERS(begin_ask(client, "tools", "echo", texts[i]), wanted);
  }
  /* A line is a line, and JSON-RPC has no params that are null. */
  ANSWERS(begin_ask(client, "tools", "echo", "{\n\"a\":\n1}"), "ok:{ \"a\": 1}");
  ANSWERS(begin_ask(client, "tools", "echo", "null"), "ok:\"absent\"");
  ANSWERS(begin_ask(client, "tools", "hello", "{}"), "error:{\"code\":-32601,\"message\":\"no such method\"}");
}

static void errors(pie_client *client) {
  ANSWERS(begin_ask(client, "tools", "fail", "{\"message\":\"m\",\"data\":{\"n\":1.50},\"code\":-1}"),
          "error:{\"message\":\"m\",\"data\":{\"n\":1.50},\"code\":-1}");
  ANSWERS(begin_ask(client, "tools", "fail", "\"text\""), "error:{\"code\":-32000,\"message\":\"text\"}");
  TELLS(begin_ask(client, "tools", "fail", "[7]"), "error:{\"code\":-32000,\"message\":\"the MCP server answered the error [7]\"}");
  TELLS(begin_ask(client, "tools", "neither", "{}"), "neither with a result nor with an error");
  TELLS(begin_ask(client, "tools", "echo", "{broken"), "error:{\"code\":-32602,");
}

/* The engine knows more names than this client: an id of the engine's own is answered all the same. */
static void unknown_name(pie_client *client) {
  add_program(client, "gone", NULL);
  OK(pie_client_unregister_mcp_server(client, "gone", &error));
  TELLS(begin_ask(client, "gone", "echo", "{}"), "error:{\"code\":-32000,\"message\":\"the MCP server 'gone' is not registered");
  FAILS(pie_client_unregister_mcp_server(client, "gone", &error), PIE_E_INVALID_STATE, "gone");
  FAILS(pie_client_unregister_mcp_server(client, "tool", &error), PIE_E_INVALID_STATE, "tool");
}

/* Several under way, answered in another order. */
static void out_of_order(pie_client *client) {
  pie_process *asking[20];
  for (int i = 0; i < 20; i++) {
    char number[32];
    snprintf(number, sizeof number, "[%d]", i);
    asking[i] = begin_ask(client, "tools", "hold", number);
  }
  await_held(client, "tools", 20);
  /* Nobody has an answer; a later request has one at once. */
  ANSWERS(begin_ask(client, "tools", "echo", "1"), "ok:1");
  ANSWERS(begin_ask(client, "tools", "release", "{}"), "ok:\"released\"");
  for (int i = 0; i < 20; i++) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, "ok:[%d]", i);
    ANSWERS(asking[i], wanted);
  }
}

/* A server asks too: a ping is answered, anything else refused, under its own ids. */
static void asked_by_it(pie_client *client) {
  char *heard = ask(client, "tools", "ask", "{}");
  HAS(heard, "{\"jsonrpc\":\"2.0\",\"id\":\"one\",\"result\":{}}");
  HAS(heard, "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32601,");
  HAS(heard, "{\"jsonrpc\":\"2.0\",\"id\":\"three\",\"error\":{\"code\":-32601,");
  free(heard);
}

/* How a program is started: where, with what, and with signals as they are at the start of any program. */
static void surroundings(pie_client *client) {
  char path[4096];
  snprintf(path, sizeof path, "%s/server.py", environment("PIE_TEST_MCP"));
  const char *args[] = {path, "", "b c"}, *env[] = {"MCP_TEST=a=b", "MCP_EMPTY="};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  sigset_t all, before;
  server.transport = "stdio";
  server.command = "python3";
  server.args = args;
  server.arg_count = 3;
  server.env = env;
  server.env_count = 2;
  server.working_directory = "/";
  sigfillset(&all);
  EQ(pthread_sigmask(SIG_BLOCK, &all, &before), 0);
  OK(pie_client_register_mcp_server(client, "there", &server, WAIT, &error));
  EQ(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
  char *facts = ask(client, "there", "where", "{}");
  HAS(facts, "\"cwd\": \"/\"");
  HAS(facts, "\"args\": [\"\", \"b c\"]");
  HAS(facts, "\"MCP_TEST\": \"a=b\", \"HOME\": true");
  HAS(facts, "\"blocked\": \"0000000000000000\"");
  EQ(number_after(facts, "\"descriptors\": "), 0); /* none of the host's */
  free(facts);
}

/* Nobody waits for ever for an answer that no client can read. */
static void unreadable(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "mcp_timeout_ms=0");
  add_program(client, "odd", NULL);
  TELLS(begin_ask(client, "odd", "nan", "{}"), "the MCP server answered with what is no JSON-RPC");
  TELLS(begin_ask(client, "odd", "string_id", "{}"), "its id is a string");
  ANSWERS(begin_ask(client, "odd", "echo", "1"), "ok:1");
  hang_up(client);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  add_program(client, "tools", NULL);
  char *received = look(client, "received");
  /* The engine needs no more than the name. */
  HAS(received, "{\"corr_id\":17,\"name\":\"tools\",\"transport\":\"stdio\",\"type\":\"register_mcp_server\"}");
  pie_string_free(received);
  verbatim(client);
  errors(client);
  unknown_name(client);
  out_of_order(client);
  asked_by_it(client);
  ANSWERS(begin_ask(client, "tools", "odd", "{}"), "ok:\"odd\"");
  surroundings(client);
  EQ(count_sent(client, "mcp_response"), asked); /* one answer each */
  hang_up(client);
  unreadable();
  client = dial(PIE_GENERATION_0_5, NULL, NULL);
  FAILS(try_program(client, "tools", NULL, WAIT, &error), PIE_E_UNSUPPORTED, "0.5");
  hang_up(client);
  return finish();
}
