/* Looking at a large file ends with the client, and with what an engine can take: a close from another thread ends the
   call that hashes, a closed client looks at nothing, and a manifest that no engine can take is not read into memory. */
#include "harness.h"

static char *big;

/* Whether a part of the file has been read: its descriptor stands behind the beginning. */
static int is_being_read(void) {
  char path[64], name[512], line[64];
  for (int descriptor = 3; descriptor < 64; descriptor++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(path, name, sizeof name - 1);
    if (size < 0) continue;
    name[size] = '\0';
    if (strcmp(name, big) != 0) continue;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", descriptor);
    FILE *about = fopen(path, "r");
    long long position = 0;
    if (about == NULL) continue;
    if (fgets(line, sizeof line, about) != NULL) sscanf(line, "pos: %lld", &position);
    fclose(about);
    if (position > 0) return 1;
  }
  return 0;
}

static void *check(void *client) {
  int32_t exists = 7;
  STATUS(pie_client_check_program(client, ECHO, big, NULL, PIE_FOREVER, &exists, &error), PIE_E_CLOSED);
  EQ(exists, 0);
  return NULL;
}

/* Hashing all of it would take longer than any test may. */
static void closes(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pthread_t hashing = spawn(check, client);
  while (!is_being_read()) rest_ms(1);
  OK(pie_client_close(client, WAIT, &error));
  join(hashing);
  check(client);
  pie_client_free(client);
}

static void manifest(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  FAILS(pie_client_install_program(client, big, big, 0, WAIT, &error), PIE_E_TOO_LARGE, "manifest_path", "16777216");
  hang_up(client);
}

int main(void) {
  big = temporary_file("", 0);
  EQ(truncate(big, 1024ll << 30), 0);
  closes();
  manifest();
  unlink(big);
  free(big);
  return finish();
}
