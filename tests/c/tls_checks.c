/* Each failed check of a certificate is told as such, with what can be done; trying again does not help. */
#include "tls.h"

static const struct {
  const char *engine, *options, *texts[3];
} failing[] = {
    {"expired", "", {"certificate", "expired", "days ago"}},
    {"early", "", {"certificate", "not valid yet", "clock"}},
    {"wrong_host", "", {"another host", "127.0.0.2", "elsewhere.invalid"}},
    {"no_names", "", {"another host", "names none", "subjectAltName"}},
    {"not_server", "", {"certificate", "not made for servers", "serverAuth"}},
    {"not_server", "tls_ca_file=@trusted.pem", {"certificate", "not made for servers", "serverAuth"}},
    {"unknown_issuer", "", {"issuer is not trusted", "tls_ca_file", "certificate"}},
    {"self_signed", "", {"issuer is not trusted", "tls_ca_file", "certificate"}},
    {"self_signed_authority", "", {"certificate", "CA:TRUE", "CA:FALSE"}},
    {"self_signed_authority", "tls_ca_file=@self_signed_authority.pem", {"certificate", "CA:TRUE", "CA:FALSE"}},
    /* Those of the file are trusted instead of the platform's. */
    {"05", "tls_ca_file=@stranger.pem", {"none of the authorities", "tls_ca_file", "stranger.pem"}},
};

int main(void) {
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    const char *const *texts = failing[i].texts;
    FAILS(try_tls(failing[i].engine, failing[i].options, &error), PIE_E_TLS, "127.0.0.1", texts[0], texts[1], texts[2]);
    RETRIABLE(try_tls(failing[i].engine, failing[i].options, &error), PIE_E_TLS, 0);
  }
  OK(try_tls("unknown_issuer", "tls_ca_file=@stranger.pem", &error));
  OK(try_tls("self_signed", "tls_ca_file=@self_signed.pem", &error));
  return finish();
}
