/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Events: what processes say, how asynchronous calls end, what happens to connections. */
#ifndef PIE_CLIENT_EVENT_HPP
#define PIE_CLIENT_EVENT_HPP

#include "call.hpp"

namespace pie {

class client;
class process;
class process_list;

/** The inferlet wrote to its standard output. */
struct output {
  /** The text of one write. */
  std::string_view text;
};

/** The inferlet wrote to its standard error. */
struct error_output {
  /** The text of one write. */
  std::string_view text;
};

/** The inferlet sent a message. */
struct message {
  /** Its text. */
  std::string_view text;
};

/** The inferlet sent a file, or one that could not be delivered: see PIE_EVENT_FILE. */
struct file {
  /** PIE_OK, or why there is no file. */
  pie_status status;
  /** Its bytes, whole and verified. */
  std::string_view data;
  /** The name that the inferlet suggests, made safe to join to a directory. */
  std::optional<std::string_view> name;
};

/** The inferlet ended well. The last event of its process. */
struct returned {
  /** What it returned. */
  std::string_view text;
};

/** The inferlet failed or is out of reach. The last event of its process. */
struct failed {
  /** PIE_E_PROCESS, PIE_E_CANCELLED, PIE_E_DISCONNECTED, PIE_E_CLOSED … */
  pie_status status;
  /** The engine's text, or why it is out of reach. */
  std::string_view text;
};

/** An engine's event that the library does not know. */
struct other {
  /** What the engine calls it. */
  std::string_view name;
  /** What it bears. */
  std::string_view data;
};

/** Events were dropped here because the queue was full. */
struct overflow {
  /** How many. */
  std::uint64_t events;
  /** How many bytes they had. */
  std::uint64_t bytes;
};

/** An asynchronous call has ended. Comes only to those who use the `_async` functions of C by themselves. */
struct done {
  /** How it ended. */
  pie_status status;
};

/** What happened to a connection, see PIE_EVENT_CONNECTION. */
struct connection {
  /** PIE_OK: made. PIE_E_CLOSED: closed. Otherwise lost, or not made again, and why. */
  pie_status status;
  /** Which attempt to make it again. */
  std::uint64_t attempt;
  /** Of how many. */
  std::uint64_t attempts;
};

/** How far an asynchronous upload has come. Comes only to those who use the `_async` functions of C by themselves. */
struct progress {
  /** Bytes handed over. */
  std::uint64_t current;
  /** All bytes. */
  std::uint64_t total;
};

/** An inferlet asks an MCP server within this program. To be answered: event::mcp_respond. */
struct mcp_request {
  /** The method. */
  std::string_view method;
  /** The params, JSON text. */
  std::string_view params;
};

/** An event of a kind that this header does not know. To be skipped. */
struct unknown {
  /** Its number. */
  std::int32_t kind;
};

/** What an event is about. */
using event_view = std::variant<unknown, output, error_output, message, file, returned, failed, other, overflow, done,
                                connection, progress, mcp_request>;

/** A copy of an event, for keeping: an ordinary value. */
struct event_copy {
  /** One of PIE_EVENT_*. */
  std::int32_t kind = 0;
  /** See pie_event. */
  pie_status status = PIE_OK;
  /** See pie_event. */
  std::uint64_t tag = 0;
  /** See pie_event. */
  std::uint64_t sequence = 0;
  /** See pie_event. */
  std::uint64_t current = 0;
  /** See pie_event. */
  std::uint64_t total = 0;
  /** See pie_event. */
  std::string data{};
  /** See pie_event. */
  std::optional<std::string> name{};
  /** The text of its error; "" where there is none. */
  std::string error{};
};

/** Calls that of several functions that fits: `event.visit(pie::overloaded{[](pie::message m) {…}, [](auto) {}})`. */
template <class... Functions> struct overloaded : Functions... {
  using Functions::operator()...;
};
/** Deduces the types of the functions. */
template <class... Functions> overloaded(Functions...) -> overloaded<Functions...>;

/** Something that happened. Owns all that its views point to, which live until it is destroyed or assigned to, but not
 * until it is moved: a move keeps them. Belongs to one thread at a time. Getters of an empty one give 0 and "". */
class event : public detail::handle<pie_event, pie_event_free> {
public:
  /** None. */
  event() noexcept = default;
  /** Takes a C event over. */
  explicit event(pie_event *raw) noexcept : handle(raw) {}

