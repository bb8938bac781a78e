/* A host without standard input, output and error: what it writes there goes nowhere, and not into a server. */
#include "mcp.h"

#include <fcntl.h>

static int is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  int kept[3], open = 0;
  for (int fd = 0; fd < 3; fd++) CHECK((kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100)) >= 0);
  for (int fd = 0; fd < 3; fd++) close(fd);
  pie_status status = try_program(client, "x", NULL, WAIT, NULL);
  for (int fd = 0; fd < 3; fd++) open += is_open(fd);
  for (int fd = 0; fd < 3; fd++) CHECK(dup2(kept[fd], fd) == fd);
  EQ(status, PIE_OK);
  EQ(open, 0);
  ANSWERS(begin_ask(client, "x", "echo", "1"), "ok:1");
  hang_up(client);
  return finish();
}
