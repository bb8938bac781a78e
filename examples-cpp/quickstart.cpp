/*
 * quickstart: install an inferlet, launch it, print what it says while it says it.
 *
 *   quickstart [URI [PROGRAM [MANIFEST [NAME [INPUT]]]]]
 *
 * The defaults suit an engine on port 8080 of this machine and the inferlet `story` of this repository, which writes
 * each token of a text as the model makes it. Start it in the top directory of the repository.
 */
#include <pie_client.hpp>

#include <iostream>

int main(int argc, char **argv) try {
  using namespace std::chrono_literals;
  const auto argument = [&](int i, const char *otherwise) { return argc > i ? argv[i] : otherwise; };

  const pie::client client = pie::client::connect(argument(1, "ws://127.0.0.1:8080"), 10s);
  client.authenticate("me"); /* an engine without login; otherwise a pie::private_key comes second */
  client.install_program(argument(2, "tests/real_engine/inferlets/story/story.wasm"),
                         argument(3, "tests/real_engine/inferlets/story/Pie.toml"), true);

  const pie::process process = client.launch_process(argument(4, "story@0.1.0"),
                                                     argument(5, R"({"prompt": "Once upon a time", "max_tokens": 32})"));
  for (const pie::event &event : process.events()) { /* ends behind the return; a failure is thrown */
    std::cout << event.text() << std::flush;
    if (const auto end = event.as<pie::returned>()) std::cout << "\nreturned: " << end->text << "\n";
  }
} catch (const pie::error &failed) {
  std::cerr << "quickstart: " << failed.what() << " (" << failed.status_name() << ")\n";
  return 1;
}
