/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Handles, texts, limits, errors: what a wrong argument does. */
#include "check.hpp"

#include <limits>
#include <type_traits>

using namespace std::chrono_literals;

template <class T> constexpr bool is_handle =
    !std::is_copy_constructible_v<T> && std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    sizeof(T) == sizeof(void *) && !std::is_polymorphic_v<T>;
static_assert(is_handle<pie::client> && is_handle<pie::process> && is_handle<pie::queue> && is_handle<pie::options>);
static_assert(is_handle<pie::private_key> && is_handle<pie::event> && is_handle<pie::process_list>);
static_assert(!std::is_copy_constructible_v<pie::operation<void>> && !std::is_copy_constructible_v<pie::event_stream>);
static_assert(!std::is_copy_constructible_v<pie::dispatcher>);
static_assert(std::is_nothrow_copy_constructible_v<pie::error>);

TEST(a_nul_in_a_text_is_an_error_that_names_the_parameter) {
  const std::string text("a\0b", 3);
  pie::dispatcher in;
  pie::client none;
  CHECK_FAILS(pie::client::try_connect(text), PIE_E_INVALID_ARGUMENT, "uri");
  CHECK_FAILS(pie::options().try_set("reconnect", text), PIE_E_INVALID_ARGUMENT, "value");
  CHECK_FAILS(pie::private_key::try_parse("x", text), PIE_E_INVALID_ARGUMENT, "passphrase");
  CHECK_FAILS(none.try_launch_process("x", text), PIE_E_INVALID_ARGUMENT, "input");
  CHECK_FAILS(none.try_launch_processes("x", {"{}", text}), PIE_E_INVALID_ARGUMENT, "inputs");
  pie::mcp_server server;
  server.args = {text};
  CHECK_FAILS(none.try_register_mcp_server("x", server), PIE_E_INVALID_ARGUMENT, "args");
  CHECK_THROWS(none.query_async(in, text).future().get(), PIE_E_INVALID_ARGUMENT);
}

TEST(limits_are_rounded_up_and_never_overflow) {
  CHECK(pie::timeout(0s).milliseconds() == 0);
  CHECK(pie::timeout(1us).milliseconds() == 1);
  CHECK(pie::timeout(1500us).milliseconds() == 2);
  CHECK(pie::timeout(2h).milliseconds() == 7200000);
  CHECK(pie::timeout(std::chrono::duration<double>(1.5)).milliseconds() == 1500);
  CHECK(pie::timeout(std::chrono::nanoseconds::max()).milliseconds() == 9223372036855);
  CHECK(pie::timeout(std::chrono::hours::max()).milliseconds() == PIE_FOREVER);
  CHECK(pie::timeout(std::chrono::duration<double>(std::numeric_limits<double>::infinity())).milliseconds() == PIE_FOREVER);
  static_assert(pie::forever.milliseconds() == PIE_FOREVER);
}

TEST(a_negative_limit_is_an_error) {
  const pie::client client = connect();
  CHECK_FAILS(client.try_ping(-1ms), PIE_E_INVALID_ARGUMENT, "timeout_ms");
  CHECK_FAILS(client.try_ping(-1ns), PIE_E_INVALID_ARGUMENT, "timeout_ms");
  CHECK_FAILS(pie::queue().try_recv(-5h), PIE_E_INVALID_ARGUMENT, "timeout_ms");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_FAILS(client.try_ping(std::chrono::duration<double>(nan)), PIE_E_INVALID_ARGUMENT, "timeout_ms");
}

TEST(what_was_moved_from_is_empty_and_safe) {
  pie::client client = connect();
  const pie::client other = std::move(client);
  CHECK(!client && other && !client.get());
  CHECK_FAILS(client.try_ping(), PIE_E_INVALID_ARGUMENT, "client");
  CHECK(client.generation() == PIE_GENERATION_UNKNOWN);
  CHECK(!client.connection_queue());
  pie::options options;
  const pie::options moved = std::move(options);
  CHECK_FAILS(pie::client::try_connect(env("PIE_TEST_URI"), options), PIE_E_INVALID_ARGUMENT, "options is empty");
  CHECK_FAILS(other.try_authenticate("me", pie::private_key()), PIE_E_INVALID_ARGUMENT, "key is empty");
  pie::queue queue;
  const pie::queue stays = std::move(queue);
  pie::launch_options launch;
  launch.events = &queue;
  CHECK_FAILS(other.try_launch_process(echo, launch), PIE_E_INVALID_ARGUMENT, "empty queue");
  const pie::event none;
  CHECK(none.kind() == 0 && none.data().empty() && !none.name() && none.copy().data.empty());
  CHECK(none.visit([](auto what) { return std::is_same_v<decltype(what), pie::unknown>; }));
  const pie::process nobody;
  CHECK(nobody.id().empty() && !nobody.owns(none));
  CHECK(pie::process_list().size() == 0);
}

TEST(raw_handles_are_lent_given_away_and_taken_over) {
  pie::client client = connect();
  pie_client *raw = client.release();
  CHECK(raw && !client);
  const pie::client again(raw);
  CHECK(again.get() == raw);
  again.ping();
  client.reset();
}

TEST(errors_have_a_status_a_text_and_a_name) {
  const pie::result<pie::client> none = pie::client::try_connect("ws://127.0.0.1:1");
  CHECK(!none && none.status() == PIE_E_CONNECT && none.error().is_retriable());
  CHECK(std::string(none.error().status_name()) == "PIE_E_CONNECT");
  CHECK_THROWS(pie::client::connect("ws://127.0.0.1:1"), PIE_E_CONNECT);
  CHECK_THROWS(pie::options({{"no_such", "1"}}), PIE_E_INVALID_ARGUMENT);
  CHECK(pie::options::describe().find("reconnect") != std::string_view::npos);
  const std::exception &as_base = none.error();
  CHECK(std::string(as_base.what()).find("127.0.0.1:1") != std::string::npos);
}

TEST(a_result_gives_its_value_or_throws_its_error) {
  pie::result<std::string> good(std::string("text"));
  CHECK(good && *good == "text" && good->size() == 4 && good.status() == PIE_OK);
  CHECK(std::move(good).value() == "text");
  const pie::result<void> fine{std::monostate()};
  CHECK(fine.has_value());
  const pie::result<bool> bad(pie::error(PIE_E_KEY, "why"));
  CHECK_THROWS(bad.value(), PIE_E_KEY);
}

TEST(an_empty_input_is_not_taken_for_none) {
  const pie::client client = connect();
  CHECK_FAILS(client.try_launch_process(echo, ""), PIE_E_INVALID_ARGUMENT, "input");
  pie::launch_options with("{\"ops\": []}");
  CHECK_FAILS(client.try_launch_processes(echo, {"{}"}, with), PIE_E_INVALID_ARGUMENT, "input");
}
