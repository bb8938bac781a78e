/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Asynchronous calls: futures, callbacks, dispatchers, streams. */
#include "check.hpp"

#include <thread>

#if !defined(_WIN32)
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace std::chrono_literals;

namespace {

/* Polls until something holds. */
template <class Condition> void poll_until(pie::dispatcher &in, Condition holds) {
  while (!holds()) {
    CHECK(in.wait(60s));
    in.poll();
  }
}

} // namespace

TEST(futures_give_what_their_calls_bear) {
  pie::dispatcher in;
  const pie::client client = pie::client::connect_async(in, env("PIE_TEST_URI")).future().get();
  client.authenticate_async(in, "me").future().get();
  CHECK(client.ping_async(in).future().get().count() > 0);
  CHECK(client.query_async(in, "model_status").future().get()[0] == '{');
  CHECK(client.check_program_async(in, echo).future().get());
  CHECK(!client.check_program_async(in, "none@9.9.9").future().get());
  const pie::process process = client.launch_process_async(in, echo, ops(R"(["send","up"],["recv",0])")).future().get();
  CHECK(process.recv()->text() == "up");
  CHECK(client.list_processes_async(in).future().get().size() > 0);
  process.terminate_async(in).future().get();
  CHECK_THROWS(process.result(), PIE_E_CANCELLED);
  const auto many = client.launch_processes_async(in, echo, {ops(""), ops("")}).future().get();
  CHECK(many.size() == 2 && many[1].result() == "done");
  CHECK(client.run_processes_async(in, echo, {ops(R"(["return","a"])")}).future().get() == std::vector<std::string>{"a"});
  client.close_async(in).future().get();
  CHECK_THROWS(client.ping_async(in).future().get(), PIE_E_CLOSED);
}

TEST(futures_throw_what_the_engine_refuses) {
  pie::dispatcher in;
  const pie::client client = connect();
  CHECK_THROWS(client.launch_process_async(in, "none@9.9.9").future().get(), PIE_E_REJECTED);
  CHECK_THROWS(client.attach_process_async(in, "00000000-0000-0000-0000-000000000000").future().get(), PIE_E_REJECTED);
  CHECK_THROWS(client.terminate_process_async(in, "00000000-0000-0000-0000-000000000000").future().get(), PIE_E_REJECTED);
  CHECK_THROWS(client.install_program_async(in, "/no/file", "/no/file").future().get(), PIE_E_IO);
  CHECK_THROWS(client.ping_async(in, 0s).future().get(), PIE_E_TIMED_OUT);
}

TEST(a_callback_runs_on_the_dispatcher_s_thread_also_when_it_comes_late) {
  pie::dispatcher in;
  const pie::client client = connect();
  std::promise<std::thread::id> first, second;
  client.ping_async(in).then([&](pie::result<std::chrono::nanoseconds> took) {
    CHECK(took && took->count() > 0);
    first.set_value(std::this_thread::get_id());
  });
  const std::thread::id thread = first.get_future().get();
  auto late = client.ping_async(in, -1s);
  CHECK(late.is_done());
  late.then([&, kept = std::make_unique<int>(5)](const pie::result<std::chrono::nanoseconds> &took) {
    CHECK(took.status() == PIE_E_INVALID_ARGUMENT && *kept == 5);
    second.set_value(std::this_thread::get_id());
  });
  CHECK(second.get_future().get() == thread && thread != std::this_thread::get_id());
}

TEST(a_cancelled_call_reports_that) {
  pie::dispatcher in;
  const pie::client client = connect("silent=ping");
  auto ping = client.ping_async(in);
  auto gives = ping.future();
  CHECK(!ping.is_done());
  ping.cancel();
  CHECK_THROWS(gives.get(), PIE_E_CANCELLED);
  ping.cancel();
}

#if defined(__cpp_lib_jthread)
TEST(a_stop_token_cancels) {
  pie::dispatcher in;
  const pie::client client = connect("silent=ping");
  std::stop_source stop;
  auto gives = client.ping_async(in).cancel_on(stop.get_token()).future();
  stop.request_stop();
  CHECK_THROWS(gives.get(), PIE_E_CANCELLED);
  CHECK_THROWS(client.ping_async(in).cancel_on(stop.get_token()).future().get(), PIE_E_CANCELLED);
}
#endif

