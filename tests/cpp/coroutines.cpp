/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Coroutines that await calls and events: C++20. */
#include "check.hpp"

#ifdef PIE_COROUTINES

using namespace std::chrono_literals;

namespace {

/* Begins at once, and can be destroyed while it is suspended. */
class task {
public:
  struct promise_type {
    /* Tells of the end when nothing of the coroutine runs any more. */
    struct last {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        const auto told = ended.promise().over; /* the coroutine may be gone once it is told */
        told->set_value();
      }
      void await_resume() noexcept {}
    };
    task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    last final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
    std::shared_ptr<std::promise<void>> over = std::make_shared<std::promise<void>>();
  };

  explicit task(std::coroutine_handle<promise_type> handle) : handle_(handle), over_(handle.promise().over->get_future()) {}
  task(task &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)), over_(std::move(other.over_)) {}
  task &operator=(task &&) = delete;
  ~task() {
    if (handle_) handle_.destroy();
  }
  void wait() { CHECK(over_.wait_for(60s) == std::future_status::ready); }
  bool is_over() { return over_.wait_for(0s) == std::future_status::ready; }

private:
  std::coroutine_handle<promise_type> handle_;
  std::future<void> over_;
};

task launch_and_stream(pie::dispatcher &in, std::string *said) {
  const pie::client client = co_await pie::client::connect_async(in, env("PIE_TEST_URI"));
  co_await client.authenticate_async(in, "me");
  const pie::process process = co_await client.launch_process_async(in, echo, ops(R"(["send","a"],["sleep",0.01],["send","b"])"));
  const pie::event_stream events = process.events(in);
  while (auto event = co_await events.next()) *said += event->data();
  CHECK(!co_await events.next());
}

task ping_twice_at_once(pie::dispatcher &in, const pie::client &client) {
  auto one = client.ping_async(in);
  auto two = client.ping_async(in);
  CHECK((co_await two).count() > 0);
  CHECK((co_await one).count() > 0);
}

task catch_failures(pie::dispatcher &in, const pie::client &client, int *caught) {
  try {
    co_await client.launch_process_async(in, "none@9.9.9");
  } catch (const pie::error &failed) {
    *caught += failed.status() == PIE_E_REJECTED;
  }
  try {
    co_await client.ping_async(in, -1s);
  } catch (const pie::error &failed) {
    *caught += failed.status() == PIE_E_INVALID_ARGUMENT;
  }
  const auto how = co_await client.launch_process_async(in, "none@9.9.9").as_result();
  *caught += how.status() == PIE_E_REJECTED;
  const pie::process process = co_await client.launch_process_async(in, echo, ops(R"(["raise","x"])"));
  const pie::event_stream events = process.events(in);
  try {
    while (co_await events.next()) {}
  } catch (const pie::error &failed) {
    *caught += failed.status() == PIE_E_PROCESS;
  }
}

task wait_for_ping(pie::dispatcher &in, const pie::client &client, pie_status *how) {
  *how = (co_await client.ping_async(in).as_result()).status();
}

task wait_for_event(const pie::event_stream &events, pie_status *how, std::string *said) {
  auto got = co_await events.try_next();
  *how = got ? got->status() : got.status();
  if (got && *got) said->append((*got)->text());
}

} // namespace

TEST(a_coroutine_launches_and_streams) {
  pie::dispatcher in;
  std::string said;
  task running = launch_and_stream(in, &said);
  running.wait();
  CHECK(said == "abdone");
}

TEST(a_coroutine_runs_on_the_thread_that_polls) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  std::string said;
  task running = launch_and_stream(in, &said);
  while (!running.is_over()) {
    CHECK(in.wait(60s));
    in.poll();
  }
  CHECK(said == "abdone");
}

TEST(calls_go_on_at_once_in_one_coroutine) {
  pie::dispatcher in;
  const pie::client client = connect();
  for (int i = 0; i < 200; ++i) ping_twice_at_once(in, client).wait();
}

TEST(a_coroutine_catches_failures) {
  pie::dispatcher in;
  const pie::client client = connect();
  int caught = 0;
  catch_failures(in, client, &caught).wait();
  CHECK(caught == 4);
}

TEST(a_coroutine_that_is_destroyed_while_it_waits_cancels_its_call) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  const pie::client client = connect("silent=ping");
  pie_status how = 1;
  { task running = wait_for_ping(in, client, &how); }
  client.query_async(in, "model_status").then([](const auto &) {});
  CHECK(in.wait(60s));
  in.poll();
  CHECK(how == 1);
}

TEST(a_coroutine_that_is_destroyed_while_it_waits_for_an_event_loses_none) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  const pie::event_stream events = process.events(in);
  pie_status how = 1;
  std::string said;
  { task running = wait_for_event(events, &how, &said); }
  process.signal("x");
  task again = wait_for_event(events, &how, &said);
  while (!again.is_over()) {
    CHECK(in.wait(60s));
    in.poll();
  }
  CHECK(how == PIE_OK && said == "got:x");
}

TEST(a_coroutine_that_was_destroyed_is_never_resumed) {
  const pie::client client = connect("silent=ping");
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  auto in = std::make_unique<pie::dispatcher>(pie::dispatch_mode::manual);
  const pie::event_stream events = process.events(*in);
  pie_status how = 1;
  std::string said;
  { task running = wait_for_event(events, &how, &said); }
  { task running = wait_for_ping(*in, client, &how); }
  in.reset();
  CHECK(how == 1);
}

TEST(a_wait_for_an_event_can_be_cancelled) {
  pie::dispatcher in;
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  const pie::event_stream events = process.events(in);
  events.cancel();
  pie_status how = 1;
  std::string said;
  {
    task running = wait_for_event(events, &how, &said);
    events.cancel();
    running.wait();
  }
  CHECK(how == PIE_E_CANCELLED);
  process.signal("x");
  wait_for_event(events, &how, &said).wait();
  CHECK(said == "got:x");
}

TEST(a_coroutine_is_told_that_its_dispatcher_or_stream_is_gone) {
  const pie::client client = connect("silent=ping");
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  auto in = std::make_unique<pie::dispatcher>();
  auto events = std::make_unique<pie::event_stream>(process.events(*in));
  pie_status ping = 1, event = 1, other = 1;
  std::string said;
  task first = wait_for_event(*events, &other, &said);
  events.reset();
  first.wait();
  CHECK(other == PIE_E_CLOSED);
  events = std::make_unique<pie::event_stream>(process.events(*in));
  task one = wait_for_ping(*in, client, &ping);
  task two = wait_for_event(*events, &event, &said);
  in.reset();
  one.wait();
  two.wait();
  CHECK(ping == PIE_E_CLOSED && event == PIE_E_CLOSED);
}

TEST(many_coroutines_share_a_dispatcher) {
  pie::dispatcher in;
  const pie::client client = connect();
  std::vector<std::string> said(20);
  std::vector<task> all;
  for (std::string &each : said) all.push_back(launch_and_stream(in, &each));
  for (task &each : all) each.wait();
  for (const std::string &each : said) CHECK(each == "abdone");
}

#endif
