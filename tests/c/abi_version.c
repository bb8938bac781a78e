/* Versions: PIE_ABI_VERSION (header) against pie_abi_version() (library); pie_version lives for ever. */
#include "harness.h"

int main(void) {
  EQ(PIE_ABI_VERSION, 1);
  EQ(pie_abi_version(), PIE_ABI_VERSION);
  const char *version = pie_version();
  CHECK(version != NULL && *version >= '0' && *version <= '9');
  OK(pie_shutdown(WAIT, &error));
  CHECK(pie_version() == version);
  return finish();
}
