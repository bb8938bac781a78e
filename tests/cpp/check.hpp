/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* What the tests share: how they are registered, and what they check with. */
#ifndef PIE_TEST_CHECK_HPP
#define PIE_TEST_CHECK_HPP

#include <pie_client.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

struct test {
  const char *name;
  void (*body)();
};

inline std::vector<test> &tests() {
  static std::vector<test> all;
  return all;
}

struct registered {
  registered(const char *name, void (*body)()) { tests().push_back({name, body}); }
};

/* A test, which runs in its file's order. */
#define TEST(name)                                                                                                                \
  static void name();                                                                                                             \
  static const registered registered_##name(#name, name);                                                                         \
  static void name()

/* Only in a test of one generation: leaves it on the other. */
#define ONLY_ON(generation)                                                                                                       \
  if (env("PIE_TEST_GENERATION") != generation) return

[[noreturn]] inline void fail(const char *file, int line, const std::string &what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  std::fflush(nullptr);
  std::_Exit(1);
}

#define CHECK(condition)                                                                                                          \
  do {                                                                                                                            \
    if (!(condition)) fail(__FILE__, __LINE__, #condition);                                                                       \
  } while (false)

inline std::string env(const char *name) {
  const char *value = std::getenv(name);
  if (!value) fail(name, 0, "is not set");
  return value;
}

/* The error of a result, which has to have one of this status with this in its text. */
template <class T> void check_fails(const pie::result<T> &how, pie_status status, const std::string &part, const char *file, int line) {
  if (how.status() != status) fail(file, line, std::string("status ") + pie::status_name(how.status()));
  if (std::string(how.error().what()).find(part) == std::string::npos) fail(file, line, how.error().what());
}
#define CHECK_FAILS(how, status, part) check_fails(how, status, part, __FILE__, __LINE__)

#ifdef PIE_EXCEPTIONS
#define CHECK_THROWS(expression, wanted)                                                                                          \
  do {                                                                                                                            \
    pie_status came = PIE_OK;                                                                                                     \
    try {                                                                                                                         \
      (void)(expression);                                                                                                         \
    } catch (const pie::error &thrown) {                                                                                          \
      came = thrown.status();                                                                                                     \
    }                                                                                                                             \
    if (came != (wanted)) fail(__FILE__, __LINE__, std::string(#expression) + ": " + pie::status_name(came));                      \
  } while (false)

inline const std::string echo = "echo@0.1.0";

inline std::string ops(const std::string &list) { return "{\"ops\": [" + list + "]}"; }

inline pie::client connect(const std::string &faults = "") {
  pie::client client = pie::client::connect(env("PIE_TEST_URI") + (faults.empty() ? "" : "/?" + faults));
  client.authenticate("me");
  return client;
}
#endif

/* A file of the tests' own, gone when the system cleans up. */
inline std::string temporary(const std::string &name) { return env("TMPDIR") + "/" + name; }

#endif
