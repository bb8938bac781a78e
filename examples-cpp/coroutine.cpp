/*
 * coroutine: connect, launch and stream in C++20 coroutines, two at once, on one thread.
 *
 *   coroutine [URI]
 *
 * Uses the inferlet `echo` of this repository. Start it in the top directory.
 */
#include <pie_client.hpp>

#include <iostream>

/* The least that a coroutine can be: it begins at once, and nobody waits for it. Any task type will do instead. */
struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

detached speak(pie::dispatcher &dispatcher, const pie::client &client, std::string name, int &left) {
  try {
    const std::string input = R"({"ops": [["send", "hello, I am )" + name + R"("], ["sleep", 0.1], ["send", "goodbye"]]})";
    const pie::process process = co_await client.launch_process_async(dispatcher, "echo@0.1.0", input);
    const pie::event_stream events = process.events(dispatcher);
    while (auto event = co_await events.next()) std::cout << name << ": " << event->data() << "\n";
  } catch (const pie::error &failed) {
    std::cerr << name << " failed: " << failed.what() << "\n";
  }
  --left;
}

int main(int argc, char **argv) try {
  pie::dispatcher dispatcher(pie::dispatch_mode::manual); /* coroutines go on inside poll */
  const pie::client client = pie::client::connect(argc > 1 ? argv[1] : "ws://127.0.0.1:8080");
  client.authenticate("me");
  client.install_program("tests/real_engine/inferlets/echo/echo.wasm", "tests/real_engine/inferlets/echo/Pie.toml", true);

  int left = 2;
  speak(dispatcher, client, "one", left);
  speak(dispatcher, client, "two", left);
  while (left > 0 && dispatcher.wait()) dispatcher.poll();
} catch (const pie::error &failed) {
  std::cerr << "coroutine: " << failed.what() << "\n";
  return 1;
}
