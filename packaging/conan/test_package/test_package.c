/* Whether the library is there, and fits its header. */
#include <pie_client.h>
#include <stdio.h>

int main(void) {
  printf("libpie_client %s, interface %d\n", pie_version(), (int)pie_abi_version());
  return pie_abi_version() >= PIE_ABI_VERSION ? 0 : 1;
}
