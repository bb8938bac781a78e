/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Queues: where events arrive, and the ways to take them. */
#ifndef PIE_CLIENT_QUEUE_HPP
#define PIE_CLIENT_QUEUE_HPP

#include "event.hpp"
#include "function.hpp"
#include "settings.hpp"

#include <iterator>

namespace pie {

/** What a receive gave: an event, or why there is none. */
class received {
public:
  /** No event, for this reason. */
  explicit received(pie_status why) : status_(why), event_() {}
  /** An event. */
  explicit received(pie::event one) : status_(PIE_OK), event_(std::move(one)) {}

  /** Whether there is an event. */
  explicit operator bool() const noexcept { return status_ == PIE_OK; }
  /** PIE_OK, PIE_EMPTY (time is up), PIE_INTERRUPTED, PIE_END (no more will come). */
  pie_status status() const noexcept { return status_; }
  /** Whether the last event was taken before. */
  bool at_end() const noexcept { return status_ == PIE_END; }
  /** The event; an empty one where there is none. */
  pie::event &operator*() noexcept { return event_; }
  /** The event; an empty one where there is none. */
  pie::event *operator->() noexcept { return &event_; }

private:
  pie_status status_;
  pie::event event_;
};

/** What a receive of several gave. */
struct received_batch {
  /** As of received. */
  pie_status status = PIE_EMPTY;
  /** The events, oldest first. */
  std::vector<event> events{};
};

/** Where a callback of a queue runs. */
enum class dispatch_mode : std::int32_t {
  /** Inside queue::dispatch alone. */
  manual = PIE_DISPATCH_MANUAL,
  /** On a thread of the queue's own. */
  thread = PIE_DISPATCH_THREAD,
};

/** @cond DETAIL */
namespace detail {

inline result<received> finish_receive(pie_status status, pie_event *raw, const error_slot &slot) {
  if (status < PIE_OK) return slot.as(status);
  if (status == PIE_OK) return received(event(raw));
  return received(status);
}

/** pie_process_recv or pie_queue_recv. */
template <class Raw, class Function> result<received> receive(Function function, Raw *from, timeout limit) {
  error_slot slot;
  pie_event *raw = nullptr;
  const pie_status status = function(from, limit.milliseconds(), &raw, slot.out());
  return finish_receive(status, raw, slot);
}

/** Has a C function keep an F until it drops it. */
template <class F, class Set> result<void> keep(F &&callback, Set set) {
  auto kept = std::make_unique<std::decay_t<F>>(std::forward<F>(callback));
  error_slot slot;
  const pie_status status = set(kept.get(), slot.out());
  if (status < PIE_OK) return slot.as(status);
  (void)kept.release();
  return std::monostate();
}

/** The pie_event_fn of an F. */
template <class F> void event_from_c(pie_event *raw, void *user_data) noexcept { (*static_cast<F *>(user_data))(event(raw)); }

} // namespace detail
/** @endcond */

#ifdef PIE_EXCEPTIONS
/**
 * The events of a queue or a process, one after the other, for a range-for. It ends when no more will come, or when a
 * receive is interrupted. Each event lives until the next one is asked for; move from it to keep it.
 *
 * The events of a process: where the process fails, or is out of reach, that is thrown as a pie::error when the loop comes
 * to it; a loop that ends by itself has seen the return. Where no event comes within the limit, PIE_E_TIMED_OUT is thrown.
 */
class event_range {
public:
  /** Where the loop stands. */
  class iterator {
  public:
    using iterator_category = std::input_iterator_tag; /**< It goes forward, once. */
    using value_type = event;                          /**< An event. */
    using difference_type = std::ptrdiff_t;            /**< Not used. */
    using pointer = event *;                           /**< To an event. */
    using reference = event &;                         /**< To an event. */

