/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * What calls are given: options of a connection, private keys, how a process is launched, MCP servers. */
#ifndef PIE_CLIENT_SETTINGS_HPP
#define PIE_CLIENT_SETTINGS_HPP

#include "call.hpp"

#include <initializer_list>

namespace pie {

class queue;

/** Connection settings. Belongs to one thread at a time; a client keeps a copy. docs/options.md lists them. */
class options : public detail::handle<pie_options, pie_options_free> {
public:
  /** Every value at its default. */
  options() : options(pie_options_new()) {}
  /** Takes a C handle over. */
  explicit options(pie_options *raw) noexcept : handle(raw) {}

#ifdef PIE_EXCEPTIONS
  /** The defaults but for these: `pie::options{{"reconnect", "on"}}`. Fails as set does. */
  options(std::initializer_list<std::pair<std::string_view, std::string_view>> values) : options() {
    for (const auto &[key, value] : values) set(key, value);
  }

  /** Sets one option and gives the same object back, for the next one. See try_set. */
  options &set(std::string_view key, std::string_view value) {
    try_set(key, value).value();
    return *this;
  }
#endif

  /**
   * Sets one option. The former value stays on every failure.
   *
   * @return PIE_E_INVALID_ARGUMENT: no such key, or a value that is not allowed; the text lists what is.
   *         PIE_E_UNSUPPORTED: a value whose feature this version lacks.
   */
  result<void> try_set(std::string_view key, std::string_view value) {
    return detail::call<void>(pie_options_set, get(), detail::text("key", key), detail::text("value", value));
  }

  /** JSON text that describes every option. Lives for ever. */
  static std::string_view describe() noexcept { return pie_options_describe(); }
};

/** A private key. One key may log in any number of clients, from any number of threads at once. */
class private_key : public detail::handle<pie_private_key, pie_private_key_free> {
public:
  /** None. */
  private_key() noexcept = default;
  /** Takes a C handle over. */
  explicit private_key(pie_private_key *raw) noexcept : handle(raw) {}

  /** Reads the first private key of a file; `~` is expanded. See pie_private_key_from_file. What is copied of the
   * passphrase is wiped. Fails with PIE_E_IO, PIE_E_KEY (no fitting key, or a wrong passphrase), PIE_E_INVALID_ARGUMENT. */
  static result<private_key> try_from_file(std::string_view path,
                                           std::optional<std::string_view> passphrase = std::nullopt) {
    return detail::call<private_key>(pie_private_key_from_file, detail::text("path", path),
                                     detail::secret("passphrase", passphrase));
  }

  /** Reads the first private key of a text. What is copied of both is wiped. Fails with PIE_E_KEY,
   * PIE_E_INVALID_ARGUMENT. */
  static result<private_key> try_parse(std::string_view text,
                                       std::optional<std::string_view> passphrase = std::nullopt) {
    return detail::call<private_key>(pie_private_key_parse, detail::secret("text", text),
                                     detail::secret("passphrase", passphrase));
  }

#ifdef PIE_EXCEPTIONS
  /** As try_from_file. */
  static private_key from_file(std::string_view path, std::optional<std::string_view> passphrase = std::nullopt) {
    return try_from_file(path, passphrase).value();
  }
  /** As try_parse. */
  static private_key parse(std::string_view text, std::optional<std::string_view> passphrase = std::nullopt) {
    return try_parse(text, passphrase).value();
  }
#endif

  /** "ed25519", "rsa-3072", "ecdsa-p256", "ecdsa-p384"; "" where there is none. Lives as long as the key. */
  std::string_view algorithm() const noexcept { return pie_private_key_algorithm(get()); }
};

/** How a process is launched. Made from nothing, or from its input: `client.launch_process("story@0.1.0", json)`. */
struct launch_options {
  /** The defaults. */
  launch_options() = default;
  /** The defaults, with this input. */
  template <class Text, class = std::enable_if_t<std::is_convertible_v<Text, std::string_view>>>
  launch_options(const Text &json) : input(std::string_view(json)) {}
  launch_options(const launch_options &) = default;            /**< A value. */
  launch_options(launch_options &&) = default;                 /**< A value. */
  launch_options &operator=(const launch_options &) = default; /**< A value. */
  launch_options &operator=(launch_options &&) = default;      /**< A value. */
  ~launch_options() = default;

  /** JSON text, checked before it is sent. */
  std::string input = "{}";
  /** How many tokens the process may make; 0 = the engine's default. Engines 0.5 know none: PIE_E_UNSUPPORTED. */
  std::uint64_t token_budget = 0;
  /** Comes back in each event of the process. */
  std::uint64_t tag = 0;
  /** false: the process has no stream, see PIE_LAUNCH_NO_CAPTURE. */
  bool capture = true;
  /** Where the process's events go; borrowed by the call; nullptr = a queue of its own. */
  const queue *events = nullptr;
};

/** An MCP server that is a program, see pie_mcp_server. */
struct mcp_server {
  /** The program: a name that is looked for in PATH, or a path with a slash in it. */
  std::string command{};
  /** What the program is given, without its own name. */
  std::vector<std::string> args{};
  /** "NAME=value" each, added to the host's environment. */
  std::vector<std::string> env{};
  /** Where the program runs; unset = where the host does. */
  std::optional<std::string> working_directory{};
  /** Unset or "stdio". Others are PIE_E_UNSUPPORTED. */
  std::optional<std::string> transport{};
  /** Unset: stdio has none. */
  std::optional<std::string> url{};
};

/** @cond DETAIL */
namespace detail {

class launch_arguments {
public:
  explicit launch_arguments(const launch_options &from);
  launch_arguments(const launch_arguments &) = delete;
  launch_arguments &operator=(const launch_arguments &) = delete;
  std::tuple<const pie_launch_options *> c() const { return {&c_}; }
  std::optional<error> wrong() const {
    if (queue_is_empty_) return error(PIE_E_INVALID_ARGUMENT, "options.events is an empty queue");
    return input_.wrong();
  }

private:
  text input_;
  bool queue_is_empty_;
  pie_launch_options c_;
};

class server_arguments {
public:
  explicit server_arguments(const mcp_server &from)
      : transport_("transport", view(from.transport)), command_("command", from.command), args_("args", from.args),
        url_("url", view(from.url)), env_("env", from.env),
        working_directory_("working_directory", view(from.working_directory)), c_(PIE_MCP_SERVER_INIT) {
    c_.transport = std::get<0>(transport_.c());
    c_.command = std::get<0>(command_.c());
    std::tie(c_.args, c_.arg_count) = args_.c();
    c_.url = std::get<0>(url_.c());
    std::tie(c_.env, c_.env_count) = env_.c();
    c_.working_directory = std::get<0>(working_directory_.c());
  }
  server_arguments(const server_arguments &) = delete;
  server_arguments &operator=(const server_arguments &) = delete;
  std::tuple<const pie_mcp_server *> c() const { return {&c_}; }
  std::optional<error> wrong() const { return first_wrong(transport_, command_, args_, url_, env_, working_directory_); }

private:
  static std::optional<std::string_view> view(const std::optional<std::string> &from) {
    return from ? std::optional<std::string_view>(*from) : std::nullopt;
  }
  text transport_, command_;
  texts args_;
  text url_;
  texts env_;
  text working_directory_;
  pie_mcp_server c_;
};

} // namespace detail
/** @endcond */

} // namespace pie

#endif
