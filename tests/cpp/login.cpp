/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* Logging in with keys and signers, at an engine that wants them: PIE_TEST_LOGIN_URI. */
#include "check.hpp"

#include <fstream>
#include <iterator>

namespace {

pie::client stranger() { return pie::client::connect(env("PIE_TEST_LOGIN_URI")); }

std::string key_text() {
  std::ifstream file(env("PIE_TEST_KEY"));
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST(keys_log_in_from_files_and_texts) {
  const pie::client one = stranger();
  CHECK_THROWS(one.ping(), PIE_E_AUTH);
  const pie::private_key key = pie::private_key::from_file(env("PIE_TEST_KEY"));
  CHECK(key.algorithm() == "ed25519");
  one.authenticate("me", key);
  one.ping();
  stranger().authenticate("me", pie::private_key::parse(key_text()));
  CHECK_THROWS(pie::private_key::from_file("/no/such/file"), PIE_E_IO);
  CHECK_THROWS(pie::private_key::parse("no key"), PIE_E_KEY);
  CHECK_THROWS(stranger().authenticate("me"), PIE_E_AUTH);
}

TEST(a_key_may_go_while_its_login_is_under_way) {
  pie::dispatcher in;
  const pie::client one = stranger();
  auto login = one.authenticate_async(in, "me", pie::private_key::from_file(env("PIE_TEST_KEY")));
  login.future().get();
  one.ping();
}

TEST(a_signer_gets_the_challenge_and_its_signature_is_sent) {
  const pie::client one = stranger();
  std::size_t size = 0;
  const auto signs = [&size](pie::bytes challenge) {
    size = challenge.size;
    return std::vector<std::uint8_t>(64, 1);
  };
  CHECK_THROWS(one.authenticate_with_signer("me", signs), PIE_E_AUTH);
  CHECK(size == 48);
}

TEST(what_a_signer_throws_is_in_the_error) {
  const pie::client one = stranger();
  const auto throws = [](pie::bytes) -> std::string { throw std::runtime_error("the token is locked"); };
  CHECK_FAILS(one.try_authenticate_with_signer("me", throws), PIE_E_KEY, "the token is locked");
  const auto odd = [](pie::bytes) -> std::string { throw 1; };
  CHECK_FAILS(one.try_authenticate_with_signer("me", odd), PIE_E_KEY, "unknown type");
  const auto too_long = [](pie::bytes) { return std::string(100000, 'x'); };
  CHECK_FAILS(one.try_authenticate_with_signer("me", too_long), PIE_E_KEY, "too long");
}

TEST(tokens_and_agents_are_asked) {
  const pie::client one = stranger();
  one.auth_by_token("scripted-token");
  one.ping();
  const pie::client other = stranger();
  CHECK_FAILS(other.try_authenticate_with_agent("me"), PIE_E_KEY, "");
}
