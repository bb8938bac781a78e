/*
 * Runs the scenarios of tests/conformance through the C++ interface: see README.md one directory above.
 *
 *   g++ -std=c++17 -I include tests/conformance/cpp/runner.cpp -o runner -L DIR -lpie_client -pthread
 *
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 */
#include <pie_client.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

namespace {

using words = std::vector<std::string>;

/* What a step should not have done. */
struct wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void expect(bool fits, const std::string &what) {
  if (!fits) throw wrong(what);
}

void expect_text(const std::string &wanted, std::string_view came) {
  expect(wanted == came, "expected '" + wanted + "', came '" + std::string(came.substr(0, 300)) + "'");
}

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  expect(value != nullptr, std::string(name) + " is not set");
  return value;
}

std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  expect(file.is_open(), "no file " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/* Words between blanks, or between two '. */
words split(const std::string &line) {
  words found;
  for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != std::string::npos;) {
    const bool quoted = line[at] == '\'';
    const std::size_t begin = quoted ? at + 1 : at;
    std::size_t end = quoted ? line.find('\'', begin) : line.find_first_of(" \t\r", begin);
    if (end == std::string::npos) end = line.size();
    found.push_back(line.substr(begin, end - begin));
    at = quoted ? end + 1 : end;
  }
  return found;
}

std::string pattern(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>(static_cast<unsigned char>(i % 251));
  return made;
}

std::string script(const std::string &ops) { return "{\"ops\": " + ops + "}"; }

std::string json_array(const words &texts) {
  std::string json;
  for (const std::string &text : texts) json += (json.empty() ? "\"" : ",\"") + text + "\"";
  return "[" + json + "]";
}

const std::string echo = "echo@0.1.0";

/* A step, and how it is told to go. */
struct step {
  words args;
  pie::timeout limit = std::chrono::seconds(60);
  bool cancelled = false;
  const std::string &operator[](std::size_t i) const { return args.at(i); }
};

class scenario {
public:
  void run(words line) {
    step one{{}};
    std::string status, part;
    if (line[0] == "within") {
      one.limit = std::chrono::milliseconds(std::stol(line.at(1)));
      line.erase(line.begin(), line.begin() + 2);
    }
    if (line[0] == "cancelled") {
      one.cancelled = true;
      status = "PIE_E_CANCELLED";
      line.erase(line.begin());
    }
    if (line[0] == "fails") {
      status = line.at(1);
      line.erase(line.begin(), line.begin() + 2);
      if (line[0] == "has") {
        part = line.at(1);
        line.erase(line.begin(), line.begin() + 2);
      }
    }
    one.args = std::move(line);
    do_step(one, status, part);
  }

private:
  using action = void (scenario::*)(const step &);
  static const std::map<std::string, action> &actions();

  void do_step(const step &one, const std::string &status, const std::string &part) {
    const auto found = actions().find(one[0]);
    expect(found != actions().end(), "there is no step " + one[0]);
    try {
      (this->*found->second)(one);
    } catch (const pie::error &failed) {
      if (status.empty()) throw wrong(std::string(failed.status_name()) + ": " + failed.what());
      expect_text(status, failed.status_name());
      return expect(std::string_view(failed.what()).find(part) != std::string_view::npos,
                    "no '" + part + "' in '" + failed.what() + "'");
    }
    expect(status.empty(), "expected " + status + ", came PIE_OK");
  }

  /* A call in the form that the step wants: the throwing one, or the asynchronous one, which is cancelled. */
  template <class Waits, class Begins> auto call(const step &one, Waits waits, Begins begins) {
    if (!one.cancelled) return waits();
    auto begun = begins();
    begun.cancel();
    return begun.future().get();
  }

  pie::client &client() { return clients_[current_]; }

  pie::process &process(const std::string &name) {
    const auto found = processes_.find(name);
    expect(found != processes_.end(), "there is no process " + name);
    return found->second;
  }

  /* The next event of a process; one that was looked at and not fitting comes first. */
  pie::received next(const step &one, const std::string &name) {
    const auto looked_at = ahead_.find(name);
    if (looked_at != ahead_.end()) {
      pie::event event = std::move(looked_at->second);
      ahead_.erase(looked_at);
      return pie::received(std::move(event));
    }
    pie::received got = one.cancelled ? wait_cancelled(name) : process(name).recv(one.limit);
    if (got.status() == PIE_EMPTY) throw pie::error(PIE_E_TIMED_OUT, "no event came in time");
    return got;
  }

  /* What ends a receive from outside is an interrupt of its queue. */
  pie::received wait_cancelled(const std::string &name) {
    process(name).events_queue().interrupt();
    pie::received got = process(name).recv();
    if (got.status() == PIE_INTERRUPTED) throw pie::error(PIE_E_CANCELLED, "interrupted");
    return got;
  }

