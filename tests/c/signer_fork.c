/* A signer that forks and returns in both processes: the child's login is refused and sends nothing, and the parent's
   connection is as good as before. */
#include "users.h"

#include <sys/wait.h>

static pid_t child = -1;
/* The child tells its status here: its exit code is valgrind's, for it frees nothing. */
static int ends[2];

static int32_t forks(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *returns) {
  (void)challenge, (void)size;
  child = fork();
  if (child > 0) {
    pie_status told = PIE_OK;
    close(ends[1]);
    EQ(waitpid(child, NULL, 0), child);
    EQ(read(ends[0], &told, sizeof told), sizeof told);
    EQ(told, PIE_E_FORKED);
    return 1;
  }
  memset(signature, 1, 64);
  *signature_size = 64;
  return *(int32_t *)returns;
}

static void fork_in_a_signer(pie_client *client, int32_t returns) {
  EQ(pipe(ends), 0);
  pie_error *error = NULL;
  pie_status status = pie_client_authenticate_with_signer(client, "me", forks, &returns, WAIT, &error);
  CHECK(child >= 0);
  CHECK(error != NULL);
  if (child == 0) {
    EQ(write(ends[1], &status, sizeof status), sizeof status);
    _exit(0);
  }
  close(ends[0]);
  EQ(status, PIE_E_KEY);
  pie_error_free(error);
}

int main(void) {
  char *directory = new_directory();
  new_user(directory, "me", "-t ed25519");
  pie_client *client = dial_users(NULL);
  fork_in_a_signer(client, 0);
  fork_in_a_signer(client, 7);
  pie_private_key *key = key_in(directory, "me", NULL);
  OK(pie_client_authenticate(client, "me", key, WAIT, &error));
  EQ(count_sent(client, "auth_prove"), 1);
  pie_private_key_free(key);
  hang_up(client);
  free(directory);
  return finish();
}
