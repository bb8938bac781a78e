/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Processes, and lists of them. */
#ifndef PIE_CLIENT_PROCESS_HPP
#define PIE_CLIENT_PROCESS_HPP

#include "stream.hpp"

namespace pie {

/**
 * One running or ended inferlet. Destroying it lets go of it: it runs on, and no receive yields its events any more.
 *
 * Every call fails with PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT or PIE_E_FORKED, and where it
 * waits with PIE_E_TIMED_OUT; what else it may fail with stands beside it.
 */
class process : public detail::handle<pie_process, pie_process_free> {
public:
  /** None. */
  process() noexcept = default;
  /** Takes a C handle over. */
  explicit process(pie_process *raw) noexcept : handle(raw) {}

  /** The id as the engine spells it; "" where it tells none. Lives as long as the handle. */
  std::string_view id() const noexcept { return pie_process_id(get()); }

  /** Whether the event is this process's. */
  bool owns(const event &one) const noexcept { return get() && one.process_handle() == get(); }

  /** Takes the oldest event; waits up to `limit`, 0 = only what is there. Its failure is an event here. PIE_E_INVALID_STATE:
   * the launch named a queue, or a callback is set. See pie_process_recv. */
  pie::result<received> try_recv(timeout limit = forever) const { return detail::receive(pie_process_recv, get(), limit); }

  /** Waits until it ends, and gives what it returned; the events that nobody took are dropped then. PIE_E_PROCESS: the
   * inferlet failed. PIE_E_CANCELLED: it was terminated. PIE_E_UNSUPPORTED: without capture. See pie_process_result. */
  pie::result<std::string> try_result(timeout limit = forever) const {
    return detail::call<std::string>(pie_process_result, get(), limit);
  }

  /** Sends it a text; never waits. PIE_E_BUSY: nothing was sent, try again later. PIE_E_INVALID_STATE: it has ended.
   * PIE_E_UNSUPPORTED: it has no id. PIE_E_TOO_LARGE. See pie_process_signal. */
  pie::result<void> try_signal(std::string_view message) const {
    return detail::call<void>(pie_process_signal, get(), detail::text("message", message));
  }

  /** Sends it a file from memory, borrowed until the call returns. Engines drop it unless the inferlet waits for one.
   * PIE_E_INVALID_STATE: it has ended. PIE_E_UNSUPPORTED: it has no id. See pie_process_transfer_file. */
  pie::result<void> try_transfer_file(bytes data, timeout limit = forever) const {
    return detail::call<void>(pie_process_transfer_file, get(), data, limit);
  }
  /** As try_transfer_file; the bytes are copied. Has progress. */
  operation<void> transfer_file_async(dispatcher &in, bytes data, timeout limit = forever) const {
    return detail::begin<void>(in, pie_process_transfer_file_async, get(), data, limit);
  }

  /** Sends it a file from disk. As try_transfer_file; PIE_E_IO: the file cannot be read, or changed meanwhile. */
  pie::result<void> try_transfer_path(std::string_view path, timeout limit = forever) const {
    return detail::call<void>(pie_process_transfer_path, get(), detail::text("path", path), limit);
  }
  /** As try_transfer_path. Has progress. */
  operation<void> transfer_path_async(dispatcher &in, std::string_view path, timeout limit = forever) const {
    return detail::begin<void>(in, pie_process_transfer_path_async, get(), detail::text("path", path), limit);
  }

  /** Has the engine end it; its last event is then PIE_E_CANCELLED. PIE_E_REJECTED, PIE_E_UNSUPPORTED: it has no id. See
   * pie_process_terminate. */
  pie::result<void> try_terminate(timeout limit = forever) const { return detail::call<void>(pie_process_terminate, get(), limit); }
  /** As try_terminate. */
  operation<void> terminate_async(dispatcher &in, timeout limit = forever) const {
    return detail::begin<void>(in, pie_process_terminate_async, get(), limit);
  }

  /** Its events in a dispatcher, see event_stream. Receives are not for use beside it. The process must not be destroyed
   * before the stream has come to its end, or it never does. */
  event_stream events(dispatcher &in) const { return event_stream(in, events_queue(), true); }

  /** The queue that its events arrive in; an empty one where there is no process. */
  queue events_queue() const { return queue(pie_process_queue(get())); }