  pie::event next_event(const step &one, const std::string &name) {
    pie::received got = next(one, name);
    expect(bool(got), std::string("the stream is over: ") + pie::status_name(got.status()));
    return std::move(*got);
  }

  template <class T> std::pair<pie::event, T> next_as(const step &one, const std::string &name) {
    pie::event event = next_event(one, name);
    const std::optional<T> that = event.as<T>();
    expect(that.has_value(), "an event of kind " + std::to_string(event.kind()) + " came: '" +
                                 std::string(event.data().substr(0, 200)) + "' " + event.error().what());
    return {std::move(event), *that};
  }

  template <class T> void joined(const step &one) {
    std::string said;
    while (said.size() < one[2].size()) said += next_as<T>(one, one[1]).second.text;
    expect_text(one[2], said);
  }

  pie::process launch(const step &one, const std::string &inferlet, const std::string &input) {
    return call(
        one, [&] { return client().launch_process(inferlet, input, one.limit); },
        [&] { return client().launch_process_async(dispatcher_, inferlet, input, one.limit); });
  }

  std::set<std::string> ids(const step &one) {
    std::set<std::string> all;
    for (const pie::process_info info : client().list_processes(one.limit)) all.emplace(info.id.value_or(""));
    return all;
  }

  void connect_with(const step &one, const std::string &uri, std::size_t first) {
    pie::options options;
    for (std::size_t i = first; i < one.args.size(); ++i) {
      const std::size_t middle = one[i].find('=');
      options.set(one[i].substr(0, middle), one[i].substr(middle + 1));
    }
    client() = call(
        one, [&] { return pie::client::connect(uri, options, one.limit); },
        [&] { return pie::client::connect_async(dispatcher_, uri, options, one.limit); });
    connections_[current_] = client().connection_queue();
  }

  void do_client(const step &one) { current_ = one[1]; }
  void do_connect(const step &one) {
    const bool faults = one.args.size() > 1 && one[1][0] == '?';
    connect_with(one, environment("PIE_TEST_URI") + (faults ? "/" + one[1] : ""), faults ? 2 : 1);
  }
  void do_connect_to(const step &one) { connect_with(one, one[1], one.args.size()); }
  void do_login(const step &one) {
    call(
        one, [&] { client().authenticate(one[1], one.limit); },
        [&] { return client().authenticate_async(dispatcher_, one[1], one.limit); });
  }
  void do_login_key(const step &one) {
    client().authenticate(one[1], pie::private_key::from_file(environment("PIE_TEST_KEY")), one.limit);
  }
  void do_login_key_text(const step &one) {
    client().authenticate(one[1], pie::private_key::parse(read_file(environment("PIE_TEST_KEY"))), one.limit);
  }
  void do_generation(const step &) {
    const int wanted = environment("PIE_TEST_GENERATION") == "0.4" ? PIE_GENERATION_0_4 : PIE_GENERATION_0_5;
    expect(client().generation() == wanted, "it is generation " + std::to_string(client().generation()));
  }
  void do_ping(const step &one) {
    const auto took = call(
        one, [&] { return client().ping(one.limit); }, [&] { return client().ping_async(dispatcher_, one.limit); });
    expect(took.count() > 0, "it took no time");
  }
  void do_query(const step &one) {
    const std::string answer = call(
        one, [&] { return client().query(one[1], one[2], one.limit); },
        [&] { return client().query_async(dispatcher_, one[1], one[2], one.limit); });
    expect(answer.find(one[3]) != std::string::npos, "no '" + one[3] + "' in '" + answer + "'");
  }
  void do_resolve(const step &one) {
    const std::string registry = environment("PIE_TEST_REGISTRY") + "/detail";
    expect_text(one[2], call(
                            one, [&] { return client().resolve_version(one[1], registry, one.limit); },
                            [&] { return client().resolve_version_async(dispatcher_, one[1], registry, one.limit); }));
  }
  void do_install(const step &one) {
    const std::string wasm = environment("PIE_TEST_ECHO_WASM"), manifest = environment("PIE_TEST_ECHO_MANIFEST");
    call(
        one, [&] { client().install_program(wasm, manifest, true, one.limit); },
        [&] { return client().install_program_async(dispatcher_, wasm, manifest, true, one.limit); });
  }
  void do_install_bytes(const step &one) {
    const std::string wasm = read_file(environment("PIE_TEST_ECHO_WASM"));
    client().install_program_bytes(wasm, read_file(environment("PIE_TEST_ECHO_MANIFEST")), true, one.limit);
  }
  void do_check(const step &one) {
    expect_text(one[2], client().check_program(one[1], one.limit) ? "yes" : "no");
  }

