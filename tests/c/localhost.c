/* connect: a host name is resolved, and each of its addresses tried: engines listen on one of them. */
#include "harness.h"

int main(void) {
  EACH_GENERATION(generation) {
    char *uri = engine_uri(generation, NULL), named[64];
    snprintf(named, sizeof named, "ws://localhost:%s", strrchr(uri, ':') + 1);
    pie_client *client = POISON;
    OK(pie_client_connect(named, NULL, WAIT, &client, &error));
    EQ(pie_client_generation(client), generation);
    hang_up(client);
    snprintf(named, sizeof named, "ws://[::1]:%s", strrchr(uri, ':') + 1);
    STATUS(pie_client_connect(named, NULL, WAIT, &client, &error), PIE_E_CONNECT);
    CHECK(client == NULL);
    free(uri);
  }
  return finish();
}
