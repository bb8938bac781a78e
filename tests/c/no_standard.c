/* A host without standard input, output and error: none of the library's descriptors takes their places, where what
   the host still writes would go to an engine, and what it opens there later would take the place of the library's. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static int kept[3];

static void close_standard(void) {
  for (int fd = 0; fd < 3; fd++) CHECK((kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100)) >= 0);
  for (int fd = 0; fd < 3; fd++) close(fd);
}

/* What fails in between is told nowhere: it is written down. */
static int wrong;

static void unless(int holds, int where) {
  if (!holds && wrong == 0) wrong = where;
}

static void nothing_took_them(int where) {
  for (int fd = 0; fd < 3; fd++) unless(write(fd, "out of place", 12) == -1 && errno == EBADF, where + fd);
}

static void open_standard(void) {
  for (int fd = 0; fd < 3; fd++) CHECK(dup2(kept[fd], fd) == fd);
  for (int fd = 0; fd < 3; fd++) close(kept[fd]);
}

int main(void) {
  char *uris[] = {engine_uri(PIE_GENERATION_0_4, NULL), engine_uri(PIE_GENERATION_0_5, NULL)};
  unsigned char *bytes = pattern(1 << 20);
  char *path = temporary_file(bytes, 1 << 20), *given = script("['recv_file',0]");
  pie_client *client = NULL;
  pie_process *process = NULL;
  for (int i = 0; i < 2; i++) {
    pie_queue *queue = pie_queue_new();
    intptr_t fd = -1;
    pie_launch_options launch = PIE_LAUNCH_OPTIONS_INIT;
    launch.input = given;
    launch.queue = queue;
    wrong = 0;
    close_standard();
    unless(pie_client_connect(uris[i], NULL, WAIT, &client, NULL) == PIE_OK, 1);
    if (pie_client_generation(client) == PIE_GENERATION_0_4)
      unless(pie_client_auth_by_token(client, "scripted-token", WAIT, NULL) == PIE_OK, 2);
    nothing_took_them(10);
    unless(pie_queue_fd(queue, &fd, NULL) == PIE_OK, 3);
    nothing_took_them(20);
    unless(pie_client_launch_process(client, ECHO, &launch, WAIT, &process, NULL) == PIE_OK, 4);
    unless(pie_process_transfer_path(process, path, WAIT, NULL) == PIE_OK, 5);
    nothing_took_them(30);
    struct pollfd polled = {(int)fd, POLLIN, 0};
    unless(poll(&polled, 1, WAIT) == 1, 6);
    open_standard(); /* which would take the library's descriptors away, if they were there */
    EQ(wrong, 0);
    for (pie_event *event = NULL; event == NULL || event->kind != PIE_EVENT_RETURN;) {
      pie_event_free(event);
      event = take_from(queue);
      if (event->kind == PIE_EVENT_MESSAGE) HAS(event->data, "file:1048576:");
      if (event->kind != PIE_EVENT_RETURN) continue;
      pie_event_free(event);
      break;
    }
    pie_process_free(process);
    pie_queue_free(queue);
    OK(pie_client_ping(client, WAIT, NULL, &error));
    hang_up(client);
    OK(pie_shutdown(WAIT, &error)); /* the next one starts the I/O thread anew */
  }
  EQ(unlink(path), 0);
  free(path);
  free(given);
  free(bytes);
  free(uris[0]);
  free(uris[1]);
  return finish();
}
