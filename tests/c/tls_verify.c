/* tls_verify=false takes any certificate, and says so as a warning at each connect; nothing else warns. */
#include "tls.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int warnings;

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)target, (void)user_data;
  pthread_mutex_lock(&guard);
  if (level == PIE_LOG_WARN) {
    HAS(message, "tls_verify");
    HAS(message, "wss://127.0.0.1");
    warnings++;
  }
  pthread_mutex_unlock(&guard);
}

static void warned(int wanted) {
  pthread_mutex_lock(&guard);
  EQ(warnings, wanted);
  warnings = 0;
  pthread_mutex_unlock(&guard);
}

int main(void) {
  static const char *const engines[] = {"expired",    "early",      "wrong_host", "unknown_issuer", "self_signed_authority",
                                        "version_12", "version_13", "no_names"};
  pie_set_log_callback(PIE_LOG_INFO, on_log, NULL);
  for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
    OK(try_tls(engines[i], "tls_verify=false", &error));
    warned(1);
    OK(try_tls(engines[i], "tls_verify=false tls_ca_file=/no/such/file", &error)); /* nobody is asked */
    warned(1);
  }
  OK(try_tls("05", "tls_verify=true", &error));
  STATUS(try_tls("expired", "tls_verify=true", &error), PIE_E_TLS);
  warned(0);
  pie_set_log_callback(PIE_LOG_OFF, NULL, NULL);
  return finish();
}
