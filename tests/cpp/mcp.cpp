/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Functions and programs that inferlets use as MCP servers. */
#include "check.hpp"

namespace {

std::string asks(const pie::client &client, const std::string &server) {
  const pie::process process = client.launch_process(echo, ops("[\"mcp\",\"" + server + "\",\"tools/call\",{\"a\":1}]"));
  return std::string(process.recv(std::chrono::seconds(60))->text());
}

} // namespace

TEST(a_function_answers_inferlets) {
  ONLY_ON("0.4");
  const pie::client client = connect();
  pie::dispatcher in;
  int count = 0;
  {
    const pie::event_stream serving = pie::serve_mcp(client, in, "calc", [&count](const pie::mcp_request &asked) {
      ++count;
      return std::string("{\"method\":\"") + std::string(asked.method) + "\",\"params\":" + std::string(asked.params) + "}";
    });
    CHECK(asks(client, "calc") == R"(mcp:ok:{"method":"tools/call","params":{"a":1}})");
  }
  CHECK(count == 1);
  CHECK(asks(client, "calc").substr(0, 10) == "mcp:error:");
  client.unregister_mcp_server("calc");
}

TEST(what_a_handler_throws_or_says_wrongly_is_told_the_inferlet) {
  ONLY_ON("0.4");
  const pie::client client = connect();
  pie::dispatcher in;
  const auto throws = pie::serve_mcp(client, in, "throws", [](const pie::mcp_request &) -> pie::mcp_reply {
    throw std::runtime_error("say \"no\"");
  });
  CHECK(asks(client, "throws") == R"(mcp:error:{"code":-32000,"message":"say \"no\""})");
  const auto refuses = pie::serve_mcp(client, in, "refuses", [](const pie::mcp_request &) {
    return pie::mcp_reply::error(R"({"code":7,"message":"seven"})");
  });
  CHECK(asks(client, "refuses") == R"(mcp:error:{"code":7,"message":"seven"})");
  const auto wrong = pie::serve_mcp(client, in, "wrong", [](const pie::mcp_request &) { return "no json"; });
  CHECK(asks(client, "wrong").find("json") != std::string::npos);
}

TEST(a_handler_runs_on_the_host_s_thread_where_it_polls) {
  ONLY_ON("0.4");
  const pie::client client = connect();
  pie::dispatcher in(pie::dispatch_mode::manual);
  std::thread::id ran;
  const auto serving = pie::serve_mcp(client, in, "calc", [&ran](const pie::mcp_request &) {
    ran = std::this_thread::get_id();
    return "1";
  });
  const pie::process process = client.launch_process(echo, ops(R"(["mcp","calc","m",{}])"));
  while (ran == std::thread::id()) {
    CHECK(in.wait(std::chrono::seconds(60)));
    in.poll();
  }
  CHECK(ran == std::this_thread::get_id() && process.recv()->text() == "mcp:ok:1");
}

TEST(programs_are_started_or_it_is_told_why_not) {
  const pie::client client = connect();
  pie::mcp_server server;
  server.command = "no-such-program-at-all";
  server.args = {"a", "b"};
  server.env = {"A=b"};
  const bool has_mcp = client.generation() == PIE_GENERATION_0_4;
  CHECK_FAILS(client.try_register_mcp_server("x", server), has_mcp ? PIE_E_MCP : PIE_E_UNSUPPORTED, "");
  server.transport = "carrier-pigeon";
  CHECK_FAILS(client.try_register_mcp_server("x", server), PIE_E_UNSUPPORTED, "");
}
