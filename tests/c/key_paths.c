/* Private keys in files: `~` is HOME; what cannot be found out is said. */
#include "users.h"

static void refuses(const char *path, pie_status status, const char *words) {
  pie_private_key *key = POISON;
  FAILS(pie_private_key_from_file(path, NULL, &key, &error), status, "path", words);
  CHECK(key == NULL);
}

static void opens(const char *path) {
  pie_private_key *key = POISON;
  OK(pie_private_key_from_file(path, NULL, &key, &error));
  EQ_TEXT(pie_private_key_algorithm(key), "ed25519");
  pie_private_key_free(key);
}

int main(void) {
  char *home = new_directory(), path[4096];
  sh("ssh-keygen -q -t ed25519 -N '' -f '%s/key' && cp '%s/key' '%s/~odd'", home, home, home);
  EQ(setenv(HOME_VARIABLE, home, 1), 0);
  opens("~/key");
  opens("~//key");
  refuses("~", PIE_E_KEY, "directory");
  refuses("~/", PIE_E_KEY, "directory");
  refuses("~/nothing", PIE_E_IO, "os error 2");
  refuses("~root/key", PIE_E_INVALID_ARGUMENT, "~user");
  refuses("", PIE_E_INVALID_ARGUMENT, "empty");
  snprintf(path, sizeof path, "%s/key", home);
  opens(path);
  /* What stands around a key may be in Latin-1. */
  sh("(printf 'friendlyName: M\\374ller\\n'; cat '%s/key') >'%s/remark'", home, home);
  opens("~/remark");
  sh("printf 'M\\374ller' >'%s/name'", home);
  refuses("~/name", PIE_E_KEY, "binary");
#ifndef _WIN32 /* which has no such names */
  snprintf(path, sizeof path, "%s/two\nlines", home);
  refuses(path, PIE_E_IO, "two lines");
  sh("echo nothing >'%s'", path);
  refuses(path, PIE_E_KEY, "two lines");
#endif
  snprintf(path, sizeof path, "%s/key", home);
  EQ(chdir(home), 0);
  opens("key");
  refuses("~odd", PIE_E_INVALID_ARGUMENT, "./~odd");
  opens("./~odd");
  EQ(unsetenv(HOME_VARIABLE), 0);
  refuses("~/key", PIE_E_INVALID_ARGUMENT, HOME_VARIABLE);
  EQ(setenv(HOME_VARIABLE, "", 1), 0);
  refuses("~", PIE_E_INVALID_ARGUMENT, HOME_VARIABLE);
  opens(path);
  free(home);
  return finish();
}
