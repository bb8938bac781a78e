/*
 * many_processes: launch many processes at once with futures, and take what they return.
 *
 *   many_processes [URI [COUNT]]
 *
 * Uses the inferlet `echo` of this repository. Start it in the top directory.
 */
#include <pie_client.hpp>

#include <iostream>

int main(int argc, char **argv) try {
  const int count = argc > 2 ? std::atoi(argv[2]) : 10;
  pie::dispatcher dispatcher; /* completes futures on a thread of its own */
  const pie::client client = pie::client::connect(argc > 1 ? argv[1] : "ws://127.0.0.1:8080");
  client.authenticate("me");
  client.install_program("tests/real_engine/inferlets/echo/echo.wasm", "tests/real_engine/inferlets/echo/Pie.toml", true);

  std::vector<std::future<pie::process>> launches;
  for (int i = 0; i < count; ++i) {
    const std::string input = "{\"ops\": [[\"return\", \"result " + std::to_string(i) + "\"]]}";
    launches.push_back(client.launch_process_async(dispatcher, "echo@0.1.0", input).future());
  }
  for (std::future<pie::process> &launch : launches) std::cout << launch.get().result() << "\n";

  /* Where the results alone matter, one call does it all. */
  for (const std::string &result : client.run_processes("echo@0.1.0", {R"({"ops": [["return", "one"]]})", R"({"ops": []})"}))
    std::cout << result << "\n";
} catch (const pie::error &failed) {
  std::cerr << "many_processes: " << failed.what() << "\n";
  return 1;
}
