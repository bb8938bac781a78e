/*
 * files: send a file to an inferlet, and get it back.
 *
 *   files [URI [FOLDER]]
 *
 * Uses the inferlet `echo` of this repository. Start it in the top directory.
 */
#include <pie_client.hpp>

#include <fstream>
#include <iostream>

int main(int argc, char **argv) try {
  const pie::client client = pie::client::connect(argc > 1 ? argv[1] : "ws://127.0.0.1:8080");
  client.authenticate("me");
  client.install_program("tests/real_engine/inferlets/echo/echo.wasm", "tests/real_engine/inferlets/echo/Pie.toml", true);

  const pie::process process = client.launch_process("echo@0.1.0", R"({"ops": [["send", "ready"], ["echo_file", 0]]})");
  for (const pie::event &event : process.events()) {
    /* Engines drop a file unless the inferlet waits for one: this one says when it does. */
    if (event.as<pie::message>()) process.transfer_file(std::string(1000000, 'x'));

    const auto file = event.as<pie::file>();
    if (!file) continue;
    if (file->status != PIE_OK) throw event.error(); /* too large, or damaged on its way */
    /* A name from the engine never leaves the directory that it is joined to; this one has none. */
    const std::string folder = argc > 2 ? argv[2] : ".";
    std::ofstream(folder + "/received.bin", std::ios::binary) << file->data;
    std::cout << file->data.size() << " bytes came back\n";
  }
} catch (const pie::error &failed) {
  std::cerr << "files: " << failed.what() << "\n";
  return 1;
}
