/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Processes and their events, with calls that wait. */
#include "check.hpp"

#include <fstream>
#include <thread>

using namespace std::chrono_literals;

TEST(a_range_for_takes_a_stream_to_its_return) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["print","a"],["eprint","b"],["send","c"],["return","d"])"));
  std::string said, returned;
  for (const pie::event &event : process.events(60s)) {
    CHECK(process.owns(event));
    said += event.text();
    if (const auto end = event.as<pie::returned>()) returned = end->text;
  }
  CHECK(said == "abc" && returned == "d");
  CHECK(process.recv().at_end());
  CHECK(process.result() == "d");
  for (const pie::event &event : process.events()) CHECK(!event);
}

TEST(a_range_for_throws_the_failure_of_its_process) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","one"],["raise","it broke"])"));
  std::string said;
  try {
    for (const pie::event &event : process.events()) said += event.text();
    CHECK(false);
  } catch (const pie::error &failed) {
    CHECK(failed.status() == PIE_E_PROCESS && std::string(failed.what()).find("it broke") != std::string::npos);
  }
  CHECK(said == "one");
  CHECK_THROWS(process.result(), PIE_E_PROCESS);
}

TEST(a_receive_gives_the_failure_as_an_event) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["raise","it broke"])"));
  pie::received last = process.recv();
  CHECK(last->is_last() && last->as<pie::failed>()->status == PIE_E_PROCESS);
  CHECK(std::string(last->error().what()).find("it broke") != std::string::npos);
  CHECK(last->copy().error == last->error().what());
}

TEST(a_range_for_throws_when_no_event_comes_in_time) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  CHECK_THROWS(process.events(10ms).begin(), PIE_E_TIMED_OUT);
  process.signal("go");
  CHECK(process.recv()->as<pie::message>()->text == "got:go");
}

TEST(an_interrupt_ends_a_receive_and_a_range) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["recv",0])"));
  const pie::queue queue = process.events_queue();
  queue.interrupt();
  CHECK(process.recv().status() == PIE_INTERRUPTED);
  queue.interrupt();
  for (const pie::event &event : process.events()) CHECK(!event);
  process.signal("go");
  CHECK(process.recv());
}

TEST(views_live_as_long_as_the_event_and_copies_longer) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","some text that is longer than a short string"])"));
  pie::event_copy copy;
  {
    pie::event event = std::move(*process.recv());
    const std::string_view text = event.data();
    const pie::event moved = std::move(event);
    CHECK(moved.data().data() == text.data() && event.data().empty());
    copy = moved.copy();
  }
  CHECK(copy.data == "some text that is longer than a short string" && copy.kind == PIE_EVENT_MESSAGE && copy.error.empty());
}

TEST(visit_calls_the_function_that_fits) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","a"],["print","b"],["return","c"])"));
  std::string seen;
  for (const pie::event &event : process.events())
    event.visit(pie::overloaded{[&](pie::message m) { seen += "m:" + std::string(m.text); },
                                [&](pie::returned r) { seen += "r:" + std::string(r.text); }, [&](auto) { seen += "?"; }});
  CHECK(seen == "m:a?r:c");
}

TEST(a_file_goes_from_disk) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","ready"],["recv_file",0])"));
  CHECK(process.recv());
  CHECK_THROWS(process.transfer_path(temporary("cpp-missing")), PIE_E_IO);
  std::ofstream(temporary("cpp-upload"), std::ios::binary) << "from disk";
  process.transfer_path(temporary("cpp-upload"));
  CHECK(process.recv()->text().substr(0, 7) == "file:9:");
}

TEST(an_uploaded_file_comes_back_whole) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","ready"],["echo_file",0])"));
  CHECK(process.recv());
  std::string data(100000, 'x');
  data[50000] = '\0';
  process.transfer_file(data);
  const pie::event came = std::move(*process.recv());
  CHECK(came.as<pie::file>() && came.as<pie::file>()->data == data && came.as<pie::file>()->status == PIE_OK);
}