    /** The end. */
    iterator() noexcept : range_(nullptr) {}
    /** The next event of this range. */
    explicit iterator(event_range *range) : range_(range) { ++*this; }
    /** The event. */
    reference operator*() const noexcept { return range_->current_; }
    /** Its members. */
    pointer operator->() const noexcept { return &range_->current_; }
    /** Waits for the next event. */
    iterator &operator++() {
      if (!range_->next()) range_ = nullptr;
      return *this;
    }
    /** As ++i, and what it gives is at the same place. */
    iterator operator++(int) {
      ++*this;
      return *this;
    }
    /** Whether both are at the end, or neither. */
    friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.range_ == b.range_; }
    /** Whether one is at the end. */
    friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.range_ != b.range_; }

  private:
    event_range *range_;
  };

  /** What these receives give. */
  event_range(detail::function<result<received>()> receive, bool throw_failures)
      : receive_(std::move(receive)), throw_failures_(throw_failures), current_() {}

  /** Waits for the first event. */
  iterator begin() { return iterator(this); }
  /** The end. */
  iterator end() noexcept { return {}; }

private:
  bool next() {
    received got = receive_().value();
    if (got.status() == PIE_EMPTY) throw error(PIE_E_TIMED_OUT, "no event came in time", true);
    if (!got) return false;
    if (throw_failures_ && got->kind() == PIE_EVENT_ERROR) throw got->error();
    current_ = std::move(*got);
    return true;
  }

  detail::function<result<received>()> receive_;
  bool throw_failures_;
  event current_;
};
#endif

/** A share in a queue. What waits in it is dropped when the last share is gone. */
class queue : public detail::handle<pie_queue, pie_queue_free> {
public:
  /** A new queue, for any number of processes and calls. It never ends. */
  queue() : queue(pie_queue_new()) {}
  /** Takes a C handle over. */
  explicit queue(pie_queue *raw) noexcept : handle(raw) {}

  /** Takes the oldest event; waits up to `limit`, 0 = only what is there. Fails for misuse, fork, shutdown alone. */
  result<received> try_recv(timeout limit = forever) const { return detail::receive(pie_queue_recv, get(), limit); }
  /** Takes up to `capacity` events, at least 1; waits for the first one only. Fails as try_recv. */
  result<received_batch> try_recv_batch(std::size_t capacity, timeout limit = forever) const;

  /**
   * Has a callback take the events from now on, those that wait already first, one at a time. While it is set, receives
   * give PIE_E_INVALID_STATE.
   *
   * @param mode      Where it runs.
   * @param callback  Takes a pie::event. Kept until it is cleared, or the queue is gone; it is destroyed on any thread.
   *                  What it may do is told at pie_event_fn.
   */
  template <class Callback> result<void> try_set_callback(dispatch_mode mode, Callback &&callback) const {
    using kept = std::decay_t<Callback>;
    return detail::keep(std::forward<Callback>(callback), [&](kept *user_data, pie_error **error) {
      return pie_queue_set_callback(get(), static_cast<std::int32_t>(mode), detail::event_from_c<kept>, user_data,
                                    detail::delete_from_c<kept>, error);
    });
  }
  /** Removes the callback; waits up to `limit` until it has come back. See pie_queue_clear_callback. */
  result<void> try_clear_callback(timeout limit = forever) const {
    return detail::call<void>(pie_queue_clear_callback, get(), limit);
  }
  /** Runs the manual callback here for up to `max` events, 0 = as many as wait now. Gives the number. */
  result<std::size_t> try_dispatch(std::size_t max = 0) const { return detail::call<std::size_t>(pie_queue_dispatch, get(), max); }

