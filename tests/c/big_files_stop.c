/* Looking at a large file ends with the client, and with what an engine can take: a close from another thread ends the
   call that hashes, a closed client looks at nothing, and a manifest that no engine can take is not read into memory.
   Who looks has its place in the line of uploads already. */
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

static void *transfer(void *process) {
  STATUS(pie_process_transfer_path(process, big, PIE_FOREVER, &error), PIE_E_CLOSED);
  return NULL;
}

/* An upload that is called later waits for the one that is still being looked at. */
static void keeps_its_place(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = launch(client, "['recv',0]");
  pthread_t hashing = spawn(transfer, process);
  while (!is_being_read()) rest_ms(1);
  FAILS(pie_process_transfer_file(process, "x", 1, BRIEF, &error), PIE_E_TIMED_OUT, "behind another upload");
  OK(pie_client_close(client, WAIT, &error));
  join(hashing);
  pie_process_free(process);
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
  keeps_its_place();
  manifest();
  unlink(big);
  free(big);
  return finish();
}
