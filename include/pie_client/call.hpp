/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * How a C++ call becomes a C call: handles, what arguments turn into, and results. Not for use by programs. */
#ifndef PIE_CLIENT_CALL_HPP
#define PIE_CLIENT_CALL_HPP

#include "error.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

namespace pie {

/** Bytes that somebody else owns. */
struct bytes {
  /** None. */
  constexpr bytes() = default;
  /** These. */
  constexpr bytes(const void *first, std::size_t count) : data(first), size(count) {}
  /** Those of a container of bytes that lie one behind the other: std::string, std::vector<std::uint8_t>, std::array … */
  template <class Container, class = decltype(std::declval<const Container &>().data()),
            class = decltype(std::declval<const Container &>().size())>
  constexpr bytes(const Container &of) : data(of.data()), size(of.size()) {
    static_assert(sizeof(*of.data()) == 1, "a container of bytes");
  }

  /** Where they begin; may be NULL when there are none. */
  const void *data = nullptr;
  /** How many there are. */
  std::size_t size = 0;
};

/** @cond DETAIL */
namespace detail {

/** Owns a C handle. */
template <class Raw, void (*Free)(Raw *)> class handle {
public:
  /** Lends the C handle; NULL where there is none. */
  Raw *get() const noexcept { return held_.get(); }
  /** Gives the C handle away, to be freed by the caller. */
  [[nodiscard]] Raw *release() noexcept { return held_.release(); }
  /** Whether there is one: not after it was moved from. */
  explicit operator bool() const noexcept { return held_ != nullptr; }
  /** Frees it now. */
  void reset() noexcept { held_.reset(); }

protected:
  handle() noexcept : held_() {}
  explicit handle(Raw *raw) noexcept : held_(raw) {}
  handle(handle &&) noexcept = default;
  handle &operator=(handle &&) noexcept = default;
  ~handle() = default;

private:
  struct freer {
    void operator()(Raw *raw) const noexcept { Free(raw); }
  };
  std::unique_ptr<Raw, freer> held_;
};

using string = handle<char, pie_string_free>;

struct owned_string : string {
  explicit owned_string(char *raw) : string(raw) {}
};

/** An error of the C interface, on its way into a pie::error. */
class error_slot {
public:
  error_slot() = default;
  error_slot(const error_slot &) = delete;
  error_slot &operator=(const error_slot &) = delete;
  ~error_slot() { pie_error_free(raw_); }
  pie_error **out() noexcept { return &raw_; }
  error as(pie_status status) const { return {status, raw_}; }

private:
  pie_error *raw_ = nullptr;
};

inline error contains_nul(const char *parameter) {
  return {PIE_E_INVALID_ARGUMENT, std::string(parameter) + " contains a NUL"};
}

/* What an argument is: `c()` gives the tuple of C arguments, `wrong()` what is wrong with it. */

/** Text, NUL-terminated. Unset it is NULL. */
class text {
public:
  text(const char *parameter, std::optional<std::string_view> from) : parameter_(parameter), copy_(from) {}
  text(const text &) = delete;
  text &operator=(const text &) = delete;
  std::tuple<const char *> c() const { return {copy_ ? copy_->c_str() : nullptr}; }
  std::optional<error> wrong() const {
    if (copy_ && copy_->find('\0') != std::string::npos) return contains_nul(parameter_);
    return std::nullopt;
  }

private:
  const char *parameter_;
  std::optional<std::string> copy_;
};

/** A secret text: wiped after use. */
class secret {
public:
  secret(const char *parameter, std::optional<std::string_view> from)
      : parameter_(parameter), set_(from.has_value()), copy_(from ? from->size() + 1 : 1) {
    if (from) from->copy(copy_.data(), from->size());
  }
  secret(const secret &) = delete;
  secret &operator=(const secret &) = delete;
  ~secret() {
    volatile char *place = copy_.data();
    for (std::size_t i = 0; i < copy_.size(); ++i) place[i] = 0;
  }
  std::tuple<const char *> c() const { return {set_ ? copy_.data() : nullptr}; }
  std::optional<error> wrong() const {
    if (std::string_view(copy_.data(), copy_.size()).find('\0') + 1 != copy_.size()) return contains_nul(parameter_);
    return std::nullopt;
  }

private:
  const char *parameter_;
  bool set_;
  std::vector<char> copy_;
};

/** Texts, as an array and its size. Borrowed. */
class texts {
public:
  texts(const char *parameter, const std::vector<std::string> &from) : parameter_(parameter), from_(from), places_() {
    places_.reserve(from.size());
    for (const std::string &each : from) places_.push_back(each.c_str());
  }
  texts(const texts &) = delete;
  texts &operator=(const texts &) = delete;
  std::tuple<const char *const *, std::size_t> c() const {
    return {places_.empty() ? nullptr : places_.data(), places_.size()};
  }
  std::optional<error> wrong() const {
    for (const std::string &each : from_)
      if (each.find('\0') != std::string::npos) return contains_nul(parameter_);
    return std::nullopt;
  }

private:
  const char *parameter_;
  const std::vector<std::string> &from_;
  std::vector<const char *> places_;
};

/** A handle that C takes NULL for and means something else by. */
template <class Handle> class given {
public:
  given(const char *parameter, const Handle &from) : parameter_(parameter), from_(from) {}
  auto c() const { return std::make_tuple(from_.get()); }
  std::optional<error> wrong() const {
    if (!from_) return error(PIE_E_INVALID_ARGUMENT, std::string(parameter_) + " is empty");
    return std::nullopt;
  }

private:
  const char *parameter_;
  const Handle &from_;
};

template <class T> auto c_arguments(const T &argument) -> decltype(argument.c()) { return argument.c(); }
template <class T, class = std::enable_if_t<std::is_scalar_v<T>>> std::tuple<T> c_arguments(T argument) { return {argument}; }
inline std::tuple<std::int64_t> c_arguments(timeout limit) { return {limit.milliseconds()}; }
inline std::tuple<const void *, std::size_t> c_arguments(const bytes &some) { return {some.data, some.size}; }

template <class T> auto what_is_wrong(const T &argument, int) -> decltype(argument.wrong()) { return argument.wrong(); }
template <class T> std::optional<error> what_is_wrong(const T &, long) { return std::nullopt; }

template <class... Arguments> std::optional<error> first_wrong(const Arguments &...arguments) {
  std::optional<error> first;
  ((first ? void() : void(first = what_is_wrong(arguments, 0))), ...);
  return first;
}

/** What C sets for a T, and how it becomes one. */
template <class T> struct out {
  using raw = decltype(std::declval<T>().get());
  static T take(raw from) { return T(from); }
};
template <> struct out<std::string> {
  using raw = char *;
  static std::string take(raw from) { return owned_string(from).get(); }
};
template <> struct out<bool> {
  using raw = std::int32_t;
  static bool take(raw from) { return from != 0; }
};
template <> struct out<std::chrono::nanoseconds> {
  using raw = std::int64_t;
  static std::chrono::nanoseconds take(raw from) { return std::chrono::nanoseconds(from); }
};
template <> struct out<std::size_t> {
  using raw = std::size_t;
  static std::size_t take(raw from) { return from; }
};
template <> struct out<std::ptrdiff_t> {
  using raw = std::ptrdiff_t;
  static std::ptrdiff_t take(raw from) { return from; }
};

/** Calls a C function with these arguments, an out parameter unless T is void, and the error. */
template <class T, class Function, class... Arguments> result<T> call(Function function, const Arguments &...arguments) {
  if (std::optional<error> wrong = first_wrong(arguments...)) return *std::move(wrong);
  error_slot slot;
  const auto all = std::tuple_cat(c_arguments(arguments)...);
  if constexpr (std::is_void_v<T>) {
    const pie_status status = std::apply(function, std::tuple_cat(all, std::make_tuple(slot.out())));
    if (status < PIE_OK) return slot.as(status);
    return std::monostate();
  } else {
    typename out<T>::raw raw{};
    const pie_status status = std::apply(function, std::tuple_cat(all, std::make_tuple(&raw, slot.out())));
    if (status < PIE_OK) return slot.as(status);
    return out<T>::take(raw);
  }
}

} // namespace detail
/** @endcond */

} // namespace pie

#endif
