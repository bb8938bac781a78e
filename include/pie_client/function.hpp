/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Callables with captured state, and how C calls them. Not for use by programs. */
#ifndef PIE_CLIENT_FUNCTION_HPP
#define PIE_CLIENT_FUNCTION_HPP

#include "call.hpp"

/** @cond DETAIL */
namespace pie {
namespace detail {

template <class Signature> class function;

/** What std::move_only_function of C++23 is. */
template <class R, class... Arguments> class function<R(Arguments...)> {
public:
  function() noexcept : held_(nullptr, nullptr), invoke_(nullptr) {}
  template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, function>>>
  function(F &&f)
      : held_(new std::decay_t<F>(std::forward<F>(f)), [](void *p) { delete static_cast<std::decay_t<F> *>(p); }),
        invoke_([](void *p, Arguments... arguments) -> R {
          return (*static_cast<std::decay_t<F> *>(p))(std::forward<Arguments>(arguments)...);
        }) {}
  explicit operator bool() const noexcept { return held_ != nullptr; }
  R operator()(Arguments... arguments) const { return invoke_(held_.get(), std::forward<Arguments>(arguments)...); }

private:
  std::unique_ptr<void, void (*)(void *)> held_;
  R (*invoke_)(void *, Arguments...);
};

/** Ends the program where F throws, as an exception may not enter C. */
template <class F> void invoke_from_c(void *user_data) noexcept { (*static_cast<F *>(user_data))(); }

/** A `drop`: ends the life of an F that C has kept. */
template <class F> void delete_from_c(void *user_data) noexcept { delete static_cast<F *>(user_data); }

} // namespace detail
} // namespace pie
/** @endcond */

#endif
