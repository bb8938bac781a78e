/* Client certificates: keys of every form are taken, and a server that is not content is told about at the connect,
   though with TLS 1.3 it says so only after the handshake. */
#include "tls.h"

#define PAIR(cert, key) "tls_client_cert_file=@" cert ".pem tls_client_key_file=@" key ".key"

static const char *const engines[] = {"clients_12", "clients_13"};

static void accepted(const char *engine) {
  OK(try_tls(engine, PAIR("client", "client"), &error));
  OK(try_tls(engine, PAIR("client", "client_sec1"), &error));
  OK(try_tls(engine, PAIR("client_rsa", "client_rsa"), &error));
  OK(try_tls(engine, PAIR("client_p384", "client_p384"), &error));
  OK(try_tls(engine, PAIR("client_ed25519", "client_ed25519"), &error));
  OK(try_tls(engine, "tls_client_cert_file=@client_both.pem tls_client_key_file=@client_both.pem", &error));
}

static void refused(const char *engine) {
  for (int again = 0; again < 20; again++) /* the server's word must not be lost to the end of the connection */
    FAILS(try_tls(engine, NULL, &error), PIE_E_TLS, "client certificate", "tls_client_cert_file", "tls_client_key_file");
  FAILS(try_tls(engine, PAIR("client_stranger", "client_stranger"), &error), PIE_E_TLS, "does not take",
        "tls_client_cert_file");
  FAILS(try_tls(engine, PAIR("client_expired", "client_expired"), &error), PIE_E_TLS, "does not take",
        "tls_client_cert_file");
}

static void useless(const char *engine) {
  static const struct {
    const char *options;
    pie_status status;
    const char *texts[2];
  } rows[] = {
      {"tls_client_cert_file=@client.pem", PIE_E_INVALID_ARGUMENT, {"tls_client_cert_file", "tls_client_key_file"}},
      {"tls_client_key_file=@client.key", PIE_E_INVALID_ARGUMENT, {"tls_client_key_file", "tls_client_cert_file"}},
      {PAIR("client", "nowhere"), PIE_E_IO, {"tls_client_key_file", "nowhere.key"}},
      {PAIR("nowhere", "client"), PIE_E_IO, {"tls_client_cert_file", "nowhere.pem"}},
      {PAIR("client", "client_rsa"), PIE_E_TLS, {"tls_client_key_file", "does not belong"}},
      {PAIR("client", "client_encrypted"), PIE_E_TLS, {"tls_client_key_file", "encrypted"}},
      {PAIR("empty", "client"), PIE_E_TLS, {"tls_client_cert_file", "empty"}},
      {PAIR("damaged", "client"), PIE_E_TLS, {"tls_client_cert_file", "damaged"}},
      {"tls_client_cert_file=@client.pem tls_client_key_file=@client.pem", PIE_E_TLS,
       {"tls_client_key_file", "no private key"}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    FAILS(try_tls(engine, rows[i].options, &error), rows[i].status, rows[i].texts[0], rows[i].texts[1]);
}

int main(void) {
  for (size_t i = 0; i < 2; i++) {
    accepted(engines[i]);
    refused(engines[i]);
    useless(engines[i]);
  }
  OK(try_tls("05", PAIR("client", "client"), &error)); /* a server that does not ask */
  return finish();
}
