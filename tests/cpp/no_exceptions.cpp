/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* The whole interface without exceptions and run-time types. */
#include "check.hpp"

#ifdef PIE_EXCEPTIONS
#error "compile with -fno-exceptions"
#endif

int main() {
  CHECK_FAILS(pie::client::try_connect("http://x"), PIE_E_INVALID_ARGUMENT, "uri");
  pie::options options;
  CHECK(options.try_set("queue_max_bytes", "65536"));
  auto client = pie::client::try_connect(env("PIE_TEST_URI"), options);
  CHECK(client && client->try_authenticate("me"));
  auto process = client->try_launch_process("echo@0.1.0", R"({"ops": [["send","a"],["raise","b"]]})");
  CHECK(process);
  auto got = process->try_recv();
  CHECK(got && *got && (*got)->text() == "a");
  CHECK(process->try_result().status() == PIE_E_PROCESS);
  pie::dispatcher in(pie::dispatch_mode::manual);
  bool done = false;
  client->ping_async(in).then([&done](pie::result<std::chrono::nanoseconds> took) { done = took.has_value(); });
  while (!done && in.wait(std::chrono::seconds(60))) in.poll();
  CHECK(done && client->try_close());
  return 0;
}
