// The same in C++: with the C++ interface where it is installed, with the header of C elsewhere.
#if __has_include(<pie_client.hpp>)
#include <pie_client.hpp>

#include <iostream>

int main(int argc, char **argv) try {
  if (argc != 2) return 2;
  const pie::client client = pie::client::connect(argv[1], std::chrono::seconds(10));
  client.authenticate("me");
  const pie::process process = client.launch_process("echo@0.1.0", R"({"ops": [["send", "hello"], ["return", "bye"]]})");
  for (const pie::event &event : process.events()) {
    const auto end = event.as<pie::returned>();
    std::cout << (end ? "returned: " : "message: ") << (end ? std::string(end->text) : std::string(event.text())) << "\n";
  }
  return 0;
} catch (const pie::error &failed) {
  std::cerr << "app: " << failed.what() << "\n";
  return 1;
}
#else
#include "app.c"
#endif
