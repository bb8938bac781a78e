// Callbacks in C++: one that is noexcept catches what is thrown inside, and hands it on. One that lets an exception out
// ends the program by an abort with a message, and by nothing else: neither does it go on, nor does it end quietly.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "pie_client.h"

namespace {

const int64_t patience = 120000;

void check(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::exit(1);
}
#define CHECK(condition) check((condition), #condition)

pie_client *connected() {
  pie_client *client = nullptr;
  const char *uri = std::getenv("PIE_TEST_URI_05");
  CHECK(uri != nullptr && pie_client_connect(uri, nullptr, patience, &client, nullptr) == PIE_OK);
  return client;
}

pie_process *launched(pie_client *client, pie_queue *queue) {
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = nullptr;
  options.input = "{\"ops\":[[\"sendn\",3]]}";
  options.queue = queue;
  CHECK(pie_client_launch_process(client, "echo@0.1.0", &options, patience, &process, nullptr) == PIE_OK);
  return process;
}

// What a program does that wants its exceptions elsewhere.
struct inbox {
  std::mutex lock;
  std::exception_ptr thrown;
  int messages = 0;
  std::atomic<bool> ended{false}, dropped{false};

  void take(pie_event *event) {
    const std::lock_guard<std::mutex> guard(lock);
    if (event->kind == PIE_EVENT_RETURN) ended = true;
    if (event->kind == PIE_EVENT_MESSAGE && ++messages == 2) throw std::runtime_error(std::string("no ") + event->data);
  }

  static void on_event(pie_event *event, void *self) noexcept {
    try {
      static_cast<inbox *>(self)->take(event);
    } catch (...) {
      static_cast<inbox *>(self)->thrown = std::current_exception();
    }
    pie_event_free(event);
  }

  static void on_drop(void *self) noexcept { static_cast<inbox *>(self)->dropped = true; }
};

void caught_inside() {
  pie_client *client = connected();
  pie_queue *queue = pie_queue_new();
  inbox box;
  CHECK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, inbox::on_event, &box, inbox::on_drop, nullptr) == PIE_OK);
  pie_process *process = launched(client, queue);
  while (!box.ended) usleep(1000);
  CHECK(pie_queue_clear_callback(queue, patience, nullptr) == PIE_OK);
  CHECK(box.dropped && box.messages == 3);
  try {
    std::rethrow_exception(box.thrown);
  } catch (const std::runtime_error &error) {
    CHECK(std::string(error.what()) == "no 1");
  }
  pie_process_free(process);
  pie_queue_free(queue);
  CHECK(pie_client_close(client, patience, nullptr) == PIE_OK);
  pie_client_free(client);
  CHECK(pie_shutdown(patience, nullptr) == PIE_OK);
}

void throws() { throw std::runtime_error("it left a callback"); }

extern "C" {
void on_event(pie_event *, void *) { throws(); }
void on_event_noexcept(pie_event *, void *) noexcept { throws(); }
void on_wakeup(void *) { throws(); }
void on_drop(void *) { throws(); }
void nothing(pie_event *event, void *) noexcept { pie_event_free(event); }
int32_t on_sign(const uint8_t *, size_t, uint8_t *, size_t *, void *) {
  throws();
  return 1;
}
void on_log(int32_t, const char *, const char *, void *) { throws(); }
}

void by_thread(pie_event_fn fn) {
  pie_queue *queue = pie_queue_new();
  pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, fn, nullptr, nullptr, nullptr);
  launched(connected(), queue);
  pause();
}

void by_a_thread() { by_thread(on_event); }
void by_a_thread_noexcept() { by_thread(on_event_noexcept); }

void by_dispatch() {
  pie_queue *queue = pie_queue_new();
  pie_queue_set_callback(queue, PIE_DISPATCH_MANUAL, on_event, nullptr, nullptr, nullptr);
  launched(connected(), queue);
  for (size_t count = 0;;) pie_queue_dispatch(queue, 0, &count, nullptr);
}

void by_wakeup() {
  pie_queue *queue = pie_queue_new();
  pie_queue_set_wakeup(queue, on_wakeup, nullptr, nullptr, nullptr);
  launched(connected(), queue);
  pause();
}

void by_drop() {
  pie_queue *queue = pie_queue_new();
  pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, nothing, nullptr, on_drop, nullptr);
  pie_queue_clear_callback(queue, patience, nullptr);
  pause();
}

void by_signer() {
  pie_client *client = nullptr;
  const char *uri = std::getenv("PIE_TEST_URI_04");
  CHECK(uri != nullptr);
  const std::string asks = std::string(uri) + "/?challenge=" + std::string(64, 'A');
  CHECK(pie_client_connect(asks.c_str(), nullptr, patience, &client, nullptr) == PIE_OK);
  pie_error *error = nullptr;
  pie_client_authenticate_with_signer(client, "me", on_sign, nullptr, patience, &error);
  std::fprintf(stderr, "the login came back: %s\n", pie_error_message(error));
}

void by_log() {
  pie_set_log_callback(PIE_LOG_TRACE, on_log, nullptr);
  launched(connected(), nullptr);
  pause();
}

// In a child, which must be ended by an abort, having said why.
void aborts(void (*run)(), const char *why) {
  int ends[2], status = 0;
  char text[4096];
  CHECK(pipe(ends) == 0);
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], 2);
    alarm(100);
    run();
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  for (ssize_t size; (size = read(ends[0], text, sizeof text)) > 0;) said.append(text, static_cast<size_t>(size));
  close(ends[0]);
  CHECK(waitpid(pid, &status, 0) == pid);
  const bool is_right = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && said.find(why) != std::string::npos;
  if (!is_right) std::fprintf(stderr, "status %x: %s\n", static_cast<unsigned>(status), said.c_str());
  CHECK(is_right);
}

}  // namespace

int main() {
  for (void (*run)() : {by_a_thread, by_dispatch, by_wakeup, by_drop, by_log, by_signer})
    aborts(run, "libpie_client: an exception left a callback");
  aborts(by_a_thread_noexcept, "it left a callback"); // std::terminate, where it was thrown
  caught_inside();
  return 0;
}
