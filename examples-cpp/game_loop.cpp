/*
 * game_loop: characters that talk through inferlets, in a loop of 60 frames a second. No call of the loop waits, and
 * everything is told on its own thread, once a frame.
 *
 *   game_loop [URI [FRAMES]]
 *
 * Uses the inferlet `echo` of this repository. Start it in the top directory.
 */
#include <pie_client.hpp>

#include <iostream>

class character {
public:
  character(pie::dispatcher &dispatcher, const pie::client &client, std::string name) : name_(std::move(name)) {
    launch_ = client.launch_process_async(dispatcher, "echo@0.1.0", R"({"ops": [["sendn", 20], ["return", "that was all"]]})");
    launch_.then([this, &dispatcher](pie::result<pie::process> launched) {
      if (!launched) return hear(launched.error().what());
      process_ = std::move(*launched);
      speech_ = process_.events(dispatcher);
      speech_.on_event([this](pie::event event) {
        hear(std::string(event.data()));
        is_silent_ = event.is_last();
      });
    });
  }
  character(const character &) = delete; /* the callbacks know where it is */
  character &operator=(const character &) = delete;
  ~character() { launch_.forget(); }
  bool is_silent() const { return is_silent_; }

private:
  void hear(const std::string &words) { std::cout << name_ << ": " << words << "\n"; }

  std::string name_;
  bool is_silent_ = false;
  pie::operation<pie::process> launch_;
  pie::process process_;
  pie::event_stream speech_; /* destroyed first: then nothing is told any more */
};

int main(int argc, char **argv) try {
  using namespace std::chrono_literals;
  pie::dispatcher dispatcher(pie::dispatch_mode::manual);
  const pie::client client = pie::client::connect(argc > 1 ? argv[1] : "ws://127.0.0.1:8080");
  client.authenticate("me");
  client.install_program("tests/real_engine/inferlets/echo/echo.wasm", "tests/real_engine/inferlets/echo/Pie.toml", true);

  character ann(dispatcher, client, "Ann"), bob(dispatcher, client, "Bob");
  for (int frame = 0; frame < (argc > 2 ? std::atoi(argv[2]) : 600) && !(ann.is_silent() && bob.is_silent()); ++frame) {
    dispatcher.poll(); /* runs what has come since the last frame */
    std::this_thread::sleep_for(16ms); /* where a game draws */
  }
} catch (const pie::error &failed) {
  std::cerr << "game_loop: " << failed.what() << "\n";
  return 1;
}
