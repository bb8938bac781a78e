/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Asynchronous calls under way, and their outcomes as callbacks, futures and awaitables. */
#ifndef PIE_CLIENT_OPERATION_HPP
#define PIE_CLIENT_OPERATION_HPP

#include "dispatcher.hpp"

#include <future>

#if defined(__cpp_impl_coroutine) && __has_include(<coroutine>)
#include <coroutine>
/** Set where operations and streams can be awaited. */
#define PIE_COROUTINES 1
#endif
#if __has_include(<stop_token>)
#include <stop_token>
#endif

namespace pie {

/** @cond DETAIL */
namespace detail {

/** Takes what a DONE bears: a T. The types of handles have their own, beside them. */
template <class T> struct bears;
template <> struct bears<void> {
  static std::monostate take(event &) { return {}; }
};
template <> struct bears<std::string> {
  static std::string take(event &from) { return std::string(from.data()); }
};
template <> struct bears<bool> {
  static bool take(event &from) { return from.current() != 0; }
};
template <> struct bears<std::chrono::nanoseconds> {
  static std::chrono::nanoseconds take(event &from) {
    return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(from.current()));
  }
};

struct op_freer {
  void operator()(pie_op *op) const noexcept { pie_op_free(op); }
};

/** What an operation and its report share. The mutex is the dispatcher's. */
template <class T> class outcome : public std::enable_shared_from_this<outcome<T>> {
public:
  using continuation = function<void()>;

  explicit outcome(std::shared_ptr<center> home) : home_(std::move(home)) {}

  /** The outcome is there. */
  void finish(result<T> how) {
    std::shared_ptr<pie_op> op;
    std::shared_ptr<void> stop;
    std::shared_ptr<pending_call> over; /* it keeps this */
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      std::swap(over, call_);
      how_.emplace(std::move(how));
      std::swap(op, op_);
      std::swap(stop, stop_);
    }
    if (op && !how_->has_value()) pie_op_cancel(op.get()); /* does nothing, unless the dispatcher was destroyed */
    run_next();
  }

  /** Has this run in the dispatcher, when the outcome is there. */
  void then(continuation next) {
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      next_ = std::move(next);
      if (!how_) return;
    }
    const auto late = [self = this->shared_from_this()] { self->run_next(); };
    if (!home_->post(late)) late();
  }

  /** Has this run once the outcome is there; false where it is. */
  bool when_done(continuation next) {
    const std::lock_guard<std::mutex> lock(home_->mutex);
    if (how_) return false;
    next_ = std::move(next);
    return true;
  }

  void forget() {
    continuation gone;
    const std::lock_guard<std::mutex> lock(home_->mutex);
    std::swap(gone, next_);
  }

  bool is_done() const {
    const std::lock_guard<std::mutex> lock(home_->mutex);
    return how_.has_value();
  }

  /** The outcome, once, after it is there. */
  result<T> take() { return std::move(*how_); }

  void keep_op(pie_op *raw) {
    std::shared_ptr<pie_op> op(raw, op_freer());
    const std::lock_guard<std::mutex> lock(home_->mutex);
    if (!how_) std::swap(op_, op);
  }

  void keep_stop(std::shared_ptr<void> stop) {
    const std::lock_guard<std::mutex> lock(home_->mutex);
    if (!how_) std::swap(stop_, stop);
  }

  void cancel() {
    std::shared_ptr<pie_op> op;
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      op = op_;
    }
    pie_op_cancel(op.get());
  }

  void set_progress(function<void(std::uint64_t, std::uint64_t)> told) {
    auto shared = std::make_shared<pending_call::progress_function>(std::move(told));
    const std::lock_guard<std::mutex> lock(home_->mutex);
    if (call_) std::swap(call_->progress, shared);
  }

  /** What reports to this. */
  std::shared_ptr<pending_call> expect() {
    call_ = std::make_shared<pending_call>();
    call_->finish = [self = this->shared_from_this()](result<event> report) { self->finish(finished(std::move(report))); };
    return call_;
  }

private:
  void run_next() {
    continuation next;
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      std::swap(next, next_);
    }
    if (next) next();
  }

  static result<T> finished(result<event> report) {
    if (!report) return report.error();
    return bears<T>::take(*report);
  }

  std::shared_ptr<center> home_;
  std::optional<result<T>> how_{};
  continuation next_{};
  std::shared_ptr<pie_op> op_{};
  std::shared_ptr<void> stop_{};
  std::shared_ptr<pending_call> call_{};
};

} // namespace detail
/** @endcond */

/**
 * An asynchronous call, which has begun. It reports once, whatever happens; a call that cannot begin reports that. Destroying
 * it does not cancel the call; what nobody takes is released: a client is closed, a process let go of.
 *
 * There are three ways to the outcome, one of which is chosen, once: `then`, `future`, `co_await`.
 */
