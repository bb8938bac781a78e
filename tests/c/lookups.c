/* A name whose lookup hangs holds up nobody else: what was given up goes on in the system's resolver, and other names are
   looked up meanwhile. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>

#include "harness.h"

enum { HANGING = 8 };

static gate go_on = GATE_INIT;

/* In the place of the system's. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  int (*resolver)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  if (node != NULL && strstr(node, "hangs") != NULL) {
    gate_await(&go_on, 1);
    return EAI_AGAIN;
  }
  *(void **)&resolver = dlsym(RTLD_NEXT, "getaddrinfo");
  return resolver(node, service, hints, found);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL), *other = POISON;
  char *text = POISON, uri[256];
  for (int i = 0; i < HANGING; i++)
    FAILS(pie_client_resolve_version(client, "x", "http://hangs.example", BRIEF, &text, &error), PIE_E_TIMED_OUT,
          "hangs.example", "looked up");
  FAILS(pie_client_connect("ws://hangs.example", NULL, BRIEF, &other, &error), PIE_E_TIMED_OUT, "looked up");
  snprintf(uri, sizeof uri, "ws://localhost%s", strrchr(environment("PIE_TEST_URI_04"), ':'));
  OK(pie_client_connect(uri, NULL, WAIT, &other, &error));
  hang_up(other);
  gate_add(&go_on, 1);
  hang_up(client);
  return finish();
}