  /** Has a function take its events, on a thread of its own: see queue::try_set_callback. */
  template <class Callback> pie::result<void> try_set_callback(Callback &&callback) const {
    using kept = std::decay_t<Callback>;
    return detail::keep(std::forward<Callback>(callback), [&](kept *user_data, pie_error **error) {
      return pie_process_set_callback(get(), detail::event_from_c<kept>, user_data, detail::delete_from_c<kept>, error);
    });
  }
  /** Removes the callback; waits up to `limit` until it has come back. See pie_process_clear_callback. */
  pie::result<void> try_clear_callback(timeout limit = forever) const {
    return detail::call<void>(pie_process_clear_callback, get(), limit);
  }

#ifdef PIE_EXCEPTIONS
  /** Its events, each of which may take up to `limit` to come; its failure is thrown. The process must outlive it. */
  event_range events(timeout limit = forever) const {
    return event_range([from = get(), limit] { return detail::receive(pie_process_recv, from, limit); }, true);
  }
  /** As try_recv. */
  received recv(timeout limit = forever) const { return try_recv(limit).value(); }
  /** As try_result. */
  std::string result(timeout limit = forever) const { return try_result(limit).value(); }
  /** As try_signal. */
  void signal(std::string_view message) const { try_signal(message).value(); }
  /** As try_transfer_file. */
  void transfer_file(bytes data, timeout limit = forever) const { try_transfer_file(data, limit).value(); }
  /** As try_transfer_path. */
  void transfer_path(std::string_view path, timeout limit = forever) const { try_transfer_path(path, limit).value(); }
  /** As try_terminate. */
  void terminate(timeout limit = forever) const { try_terminate(limit).value(); }
  /** As try_set_callback. */
  template <class Callback> void set_callback(Callback &&callback) const {
    try_set_callback(std::forward<Callback>(callback)).value();
  }
  /** As try_clear_callback. */
  void clear_callback(timeout limit = forever) const { try_clear_callback(limit).value(); }
#endif
};

/** A running process as the engine lists it: views into the list. Unset is what the engine does not say. */
struct process_info {
  /** Its id. */
  std::optional<std::string_view> id;
  /** Whose it is. */
  std::optional<std::string_view> username;
  /** The inferlet, as name@version. */
  std::optional<std::string_view> program;
  /** The input of its launch. */
  std::optional<std::string_view> input;
  /** How long it has been running. */
  std::chrono::seconds elapsed;
};

/** What client::list_processes gave: for a range-for. */
class process_list : public detail::handle<pie_process_list, pie_process_list_free> {
public:
  /** An empty one. */
  process_list() noexcept = default;
  /** Takes a C handle over. */
  explicit process_list(pie_process_list *raw) noexcept : handle(raw) {}

  /** How many processes it has. */
  std::size_t size() const noexcept { return pie_process_list_size(get()); }
  /** The process at this place, which is below size(). */
  process_info operator[](std::size_t index) const {
    const pie_process_info *from = pie_process_list_get(get(), index);
    return {view(from->id), view(from->username), view(from->program), view(from->input),
            std::chrono::seconds(from->elapsed_secs)};
  }

  /** Goes through a list. */
  class iterator {
  public:
    using iterator_category = std::input_iterator_tag; /**< What it points to is made anew each time. */
    using value_type = process_info;                   /**< A process. */
    using difference_type = std::ptrdiff_t;            /**< Not used. */
    using pointer = void;                              /**< There is nothing to point to. */
    using reference = process_info;                    /**< A process. */

    /** This place. */
    iterator(const process_list *list, std::size_t index) noexcept : list_(list), index_(index) {}
    /** The process. */
    process_info operator*() const { return (*list_)[index_]; }
    /** Goes on. */
    iterator &operator++() noexcept {
      ++index_;
      return *this;
    }
    /** Goes on. */
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++index_;
      return before;
    }
    /** Whether both are at one place. */
    friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.index_ == b.index_; }
    /** Whether they are at two places. */
    friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.index_ != b.index_; }

  private:
    const process_list *list_;
    std::size_t index_;
  };

  /** The first process. */
  iterator begin() const noexcept { return {this, 0}; }
  /** Behind the last one. */
  iterator end() const noexcept { return {this, size()}; }

private:
  static std::optional<std::string_view> view(const char *text) {
    return text ? std::optional<std::string_view>(text) : std::nullopt;
  }
};

inline process event::take_process() noexcept { return process(pie_event_take_process(get())); }

inline std::vector<process> event::take_processes() {
  std::vector<pie_process *> raw(pie_event_take_processes(get(), nullptr, 0));
  std::vector<process> taken;
  taken.reserve(raw.size());
  pie_event_take_processes(get(), raw.data(), raw.size());
  for (pie_process *each : raw) taken.emplace_back(each);
  return taken;
}

inline process_list event::take_process_list() noexcept { return process_list(pie_event_take_process_list(get())); }

/** @cond DETAIL */
namespace detail {

template <> struct bears<process> {
  static process take(event &from) { return from.take_process(); }
};
template <> struct bears<std::vector<process>> {
  static std::vector<process> take(event &from) { return from.take_processes(); }
};
template <> struct bears<process_list> {
  static process_list take(event &from) { return from.take_process_list(); }
};

} // namespace detail
/** @endcond */

} // namespace pie

#endif
