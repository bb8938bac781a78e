/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Dispatchers: where callbacks run and coroutines go on. */
#ifndef PIE_CLIENT_DISPATCHER_HPP
#define PIE_CLIENT_DISPATCHER_HPP

#include "queue.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#if !defined(_WIN32)
#include <csignal>
#endif

namespace pie {

/** @cond DETAIL */
namespace detail {

/**
 * What is to be run, by a thread of the dispatcher or by its host. The library's wakeups put work here and do nothing else.
 * No C function is called with the mutex held, as the library may call a wakeup from inside one.
 */
class loop {
public:
  using task = function<void()>;

  /** Adds work; false once the dispatcher is gone. */
  bool post(task work) {
    std::shared_ptr<task> wakeup;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (stopped) return false;
      ready.push_back(std::move(work));
      wakeup = wakeup_;
    }
    changed.notify_all();
    if (wakeup) (*wakeup)();
    return true;
  }

  /** Runs the oldest work, if there is any. */
  bool run_one() {
    task work;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (ready.empty()) return false;
      work = std::move(ready.front());
      ready.pop_front();
    }
    work();
    return true;
  }

  /** Runs what is there now. */
  std::size_t run_ready() {
    std::size_t left = 0, ran = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      left = ready.size();
    }
    while (ran < left && run_one()) ++ran;
    return ran;
  }

  /** Runs what comes until the dispatcher is gone. */
  void run() noexcept {
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [this] { return stopped || !ready.empty(); });
        if (stopped) return;
      }
      run_one();
    }
  }

  bool wait(timeout limit) {
    std::unique_lock<std::mutex> lock(mutex);
    const auto some = [this] { return stopped || !ready.empty(); };
    constexpr std::int64_t a_year = 365LL * 24 * 3600 * 1000;
    if (limit.milliseconds() == PIE_FOREVER) changed.wait(lock, some);
    else changed.wait_for(lock, std::chrono::milliseconds(std::min(limit.milliseconds(), a_year)), some);
    return !ready.empty();
  }

  void set_wakeup(std::shared_ptr<task> wakeup) {
    bool some = false;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      std::swap(wakeup_, wakeup);
      some = !ready.empty();
      if (some) wakeup = wakeup_;
    }
    if (some && wakeup) (*wakeup)();
  }

  std::mutex mutex{};
  std::condition_variable changed{};
  std::deque<task> ready{};
  bool stopped = false;

private:
  std::shared_ptr<task> wakeup_{};
};

/** Takes the events of a queue in a loop: hands them to a function, or to whoever waits for the next one. */
class source : public std::enable_shared_from_this<source> {
public:
  using handler = function<void(event)>;
  using waiter = function<void()>;

  source(std::shared_ptr<loop> home, queue from) : home_(std::move(home)), from_(std::move(from)) {}

  /** Has the queue tell the loop. */
  result<void> start() {
    started_ = true;
    return from_.try_set_wakeup(signal{shared_from_this()});
  }

  /** Has a function take the events from now on. */
  void handle(handler takes, function<void(const error &)> ended) {
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      handler_ = std::move(takes);
      ended_ = std::move(ended);
    }
    if (started_) schedule(); /* otherwise the start tells of what is there */
  }

  /** Takes an event now, without waiting. */
  result<received> take() {
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      signalled_ = false;
      if (stopped_ || home_->stopped) return error(PIE_E_CLOSED, "the dispatcher or the stream is gone");
      if (std::exchange(cancelled_, false)) return error(PIE_E_CANCELLED, "the wait for an event was cancelled");
    }
    return from_.try_recv(std::chrono::milliseconds(0));
  }

  /** Runs `resume` once, in the loop, when `take` is worth another try. Where that is now already, gives false. */
  bool wait(waiter resume) {
    const std::lock_guard<std::mutex> lock(home_->mutex);
    if (signalled_ || stopped_ || cancelled_ || home_->stopped) return false;
    waiter_ = std::move(resume);
    return true;
  }

  /** Forgets who waits. */
  void forget() {
    waiter gone;
    const std::lock_guard<std::mutex> lock(home_->mutex);
    std::swap(gone, waiter_);
  }

  /** Ends the present wait with PIE_E_CANCELLED. */
  void cancel() {
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      if (!waiter_) return;
      cancelled_ = true;
    }
    schedule();
  }

  /** Takes no more events. Waits for the handler, unless called inside it, and destroys it. */
  void stop() {
    if (is_forked()) return;
    waiter resume;
    handler gone;
    {
      std::unique_lock<std::mutex> lock(home_->mutex);
      stopped_ = true;
      std::swap(resume, waiter_);
      home_->changed.wait(lock, [this] { return running_ == std::thread::id() || is_running_here(); });
      if (!is_running_here()) std::swap(gone, handler_);
    }
    (void)from_.try_clear_wakeup();
    if (resume) home_->post(std::move(resume));
  }

  /** The dispatcher is gone: whoever waits is told. */
  void abandon() {
    waiter resume;
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      std::swap(resume, waiter_);
    }
    if (resume) resume();
  }

  /** Whether this is a forked child of who made it: then nobody may ever give the mutex free. */
  bool is_forked() const { return from_.try_dispatch().status() == PIE_E_FORKED; }

  const queue &from() const noexcept { return from_; }
  const std::shared_ptr<loop> &home() const noexcept { return home_; }

