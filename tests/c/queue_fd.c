/* pie_queue_fd: a descriptor that is readable as long as an event or an interrupt waits, not before and not after, also
   of an ended queue and beside a MANUAL callback; the same when asked again; close-on-exec; closed with the queue's
   last handle. */
#include "callbacks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

static int readable(intptr_t fd, int wait_ms) {
  struct pollfd one = {(int)fd, POLLIN, 0};
  int ready;
  while ((ready = poll(&one, 1, wait_ms)) < 0) EQ(errno, EINTR);
  CHECK(ready == 0 || one.revents == POLLIN);
  return ready;
}

static intptr_t fd_of(pie_queue *queue) {
  intptr_t fd = -7;
  OK(pie_queue_fd(queue, &fd, &error));
  CHECK(fd > 2);
  return fd;
}

static int is_open(intptr_t fd) { return fcntl((int)fd, F_GETFD) >= 0; }

static void level(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  intptr_t fd = fd_of(queue);
  EQ(fcntl((int)fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EQ(fd_of(queue), fd);
  EQ(readable(fd, 0), 0);
  for (int round = 0; round < 5; round++) {
    pie_process *process = launch_to(client, "['sendn',3]", queue, 0);
    for (int i = 0; i < 4; i++) {
      EQ(readable(fd, WAIT), 1);
      EQ(readable(fd, 0), 1); /* level-triggered: it stays */
      pie_event *event = POISON;
      OK(pie_queue_recv(queue, 0, &event, &error)); /* readable means that one is there */
      pie_event_free(event);
    }
    EQ(readable(fd, 0), 0);
    NONE(queue);
    EQ(readable(fd, 0), 0);
    pie_process_free(process);
  }
  pie_queue_free(queue);
  CHECK(!is_open(fd));
}

/* Events that waited before anybody asked. */
static void asked_late(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  pie_process *process = fill(client, queue, 5);
  intptr_t fd = fd_of(queue);
  EQ(readable(fd, 0), 1);
  pie_event *room[10];
  size_t count = 0;
  OK(pie_queue_recv_batch(queue, 0, room, 3, &count, &error));
  pie_events_free(room, count);
  EQ(readable(fd, 0), 1);
  OK(pie_queue_recv_batch(queue, 0, room, 10, &count, &error));
  pie_events_free(room, count);
  EQ(count, 3);
  EQ(readable(fd, 0), 0);
  pie_process_free(process);
  /* Events that are freed with their process are gone too. */
  process = fill(client, queue, 5);
  EQ(readable(fd, 0), 1);
  pie_process_free(process);
  NONE(queue);
  EQ(readable(fd, 0), 0);
  pie_queue_free(queue);
}

static void interrupts(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  pie_event *event = POISON;
  pie_queue_interrupt(queue);
  intptr_t fd = fd_of(queue);
  EQ(readable(fd, 0), 1);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_INTERRUPTED);
  EQ(readable(fd, 0), 0);
  pie_queue_interrupt(queue);
  pie_queue_interrupt(queue);
  EQ(readable(fd, 0), 1);
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_INTERRUPTED);
  EQ(readable(fd, 0), 0);
  /* Both: until both are taken. */
  pie_process *process = fill(client, queue, 0);
  pie_queue_interrupt(queue);
  int interrupted = 0;
  for (int i = 0; i < 2; i++) {
    EQ(readable(fd, 0), 1);
    pie_status status = pie_queue_recv(queue, 0, &event, NULL);
    if (status != PIE_INTERRUPTED) EQ(status, PIE_OK);
    interrupted += status == PIE_INTERRUPTED;
    pie_event_free(event);
  }
  EQ(interrupted, 1);
  EQ(readable(fd, 0), 0);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* The queue of a process's own: the last event, and then? It is not said; a host receives until PIE_END. The descriptor
   lives as long as some handle does. */
static void of_a_process(pie_client *client) {
  pie_process *process = launch(client, "['send','a'],['recv',0]");
  pie_queue *queue = pie_process_queue(process), *same = pie_process_queue(process);
  intptr_t fd = fd_of(queue);
  EQ(fd_of(same), fd);
  EQ(readable(fd, WAIT), 1);
  await_message(process, "a");
  EQ(readable(fd, 0), 0);
  pie_queue_free(queue);
  CHECK(is_open(fd));
  OK(pie_process_signal(process, "x", &error));
  EQ(readable(fd, WAIT), 1);
  STREAM(process, "msg:got:x|return:done");
  pie_process_free(process);
  CHECK(is_open(fd));
  pie_queue_free(same);
  CHECK(!is_open(fd));
}

/* The loop of a host, which never waits inside the library. */
static void loop(pie_client *client) {
  enum { MESSAGES = 5000 };
  char ops[64];
  pie_queue *queue = pie_queue_new();
  intptr_t fd = fd_of(queue);
  snprintf(ops, sizeof ops, "['spam',%d,10]", MESSAGES);
  pie_process *process = launch_to(client, ops, queue, 0);
  uint64_t next = 0;
  for (int ended = 0; !ended;) {
    EQ(readable(fd, WAIT), 1);
    pie_event *room[7];
    size_t count = 0;
    OK(pie_queue_recv_batch(queue, 0, room, 7, &count, &error)); /* level-triggered: no need to drain */
    for (size_t i = 0; i < count; i++) {
      EQ(room[i]->sequence, next++);
      ended = room[i]->kind == PIE_EVENT_RETURN;
    }
    pie_events_free(room, count);
  }
  EQ(next, MESSAGES + 1);
  EQ(readable(fd, 0), 0);
  pie_process_free(process);
  pie_queue_free(queue);
}

static void beside_a_callback(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  intptr_t fd = fd_of(queue);
  by_hand(queue, &seen);
  pie_process *process = launch_to(client, "['sendn',50]", queue, 0);
  while (seen.ends.value == 0) {
    EQ(readable(fd, WAIT), 1);
    CHECK(dispatch(queue, 3) >= 1);
  }
  EQ(readable(fd, 0), 0);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_process_free(process);
  pie_queue_free(queue);
}

#ifdef __linux__
/* Edge-triggered use: each turn from empty to not empty is an edge. */
static void edges(pie_client *client) {
  pie_queue *queue = pie_queue_new();
  int set = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {EPOLLIN | EPOLLET, {0}}, out;
  intptr_t fd = fd_of(queue);
  EQ(epoll_ctl(set, EPOLL_CTL_ADD, (int)fd, &event), 0);
  EQ(epoll_wait(set, &out, 1, 0), 0);
  for (int round = 0; round < 10; round++) {
    pie_process *process = fill(client, queue, round % 3);
    EQ(epoll_wait(set, &out, 1, WAIT), 1);
    pie_event *one = POISON;
    while (pie_queue_recv(queue, 0, &one, NULL) == PIE_OK) pie_event_free(one);
    pie_process_free(process);
  }
  EQ(epoll_ctl(set, EPOLL_CTL_DEL, (int)fd, NULL), 0);
  close(set);
  pie_queue_free(queue);
}
#endif

/* Readable after pie_shutdown, so that a loop comes and learns it. Closed with the last handle all the same. */
static void shut_down(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  intptr_t fd = fd_of(queue), none = 7;
  EQ(readable(fd, 0), 0);
  OK(pie_shutdown(WAIT, &error));
  EQ(readable(fd, 0), 1);
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, 0, &event, &error), PIE_E_CLOSED);
  STATUS(pie_queue_fd(queue, &none, &error), PIE_E_CLOSED);
  EQ(none, 0);
  pie_queue_free(queue);
  CHECK(!is_open(fd));
  pie_client_free(client);
}

static void arguments(void) {
  intptr_t fd = 7;
  pie_queue *queue = pie_queue_new();
  NAMES(pie_queue_fd(NULL, &fd, &error), "queue");
  EQ(fd, 0);
  NAMES(pie_queue_fd(queue, NULL, &error), "fd");
  pie_queue_free(queue);
}

int main(void) {
  arguments();
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    level(client);
    asked_late(client);
    interrupts(client);
    of_a_process(client);
    loop(client);
    beside_a_callback(client);
#ifdef __linux__
    edges(client);
#endif
    hang_up(client);
  }
  shut_down();
  return finish();
}
