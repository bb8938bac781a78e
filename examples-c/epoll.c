/*
 * epoll: an inferlet's events and a timer in one epoll loop. Linux.
 *
 *   epoll [URI [PROGRAM [MANIFEST [NAME [INPUT]]]]]
 *
 * The defaults are those of quickstart. Start it in the top directory of the repository.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <pie_client.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int failed(const char *what, pie_status status, pie_error **error) {
  if (status >= PIE_OK) return 0;
  fprintf(stderr, "epoll: %s: %s (%s)\n", what, pie_error_message(*error), pie_status_name(status));
  pie_error_free(*error);
  *error = NULL;
  return 1;
}

static int add(int loop, int fd) {
  struct epoll_event interest;
  memset(&interest, 0, sizeof interest);
  interest.events = EPOLLIN; /* level-triggered: what is not taken now wakes the loop again */
  interest.data.fd = fd;
  if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &interest) == 0) return 1;
  fprintf(stderr, "epoll: cannot watch a descriptor: %s\n", strerror(errno));
  return 0;
}

static int show(const pie_event *event, int *exit_code) {
  switch (event->kind) {
    case PIE_EVENT_STDOUT:
    case PIE_EVENT_MESSAGE:
      fwrite(event->data, 1, event->size, stdout);
      fflush(stdout);
      return 1;
    case PIE_EVENT_RETURN:
      printf("\nreturned: %s\n", event->data);
      *exit_code = 0;
      return 0;
    case PIE_EVENT_ERROR:
      fprintf(stderr, "\nepoll: the process failed: %s\n", pie_error_message(event->error));
      return 0;
    default:
      return 1;
  }
}

/* Takes what is there, and never waits. Says whether the process goes on. */
static int on_readable(pie_queue *queue, int *exit_code) {
  int running = 1;
  while (running) {
    pie_event *event = NULL;
    pie_error *error = NULL;
    pie_status status = pie_queue_recv(queue, 0, &event, &error);
    if (failed("receive", status, &error)) return 0;
    if (status == PIE_EMPTY) break; /* back to the loop: the descriptor is not readable now */
    if (status != PIE_OK) return 0; /* PIE_END: the stream is over */
    running = show(event, exit_code);
    pie_event_free(event);
  }
  return running;
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "ws://127.0.0.1:8080";
  const char *program = argc > 2 ? argv[2] : "tests/real_engine/inferlets/story/story.wasm";
  const char *manifest = argc > 3 ? argv[3] : "tests/real_engine/inferlets/story/Pie.toml";
  const char *name = argc > 4 ? argv[4] : "story@0.1.0";
  const struct itimerspec every_250_ms = {{0, 250000000}, {0, 250000000}};
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_client *client = NULL;
  pie_process *process = NULL;
  pie_queue *queue = NULL;
  pie_error *error = NULL;
  ptrdiff_t ready = 0; /* ptrdiff_t, for systems whose handles are wider than an int */
  unsigned long ticks = 0;
  int exit_code = 1, running = 1;
  const int loop = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

  if (loop < 0 || timer < 0 || timerfd_settime(timer, 0, &every_250_ms, NULL) != 0 || !add(loop, timer)) {
    fprintf(stderr, "epoll: no loop or no timer: %s\n", strerror(errno));
    goto end;
  }
  if (failed("connect", pie_client_connect(uri, NULL, 10000, &client, &error), &error)) goto end;
  if (failed("authenticate", pie_client_authenticate(client, "me", NULL, 10000, &error), &error)) goto end;
  if (failed("install", pie_client_install_program(client, program, manifest, 1, 60000, &error), &error)) goto end;
  options.input = argc > 5 ? argv[5] : "{\"prompt\": \"Once upon a time\", \"max_tokens\": 32}";
  if (failed("launch", pie_client_launch_process(client, name, &options, 60000, &process, &error), &error)) goto end;

  /* Only to be polled: never read, written or closed by the program. It goes with the queue's last handle. */
  queue = pie_process_queue(process);
  if (failed("descriptor", pie_queue_fd(queue, &ready, &error), &error) || !add(loop, (int)ready)) goto end;

  while (running) {
    struct epoll_event happened[8];
    int i;
    const int count = epoll_wait(loop, happened, 8, -1);
    if (count < 0 && errno != EINTR) break;
    for (i = 0; i < count; i++) {
      if (happened[i].data.fd == (int)ready) {
        running = on_readable(queue, &exit_code) && running;
      } else {
        uint64_t expirations;
        if (read(timer, &expirations, sizeof expirations) == (ssize_t)sizeof expirations) ticks += expirations;
      }
    }
  }
  printf("the timer ran out %lu times meanwhile\n", ticks);

end:
  if (ready) epoll_ctl(loop, EPOLL_CTL_DEL, (int)ready, NULL); /* before the queue goes, and with it the descriptor */
  pie_queue_free(queue);
  pie_process_free(process);
  if (client && failed("close", pie_client_close(client, 5000, &error), &error)) exit_code = 1;
  pie_client_free(client);
  if (timer >= 0) close(timer);
  if (loop >= 0) close(loop);
  (void)pie_shutdown(5000, NULL);
  return exit_code;
}