template <class T> class [[nodiscard]] operation {
public:
  /** None. */
  operation() noexcept : state_() {}
  /** @cond DETAIL */
  explicit operation(std::shared_ptr<detail::outcome<T>> state) : state_(std::move(state)) {}
  /** @endcond */
  operation(operation &&) noexcept = default;            /**< Moved; the other one is empty. */
  operation &operator=(operation &&) noexcept = default; /**< Moved; the call of before goes on. */
  ~operation() = default;

  /** Asks the call to end: with PIE_E_CANCELLED, unless the outcome was there. See pie_op_cancel. */
  void cancel() const {
    if (state_) state_->cancel();
  }

  /** Whether the outcome is there. */
  bool is_done() const { return state_ && state_->is_done(); }

  /**
   * Has a function take the outcome. It runs in the dispatcher, also where the outcome is there already; if that was
   * destroyed, in the destructor or here.
   *
   * @param takes  A function of a pie::result<T>.
   */
  template <class Function> void then(Function &&takes) {
    state_->then([state = state_.get(), kept = std::decay_t<Function>(std::forward<Function>(takes))]() mutable {
      kept(state->take());
    });
  }

  /** Has the function of `then` not called any more; the call goes on. Called in the dispatcher, or while that does not run it:
   * a call that is under way is not waited for. For objects whose members the function uses. */
  void forget() const {
    if (state_) state_->forget();
  }

  /** Has a function told how far an upload has come, in the dispatcher: bytes handed over, all bytes. */
  template <class Function> operation on_progress(Function &&told) && {
    state_->set_progress(std::forward<Function>(told));
    return std::move(*this);
  }

#ifdef PIE_EXCEPTIONS
  /** A future of the outcome. Waiting for it inside the dispatcher, or instead of polling, never ends. */
  std::future<T> future() {
    std::promise<T> promise;
    std::future<T> gives = promise.get_future();
    then([kept = std::move(promise)](result<T> how) mutable {
      if (!how) kept.set_exception(std::make_exception_ptr(how.error()));
      else if constexpr (std::is_void_v<T>) kept.set_value();
      else kept.set_value(std::move(*how));
    });
    return gives;
  }
#endif

#if defined(__cpp_lib_jthread)
  /** Cancels it when the token is asked to stop. */
  operation cancel_on(const std::stop_token &token) && {
    const std::weak_ptr<detail::outcome<T>> weak = state_;
    auto cancels = [weak] {
      if (const auto state = weak.lock()) state->cancel();
    };
    state_->keep_stop(std::make_shared<std::stop_callback<decltype(cancels)>>(token, cancels));
    return std::move(*this);
  }
#endif

#ifdef PIE_COROUTINES
  /** @cond DETAIL */
  class awaiter {
  public:
    explicit awaiter(std::shared_ptr<detail::outcome<T>> state) : state_(std::move(state)) {}
    awaiter(const awaiter &) = delete;
    awaiter &operator=(const awaiter &) = delete;
    ~awaiter() {
      if (!waits_) return;
      state_->forget();
      state_->cancel();
    }
    bool await_ready() const { return state_->is_done(); }
    bool await_suspend(std::coroutine_handle<> caller) {
      const std::shared_ptr<detail::outcome<T>> state = state_; /* this may be gone once it has been resumed */
      waits_ = true;
      if (state->when_done([this, caller] {
            waits_ = false;
            caller.resume();
          }))
        return true;
      waits_ = false;
      return false;
    }
    result<T> take() { return state_->take(); }

  private:
    std::shared_ptr<detail::outcome<T>> state_;
    bool waits_ = false;
  };

  struct result_awaiter : awaiter {
    using awaiter::awaiter;
    result<T> await_resume() { return this->take(); }
  };
  /** @endcond */

  /** Awaited, it gives a pie::result<T>, and throws nothing. */
  auto as_result() { return result_awaiter(state_); }

#ifdef PIE_EXCEPTIONS
  /** @cond DETAIL */
  struct value_awaiter : awaiter {
    using awaiter::awaiter;
    T await_resume() { return this->take().value(); }
  };
  /** @endcond */

  /** Awaited, it gives a T or throws a pie::error. The coroutine goes on in the dispatcher, unless the outcome is there. A
   * coroutine that is destroyed while it waits cancels the call; that is done where it cannot be resumed meanwhile: in the
   * dispatcher. */
  auto operator co_await() { return value_awaiter(state_); }
#endif
#endif

private:
  std::shared_ptr<detail::outcome<T>> state_;
};

/** @cond DETAIL */
namespace detail {

/** Calls an `_async` function of C with these arguments, the dispatcher's queue, a tag, room for the operation, the error. */
template <class T, class Function, class... Arguments>
operation<T> begin(dispatcher &in, Function function, const Arguments &...arguments) {
  const std::shared_ptr<center> &home = in.center();
  auto state = std::make_shared<outcome<T>>(home);
  operation<T> started(state);
  const auto fail = [&](const error &why) {
    state->finish(why);
    return std::move(started);
  };
  if (std::optional<error> wrong = first_wrong(arguments...)) return fail(*wrong);
  const std::uint64_t tag = home->add(state->expect());
  if (tag == 0) return fail(error(PIE_E_CLOSED, "the dispatcher is gone"));
  error_slot slot;
  pie_op *op = nullptr;
  const pie_status status =
      std::apply(function, std::tuple_cat(std::make_tuple(), c_arguments(arguments)...,
                                          std::make_tuple(home->reports->from().get(), tag, &op, slot.out())));
  state->keep_op(op);
  if (status >= PIE_OK) return started;
  (void)home->find(tag, true);
  return fail(slot.as(status));
}

} // namespace detail
/** @endcond */

} // namespace pie

#endif