TEST(a_host_that_polls_runs_everything_itself) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  std::atomic<int> woken{0};
  in.set_wakeup([&woken] { ++woken; });
  const pie::client client = connect();
  int done = 0;
  const auto count = [&done, here = std::this_thread::get_id()](const auto &how) {
    CHECK(how && std::this_thread::get_id() == here);
    ++done;
  };
  client.ping_async(in).then(count);
  client.query_async(in, "model_status").then(count);
  CHECK(in.wait(60s) && done == 0);
  while (woken == 0) std::this_thread::yield();
  poll_until(in, [&] { return done == 2; });
  in.set_wakeup({});
  CHECK(!in.wait(1ms) && in.poll() == 0);
}

TEST(what_a_callback_throws_comes_out_of_poll_and_the_rest_stays) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["sendn",3])"));
  CHECK(process.recv(60s)->text() == "0");
  pie::event_stream stream = process.events(in);
  std::string seen;
  stream.on_event([&seen](pie::event event) {
    seen += event.data();
    if (event.text() == "1") throw std::runtime_error("on purpose");
  });
  bool thrown = false;
  poll_until(in, [&] {
    if (thrown) return true;
    try {
      in.poll();
    } catch (const std::runtime_error &) {
      thrown = true;
    }
    return thrown;
  });
  poll_until(in, [&] { return seen == "12done"; });
}

TEST(calls_under_way_are_told_that_their_dispatcher_is_gone) {
  const pie::client client = connect("silent=ping");
  for (const auto mode : {pie::dispatch_mode::manual, pie::dispatch_mode::thread}) {
    auto in = std::make_unique<pie::dispatcher>(mode);
    auto gives = client.ping_async(*in).future();
    auto ping = client.ping_async(*in);
    in.reset();
    CHECK_THROWS(gives.get(), PIE_E_CLOSED);
    CHECK(ping.is_done());
    bool told = false;
    ping.then([&told](const pie::result<std::chrono::nanoseconds> &how) { told = how.status() == PIE_E_CLOSED; });
    CHECK(told);
  }
}

TEST(a_dispatcher_may_be_destroyed_inside_its_callback) {
  const pie::client client = connect();
  std::promise<void> gone;
  auto in = std::make_unique<pie::dispatcher>();
  pie::dispatcher &here = *in;
  client.ping_async(here).then([&gone, in = std::move(in)](const auto &) mutable {
    in.reset();
    gone.set_value();
  });
  gone.get_future().get();
  auto polled = std::make_unique<pie::dispatcher>(pie::dispatch_mode::manual);
  client.ping_async(*polled).then([&polled](const auto &) { polled.reset(); });
  while (polled) {
    pie::dispatcher &each = *polled;
    CHECK(each.wait(60s));
    each.poll();
  }
}

TEST(an_operation_that_nobody_looks_at_goes_on) {
  pie::dispatcher in;
  const pie::client client = connect();
  (void)client.ping_async(in);
  (void)client.launch_process_async(in, echo, ops(R"(["recv",0])"));
  client.ping_async(in).future().get();
  const pie::operation<void> none;
  none.cancel();
  CHECK(!none.is_done());
}

TEST(a_callback_that_is_forgotten_is_not_called) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  const pie::client client = connect();
  auto shared = std::make_shared<int>(1);
  auto early = client.ping_async(in);
  early.then([shared](const auto &) { CHECK(false); });
  early.forget();
  auto late = client.ping_async(in, -1s);
  late.then([shared](const auto &) { CHECK(false); });
  late.forget();
  CHECK(shared.use_count() == 1);
  bool done = false;
  client.ping_async(in).then([&done](const auto &) { done = true; });
  poll_until(in, [&] { return done; });
}

TEST(uploads_tell_how_far_they_have_come) {
  pie::dispatcher in(pie::dispatch_mode::manual);
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","ready"],["recv_file",0])"));
  CHECK(process.recv());
  bool refused = false, done = false;
  process.transfer_path_async(in, "/no/file").then([&refused](const auto &how) { refused = how.status() == PIE_E_IO; });
  std::uint64_t most = 0, total = 0;
  std::string data(3000000, 'x');
  auto upload = process.transfer_file_async(in, data).on_progress([&](std::uint64_t current, std::uint64_t all) {
    most = current;
    total = all;
  });
  upload.then([&done](const auto &how) { done = how.has_value(); });
  data.assign(data.size(), 'y'); /* it was copied */
  poll_until(in, [&] { return done; });
  CHECK(refused && most > 0 && most <= total && total == 3000000);
  CHECK(process.recv()->text().substr(0, 12) == "file:3000000");
}

