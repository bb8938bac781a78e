/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * MCP servers within the program: functions that answer. */
#ifndef PIE_CLIENT_MCP_HPP
#define PIE_CLIENT_MCP_HPP

#include "client.hpp"

namespace pie {

/** What a request is answered with. Made from JSON text: a result. */
struct mcp_reply {
  /** A result. */
  template <class Text, class = std::enable_if_t<std::is_convertible_v<Text, std::string>>>
  mcp_reply(Text &&text) : ok(true), json(std::forward<Text>(text)) {}

  /** An error: an error object, {"code":-32000,"message":"…"}, or a JSON string that becomes its message. */
  static mcp_reply error(std::string json) {
    mcp_reply reply(std::move(json));
    reply.ok = false;
    return reply;
  }

  /** Whether it is a result. */
  bool ok;
  /** JSON text. */
  std::string json;
};

/** @cond DETAIL */
namespace detail {

template <class Function> mcp_reply ask(Function &answers, const mcp_request &request) {
#ifdef PIE_EXCEPTIONS
  try {
    return answers(request);
  } catch (const std::exception &thrown) {
    return mcp_reply::error(quote(thrown.what()));
  } catch (...) {
    return mcp_reply::error(quote("the handler has failed"));
  }
#else
  return answers(request);
#endif
}

} // namespace detail
/** @endcond */

/**
 * Makes a function of requests one of events, for event_stream::on_event or queue::set_callback.
 *
 * @param answers  Takes a pie::mcp_request and gives a pie::mcp_reply, or JSON text, the result. What it throws becomes an error
 *                 with the exception's text; where what it gives is no JSON, the inferlet is told so.
 */
template <class Function> auto mcp_handler(Function answers) {
  return [answers = std::move(answers)](event asked) mutable {
    const std::optional<mcp_request> request = asked.as<mcp_request>();
    if (!request) return;
    const mcp_reply reply = detail::ask(answers, *request);
    const result<void> sent = asked.try_mcp_respond(reply.ok, reply.json);
    if (!sent) (void)asked.try_mcp_respond(false, detail::quote(sent.error().what()));
  };
}

/** Has a function answer what inferlets ask: registers a server, and serves it in a dispatcher while what it returns lives.
 * To be kept; unregistered by client::unregister_mcp_server. As client::try_register_mcp_handler. */
template <class Function>
result<event_stream> try_serve_mcp(const client &through, dispatcher &in, std::string_view name, Function answers,
                                   timeout limit = forever) {
  event_stream requests(in, queue());
  requests.on_event(mcp_handler(std::move(answers)));
  const result<void> how = through.try_register_mcp_handler(name, requests.from(), 0, limit);
  if (!how) return how.error();
  return requests;
}

#ifdef PIE_EXCEPTIONS
/** As try_serve_mcp. */
template <class Function>
event_stream serve_mcp(const client &through, dispatcher &in, std::string_view name, Function answers,
                       timeout limit = forever) {
  return try_serve_mcp(through, in, name, std::move(answers), limit).value();
}
#endif

} // namespace pie

#endif
