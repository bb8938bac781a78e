/*
 * errors: what an error tells, and trying again what may succeed later.
 *
 *   errors [URI [ATTEMPTS]]
 */
#define _POSIX_C_SOURCE 199309L /* nanosleep */
#include <pie_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 8000 };

static void rest(long ms) {
  struct timespec time;
  time.tv_sec = ms / 1000;
  time.tv_nsec = ms % 1000 * 1000000;
  nanosleep(&time, NULL);
}

/* Connects, and tries again while that makes sense. */
static pie_client *connect_patiently(const char *uri, long attempts) {
  long pause_ms;
  for (pause_ms = FIRST_PAUSE_MS;; pause_ms = pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : pause_ms) {
    pie_client *client = NULL;
    pie_error *error = NULL;
    int again;
    if (pie_client_connect(uri, NULL, 2000, &client, &error) == PIE_OK) return client;

    /* The status is for programs, the message for people: one line that says what to do. */
    fprintf(stderr, "errors: %s: %s\n", pie_status_name(pie_error_status(error)), pie_error_message(error));
    again = pie_error_is_retriable(error) && --attempts > 0; /* the same call may succeed later as it is */
    pie_error_free(error);
    if (!again) return NULL;
    rest(pause_ms); /* right away it would fail the same way; each pause is twice as long as the last, up to a limit */
  }
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const long attempts = argc > 2 ? strtol(argv[2], NULL, 10) : 3;
  pie_client *client = connect_patiently(uri, attempts);
  if (!client) return 1;
  printf("connected to an engine of generation 0.%d\n", (int)pie_client_generation(client));

  /* A call whose error is not wanted gets NULL. */
  if (pie_client_authenticate(client, "me", NULL, 10000, NULL) == PIE_E_AUTH) printf("a key is needed here\n");
  pie_client_free(client);
  return 0;
}
