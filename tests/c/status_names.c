/* the numbers of pie_status; pie_status_name gives "PIE_E_TIMED_OUT" and is never NULL. */
#include "harness.h"

#define NAME(status) EQ_TEXT(pie_status_name(status), #status)

int main(void) {
  NAME(PIE_OK);
  NAME(PIE_EMPTY);
  NAME(PIE_INTERRUPTED);
  NAME(PIE_END);
  NAME(PIE_E_INVALID_ARGUMENT);
  NAME(PIE_E_NO_MEMORY);
  NAME(PIE_E_INTERNAL);
  NAME(PIE_E_FORKED);
  NAME(PIE_E_WOULD_DEADLOCK);
  NAME(PIE_E_UNSUPPORTED);
  NAME(PIE_E_IO);
  NAME(PIE_E_TIMED_OUT);
  NAME(PIE_E_CANCELLED);
  NAME(PIE_E_CLOSED);
  NAME(PIE_E_TOO_LARGE);
  NAME(PIE_E_ABI_MISMATCH);
  NAME(PIE_E_INVALID_STATE);
  NAME(PIE_E_BUSY);
  NAME(PIE_E_CONNECT);
  NAME(PIE_E_TLS);
  NAME(PIE_E_DISCONNECTED);
  NAME(PIE_E_PROTOCOL);
  NAME(PIE_E_KEY);
  NAME(PIE_E_AUTH);
  NAME(PIE_E_REJECTED);
  NAME(PIE_E_REGISTRY);
  NAME(PIE_E_MCP);
  NAME(PIE_E_PROCESS);
  for (pie_status status = -200; status < 200; status++) {
    CHECK(pie_status_name(status) != NULL);
    CHECK(*pie_status_name(status) != '\0');
  }
  CHECK(pie_status_name(INT32_MIN) != NULL && pie_status_name(INT32_MAX) != NULL);
  CHECK(pie_status_name(PIE_E_BUSY) == pie_status_name(PIE_E_BUSY)); /* lives for ever: no copy */
  return finish();
}
