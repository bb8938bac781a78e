/* A signer that forks and returns in both processes: the child's login is refused and sends nothing, and the parent's
   connection is as good as before. */
#include "users.h"

#include <sys/wait.h>

static pid_t child = -1;

static int32_t forks(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, void *returns) {
  (void)challenge, (void)size;
  child = fork();
  if (child > 0) {
    int status = -1;
    EQ(waitpid(child, &status, 0), child);
    EQ(status, 0);
    return 1;
  }
  memset(signature, 1, 64);
  *signature_size = 64;
  return *(int32_t *)returns;
}

static void fork_in_a_signer(pie_client *client, int32_t returns) {
  pie_error *error = NULL;
  pie_status status = pie_client_authenticate_with_signer(client, "me", forks, &returns, WAIT, &error);
  CHECK(child >= 0);
  if (child == 0) _exit(status == PIE_E_FORKED && error != NULL ? 0 : 1);
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