TEST(one_queue_serves_many_processes_and_tells_failures_as_events) {
  const pie::client client = connect();
  const pie::queue queue;
  pie::launch_options options;
  options.events = &queue;
  options.tag = 10;
  const std::vector<pie::process> all =
      client.launch_processes(echo, {ops(R"(["return","a"])"), ops(R"(["raise","b"])"), ops(R"(["return","c"])")}, options);
  CHECK(all.size() == 3);
  CHECK_THROWS(all[0].recv(), PIE_E_INVALID_STATE);
  std::string ends[3];
  int left = 3;
  for (const pie::event &event : queue.events(60s)) {
    CHECK(all.at(event.tag() - 10).owns(event));
    if (event.is_last()) ends[event.tag() - 10] = event.visit([](auto what) { return std::is_same_v<decltype(what), pie::failed> ? "failed" : "returned"; });
    if (event.is_last() && --left == 0) break;
  }
  CHECK(ends[0] == "returned" && ends[1] == "failed" && ends[2] == "returned");
}

TEST(a_batch_takes_what_is_there) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["sendn",50])"));
  const pie::queue queue = process.events_queue();
  std::size_t count = 0;
  for (;;) {
    const pie::received_batch batch = queue.recv_batch(8, 60s);
    if (batch.status == PIE_END) break;
    CHECK(batch.status == PIE_OK && batch.events.size() <= 8);
    count += batch.events.size();
  }
  CHECK(count == 51);
  CHECK_FAILS(queue.try_recv_batch(0), PIE_E_INVALID_ARGUMENT, "capacity");
}

TEST(no_processes_are_launched_for_no_inputs) {
  const pie::client client = connect();
  CHECK(client.launch_processes(echo, {}).empty());
  CHECK(client.run_processes(echo, {}).empty());
}

TEST(batches_give_texts_as_they_are) {
  const pie::client client = connect();
  const std::vector<std::string> texts = {"", "a\\\"b", "line\nnext\ttab\x01", "größer € \xf0\x9f\x98\x80", "{\"a\": [\"b\"]}"};
  std::vector<std::string> inputs;
  for (const std::string &text : texts) inputs.push_back(ops("[\"return\"," + pie::detail::quote(text) + "]"));
  CHECK(client.run_processes(echo, inputs) == texts);
  CHECK(pie::detail::parse_texts(R"(["\u0041\u00e9\u20ac\ud83d\ude00\/","\b\f"])") ==
        (std::vector<std::string>{"Aé€\xf0\x9f\x98\x80/", "\b\f"}));
}

TEST(lists_tell_of_running_processes) {
  const pie::client client = connect();
  const pie::process process = client.launch_process(echo, ops(R"(["send","up"],["recv",0])"));
  CHECK(process.recv());
  bool seen = false;
  const pie::process_list list = client.list_processes();
  for (const pie::process_info info : list) seen = seen || info.id == process.id();
  CHECK(seen && list.size() > 0);
  client.signal_process(process.id(), "x");
  CHECK(process.recv()->text() == "got:x");
  CHECK(process.result() == "done");
}

TEST(terminated_processes_end_as_cancelled) {
  const pie::client client = connect();
  const pie::process one = client.launch_process(echo, ops(R"(["recv",0])"));
  const pie::process two = client.launch_process(echo, ops(R"(["recv",0])"));
  one.terminate();
  client.terminate_process(two.id());
  CHECK_THROWS(one.result(), PIE_E_CANCELLED);
  CHECK_THROWS(two.result(), PIE_E_CANCELLED);
}

TEST(news_of_a_connection_end_with_its_close) {
  const pie::client client = connect();
  const pie::queue news = client.connection_queue();
  client.close();
  std::vector<pie_status> told;
  for (const pie::event &event : news.events()) told.push_back(event.as<pie::connection>()->status);
  CHECK((told == std::vector<pie_status>{PIE_OK, PIE_E_CLOSED}));
  CHECK_FAILS(client.try_ping(), PIE_E_CLOSED, "");
}