private:
  /** Runs on the library's threads. Its end means that no more signals come, and is one. */
  struct signal {
    explicit signal(std::shared_ptr<source> to) : to_(std::move(to)) {}
    signal(signal &&) noexcept = default;
    signal &operator=(signal &&) = delete;
    ~signal() {
      if (to_) to_->schedule();
    }
    void operator()() const { to_->schedule(); }

  private:
    std::shared_ptr<source> to_;
  };

  /** Has the loop look at the queue. */
  void schedule() {
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      signalled_ = true;
      if (scheduled_ || stopped_ || (!handler_ && !waiter_)) return;
      scheduled_ = true;
    }
    home_->post([self = shared_from_this()] { self->run(); });
  }

  void run() {
    waiter resume;
    {
      const std::lock_guard<std::mutex> lock(home_->mutex);
      scheduled_ = false;
      if (stopped_) return;
      std::swap(resume, waiter_);
      if (!resume && handler_) running_ = std::this_thread::get_id();
    }
    if (resume) resume();
    else if (handler_) run_handler();
  }

  /** Hands over some events, and leaves the rest for the next turn of the loop. */
  void run_handler() {
    turn here(*this);
    for (int i = 0; i < 64; ++i) {
      result<received> got = take();
      if (!got && ended_) ended_(got.error());
      if (!got || got->at_end()) return;
      if (!*got) {
        if (got->status() == PIE_EMPTY) return;
        continue;
      }
      here.more = true;
      handler_(std::move(**got));
      here.more = i == 63;
      if (is_stopped()) return;
    }
  }

  bool is_running_here() const { return running_ == std::this_thread::get_id(); }

  bool is_stopped() const {
    const std::lock_guard<std::mutex> lock(home_->mutex);
    return stopped_;
  }

  /** Also where the handler throws: what was not handed over stays for the next turn. */
  struct turn {
    explicit turn(source &of) : of_(of) {}
    turn(const turn &) = delete;
    turn &operator=(const turn &) = delete;
    ~turn() {
      {
        const std::lock_guard<std::mutex> lock(of_.home_->mutex);
        of_.running_ = std::thread::id();
      }
      of_.home_->changed.notify_all();
      if (more) of_.schedule();
    }
    bool more = false;

  private:
    source &of_;
  };

  std::shared_ptr<loop> home_;
  queue from_;
  handler handler_{};
  function<void(const error &)> ended_{};
  waiter waiter_{};
  std::thread::id running_{};
  bool started_ = false, signalled_ = false, scheduled_ = false, stopped_ = false, cancelled_ = false;
};

/** An asynchronous call that has not reported yet. */
struct pending_call {
  function<void(result<event>)> finish{};
  using progress_function = function<void(std::uint64_t, std::uint64_t)>;
  std::shared_ptr<progress_function> progress{};
};

/** What a dispatcher is made of. Operations and streams keep it alive. */
struct center : loop {
  /** Registers a call, and gives its tag; 0 where the dispatcher is gone. */
  std::uint64_t add(std::shared_ptr<pending_call> one) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (stopped) return 0;
    calls.emplace(++last_tag, std::move(one));
    return last_tag;
  }

  std::shared_ptr<pending_call> find(std::uint64_t tag, bool remove) {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto place = calls.find(tag);
    if (place == calls.end()) return nullptr;
    std::shared_ptr<pending_call> one = place->second;
    if (remove) calls.erase(place);
    return one;
  }

  void handle(event what) {
    const bool over = what.kind() == PIE_EVENT_DONE;
    const std::shared_ptr<pending_call> one = find(what.tag(), over);
    if (!one) return;
    if (over) return one->finish(what.status() < PIE_OK ? result<event>(what.error()) : std::move(what));
    std::shared_ptr<pending_call::progress_function> told;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      told = one->progress;
    }
    if (told && what.kind() == PIE_EVENT_PROGRESS) (*told)(what.current(), what.total());
  }

  /** No call will report any more: each is told this. */
  void fail_all(const error &why) {
    std::unordered_map<std::uint64_t, std::shared_ptr<pending_call>> all;
    std::vector<std::weak_ptr<source>> every;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      all.swap(calls);
      if (stopped) every.swap(streams);
    }
    for (auto &[tag, one] : all) one->finish(why);
    for (const std::weak_ptr<source> &each : every)
      if (const std::shared_ptr<source> stream = each.lock()) stream->abandon();
  }

  void add_stream(const std::shared_ptr<source> &stream) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (streams.size() == streams.capacity())
      streams.erase(std::remove_if(streams.begin(), streams.end(), [](const auto &each) { return each.expired(); }),
                    streams.end());
    streams.push_back(stream);
  }

  std::shared_ptr<source> reports{};
  std::unordered_map<std::uint64_t, std::shared_ptr<pending_call>> calls{};
  std::vector<std::weak_ptr<source>> streams{};
  std::uint64_t last_tag = 0;
};

