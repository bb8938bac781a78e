/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * The library as a whole: versions, logs, its end. */
#ifndef PIE_CLIENT_LIBRARY_HPP
#define PIE_CLIENT_LIBRARY_HPP

#include "function.hpp"

#include <mutex>

namespace pie {

/** The version of the interface that the loaded library has; compare it with PIE_ABI_VERSION. */
inline std::uint32_t abi_version() noexcept { return pie_abi_version(); }

/** The version of the library: "major.minor.patch". Lives for ever. */
inline std::string_view version() noexcept { return pie_version(); }

/** How much is logged. */
enum class log_level : std::int32_t {
  off = PIE_LOG_OFF,     /**< Nothing. */
  error = PIE_LOG_ERROR, /**< What failed. */
  warn = PIE_LOG_WARN,   /**< What is likely to fail. */
  info = PIE_LOG_INFO,   /**< What happened. */
  debug = PIE_LOG_DEBUG, /**< What happened, to the developers of the library. */
  trace = PIE_LOG_TRACE, /**< Everything. */
};

/** @cond DETAIL */
namespace detail {

using log_function = function<void(log_level, std::string_view, std::string_view)>;

/** What C logs to. Never destroyed, as lines may come until the program has ended. */
struct log_sink {
  std::mutex mutex{};
  std::unique_ptr<log_function> current{};

  static log_sink &get() {
    static log_sink &one = *new log_sink;
    return one;
  }

  static void from_c(std::int32_t level, const char *target, const char *message, void *user_data) noexcept {
    (*static_cast<log_function *>(user_data))(static_cast<log_level>(level), target, message);
  }

  void set(log_level most, std::unique_ptr<log_function> next) {
    const std::lock_guard<std::mutex> lock(mutex);
    pie_set_log_callback(static_cast<std::int32_t>(most), next ? from_c : nullptr, next.get());
    current = std::move(next); /* the former one does not run any more */
  }
};

} // namespace detail
/** @endcond */

/**
 * Sends the library's log lines to a function; without one it is silent.
 *
 * @param most   The most detailed level wanted.
 * @param takes  A function of a log_level, a target and a line (std::string_view). It runs on any thread, also on several at
 *               once, returns soon, and calls nothing of this library.
 */
template <class Function> void set_log(log_level most, Function &&takes) {
  detail::log_sink::get().set(most, std::make_unique<detail::log_function>(std::forward<Function>(takes)));
}

/** Ends the log. Waits for lines that are being logged at this moment. */
inline void clear_log() { detail::log_sink::get().set(log_level::off, nullptr); }

/** Ends the library's work in this process, see pie_shutdown. What dispatchers have under way ends with PIE_E_CLOSED.
 * PIE_E_TIMED_OUT: it goes on, call again. PIE_E_WOULD_DEADLOCK: called from a callback of the library. */
inline result<void> try_shutdown(timeout limit = forever) { return detail::call<void>(pie_shutdown, limit); }

#ifdef PIE_EXCEPTIONS
/** As try_shutdown. */
inline void shutdown(timeout limit = forever) { try_shutdown(limit).value(); }
#endif

} // namespace pie

#endif
