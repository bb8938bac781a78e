/* A program begins in its folder with the environment, the name and the PATH that it was given, whatever a shell would
   make of them, and with no signal ignored that ends it. */
#include "mcp_hostile.h"

#include <sys/stat.h>

static void begins(pie_client *client, const char *folder, const char *const *env, size_t count, const char *end,
                   const char *shown) {
  add_hostile(client, NULL, folder, env, count);
  char *facts = ask(client, "s", "facts", "{}"), wanted[8192];
  snprintf(wanted, sizeof wanted, "%s\", \"env\": ", end);
  HAS(facts, wanted);
  HAS(facts, shown);
  HAS(facts, "\"hup_int_quit_term\": 0, \"name\": \"python3\"");
  free(facts);
  OK(pie_client_unregister_mcp_server(client, "s", &error));
}

static void make(const char *folder) { EQ(mkdir(folder, 0700), 0); }

int main(void) {
  static const char *const env[] = {"a.b=1", "PWD=mine", "A=first", "A=second"};
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  char home[2048], other[4096], path[4096];
  snprintf(home, sizeof home, "%s/folder-XXXXXX", environment("TMPDIR"));
  CHECK(mkdtemp(home) != NULL && chdir(home) == 0);
  make("sub"), make("-"), make("other"), make("other/sub"), make("bin");
  unsetenv("PWD"), unsetenv("OLDPWD"), unsetenv("A");
  begins(client, NULL, env, 4, home, "{\"a.b\": \"1\", \"PWD\": \"mine\", \"A\": \"second\"}");
  begins(client, "sub", env, 4, "/sub", "{\"a.b\": \"1\", \"PWD\": \"mine\", \"A\": \"second\"}");
  snprintf(other, sizeof other, "%s/other", home);
  setenv("CDPATH", other, 1), setenv("OLDPWD", "/usr", 1);
  snprintf(path, sizeof path, "%s/sub", home);
  begins(client, "sub", NULL, 0, path, "{\"OLDPWD\": \"/usr\"}");
  begins(client, "-", NULL, 0, "/-", "{\"OLDPWD\": \"/usr\"}");
  /* A folder of PATH may be relative to the host's own. */
  CHECK(symlink("/usr/bin/python3", "bin/python3") == 0);
  setenv("PATH", "bin", 1);
  signal(SIGHUP, SIG_IGN), signal(SIGINT, SIG_IGN), signal(SIGQUIT, SIG_IGN), signal(SIGTERM, SIG_IGN);
  begins(client, NULL, NULL, 0, home, "\"env\"");
  begins(client, "sub", NULL, 0, path, "\"env\"");
  hang_up(client);
  return finish();
}