  /** Has a function told that events wait: see pie_queue_set_wakeup. It only signals, and calls nothing of this library. */
  template <class Callback> result<void> try_set_wakeup(Callback &&callback) const {
    using kept = std::decay_t<Callback>;
    return detail::keep(std::forward<Callback>(callback), [&](kept *user_data, pie_error **error) {
      return pie_queue_set_wakeup(get(), detail::invoke_from_c<kept>, user_data, detail::delete_from_c<kept>, error);
    });
  }
  /** Removes the wakeup; it may run for a moment longer. */
  result<void> try_clear_wakeup() const {
    return detail::call<void>(pie_queue_set_wakeup, get(), static_cast<pie_wakeup_fn>(nullptr),
                              static_cast<void *>(nullptr), static_cast<pie_drop_fn>(nullptr));
  }
  /** A descriptor that is readable while an event or an interrupt waits, only to be polled: see pie_queue_fd. */
  result<std::ptrdiff_t> try_fd() const { return detail::call<std::ptrdiff_t>(pie_queue_fd, get()); }

  /** Ends one receive, the present or the next one, with PIE_INTERRUPTED. */
  void interrupt() const noexcept { pie_queue_interrupt(get()); }

#ifdef PIE_EXCEPTIONS
  /** As try_recv. */
  received recv(timeout limit = forever) const { return try_recv(limit).value(); }
  /** As try_recv_batch. */
  received_batch recv_batch(std::size_t capacity, timeout limit = forever) const {
    return try_recv_batch(capacity, limit).value();
  }
  /** Its events, failures of processes among them; each may take up to `limit` to come. The queue must outlive it. */
  event_range events(timeout limit = forever) const {
    return event_range([from = get(), limit] { return detail::receive(pie_queue_recv, from, limit); }, false);
  }
  /** As try_set_callback. */
  template <class Callback> void set_callback(dispatch_mode mode, Callback &&callback) const {
    try_set_callback(mode, std::forward<Callback>(callback)).value();
  }
  /** As try_clear_callback. */
  void clear_callback(timeout limit = forever) const { try_clear_callback(limit).value(); }
  /** As try_dispatch. */
  std::size_t dispatch(std::size_t max = 0) const { return try_dispatch(max).value(); }
  /** As try_set_wakeup. */
  template <class Callback> void set_wakeup(Callback &&callback) const {
    try_set_wakeup(std::forward<Callback>(callback)).value();
  }
  /** As try_clear_wakeup. */
  void clear_wakeup() const { try_clear_wakeup().value(); }
  /** As try_fd. */
  std::ptrdiff_t fd() const { return try_fd().value(); }
#endif
};

/** @cond DETAIL */
namespace detail {

/** Events that nobody has taken over yet. */
struct raw_events {
  explicit raw_events(std::size_t capacity) : places(capacity ? capacity : 1) {} /* 0 is for the call to refuse */
  raw_events(const raw_events &) = delete;
  raw_events &operator=(const raw_events &) = delete;
  ~raw_events() { pie_events_free(places.data(), places.size()); }
  std::vector<pie_event *> places;
};

} // namespace detail
/** @endcond */

inline result<received_batch> queue::try_recv_batch(std::size_t capacity, timeout limit) const {
  detail::raw_events raw(capacity);
  detail::error_slot slot;
  std::size_t count = 0;
  const pie_status status = pie_queue_recv_batch(get(), limit.milliseconds(), raw.places.data(), capacity, &count, slot.out());
  if (status < PIE_OK) return slot.as(status);
  received_batch batch;
  batch.status = status;
  batch.events.reserve(count);
  for (std::size_t i = 0; i < count; ++i) batch.events.emplace_back(std::exchange(raw.places[i], nullptr));
  return batch;
}

/** @cond DETAIL */
namespace detail {

inline launch_arguments::launch_arguments(const launch_options &from)
    : input_("input", from.input == "{}" ? std::nullopt : std::optional<std::string_view>(from.input)),
      queue_is_empty_(from.events && !*from.events), c_(PIE_LAUNCH_OPTIONS_INIT) {
  c_.flags = from.capture ? 0 : PIE_LAUNCH_NO_CAPTURE;
  c_.token_budget = from.token_budget;
  c_.tag = from.tag;
  c_.input = std::get<0>(input_.c());
  c_.queue = from.events ? from.events->get() : nullptr;
}

} // namespace detail
/** @endcond */

} // namespace pie

#endif
