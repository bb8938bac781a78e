/* A system without certificates, as in a bare chroot or container: the error says what to install or to set, and
   with tls_ca_file it works there. */
#define _GNU_SOURCE
#include "tls.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void without_roots(const char *engine, const char *ca_file) {
  char options[4096];
  snprintf(options, sizeof options, "tls_ca_file=%s", ca_file);
  FAILS(try_tls_uri(engine, NULL, &error), PIE_E_TLS, "no certificates", "ca-certificates", "tls_ca_file");
  RETRIABLE(try_tls_uri(engine, NULL, &error), PIE_E_TLS, 0);
  OK(try_tls_uri(engine, options, &error));
}

/* In a child, which nothing but the library's own files is left to. */
static void in_chroot(const char *engine) {
  char root[4096], to[4200], command[12000], *from = pem("trusted.pem");
  snprintf(root, sizeof root, "%s/root-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  CHECK(mkdtemp(root) != NULL);
  snprintf(to, sizeof to, "%s/ca.pem", root);
  snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
  EQ(system(command), 0);
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() != 0) EQ(unshare(CLONE_NEWUSER), 0);
    EQ(chroot(root), 0);
    EQ(chdir("/"), 0);
    EQ(unsetenv("SSL_CERT_FILE"), 0);
    without_roots(engine, "/ca.pem");
    OK(pie_shutdown(WAIT, &error));
    _exit(0);
  }
  int status = -1;
  EQ(waitpid(child, &status, 0), child);
  EQ(status, 0);
  unlink(to);
  rmdir(root);
  free(from);
}

int main(void) {
  char *engine = tls_uri("05", NULL), *empty = pem("empty.pem"), *trusted = pem("trusted.pem");
  in_chroot(engine); /* before there are threads */
  static const char *const missing[] = {"/no/such/file", NULL};
  for (size_t i = 0; i < 2; i++) {
    EQ(setenv("SSL_CERT_FILE", missing[i] ? missing[i] : empty, 1), 0);
    without_roots(engine, trusted);
    FAILS(try_tls_uri(engine, NULL, &error), PIE_E_TLS, "SSL_CERT_FILE", missing[i] ? missing[i] : empty);
  }
  free(engine);
  free(empty);
  free(trusted);
  return finish();
}
