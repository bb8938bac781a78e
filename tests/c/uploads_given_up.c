/* A request given up: uploads that ran out of time in the middle leave nothing behind at the engine that would refuse
   the next one; engines 0.5 keep at most 16 uploads open, engines 0.4 know them by their hash. */
#include "harness.h"

/* More than the system takes in hand for an engine that reads slowly. */
enum { SIZE = 16 << 20, LAST_CHUNK = SIZE / 262144 - 1, GIVEN_UP = 20, ATTEMPTS = 1000 };

typedef struct seen {
  size_t begun, whole;
} seen;

/* The uploads whose first chunk came, and those whose last one came. */
static seen uploads(pie_client *client) {
  char *frames = look(client, "received"), last[40];
  snprintf(last, sizeof last, "\"chunk_index\":%d,", LAST_CHUNK);
  seen now = {count_text(frames, "\"chunk_index\":0,"), count_text(frames, last)};
  pie_string_free(frames);
  return now;
}

static pie_status install(pie_client *client, const unsigned char *bytes, int64_t limit, pie_error **error) {
  return pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("given-up"), 1, limit, error);
}

/* Until enough have ended between their first chunk and their last one: that time is found by trying. */
static void give_up(pie_client *client, const unsigned char *bytes, int64_t limit) {
  seen before = uploads(client);
  int given_up = 0;
  for (int i = 0; i < ATTEMPTS && given_up < GIVEN_UP; i++) {
    pie_error *error = NULL;
    pie_status status = install(client, bytes, limit, &error);
    if (status != PIE_OK)
      check_status(__FILE__, __LINE__, "install", status, PIE_E_TIMED_OUT, error, NULL, NULL);
    seen now = uploads(client);
    if (now.whole > before.whole)
      limit -= limit / 8;
    else if (now.begun > before.begun)
      given_up++;
    else
      limit += limit / 8 + 1;
    before = now;
  }
  EQ(given_up, GIVEN_UP);
}

int main(void) {
  unsigned char *bytes = pattern(SIZE);
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "upload_window_bytes=1");
    int64_t begun = now_ms();
    OK(install(client, bytes, WAIT, &error));
    give_up(client, bytes, (now_ms() - begun) / 2 + 1);
    OK(install(client, bytes, WAIT, &error));
    OK(pie_client_install_program_bytes(client, "other", 5, MANIFEST("other"), 1, WAIT, &error));
    hang_up(client);
  }
  free(bytes);
  return finish();
}