  /** One of PIE_EVENT_*. */
  std::int32_t kind() const noexcept { return get() ? get()->kind : 0; }
  /** See pie_event::status. */
  pie_status status() const noexcept { return get() ? get()->status : PIE_OK; }
  /** The tag of the launch, attach, call or registration that it is about. */
  std::uint64_t tag() const noexcept { return get() ? get()->tag : 0; }
  /** 0, 1, 2 … within the process's stream, dropped events counted. */
  std::uint64_t sequence() const noexcept { return get() ? get()->sequence : 0; }
  /** See pie_event::current. */
  std::uint64_t current() const noexcept { return get() ? get()->current : 0; }
  /** See pie_event::total. */
  std::uint64_t total() const noexcept { return get() ? get()->total : 0; }
  /** Text or the bytes of a file; a NUL follows. */
  std::string_view data() const noexcept { return get() ? std::string_view(get()->data, get()->size) : std::string_view(); }
  /** What a name there is for: see pie_event. */
  std::optional<std::string_view> name() const {
    return get() && get()->name ? std::optional<std::string_view>(get()->name) : std::nullopt;
  }
  /** Whose event it is: to be compared with process::get(), never freed. */
  const pie_process *process_handle() const noexcept { return get() ? get()->process : nullptr; }
  /** Why it tells of a failure: of its status and its error's text. */
  pie::error error() const { return {status(), get() ? get()->error : nullptr}; }

  /** Whether no more events come from its process: returned or failed. */
  bool is_last() const noexcept { return kind() == PIE_EVENT_RETURN || kind() == PIE_EVENT_ERROR; }
  /** The text of output and messages, "" of other kinds: what is printed of a stream. */
  std::string_view text() const noexcept {
    return kind() == PIE_EVENT_STDOUT || kind() == PIE_EVENT_STDERR || kind() == PIE_EVENT_MESSAGE ? data() : std::string_view();
  }

  /** What it is about, in views into this event. */
  event_view view() const;

  /** Where the event is a T, that; otherwise nullopt: `if (auto said = event.as<pie::message>())`. */
  template <class T> std::optional<T> as() const {
    const event_view all = view();
    const T *that = std::get_if<T>(&all);
    return that ? std::optional<T>(*that) : std::nullopt;
  }

  /** Calls a function with what it is about, see pie::overloaded. */
  template <class Function> decltype(auto) visit(Function &&function) const {
    return std::visit(std::forward<Function>(function), view());
  }

  /** Copies what it is about. */
  event_copy copy() const {
    return {kind(),    status(), tag(),     sequence(), current(), total(), std::string(data()),
            name() ? std::optional<std::string>(*name()) : std::nullopt,
            get() && get()->error ? pie_error_message(get()->error) : std::string()};
  }

  /** Takes the client that a DONE bears; empty where there is none (any more). */
  client take_client() noexcept;
  /** Takes the process that a DONE bears; empty where there is none (any more). */
  process take_process() noexcept;
  /** Takes the processes that a DONE bears. */
  std::vector<process> take_processes();
  /** Takes the list that a DONE bears; empty where there is none (any more). */
  process_list take_process_list() noexcept;

  /**
   * Answers an mcp_request, once.
   *
   * @param ok    true: json is the result. false: it is an error object, or a JSON string that becomes its message.
   * @param json  JSON text.
   * @return See pie_event_mcp_respond; after PIE_E_INVALID_ARGUMENT and PIE_E_TOO_LARGE the request is still open.
   */
  result<void> try_mcp_respond(bool ok, std::string_view json) {
    return detail::call<void>(pie_event_mcp_respond, get(), static_cast<std::int32_t>(ok), detail::text("json", json));
  }
#ifdef PIE_EXCEPTIONS
  /** As try_mcp_respond. */
  void mcp_respond(bool ok, std::string_view json) { try_mcp_respond(ok, json).value(); }
#endif
};

inline event_view event::view() const {
  switch (kind()) {
  case PIE_EVENT_STDOUT: return output{data()};
  case PIE_EVENT_STDERR: return error_output{data()};
  case PIE_EVENT_MESSAGE: return message{data()};
  case PIE_EVENT_FILE: return file{status(), data(), name()};
  case PIE_EVENT_RETURN: return returned{data()};
  case PIE_EVENT_ERROR: return failed{status(), data()};
  case PIE_EVENT_OTHER: return other{name().value_or(""), data()};
  case PIE_EVENT_OVERFLOW: return overflow{current(), total()};
  case PIE_EVENT_DONE: return done{status()};
  case PIE_EVENT_CONNECTION: return connection{status(), current(), total()};
  case PIE_EVENT_PROGRESS: return progress{current(), total()};
  case PIE_EVENT_MCP_REQUEST: return mcp_request{name().value_or(""), data()};
  default: return unknown{kind()};
  }
}

} // namespace pie

#endif
