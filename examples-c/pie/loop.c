/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One place to wait: for events of the queue, signals, the end of standard output, input, and time. All requests are
   asynchronous calls, so that Ctrl-C ends every one of them. */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "pie.h"

static bool interrupt_told, interrupt_held, wait_told, output_told;

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t new_tag(void) { return ++app.last_tag; }

/* The limit of a request: --timeout, else its own. */
int64_t limit(int64_t otherwise) { return app.timeout_ms ? app.timeout_ms : otherwise; }

/* While a launch is under way an interrupt waits: once its process is known, that can be terminated. */
void hold_interrupts(bool hold) { interrupt_held = hold; }

static int left_ms(int64_t deadline) {
  const int64_t left = deadline - now_ms();
  return deadline < 0 ? -1 : left <= 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static bool take_event(pie_event **event) {
  pie_error *error = NULL;
  const pie_status status = pie_queue_recv(app.queue, 0, event, &error);
  if (status < 0) fail("receive", status, error);
  return status == PIE_OK;
}

static bool tell_interrupt(void) {
  if (!interrupted() || interrupt_told) return false;
  if (interrupt_held && !wait_told)
    note("waiting for the engine's answer, to end what it starts; again to leave at once");
  wait_told = true;
  if (interrupt_held) return false;
  interrupt_told = true;
  return true;
}

/* Only a process makes the end of standard output news: a command that prints one answer finds out when it prints. */
static bool tell_output(void) {
  if (output_told || !app.process) return false;
  output_told = true;
  return true;
}

/* An interrupt and the end of standard output are told once. `deadline_ms`: on the clock of now_ms, -1 = none. `input`:
 * a descriptor to be read too, -1 = none. */
enum wake wait_for(pie_event **event, int64_t deadline_ms, int input) {
  enum { QUEUE, SIGNALS, OUTPUT, INPUT, ALL_OF_THEM };
  for (;;) {
    *event = NULL;
    if (tell_interrupt()) return WAKE_INTERRUPT;
    if (output_broken() && tell_output()) return WAKE_OUTPUT;
    if (take_event(event)) return WAKE_EVENT;
    struct pollfd fds[ALL_OF_THEM] = {{app.queue_fd, POLLIN, 0},
                                      {interrupted() ? -1 : interrupt_fd(), POLLIN, 0},
                                      {output_told || !app.process ? -1 : STDOUT_FILENO, 0, 0},
                                      {input, POLLIN, 0}};
    const int count = poll(fds, ALL_OF_THEM, left_ms(deadline_ms));
    if (count == 0 && left_ms(deadline_ms) == 0) return WAKE_TIME;
    if (count <= 0) continue;
    if ((fds[OUTPUT].revents & (POLLERR | POLLHUP)) && tell_output()) return WAKE_OUTPUT;
    if (fds[INPUT].revents) return WAKE_INPUT;
  }
}

/* Waits for the DONE of a request, and leaves if it failed. The event is the caller's. */
pie_event *finish(const char *what, pie_status status, uint64_t tag, pie_error *error) {
  pie_event *event;
  if (status < 0) fail(what, status, error);
  for (;;) {
    if (wait_for(&event, -1, -1) == WAKE_INTERRUPT) leave(128 + interrupted());
    if (!event) continue;
    if (event->kind == PIE_EVENT_PROGRESS && event->tag == tag) progress_show(event->current, event->total);
    if (event->kind == PIE_EVENT_DONE && event->tag == tag) break;
    pie_event_free(event);
  }
  progress_end();
  if (event->status == PIE_OK) return event;
  const int exit_code = exit_code_of(event->status);
  tell_error(what, event->status, pie_error_message(event->error));
  pie_event_free(event);
  leave(exit_code);
}
