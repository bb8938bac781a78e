/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* The end of the library's work. Last, as it ends everything. */
#include "check.hpp"

TEST(a_shutdown_ends_calls_and_streams_and_a_new_life_begins) {
  pie::dispatcher in;
  const pie::client client = connect("silent=ping");
  auto gives = client.ping_async(in).future();
  pie::shutdown();
  CHECK_THROWS(gives.get(), PIE_E_CLOSED);
  CHECK_THROWS(client.ping(), PIE_E_CLOSED);
  pie::dispatcher next;
  connect().ping_async(next).future().wait();
}
