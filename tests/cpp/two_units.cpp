/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* One of two translation units of a program. Each may be compiled for another C++. */
#include <pie_client.hpp>
#include <pie_client.hpp>

#ifdef SECOND
std::string name_of(pie_status status) {
  pie::dispatcher in;
  pie::client none;
  (void)none.ping_async(in).future();
  return pie::error(status, nullptr).status_name();
}
#else
std::string name_of(pie_status status);

int main() {
  pie::dispatcher in;
  pie::client none;
  (void)none.ping_async(in).future();
  return name_of(PIE_E_KEY) == "PIE_E_KEY" ? 0 : 1;
}
#endif
