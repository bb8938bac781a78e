/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Callbacks with captured state: of queues and processes, wakeups, signers, logs. */
#include "check.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#if !defined(_WIN32)
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace std::chrono_literals;

namespace {

/* Something that callbacks on other threads set, and tests wait for. */
class signalled {
public:
  void set() {
    const std::lock_guard<std::mutex> lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    CHECK(changed_.wait_for(lock, 60s, [this] { return set_; }));
  }

private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool set_ = false;
};

} // namespace

TEST(a_process_callback_keeps_what_it_captured_until_it_is_cleared) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","a"],["send","b"],["return","c"])"));
  auto kept = std::make_unique<std::string>();
  auto shared = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = shared;
  signalled end;
  std::string all;
  process.set_callback([kept = std::move(kept), shared = std::move(shared), &end, &all](pie::event event) {
    *kept += event.data();
    if (!event.is_last()) return;
    all = *kept;
    end.set();
  });
  CHECK_THROWS(process.recv(), PIE_E_INVALID_STATE);
  end.wait();
  CHECK(all == "abc" && !watch.expired());
  process.clear_callback();
  CHECK(watch.expired());
}

TEST(a_manual_callback_runs_in_dispatch_alone) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["sendn",5])"));
  const pie::queue queue = process.events_queue();
  CHECK_THROWS(queue.dispatch(), PIE_E_INVALID_STATE);
  std::size_t count = 0;
  bool over = false;
  queue.set_callback(pie::dispatch_mode::manual, [&](pie::event event) {
    ++count;
    over = event.is_last();
  });
  while (!over) CHECK(queue.dispatch(2) <= 2);
  CHECK(count == 6);
  queue.clear_callback();
}

TEST(a_callback_that_is_refused_is_destroyed) {
  const pie::queue queue;
  auto shared = std::make_shared<int>(1);
  queue.set_callback(pie::dispatch_mode::manual, [shared](pie::event) {});
  CHECK(shared.use_count() == 2);
  CHECK_FAILS(queue.try_set_callback(pie::dispatch_mode::manual, [shared](pie::event) {}), PIE_E_INVALID_STATE, "");
  CHECK(shared.use_count() == 2);
}

TEST(a_wakeup_tells_of_events) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  const pie::queue queue = process.events_queue();
  signalled woken;
  queue.set_wakeup([&woken] { woken.set(); });
  process.signal("x");
  woken.wait();
  CHECK(queue.recv(0s)->text() == "got:x");
  queue.clear_wakeup();
}

TEST(a_descriptor_is_readable_when_events_wait) {
#if !defined(_WIN32)
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","x"])"));
  const pie::queue queue = process.events_queue();
  pollfd ready = {static_cast<int>(queue.fd()), POLLIN, 0};
  CHECK(poll(&ready, 1, 60000) == 1);
  CHECK(queue.recv(0s));
#endif
}

TEST(an_exception_that_leaves_a_callback_ends_the_program) {
#if !defined(_WIN32)
  if (std::getenv("PIE_TEST_THROWS")) {
    const pie::client client = connect();
    const pie::process process = client.launch_process(echo, ops(R"(["send","x"])"));
    process.set_callback([](pie::event) { throw std::runtime_error("thrown on purpose"); });
    std::this_thread::sleep_for(60s);
    return;
  }
  const pid_t child = fork();
  if (child == 0) {
    setenv("PIE_TEST_THROWS", "1", 1);
    execl(env("PIE_TEST_PROGRAM").c_str(), "tests", "an_exception_that_leaves_a_callback_ends_the_program", nullptr);
    _exit(99);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
#endif
}

TEST(log_lines_go_to_a_function) {
  std::mutex mutex;
  std::string lines;
  auto shared = std::make_shared<int>(1);
  pie::set_log(pie::log_level::trace, [&, shared](pie::log_level level, std::string_view target, std::string_view line) {
    const std::lock_guard<std::mutex> lock(mutex);
    CHECK(level >= pie::log_level::error && level <= pie::log_level::trace);
    lines.append(target).append(": ").append(line).append("\n");
  });
  connect().ping();
  pie::clear_log();
  CHECK(shared.use_count() == 1);
  CHECK(lines.find(": ") != std::string::npos);
  const std::size_t size = lines.size();
  connect().ping();
  CHECK(lines.size() == size);
}

TEST(versions_are_told) {
  CHECK(pie::abi_version() >= PIE_ABI_VERSION && pie::version().find('.') != std::string_view::npos);
}
