/* the options, their values and ranges; an unknown key or a value out of range lists what is allowed. */
#include "harness.h"

static const char *const keys[] = {"keepalive_interval_ms",
                                   "keepalive_timeout_ms",
                                   "close_timeout_ms",
                                   "queue_max_bytes",
                                   "overflow",
                                   "max_message_bytes",
                                   "max_file_bytes",
                                   "upload_window_bytes",
                                   "mcp_timeout_ms",
                                   "identity",
                                   "generation",
                                   "reconnect",
                                   "reconnect_max_attempts",
                                   "reconnect_max_delay_ms",
                                   "tls_ca_file",
                                   "tls_client_cert_file",
                                   "tls_client_key_file",
                                   "tls_verify",
                                   "user_agent"};

static const char *const good[][2] = {{"keepalive_interval_ms", "0"},
                                      {"keepalive_timeout_ms", "0"},
                                      {"close_timeout_ms", "250"},
                                      {"queue_max_bytes", "67108864"},
                                      {"overflow", "drop"},
                                      {"overflow", "pause"},
                                      {"max_message_bytes", "268435456"},
                                      {"max_file_bytes", "1073741824"},
                                      {"mcp_timeout_ms", "60000"},
                                      {"mcp_timeout_ms", "0"},
                                      {"upload_window_bytes", "4194304"},
                                      {"identity", "default/pie-client"},
                                      {"header.x-request-id", "7"},
                                      {"generation", "auto"},
                                      {"generation", "0.4"},
                                      {"generation", "0.5"},
                                      {"keepalive_interval_ms", "1000"},
                                      {"keepalive_timeout_ms", "1000"},
                                      {"reconnect", "off"},
                                      {"reconnect", "on"},
                                      {"reconnect_max_attempts", "10"},
                                      {"reconnect_max_delay_ms", "30000"},
                                      {"tls_ca_file", "/nowhere.pem"},
                                      {"tls_ca_file", ""},
                                      {"tls_client_cert_file", "/nowhere.pem"},
                                      {"tls_client_key_file", "/nowhere.pem"},
                                      {"tls_verify", "false"},
                                      {"tls_verify", "true"},
                                      {"user_agent", "test/1"}};

static const char *const later[][2] = {{"generation", "0.2"}, {"generation", "0.6"}};

static const char *const numbers[] = {"keepalive_interval_ms", "keepalive_timeout_ms",   "close_timeout_ms",
                                      "queue_max_bytes",       "max_message_bytes",      "max_file_bytes",
                                      "upload_window_bytes",   "reconnect_max_attempts", "reconnect_max_delay_ms", "mcp_timeout_ms"};

static const char *const no_numbers[] = {"", " ", "-1", "1.5", "0x10", "ten", "1 ", " 1", "99999999999999999999999"};

/* A request head must not be split by a value. */
static const char *const no_headers[][2] = {{"identity", "a\r\nx: y"}, {"user_agent", "a\nb"}, {"header.x-a", "a\r\nb"},
                                            {"header.", "a"},          {"header.a b", "a"},    {"header.a:b", "a"}};

static void later_features(pie_options *options) {
  char *uri = engine_uri(PIE_GENERATION_0_5, NULL);
  for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
    pie_options *fresh = pie_options_new();
    pie_client *client = NULL;
    pie_error *error = POISON;
    pie_status status = pie_options_set(fresh, later[i][0], later[i][1], &error);
    if (status == PIE_OK) status = pie_client_connect(uri, fresh, WAIT, &client, &error);
    if (status != PIE_E_UNSUPPORTED) fprintf(stderr, "%s=%s\n", later[i][0], later[i][1]);
    check_status(__FILE__, __LINE__, "a later feature", status, PIE_E_UNSUPPORTED, error, NULL, NULL);
    pie_client_free(client);
    pie_options_free(fresh);
  }
  free(uri);
  (void)options;
}

static void listed(const char *message) {
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (!has_word(message, keys[i])) HAS(message, keys[i]);
  HAS(message, "header.");
}

int main(void) {
  pie_options *options = pie_options_new();
  CHECK(options != NULL);
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) OK(pie_options_set(options, good[i][0], good[i][1], &error));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    for (size_t j = 0; j < sizeof no_numbers / sizeof *no_numbers; j++)
      FAILS(pie_options_set(options, numbers[i], no_numbers[j], &error), PIE_E_INVALID_ARGUMENT, numbers[i]);
  FAILS(pie_options_set(options, "overflow", "block", &error), PIE_E_INVALID_ARGUMENT, "overflow", "drop", "pause");
  FAILS(pie_options_set(options, "generation", "0.3.1", &error), PIE_E_INVALID_ARGUMENT, "generation", "auto", "0.4",
        "0.5");
  FAILS(pie_options_set(options, "tls_verify", "no", &error), PIE_E_INVALID_ARGUMENT, "tls_verify", "true", "false");
  FAILS(pie_options_set(options, "reconnect", "maybe", &error), PIE_E_INVALID_ARGUMENT, "reconnect", "off", "on");
  for (size_t i = 0; i < sizeof no_headers / sizeof *no_headers; i++)
    STATUS(pie_options_set(options, no_headers[i][0], no_headers[i][1], &error), PIE_E_INVALID_ARGUMENT);

  static const char *const unknown[] = {"", "queue_max_byte", "QUEUE_MAX_BYTES", "header", "tls"};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    pie_error *error = POISON;
    EQ(pie_options_set(options, unknown[i], "1", &error), PIE_E_INVALID_ARGUMENT);
    listed(pie_error_message(error));
    pie_error_free(error);
  }
  later_features(options);

  const char *table = pie_options_describe();
  CHECK(is_json(table));
  listed(table);
  HAS(table, "67108864");
  CHECK(pie_options_describe() == table);
  pie_options_free(options);
  return finish();
}