  void do_launch(const step &one) { processes_[one[1]] = launch(one, echo, script(one[2])); }
  void do_launch_program(const step &one) { processes_[one[1]] = launch(one, one[2], one[3]); }
  void do_launch_apart(const step &one) {
    const std::set<std::string> before = ids(one);
    pie::launch_options options(script(one[2]));
    options.capture = false;
    const pie::process apart = client().launch_process(echo, options, one.limit);
    expect(apart.recv().at_end(), "it has a stream");
    for (const std::string &id : ids(one))
      if (before.count(id) == 0) known_ids_[one[1]] = id;
    expect(known_ids_.count(one[1]) == 1, "it is not listed");
  }
  void do_launch_many(const step &one) {
    const words inputs(std::stoul(one[2]), script(one[3]));
    std::vector<pie::process> many = client().launch_processes(echo, inputs, {}, one.limit);
    for (std::size_t i = 0; i < many.size(); ++i) processes_[one[1] + std::to_string(i)] = std::move(many[i]);
  }
  void do_run_all(const step &one) {
    words inputs;
    for (std::size_t i = 2; i < one.args.size(); ++i) inputs.push_back(script(one[i]));
    expect_text(one[1], json_array(client().run_processes(echo, inputs, {}, one.limit)));
  }
  void do_attach(const step &one) { processes_[one[1]] = client().attach_process(id_of(one[2]), {}, one.limit); }

  std::string id_of(const std::string &name) {
    const auto known = known_ids_.find(name);
    return known != known_ids_.end() ? known->second : std::string(process(name).id());
  }

  void do_out(const step &one) { joined<pie::output>(one); }
  void do_err(const step &one) { joined<pie::error_output>(one); }
  void do_message(const step &one) {
    const auto [event, said] = next_as<pie::message>(one, one[1]);
    expect_text(one[2], said.text);
  }
  void do_numbers(const step &one) {
    for (unsigned long i = 0; i < std::stoul(one[2]); ++i) {
      const auto [event, said] = next_as<pie::message>(one, one[1]);
      expect_text(std::to_string(i), said.text);
    }
  }
  void do_file(const step &one) {
    const auto [event, came] = next_as<pie::file>(one, one[1]);
    expect(came.status == PIE_OK && came.data == pattern(std::stoul(one[2])), "another file of " +
                                                                                  std::to_string(came.data.size()));
  }
  void do_file_text(const step &one) {
    const auto [event, came] = next_as<pie::file>(one, one[1]);
    expect_text(one[2], came.name.value_or(""));
    expect_text(one[3], came.data);
  }
  void do_overflow(const step &one) {
    pie::event event = next_event(one, one[1]);
    while (event.as<pie::message>()) event = next_event(one, one[1]);
    const auto dropped = event.as<pie::overflow>();
    expect(dropped && dropped->events > 0, "an event of kind " + std::to_string(event.kind()));
    event = next_event(one, one[1]);
    while (event.as<pie::message>()) event = next_event(one, one[1]);
    ahead_[one[1]] = std::move(event);
  }
  void do_returns(const step &one) {
    const auto [event, came] = next_as<pie::returned>(one, one[1]);
    expect_text(one[2], came.text);
  }
  void do_breaks(const step &one) {
    const auto [event, came] = next_as<pie::failed>(one, one[1]);
    expect_text(one[2], pie::status_name(came.status));
    const std::string text = event.error().what();
    if (one.args.size() > 3) expect(text.find(one[3]) != std::string::npos, "no '" + one[3] + "' in '" + text + "'");
  }
  void do_ended(const step &one) { expect(next(one, one[1]).at_end(), "it is not over"); }
  void do_nothing(const step &one) {
    expect(process(one[1]).recv(std::chrono::seconds(0)).status() == PIE_EMPTY, "there is something");
  }
  void do_result(const step &one) { expect_text(one[2], process(one[1]).result(one.limit)); }