/** Starts a thread that gets no signals: those are for the host's own. */
template <class F> std::thread quiet_thread(F body) {
#if defined(_WIN32)
  return std::thread(std::move(body));
#else
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread started(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
#endif
}

} // namespace detail
/** @endcond */

/**
 * Runs the callbacks and coroutines of asynchronous calls and streams, one at a time: on a thread of its own, or on a thread
 * of the host's, inside poll. Work that is there comes in order.
 *
 * Destroying it is safe at any time, also inside its own callbacks. It waits for a callback that runs on its thread; nothing
 * of its streams is called any more; calls that have not reported are cancelled, and their callbacks, futures and coroutines are
 * told PIE_E_CLOSED on the destroying thread.
 */
class dispatcher {
public:
  /** manual: poll runs everything. thread: a thread of the dispatcher's, on which all signals are blocked. */
  explicit dispatcher(dispatch_mode mode = dispatch_mode::thread) : center_(std::make_shared<detail::center>()), thread_() {
    center_->reports = std::make_shared<detail::source>(center_, queue());
    start_reports();
    if (mode == dispatch_mode::thread)
      thread_ = detail::quiet_thread([center = center_] { center->run(); });
  }
  /** Moved; the other one is empty: it runs nothing. */
  dispatcher(dispatcher &&) noexcept = default;
  /** What this one was before is destroyed. */
  dispatcher &operator=(dispatcher &&other) noexcept {
    if (this != &other) {
      end();
      center_ = std::move(other.center_);
      thread_ = std::move(other.thread_);
    }
    return *this;
  }
  ~dispatcher() { end(); }

  /** Runs what is ready, here, and gives how many callbacks, bursts of events and coroutines that were. Never waits. What one
   * of them throws comes out of it; what is behind that is left for the next poll. For one thread at a time. */
  std::size_t poll() { return center_ ? center_->run_ready() : 0; }

  /** Waits up to `limit` until there is something to poll, and says whether there is. */
  bool wait(timeout limit = forever) { return center_ && center_->wait(limit); }

  /** Has a function told when there is something to poll: on any thread; it only signals. An empty one removes it. */
  void set_wakeup(std::function<void()> wakeup) {
    if (!center_) return;
    if (!wakeup) return center_->set_wakeup(nullptr);
    center_->set_wakeup(std::make_shared<detail::loop::task>(std::move(wakeup)));
  }

  /** Runs a function in the dispatcher, soon. False: it is gone. */
  template <class Function> bool post(Function &&work) {
    return center_ && center_->post(detail::loop::task(std::forward<Function>(work)));
  }

  /** @cond DETAIL */
  const std::shared_ptr<detail::center> &center() const noexcept { return center_; }
  /** @endcond */

private:
  void start_reports() {
    const std::weak_ptr<detail::center> weak = center_;
    center_->reports->handle(
        [weak](event what) {
          if (const auto here = weak.lock()) here->handle(std::move(what));
        },
        [weak](const error &why) {
          if (const auto here = weak.lock()) here->fail_all(why);
        });
    (void)center_->reports->start();
  }

  void end() noexcept {
    if (!center_) return;
    if (center_->reports->is_forked()) return leak();
    {
      const std::lock_guard<std::mutex> lock(center_->mutex);
      center_->stopped = true;
    }
    center_->changed.notify_all();
    join();
    center_->reports->stop();
    center_->fail_all(error(PIE_E_CLOSED, "the dispatcher was destroyed"));
    drop_ready();
    center_->reports.reset();
    center_.reset();
  }

  void join() {
    if (!thread_.joinable()) return;
    if (thread_.get_id() == std::this_thread::get_id()) thread_.detach();
    else thread_.join();
  }

  /** In a forked child: the thread is not there, and the mutex may be held for ever. */
  void leak() {
    if (thread_.joinable()) thread_.detach();
    (void)new std::shared_ptr<detail::center>(std::move(center_));
  }

  void drop_ready() {
    std::deque<detail::loop::task> dropped;
    const std::lock_guard<std::mutex> lock(center_->mutex);
    dropped.swap(center_->ready);
  }

  std::shared_ptr<detail::center> center_;
  std::thread thread_;
};

} // namespace pie

#endif
