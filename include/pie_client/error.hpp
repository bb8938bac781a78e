/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Errors, results that may be one, and limits of time. */
#ifndef PIE_CLIENT_ERROR_HPP
#define PIE_CLIENT_ERROR_HPP

#include "../pie_client.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
/** Set where exceptions are on, and with them the throwing forms. */
#define PIE_EXCEPTIONS 1
#endif

/** The C++ interface of libpie_client. */
namespace pie {

/** Gives the name of a status: "PIE_E_TIMED_OUT". Lives for ever. */
inline const char *status_name(pie_status status) noexcept { return pie_status_name(status); }

/** Why a call failed: thrown by the throwing forms, held by a result. Copying it never throws. */
class error : public std::runtime_error {
public:
  /** An error of this status and text. */
  error(pie_status status, const std::string &text, bool retriable = false)
      : std::runtime_error(text), status_(status), retriable_(retriable) {}

  /** Copies a C error, which stays the caller's. Where there is none, the text is the status's name. */
  error(pie_status status, const pie_error *from)
      : error(status, from ? pie_error_message(from) : pie_status_name(status), pie_error_is_retriable(from) != 0) {}

  /** Copies a C error, with its own status. */
  explicit error(const pie_error *from) : error(pie_error_status(from), from) {}

  /** One of PIE_E_*; never positive. */
  pie_status status() const noexcept { return status_; }

  /** The status's name. */
  const char *status_name() const noexcept { return pie_status_name(status_); }

  /** Whether the same call may succeed later without any other change. */
  bool is_retriable() const noexcept { return retriable_; }

private:
  pie_status status_;
  bool retriable_;
};

/** A T, or the error that there is instead of it. */
template <class T> class [[nodiscard]] result {
public:
  /** What a result<void> holds. */
  using value_type = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  /** Success. */
  result(value_type value) : held_(std::in_place_index<0>, std::move(value)) {}

  /** Failure. */
  result(pie::error why) : held_(std::in_place_index<1>, std::move(why)) {}

  /** Whether there is a value. */
  bool has_value() const noexcept { return held_.index() == 0; }
  /** Whether there is a value. */
  explicit operator bool() const noexcept { return has_value(); }

  /** The error; only where there is no value. */
  const pie::error &error() const noexcept { return *std::get_if<1>(&held_); }

  /** PIE_OK, or that of the error. */
  pie_status status() const noexcept { return has_value() ? PIE_OK : error().status(); }

  /** The value; only where there is one. */
  value_type &operator*() & noexcept { return *std::get_if<0>(&held_); }
  /** The value; only where there is one. */
  const value_type &operator*() const & noexcept { return *std::get_if<0>(&held_); }
  /** The value, to be moved from; only where there is one. */
  value_type &&operator*() && noexcept { return std::move(*std::get_if<0>(&held_)); }
  /** A member of the value; only where there is one. */
  value_type *operator->() noexcept { return std::get_if<0>(&held_); }
  /** A member of the value; only where there is one. */
  const value_type *operator->() const noexcept { return std::get_if<0>(&held_); }

#ifdef PIE_EXCEPTIONS
  /** The value, moved out; throws the error where there is none. */
  T value() && {
    if (!has_value()) throw error();
    if constexpr (!std::is_void_v<T>) return std::move(**this);
  }
  /** The value; throws the error where there is none. */
  const value_type &value() const & {
    if (!has_value()) throw error();
    return **this;
  }
#endif

private:
  std::variant<value_type, pie::error> held_;
};

/** How long a call may wait. Made from any std::chrono::duration. */
class timeout {
public:
  /** Rounds up to milliseconds, so that what is above 0 stays so. */
  template <class Rep, class Period>
  constexpr timeout(std::chrono::duration<Rep, Period> limit) : milliseconds_(round_up(limit)) {}

  /** What the C interface takes: PIE_FOREVER is for ever. */
  static constexpr timeout from_milliseconds(std::int64_t milliseconds) { return timeout(milliseconds, 0); }

  /** As the C interface takes it; -2 for what was negative, which every call refuses. */
  constexpr std::int64_t milliseconds() const noexcept { return milliseconds_; }

private:
  static constexpr std::int64_t refused = -2;
  static constexpr double longest = 9.0e18;

  constexpr timeout(std::int64_t milliseconds, int) : milliseconds_(milliseconds) {}

  /** Not duration_cast: that overflows. */
  template <class Rep, class Period> static constexpr std::int64_t round_up(std::chrono::duration<Rep, Period> limit) {
    using std::chrono::duration;
    const double rough = duration<double, std::milli>(limit).count();
    if (!(rough >= 0)) return refused;
    if (rough >= longest) return PIE_FOREVER;
    const auto whole = static_cast<std::int64_t>(rough);
    if constexpr (std::is_integral_v<Rep>) {
      if (rough < 1.0e15) return std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    }
    return whole + (static_cast<double>(whole) < rough ? 1 : 0);
  }

  std::int64_t milliseconds_;
};

/** As a limit: wait until it is done or the connection ends. */
inline constexpr timeout forever = timeout::from_milliseconds(PIE_FOREVER);

} // namespace pie

#endif
