/* Private keys of every kind and form log in, and openssl verifies what they sign; what is no such key is refused with
   the reason. The engine with users: PIE_TEST_USERS. */
#include "users.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { FIELDS = 4 };

static const char *keys;
static int rows;

/* The fields of a line, separated by tabs, in place. */
static void split(char *line, char *fields[FIELDS]) {
  line[strcspn(line, "\n")] = '\0';
  for (int i = 0; i < FIELDS; i++) {
    CHECK(line != NULL);
    fields[i] = line;
    line = strchr(line, '\t');
    if (line != NULL) *line++ = '\0';
  }
}

static void each(const char *list, void (*row)(char *fields[FIELDS])) {
  char path[4096], line[4096], *fields[FIELDS];
  snprintf(path, sizeof path, "%s/%s", keys, list);
  FILE *file = fopen(path, "r");
  CHECK(file != NULL);
  for (; fgets(line, sizeof line, file) != NULL; rows++) {
    split(line, fields);
    row(fields);
  }
  fclose(file);
}

static const char *given(const char *passphrase) { return strcmp(passphrase, "-") == 0 ? NULL : passphrase; }

static void path_of(char *path, const char *name) {
  snprintf(path, 4096, "%s%s%s", *name == '/' ? "" : keys, *name == '/' ? "" : "/", name);
}

static void save(const char *name, const char *text, size_t size) {
  char path[4096];
  path_of(path, name);
  FILE *file = fopen(path, "w");
  CHECK(file != NULL);
  EQ(fwrite(text, 1, size, file), size);
  fclose(file);
}

/* What the engine sent and got. */
static void verify(pie_client *client, const char *user) {
  static const char begin[] = "\"signature\":\"";
  char *challenge = look(client, "challenge"), *received = look(client, "received");
  const char *signature = strstr(received, begin);
  CHECK(signature != NULL);
  signature += strlen(begin);
  save("challenge", challenge, strlen(challenge));
  save("signature", signature, strcspn(signature, "\""));
  sh("'%s/tests/keys/verify' '%s' '%s/%s.pem'", environment("PIE_TEST_ROOT"), keys, keys, user);
  pie_string_free(challenge);
  pie_string_free(received);
}

/* The text of a file; freed by the caller. */
static char *text_of(const char *path) {
  char *text = calloc(1, 1 << 16);
  FILE *file = fopen(path, "r");
  CHECK(text != NULL && file != NULL);
  CHECK(fread(text, 1, (1 << 16) - 1, file) > 0);
  fclose(file);
  return text;
}

static void signs(const pie_private_key *key, const char *user) {
  pie_client *client = dial_users(NULL);
  OK(pie_client_authenticate(client, user, key, WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  verify(client, user);
  hang_up(client);
}

static void logs_in(char *fields[FIELDS]) {
  char path[4096];
  pie_private_key *from_file = POISON, *parsed = POISON;
  const char *passphrase = given(fields[1]);
  path_of(path, fields[0]);
  fprintf(stderr, "%s\n", fields[0]);
  OK(pie_private_key_from_file(path, passphrase, &from_file, &error));
  EQ_TEXT(pie_private_key_algorithm(from_file), fields[2]);
  char *text = text_of(path);
  OK(pie_private_key_parse(text, passphrase, &parsed, &error));
  EQ_TEXT(pie_private_key_algorithm(parsed), fields[2]);
  signs(from_file, fields[3]);
  pie_private_key_free(from_file);
  signs(parsed, fields[3]);
  pie_private_key_free(parsed);
  free(text);
}

static void is_refused(char *fields[FIELDS]) {
  char path[4096], *rest = NULL;
  pie_private_key *key = POISON;
  pie_error *error = POISON;
  path_of(path, fields[0]);
  fprintf(stderr, "%s\n", fields[0]);
  pie_status status = pie_private_key_from_file(path, given(fields[1]), &key, &error);
  EQ_TEXT(pie_status_name(status), fields[2]);
  CHECK(key == NULL);
  check_message(__FILE__, __LINE__, error);
  HAS(pie_error_message(error), path);
  const char *said = strstr(pie_error_message(error), path) + strlen(path);
  for (char *word = strtok_r(fields[3], "|", &rest); word != NULL; word = strtok_r(NULL, "|", &rest)) HAS(said, word);
  EQ(pie_error_is_retriable(error), 0);
  pie_error_free(error);
}

#ifndef _WIN32
/* root may read everything, so somebody else tries. */
static void unreadable(void) {
  char path[4096];
  pie_private_key *key = POISON;
  path_of(path, "unreadable");
  save("unreadable", "x", 1);
  EQ(chmod(path, 0), 0);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    if (geteuid() == 0) EQ(setuid(65534), 0);
    FAILS(pie_private_key_from_file(path, NULL, &key, &error), PIE_E_IO, path, "Permission denied");
    _exit(key == NULL ? 0 : 1);
  }
  int status = 1;
  EQ(waitpid(child, &status, 0), child);
  EQ(status, 0);
  rows++;
}
#else
static void unreadable(void) { rows++; }
#endif

int main(void) {
  char *directory = new_directory();
  keys = directory;
  sh("'%s/tests/keys/make' '%s' '%s'", environment("PIE_TEST_ROOT"), keys, environment("PIE_TEST_USERS"));
  unreadable();
  each("bad", is_refused);
  int bad = rows;
  each("good", logs_in);
  CHECK(bad > 60 && rows - bad > 60);
  printf("%d of %d files: %d keys log in and openssl verifies what they sign, %d are refused with the reason\n", rows,
         rows, rows - bad, bad);
  free(directory);
  return finish();
}