TEST(a_stream_hands_all_events_over_in_order) {
  pie::dispatcher in;
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["sendn",1000],["raise","end"])"));
  std::promise<std::string> end;
  int next = 0;
  pie::event_stream stream = process.events(in);
  stream.on_event([&](pie::event event) {
    if (event.as<pie::message>()) CHECK(event.text() == std::to_string(next++));
    if (const auto failed = event.as<pie::failed>()) end.set_value(std::string(failed->text));
  });
  CHECK(end.get_future().get() == "end" && next == 1000);
}

TEST(a_stream_that_is_gone_calls_nothing_and_holds_nothing) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["spam",2000,10],["recv",0],["send","x"])"));
  pie::dispatcher in;
  std::atomic<int> seen{0};
  auto shared = std::make_shared<int>(1);
  {
    pie::event_stream stream = process.events(in);
    stream.on_event([&seen, shared](pie::event) { ++seen; });
    while (seen == 0) std::this_thread::yield();
  }
  CHECK(shared.use_count() == 1);
  const int before = seen;
  process.signal("go");
  CHECK(process.result() == "done" && seen == before);
}

TEST(a_stream_may_be_destroyed_inside_its_callback) {
  pie::dispatcher in;
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["sendn",10])"));
  auto stream = std::make_unique<pie::event_stream>(process.events(in));
  std::promise<void> gone;
  std::atomic<int> seen{0};
  stream->on_event([&](pie::event) {
    ++seen;
    stream.reset();
    gone.set_value();
  });
  gone.get_future().get();
  CHECK(process.result() == "done" && seen == 1);
}

TEST(a_stream_leaves_what_nobody_takes_in_its_queue_within_its_bound) {
  pie::dispatcher in;
  const pie::client client = pie::client::connect(env("PIE_TEST_URI"), pie::options{{"queue_max_bytes", "4096"}});
  client.authenticate("me");
  const pie::process process = client.launch_process(echo, ops(R"(["spam",1000,100])"));
  pie::event_stream stream = process.events(in);
  for (bool listed = true; listed;) {
    listed = false;
    for (const pie::process_info info : client.list_processes()) listed = listed || info.id == process.id();
  }
  std::promise<bool> end;
  bool dropped = false;
  stream.on_event([&](pie::event event) {
    dropped = dropped || event.as<pie::overflow>();
    if (event.is_last()) end.set_value(dropped);
  });
  CHECK(end.get_future().get());
}

TEST(work_of_the_host_s_runs_in_order) {
  pie::dispatcher in;
  std::string order;
  std::promise<void> end;
  for (const char c : {'a', 'b', 'c'})
    CHECK(in.post([&order, c] { order += c; }));
  CHECK(in.post([&end] { end.set_value(); }));
  end.get_future().get();
  CHECK(order == "abc");
  pie::dispatcher other = std::move(in);
  CHECK(!in.post([] {}) && in.poll() == 0);
  other = pie::dispatcher(pie::dispatch_mode::manual);
  CHECK(other.post([&order] { order += 'd'; }) && other.poll() == 1 && order == "abcd");
}

TEST(a_forked_child_can_destroy_what_it_inherited) {
#if !defined(_WIN32)
  auto in = std::make_unique<pie::dispatcher>();
  auto client = std::make_unique<pie::client>(connect());
  client->ping_async(*in).future().get();
  auto news = std::make_unique<pie::event_stream>(client->connection_events(*in));
  in->center()->mutex.lock(); /* as its thread may do at any moment */
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    const bool refused = client->try_ping().status() == PIE_E_FORKED;
    client.reset();
    news.reset();
    in.reset();
    if (refused) raise(SIGKILL); /* what is leaked on purpose is not to be told of */
    _exit(1);
  }
  in->center()->mutex.unlock();
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  client->ping();
#endif
}

TEST(many_threads_share_a_dispatcher) {
  pie::dispatcher in;
  const pie::client client = connect();
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        if (j % 2) client.ping_async(in).then([&done](const auto &how) { done += how ? 1 : 0; });
        else done += client.ping_async(in).future().get().count() > 0 ? 1 : 0;
      }
    });
  for (std::thread &each : threads) each.join();
  client.ping_async(in).future().get();
  while (done < 200) std::this_thread::yield();
}
