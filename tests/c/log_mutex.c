/* pie_set_log_callback: a log callback that waits for a mutex which the host holds around a call does not hold
   up the time limit of that call. */
#include "harness.h"

enum { PINGS = 40, LIMIT = 100 };

static pthread_mutex_t of_host = PTHREAD_MUTEX_INITIALIZER;
static int lines;

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)level, (void)target, (void)message, (void)user_data;
  pthread_mutex_lock(&of_host);
  lines++;
  pthread_mutex_unlock(&of_host);
}

static int lines_so_far(void) {
  pthread_mutex_lock(&of_host);
  int now = lines;
  pthread_mutex_unlock(&of_host);
  return now;
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, "duplicate=ping", NULL);
    pie_set_log_callback(PIE_LOG_DEBUG, on_log, NULL);
    for (int i = 0; i < PINGS; i++) {
      pthread_mutex_lock(&of_host);
      int64_t begun = now_ms();
      pie_status status = pie_client_ping(client, LIMIT, NULL, NULL);
      pthread_mutex_unlock(&of_host);
      if (status != PIE_E_TIMED_OUT) EQ(status, PIE_OK);
      CHECK(now_ms() - begun < WAIT / 2);
    }
    OK(pie_client_ping(client, WAIT, NULL, &error));
    while (lines_so_far() == 0) rest_ms(1); /* else nothing was tried */
    pie_set_log_callback(PIE_LOG_OFF, NULL, NULL);
    lines = 0;
    hang_up(client);
  }
  return finish();
}