  void do_signal(const step &one) { process(one[1]).signal(one[2]); }
  void do_send(const step &one) { process(one[1]).transfer_file(pattern(std::stoul(one[2])), one.limit); }
  void do_send_path(const step &one) {
    const std::string path = environment("TMPDIR") + "/conformance-" + one[2];
    if (one[2] != "missing") std::ofstream(path, std::ios::binary) << pattern(std::stoul(one[2]));
    process(one[1]).transfer_path(path, one.limit);
  }
  void do_received(const step &one) {
    const auto [event, said] = next_as<pie::message>(one, one[1]);
    expect(said.text.rfind("file:" + one[2] + ":", 0) == 0, "it says " + std::string(said.text));
  }
  void do_terminate(const step &one) { process(one[1]).terminate(one.limit); }
  void do_terminate_id(const step &one) { client().terminate_process(id_of(one[1]), one.limit); }
  void do_signal_id(const step &one) { client().signal_process(id_of(one[1]), one[2]); }
  void do_let_go(const step &one) { processes_.erase(one[1]); }
  void do_listed(const step &one) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (ids(one).count(id_of(one[1])) != (one[2] == "yes" ? 1U : 0U))
      expect(std::chrono::steady_clock::now() < end, "it stays as it is");
  }
  void do_daemon(const step &one) {
    client().launch_daemon(one[1], static_cast<std::uint16_t>(std::stoul(one[2])), "{}", one.limit);
  }

  template <class Function> void serve(const step &one, Function answers) {
    tools_.push_back(pie::serve_mcp(client(), dispatcher_, one[1], answers, one.limit));
  }
  void do_tool(const step &one) {
    serve(one, [](const pie::mcp_request &asked) {
      return R"({"method":")" + std::string(asked.method) + R"(","params":)" + std::string(asked.params) + "}";
    });
  }
  void do_tool_fails(const step &one) {
    serve(one, [](const pie::mcp_request &) -> pie::mcp_reply { throw std::runtime_error("no"); });
  }
  void do_untool(const step &one) { client().unregister_mcp_server(one[1]); }

  void do_connection(const step &one) {
    pie::received got = connections_[current_].recv(one.limit);
    const auto came = got->as<pie::connection>();
    expect(came.has_value(), std::string("no news: ") + pie::status_name(got.status()));
    expect_text(one[1], pie::status_name(came->status));
  }
  void do_close(const step &one) { client().close(one.limit); }

  pie::dispatcher dispatcher_{};
  std::string current_ = "a";
  std::map<std::string, pie::client> clients_{};
  std::map<std::string, pie::queue> connections_{};
  std::map<std::string, pie::process> processes_{};
  std::map<std::string, std::string> known_ids_{};
  std::map<std::string, pie::event> ahead_{};
  std::vector<pie::event_stream> tools_{};
};

const std::map<std::string, scenario::action> &scenario::actions() {
#define STEP(name) {#name, &scenario::do_##name}
  static const std::map<std::string, action> all = {
      STEP(client), STEP(connect), STEP(connect_to), STEP(login), STEP(login_key), STEP(login_key_text), STEP(generation),
      STEP(ping), STEP(query), STEP(resolve), STEP(install), STEP(install_bytes), STEP(check), STEP(launch),
      STEP(launch_program), STEP(launch_apart), STEP(launch_many), STEP(run_all), STEP(attach), STEP(out), STEP(err),
      STEP(message), STEP(numbers), STEP(file), STEP(file_text), STEP(overflow), STEP(returns), STEP(breaks), STEP(ended),
      STEP(nothing), STEP(result), STEP(signal), STEP(send), STEP(send_path), STEP(received), STEP(terminate),
      STEP(terminate_id), STEP(signal_id), STEP(let_go), STEP(listed), STEP(daemon), STEP(tool), STEP(tool_fails),
      STEP(untool), STEP(connection), STEP(close)};
#undef STEP
  return all;
}

struct numbered_line {
  std::size_t number;
  words line;
};

struct told_scenario {
  std::string name;
  std::set<std::string> engines;
  std::vector<numbered_line> steps;
};

std::vector<told_scenario> read_scenarios(const char *path) {
  std::vector<told_scenario> all;
  std::istringstream file(read_file(path));
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    words found = split(line);
    if (found.empty() || line[line.find_first_not_of(" \t")] == '#') continue;
    if (found[0] == "scenario") all.push_back({found.at(1), {found.begin() + 2, found.end()}, {}});
    else all.at(all.size() - 1).steps.push_back({number, std::move(found)});
  }
  return all;
}

bool run(const told_scenario &told) {
  scenario one;
  for (const numbered_line &each : told.steps) {
    try {
      one.run(each.line);
    } catch (const std::exception &failed) {
      std::cout << "FAILED " << told.name << ": line " << each.number << ": " << failed.what() << std::endl;
      return false;
    }
  }
  std::cout << "ok " << told.name << std::endl;
  return true;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::cerr << "usage: runner SCENARIOS ENGINE [NAME]...\n";
    return 2;
  }
  const std::set<std::string> names(argv + 3, argv + argc);
  bool good = true;
  for (const told_scenario &told : read_scenarios(argv[1]))
    if (told.engines.count(argv[2]) && (names.empty() || names.count(told.name))) good = run(told) && good;
  return good ? 0 : 1;
}
