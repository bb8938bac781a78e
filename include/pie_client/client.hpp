/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * Clients: connections to engines, and what an engine is asked. */
#ifndef PIE_CLIENT_CLIENT_HPP
#define PIE_CLIENT_CLIENT_HPP

#include "json.hpp"
#include "process.hpp"
#include "signer.hpp"

namespace pie {

/**
 * One connection to an engine. Destroying it closes the connection, in the background; processes' handles stay valid.
 *
 * Every call may fail with PIE_E_DISCONNECTED, PIE_E_CLOSED, PIE_E_AUTH, PIE_E_INVALID_ARGUMENT and PIE_E_FORKED, and where it
 * waits with PIE_E_TIMED_OUT; what else it may fail with stands beside it. All of it is told at the C function of the name.
 */
class client : public detail::handle<pie_client, pie_client_free> {
public:
  /** None. */
  client() noexcept = default;
  /** Takes a C handle over. */
  explicit client(pie_client *raw) noexcept : handle(raw) {}

  /** @name Connecting */
  /** @{ */
  /** Connects to an engine: "ws://host:port", or "wss://host:port" for TLS. PIE_E_CONNECT, PIE_E_TLS, PIE_E_IO, PIE_E_NO_MEMORY. */
  static pie::result<client> try_connect(std::string_view uri, const options &with, timeout limit = forever) {
    return detail::call<client>(pie_client_connect, detail::text("uri", uri), detail::given("options", with), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_connect. */
  static client connect(std::string_view uri, const options &with, timeout limit = forever) { return try_connect(uri, with, limit).value(); }
#endif
  /** As try_connect. */
  static operation<client> connect_async(dispatcher &in, std::string_view uri, const options &with, timeout limit = forever) {
    return detail::begin<client>(in, pie_client_connect_async, detail::text("uri", uri), detail::given("options", with), limit);
  }

  /** Connects with the default options. */
  static pie::result<client> try_connect(std::string_view uri, timeout limit = forever) {
    return detail::call<client>(pie_client_connect, detail::text("uri", uri), static_cast<const pie_options *>(nullptr), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_connect. */
  static client connect(std::string_view uri, timeout limit = forever) { return try_connect(uri, limit).value(); }
#endif
  /** As try_connect. */
  static operation<client> connect_async(dispatcher &in, std::string_view uri, timeout limit = forever) {
    return detail::begin<client>(in, pie_client_connect_async, detail::text("uri", uri), static_cast<const pie_options *>(nullptr), limit);
  }

  /** Closes the connection: see pie_client_close. The limit of 0 = begin only. PIE_E_WOULD_DEADLOCK: on the thread of a callback of
   * this client's events. */
  pie::result<void> try_close(timeout limit = forever) const {
    return detail::call<void>(pie_client_close, get(), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_close. */
  void close(timeout limit = forever) const { try_close(limit).value(); }
#endif
  /** As try_close. */
  operation<void> close_async(dispatcher &in, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_close_async, get(), limit);
  }

  /** PIE_GENERATION_* of the engine. */
  std::int32_t generation() const noexcept { return pie_client_generation(get()); }

  /** The queue of what happens to the connection; it ends when the client is closed. See pie_client_queue. */
  queue connection_queue() const { return queue(pie_client_queue(get())); }
  /** The same, in a dispatcher. */
  event_stream connection_events(dispatcher &in) const { return event_stream(in, connection_queue()); }

  /** @} */
  /** @name Logging in */
  /** @{ */

  /** Logs in without a key, at an engine whose login is off. */
  pie::result<void> try_authenticate(std::string_view username, timeout limit = forever) const {
    return detail::call<void>(pie_client_authenticate, get(), detail::text("username", username), static_cast<const pie_private_key *>(nullptr), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_authenticate. */
  void authenticate(std::string_view username, timeout limit = forever) const { try_authenticate(username, limit).value(); }
#endif
  /** As try_authenticate. */
  operation<void> authenticate_async(dispatcher &in, std::string_view username, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_authenticate_async, get(), detail::text("username", username), static_cast<const pie_private_key *>(nullptr), limit);
  }

  /** Logs in with a key, which may be destroyed when the call has returned, also the asynchronous one. PIE_E_PROTOCOL, PIE_E_KEY. */
  pie::result<void> try_authenticate(std::string_view username, const private_key &key, timeout limit = forever) const {
    return detail::call<void>(pie_client_authenticate, get(), detail::text("username", username), detail::given("key", key), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_authenticate. */
  void authenticate(std::string_view username, const private_key &key, timeout limit = forever) const { try_authenticate(username, key, limit).value(); }
#endif
  /** As try_authenticate. */
  operation<void> authenticate_async(dispatcher &in, std::string_view username, const private_key &key, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_authenticate_async, get(), detail::text("username", username), detail::given("key", key), limit);
  }

  /**
   * Logs in with signatures that a function of the host makes, on this thread. See pie_client_authenticate_with_signer.
   *
   * @param username  Who logs in.
   * @param signs     Takes pie::bytes, the challenge, and gives a container of bytes, the signature. Where it throws, the call
   *                  fails with PIE_E_KEY, and the exception's text is in the error's.
   * @param limit     For all of it.
   */
  template <class Signer>
  pie::result<void> try_authenticate_with_signer(std::string_view username, Signer &&signs, timeout limit = forever) const {
    detail::signer<Signer> asked(signs);
    pie::result<void> how = detail::call<void>(pie_client_authenticate_with_signer, get(), detail::text("username", username),
                                               &detail::signer<Signer>::from_c, static_cast<void *>(&asked), limit);
    return asked.explain(std::move(how));
  }
#ifdef PIE_EXCEPTIONS
  /** As try_authenticate_with_signer. */
  template <class Signer>
  void authenticate_with_signer(std::string_view username, Signer &&signs, timeout limit = forever) const {
    try_authenticate_with_signer(username, std::forward<Signer>(signs), limit).value();
  }
#endif

  /** Logs in with a key of the SSH agent: a line of a .pub file or a fingerprint says which; unset, any. PIE_E_KEY, PIE_E_PROTOCOL,
   * PIE_E_UNSUPPORTED. */
  pie::result<void> try_authenticate_with_agent(std::string_view username, std::optional<std::string_view> public_key = std::nullopt, timeout limit = forever) const {
    return detail::call<void>(pie_client_authenticate_with_agent, get(), detail::text("username", username), detail::text("public_key", public_key), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_authenticate_with_agent. */
  void authenticate_with_agent(std::string_view username, std::optional<std::string_view> public_key = std::nullopt, timeout limit = forever) const { try_authenticate_with_agent(username, public_key, limit).value(); }
#endif
  /** As try_authenticate_with_agent. */
  operation<void> authenticate_with_agent_async(dispatcher &in, std::string_view username, std::optional<std::string_view> public_key = std::nullopt, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_authenticate_with_agent_async, get(), detail::text("username", username), detail::text("public_key", public_key), limit);
  }

  /** Logs in with the engine's internal token; what is copied of it is wiped. Engines 0.4 only: PIE_E_UNSUPPORTED. */
  pie::result<void> try_auth_by_token(std::string_view token, timeout limit = forever) const {
    return detail::call<void>(pie_client_auth_by_token, get(), detail::secret("token", token), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_auth_by_token. */
  void auth_by_token(std::string_view token, timeout limit = forever) const { try_auth_by_token(token, limit).value(); }
#endif
  /** As try_auth_by_token. */
  operation<void> auth_by_token_async(dispatcher &in, std::string_view token, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_auth_by_token_async, get(), detail::secret("token", token), limit);
  }

  /** @} */
  /** @name Questions and programs */
  /** @{ */

  /** Gives the time from a request to the engine's answer. PIE_E_REJECTED. */
  pie::result<std::chrono::nanoseconds> try_ping(timeout limit = forever) const {
    return detail::call<std::chrono::nanoseconds>(pie_client_ping, get(), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_ping. */
  std::chrono::nanoseconds ping(timeout limit = forever) const { return try_ping(limit).value(); }
#endif
  /** As try_ping. */
  operation<std::chrono::nanoseconds> ping_async(dispatcher &in, timeout limit = forever) const {
    return detail::begin<std::chrono::nanoseconds>(in, pie_client_ping_async, get(), limit);
  }

  /** Asks for a fact, such as "model_status"; the answer is JSON text. PIE_E_REJECTED. */
  pie::result<std::string> try_query(std::string_view subject, std::string_view record = "", timeout limit = forever) const {
    return detail::call<std::string>(pie_client_query, get(), detail::text("subject", subject), detail::text("record", record), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_query. */
  std::string query(std::string_view subject, std::string_view record = "", timeout limit = forever) const { return try_query(subject, record, limit).value(); }
#endif
  /** As try_query. */
  operation<std::string> query_async(dispatcher &in, std::string_view subject, std::string_view record = "", timeout limit = forever) const {
    return detail::begin<std::string>(in, pie_client_query_async, get(), detail::text("subject", subject), detail::text("record", record), limit);
  }

  /** Asks a registry for the newest version: "name@version". Unset, the registry is that of the Pie project. PIE_E_REGISTRY,
   * PIE_E_TLS, PIE_E_CONNECT. */
  pie::result<std::string> try_resolve_version(std::string_view name, std::optional<std::string_view> registry_url = std::nullopt, timeout limit = forever) const {
    return detail::call<std::string>(pie_client_resolve_version, get(), detail::text("name", name), detail::text("registry_url", registry_url), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_resolve_version. */
  std::string resolve_version(std::string_view name, std::optional<std::string_view> registry_url = std::nullopt, timeout limit = forever) const { return try_resolve_version(name, registry_url, limit).value(); }
#endif
  /** As try_resolve_version. */
  operation<std::string> resolve_version_async(dispatcher &in, std::string_view name, std::optional<std::string_view> registry_url = std::nullopt, timeout limit = forever) const {
    return detail::begin<std::string>(in, pie_client_resolve_version_async, get(), detail::text("name", name), detail::text("registry_url", registry_url), limit);
  }

  /** Asks whether a program is installed, by its name and version. PIE_E_REJECTED, PIE_E_PROTOCOL. */
  pie::result<bool> try_check_program(std::string_view inferlet, timeout limit = forever) const {
    return detail::call<bool>(pie_client_check_program, get(), detail::text("inferlet", inferlet), static_cast<const char *>(nullptr), static_cast<const char *>(nullptr), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_check_program. */
  bool check_program(std::string_view inferlet, timeout limit = forever) const { return try_check_program(inferlet, limit).value(); }
#endif
  /** As try_check_program. */
  operation<bool> check_program_async(dispatcher &in, std::string_view inferlet, timeout limit = forever) const {
    return detail::begin<bool>(in, pie_client_check_program_async, get(), detail::text("inferlet", inferlet), static_cast<const char *>(nullptr), static_cast<const char *>(nullptr), limit);
  }

  /** The same, with the files whose hashes are sent along. PIE_E_IO too. */
  pie::result<bool> try_check_program(std::string_view inferlet, std::optional<std::string_view> wasm_path, std::optional<std::string_view> manifest_path, timeout limit = forever) const {
    return detail::call<bool>(pie_client_check_program, get(), detail::text("inferlet", inferlet), detail::text("wasm_path", wasm_path), detail::text("manifest_path", manifest_path), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_check_program. */
  bool check_program(std::string_view inferlet, std::optional<std::string_view> wasm_path, std::optional<std::string_view> manifest_path, timeout limit = forever) const { return try_check_program(inferlet, wasm_path, manifest_path, limit).value(); }
#endif
  /** As try_check_program. */
  operation<bool> check_program_async(dispatcher &in, std::string_view inferlet, std::optional<std::string_view> wasm_path, std::optional<std::string_view> manifest_path, timeout limit = forever) const {
    return detail::begin<bool>(in, pie_client_check_program_async, get(), detail::text("inferlet", inferlet), detail::text("wasm_path", wasm_path), detail::text("manifest_path", manifest_path), limit);
  }

  /** Installs a program from files. Without `overwrite` the engine keeps what it has of the name and version. PIE_E_REJECTED,
   * PIE_E_IO, PIE_E_TOO_LARGE. */
  pie::result<void> try_install_program(std::string_view program_path, std::string_view manifest_path, bool overwrite = false, timeout limit = forever) const {
    return detail::call<void>(pie_client_install_program, get(), detail::text("program_path", program_path), detail::text("manifest_path", manifest_path), static_cast<std::int32_t>(overwrite), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_install_program. */
  void install_program(std::string_view program_path, std::string_view manifest_path, bool overwrite = false, timeout limit = forever) const { try_install_program(program_path, manifest_path, overwrite, limit).value(); }
#endif
  /** As try_install_program. Has progress. */
  operation<void> install_program_async(dispatcher &in, std::string_view program_path, std::string_view manifest_path, bool overwrite = false, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_install_program_async, get(), detail::text("program_path", program_path), detail::text("manifest_path", manifest_path), static_cast<std::int32_t>(overwrite), limit);
  }

  /** The same from memory: borrowed until the call returns, copied by the asynchronous one. PIE_E_REJECTED, PIE_E_TOO_LARGE. */
  pie::result<void> try_install_program_bytes(bytes program, std::string_view manifest, bool overwrite = false, timeout limit = forever) const {
    return detail::call<void>(pie_client_install_program_bytes, get(), program, detail::text("manifest", manifest), static_cast<std::int32_t>(overwrite), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_install_program_bytes. */
  void install_program_bytes(bytes program, std::string_view manifest, bool overwrite = false, timeout limit = forever) const { try_install_program_bytes(program, manifest, overwrite, limit).value(); }
#endif
  /** As try_install_program_bytes. Has progress. */
  operation<void> install_program_bytes_async(dispatcher &in, bytes program, std::string_view manifest, bool overwrite = false, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_install_program_bytes_async, get(), program, detail::text("manifest", manifest), static_cast<std::int32_t>(overwrite), limit);
  }

  /** @} */
  /** @name Processes and daemons */
  /** @{ */

  /** Starts a process; instead of options, its input (JSON text) will do. PIE_E_REJECTED, PIE_E_UNSUPPORTED, PIE_E_TOO_LARGE,
   * PIE_E_PROTOCOL. */
  pie::result<process> try_launch_process(std::string_view inferlet, const launch_options &with = {}, timeout limit = forever) const {
    return detail::call<process>(pie_client_launch_process, get(), detail::text("inferlet", inferlet), detail::launch_arguments(with), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_launch_process. */
  process launch_process(std::string_view inferlet, const launch_options &with = {}, timeout limit = forever) const { return try_launch_process(inferlet, with, limit).value(); }
#endif
  /** As try_launch_process. */
  operation<process> launch_process_async(dispatcher &in, std::string_view inferlet, const launch_options &with = {}, timeout limit = forever) const {
    return detail::begin<process>(in, pie_client_launch_process_async, get(), detail::text("inferlet", inferlet), detail::launch_arguments(with), limit);
  }

  /** Starts one process for each input (JSON text): all of them, or none. The i-th has the tag `with.tag` + i; `with.input` is
   * not used, and must be as it was. As try_launch_process; the error's text tells which input. */
  pie::result<std::vector<process>> try_launch_processes(std::string_view inferlet, const std::vector<std::string> &inputs,
                                                         const launch_options &with = {}, timeout limit = forever) const;
#ifdef PIE_EXCEPTIONS
  /** As try_launch_processes. */
  std::vector<process> launch_processes(std::string_view inferlet, const std::vector<std::string> &inputs,
                                        const launch_options &with = {}, timeout limit = forever) const {
    return try_launch_processes(inferlet, inputs, with, limit).value();
  }
#endif
  /** As try_launch_processes. */
  operation<std::vector<process>> launch_processes_async(dispatcher &in, std::string_view inferlet,
                                                         const std::vector<std::string> &inputs,
                                                         const launch_options &with = {}, timeout limit = forever) const {
    return detail::begin<std::vector<process>>(in, pie_client_launch_processes_async, get(), detail::text("inferlet", inferlet),
                                               detail::texts("inputs", inputs), detail::launch_arguments(with), limit);
  }

  /** Runs one process for each input and gives what they returned; when one fails, the others are terminated. Of the options
   * `token_budget` alone may be set. PIE_E_PROCESS, and as try_launch_processes. */
  pie::result<std::vector<std::string>> try_run_processes(std::string_view inferlet, const std::vector<std::string> &inputs,
                                                          const launch_options &with = {}, timeout limit = forever) const {
    return detail::call<std::vector<std::string>>(pie_client_run_processes, get(), detail::text("inferlet", inferlet),
                                                  detail::texts("inputs", inputs), detail::launch_arguments(with), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_run_processes. */
  std::vector<std::string> run_processes(std::string_view inferlet, const std::vector<std::string> &inputs,
                                         const launch_options &with = {}, timeout limit = forever) const {
    return try_run_processes(inferlet, inputs, with, limit).value();
  }
#endif
  /** As try_run_processes. Cancelled, it ends the processes. */
  operation<std::vector<std::string>> run_processes_async(dispatcher &in, std::string_view inferlet,
                                                          const std::vector<std::string> &inputs,
                                                          const launch_options &with = {}, timeout limit = forever) const {
    return detail::begin<std::vector<std::string>>(in, pie_client_run_processes_async, get(), detail::text("inferlet", inferlet),
                                                   detail::texts("inputs", inputs), detail::launch_arguments(with), limit);
  }

  /** Makes the events of a running process this client's; of the options `tag` and `events` alone may be set. Which can be
   * attached is told at pie_client_attach_process. PIE_E_REJECTED, PIE_E_INVALID_STATE. */
  pie::result<process> try_attach_process(std::string_view process_id, const launch_options &with = {}, timeout limit = forever) const {
    return detail::call<process>(pie_client_attach_process, get(), detail::text("process_id", process_id), detail::launch_arguments(with), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_attach_process. */
  process attach_process(std::string_view process_id, const launch_options &with = {}, timeout limit = forever) const { return try_attach_process(process_id, with, limit).value(); }
#endif
  /** As try_attach_process. */
  operation<process> attach_process_async(dispatcher &in, std::string_view process_id, const launch_options &with = {}, timeout limit = forever) const {
    return detail::begin<process>(in, pie_client_attach_process_async, get(), detail::text("process_id", process_id), detail::launch_arguments(with), limit);
  }

  /** Asks for the running processes: on 0.4 those of the user, on 0.5 everybody's. PIE_E_PROTOCOL, PIE_E_REJECTED. */
  pie::result<process_list> try_list_processes(timeout limit = forever) const {
    return detail::call<process_list>(pie_client_list_processes, get(), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_list_processes. */
  process_list list_processes(timeout limit = forever) const { return try_list_processes(limit).value(); }
#endif
  /** As try_list_processes. */
  operation<process_list> list_processes_async(dispatcher &in, timeout limit = forever) const {
    return detail::begin<process_list>(in, pie_client_list_processes_async, get(), limit);
  }

  /** Sends a process a text by its id; never waits. PIE_E_BUSY, PIE_E_TOO_LARGE. */
  pie::result<void> try_signal_process(std::string_view process_id, std::string_view message) const {
    return detail::call<void>(pie_client_signal_process, get(), detail::text("process_id", process_id), detail::text("message", message));
  }
#ifdef PIE_EXCEPTIONS
  /** As try_signal_process. */
  void signal_process(std::string_view process_id, std::string_view message) const { try_signal_process(process_id, message).value(); }
#endif

  /** Has the engine end a process by its id. PIE_E_REJECTED. */
  pie::result<void> try_terminate_process(std::string_view process_id, timeout limit = forever) const {
    return detail::call<void>(pie_client_terminate_process, get(), detail::text("process_id", process_id), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_terminate_process. */
  void terminate_process(std::string_view process_id, timeout limit = forever) const { try_terminate_process(process_id, limit).value(); }
#endif
  /** As try_terminate_process. */
  operation<void> terminate_process_async(dispatcher &in, std::string_view process_id, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_terminate_process_async, get(), detail::text("process_id", process_id), limit);
  }

  /** Has the engine serve HTTP by an inferlet, at 127.0.0.1 on its machine. Engines 0.4 only: PIE_E_UNSUPPORTED. PIE_E_REJECTED. */
  pie::result<void> try_launch_daemon(std::string_view inferlet, std::uint16_t port, std::string_view input = "{}", timeout limit = forever) const {
    return detail::call<void>(pie_client_launch_daemon, get(), detail::text("inferlet", inferlet), static_cast<std::uint32_t>(port), detail::text("input", input), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_launch_daemon. */
  void launch_daemon(std::string_view inferlet, std::uint16_t port, std::string_view input = "{}", timeout limit = forever) const { try_launch_daemon(inferlet, port, input, limit).value(); }
#endif
  /** As try_launch_daemon. */
  operation<void> launch_daemon_async(dispatcher &in, std::string_view inferlet, std::uint16_t port, std::string_view input = "{}", timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_launch_daemon_async, get(), detail::text("inferlet", inferlet), static_cast<std::uint32_t>(port), detail::text("input", input), limit);
  }

  /** @} */
  /** @name MCP: servers that inferlets use through this client. Engines 0.4 only: PIE_E_UNSUPPORTED */
  /** @{ */

  /** Starts a program that is an MCP server, and offers it. PIE_E_MCP, PIE_E_INVALID_STATE, PIE_E_REJECTED. */
  pie::result<void> try_register_mcp_server(std::string_view name, const mcp_server &server, timeout limit = forever) const {
    return detail::call<void>(pie_client_register_mcp_server, get(), detail::text("name", name), detail::server_arguments(server), limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_register_mcp_server. */
  void register_mcp_server(std::string_view name, const mcp_server &server, timeout limit = forever) const { try_register_mcp_server(name, server, limit).value(); }
#endif
  /** As try_register_mcp_server. */
  operation<void> register_mcp_server_async(dispatcher &in, std::string_view name, const mcp_server &server, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_register_mcp_server_async, get(), detail::text("name", name), detail::server_arguments(server), limit);
  }

  /** Offers a server within this program: its requests come to this queue, with this tag, as mcp_request. To have a function
   * answer them, see pie::mcp_handler. PIE_E_INVALID_STATE, PIE_E_REJECTED. */
  pie::result<void> try_register_mcp_handler(std::string_view name, const queue &requests, std::uint64_t tag = 0, timeout limit = forever) const {
    return detail::call<void>(pie_client_register_mcp_handler, get(), detail::text("name", name), detail::given("requests", requests), tag, limit);
  }
#ifdef PIE_EXCEPTIONS
  /** As try_register_mcp_handler. */
  void register_mcp_handler(std::string_view name, const queue &requests, std::uint64_t tag = 0, timeout limit = forever) const { try_register_mcp_handler(name, requests, tag, limit).value(); }
#endif
  /** As try_register_mcp_handler. */
  operation<void> register_mcp_handler_async(dispatcher &in, std::string_view name, const queue &requests, std::uint64_t tag = 0, timeout limit = forever) const {
    return detail::begin<void>(in, pie_client_register_mcp_handler_async, get(), detail::text("name", name), detail::given("requests", requests), tag, limit);
  }

  /** Offers a server no longer. PIE_E_INVALID_STATE: there is none. */
  pie::result<void> try_unregister_mcp_server(std::string_view name) const {
    return detail::call<void>(pie_client_unregister_mcp_server, get(), detail::text("name", name));
  }
#ifdef PIE_EXCEPTIONS
  /** As try_unregister_mcp_server. */
  void unregister_mcp_server(std::string_view name) const { try_unregister_mcp_server(name).value(); }
#endif

  /** @} */
};

inline client event::take_client() noexcept { return client(pie_event_take_client(get())); }

/** @cond DETAIL */
namespace detail {

template <> struct bears<client> {
  static client take(event &from) { return from.take_client(); }
};
template <> struct bears<std::vector<std::string>> {
  static std::vector<std::string> take(event &from) { return parse_texts(from.data()); }
};
template <> struct out<std::vector<std::string>> {
  using raw = char *;
  static std::vector<std::string> take(raw from) { return parse_texts(owned_string(from).get()); }
};

} // namespace detail
/** @endcond */

inline pie::result<std::vector<process>> client::try_launch_processes(std::string_view inferlet,
                                                                      const std::vector<std::string> &inputs,
                                                                      const launch_options &with, timeout limit) const {
  std::vector<pie_process *> raw(inputs.size() + 1); /* at least one, as `out` may not be NULL */
  std::vector<process> started;
  started.reserve(inputs.size());
  const pie::result<void> how =
      detail::call<void>(pie_client_launch_processes, get(), detail::text("inferlet", inferlet),
                         detail::texts("inputs", inputs), detail::launch_arguments(with), limit, raw.data());
  if (!how) return how.error();
  raw.pop_back();
  for (pie_process *each : raw) started.emplace_back(each);
  return started;
}

} // namespace pie

#endif
