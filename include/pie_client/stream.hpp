/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Streams: the events of a queue, taken by callbacks or coroutines of a dispatcher. */
#ifndef PIE_CLIENT_STREAM_HPP
#define PIE_CLIENT_STREAM_HPP

#include "operation.hpp"

namespace pie {

/**
 * The events of a queue, in a dispatcher: handed to a callback, or awaited one by one. It owns the queue's handle. What is not
 * taken waits in the queue, within its bound. No thread is used for it.
 */
class [[nodiscard]] event_stream {
public:
  /** None. */
  event_stream() noexcept : source_() {}

  /** The events of this queue, to which nothing else may receive, set a callback or a wakeup. Fails later, when used. */
  event_stream(dispatcher &in, queue from) : event_stream(in, std::move(from), false) {}

  /** @cond DETAIL */
  event_stream(dispatcher &in, queue from, bool throw_failures)
      : source_(std::make_shared<detail::source>(in.center(), std::move(from))), throw_failures_(throw_failures) {
    in.center()->add_stream(source_);
    (void)source_->start();
  }
  /** @endcond */

  /** Moved; the other one is empty. Callback and waiting coroutine go along. */
  event_stream(event_stream &&) noexcept = default;
  /** What this one was before is destroyed. */
  event_stream &operator=(event_stream &&other) noexcept {
    if (this != &other) {
      stop();
      source_ = std::move(other.source_);
      throw_failures_ = other.throw_failures_;
    }
    return *this;
  }

  /** The callback does not run any more, unless this is inside it; a coroutine that waits is told PIE_E_CLOSED. */
  ~event_stream() { stop(); }

  /** Has a function take the events, each a pie::event, in the dispatcher, until this object is destroyed. Failures of
   * processes are events here. Once for each stream, and not beside next. */
  template <class Function> void on_event(Function &&takes) {
    source_->handle(detail::source::handler(std::forward<Function>(takes)), {});
  }

  /** Ends the present next with PIE_E_CANCELLED; no event is lost. Nothing where none waits. */
  void cancel() const {
    if (source_) source_->cancel();
  }

  /** Where the events come from: to be named in launches and registrations. */
  const queue &from() const noexcept { return source_->from(); }

#ifdef PIE_COROUTINES
  /** @cond DETAIL */
  class awaiter {
  public:
    explicit awaiter(std::shared_ptr<detail::source> from, bool throw_failures)
        : source_(std::move(from)), throw_failures_(throw_failures), caller_() {}
    awaiter(const awaiter &) = delete;
    awaiter &operator=(const awaiter &) = delete;
    ~awaiter() {
      if (caller_) source_->forget();
    }
    bool await_ready() { return take(); }
    bool await_suspend(std::coroutine_handle<> caller) {
      caller_ = caller;
      if (wait_or_take()) return true;
      caller_ = nullptr;
      return false;
    }
    result<received> as_result() {
      if (*got_ && throw_failures_ && (**got_)->kind() == PIE_EVENT_ERROR) return (**got_)->error();
      return std::move(*got_);
    }

  private:
    bool take() {
      got_.emplace(source_->take());
      return !*got_ || ((*got_)->status() != PIE_EMPTY && (*got_)->status() != PIE_INTERRUPTED);
    }
    /** true: it waits, and this may be gone. false: there is something. */
    bool wait_or_take() {
      const std::shared_ptr<detail::source> from = source_;
      while (!from->wait([this] { go_on(); }))
        if (take()) return false;
      return true;
    }
    void go_on() {
      if (!take() && wait_or_take()) return;
      std::exchange(caller_, nullptr).resume();
    }

    std::shared_ptr<detail::source> source_;
    bool throw_failures_;
    std::coroutine_handle<> caller_;
    std::optional<result<received>> got_{};
  };

  struct result_awaiter : awaiter {
    using awaiter::awaiter;
    result<received> await_resume() { return this->as_result(); }
  };
  /** @endcond */

  /** Awaited, it gives a pie::result<received>: an event, or PIE_END. */
  auto try_next() const { return result_awaiter(source_, throw_failures_); }

#ifdef PIE_EXCEPTIONS
  /** @cond DETAIL */
  struct event_awaiter : awaiter {
    using awaiter::awaiter;
    std::optional<event> await_resume() {
      received got = this->as_result().value();
      return got ? std::optional<event>(std::move(*got)) : std::nullopt;
    }
  };
  /** @endcond */

  /** Awaited, it gives a std::optional<pie::event>, nullopt at the end: `while (auto event = co_await stream.next())`. Where a
   * process's stream (process::events) comes to a failure, that is thrown. One coroutine at a time; it goes on in the
   * dispatcher, or at once where an event waits. It may be destroyed while it waits, where it cannot be resumed meanwhile. */
  auto next() const { return event_awaiter(source_, throw_failures_); }
#endif
#endif

private:
  void stop() {
    if (source_) source_->stop();
  }

  std::shared_ptr<detail::source> source_;
  bool throw_failures_ = false;
};

} // namespace pie

#endif
