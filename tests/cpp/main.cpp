/* SPDX-License-Identifier: Apache-2.0 OR MIT */

#include "check.hpp"

#include <cstring>

int main(int argc, char **argv) {
  for (const test &each : tests()) {
    if (argc > 1 && std::strcmp(argv[1], each.name) != 0) continue;
    std::printf("%s\n", each.name);
    std::fflush(stdout);
    each.body();
  }
  return 0;
}
