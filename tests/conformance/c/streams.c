/* The steps about what a process says. */
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(int32_t kind) {
  static const char *const names[] = {"?", "stdout", "stderr", "message", "file", "return", "error", "other", "overflow"};
  return kind > 0 && kind <= PIE_EVENT_OVERFLOW ? names[kind] : names[0];
}

static void *interrupt(void *queue) {
  pie_queue_interrupt(queue);
  return NULL;
}

/* A receive that another thread ends. */
static pie_status interrupted(step *step, pie_process *process, pie_event **event) {
  pthread_t thread;
  pie_queue *queue = pie_process_queue(process);
  if (pthread_create(&thread, NULL, interrupt, queue) != 0) complain(step, "no thread");
  pie_status status = pie_process_recv(process, step->limit, event, &step->error);
  pthread_join(thread, NULL);
  pie_queue_free(queue);
  return status == PIE_INTERRUPTED ? PIE_E_CANCELLED : status;
}

/* The next event; NULL where there is none, with the step's status or a complaint. */
static pie_event *next(step *step) {
  named_process *process = process_of(step, word(step, 1));
  pie_event *event = NULL;
  if (process == NULL) return NULL;
  step->status = step->cancelled ? interrupted(step, process->handle, &event)
                                 : pie_process_recv(process->handle, step->limit, &event, &step->error);
  if (step->status == PIE_EMPTY) step->status = PIE_E_TIMED_OUT;
  if (step->status == PIE_END) complain(step, "the stream of %s has ended", process->name);
  return event;
}

/* The next event, which must be of this kind. */
static pie_event *next_of(step *step, int32_t kind) {
  pie_event *event = next(step);
  if (event == NULL || event->kind == kind) return event;
  complain(step, "wanted %s, got %s: %.200s", kind_name(kind), kind_name(event->kind), event->data);
  pie_event_free(event);
  return NULL;
}

static void wants_text(step *step, int32_t kind, const char *text) {
  pie_event *event = next_of(step, kind);
  if (event != NULL && strcmp(event->data, text) != 0) complain(step, "wanted '%s', got '%.200s'", text, event->data);
  pie_event_free(event);
}

static void message(step *step) { wants_text(step, PIE_EVENT_MESSAGE, word(step, 2)); }

static void returns(step *step) { wants_text(step, PIE_EVENT_RETURN, word(step, 2)); }

static void numbers(step *step) {
  char number[24];
  for (int i = 0; i < atoi(word(step, 2)) && step->wrong[0] == '\0' && step->status == PIE_OK; i++) {
    snprintf(number, sizeof number, "%d", i);
    wants_text(step, PIE_EVENT_MESSAGE, number);
  }
}

static void joined(step *step, int32_t kind) {
  const char *rest = word(step, 2);
  while (*rest != '\0') {
    pie_event *event = next_of(step, kind);
    if (event == NULL) return;
    if (strncmp(rest, event->data, event->size) != 0) {
      complain(step, "wanted '%s', got '%.200s'", rest, event->data);
      rest = "";
    } else {
      rest += event->size;
    }
    pie_event_free(event);
  }
}

static void out(step *step) { joined(step, PIE_EVENT_STDOUT); }

static void err(step *step) { joined(step, PIE_EVENT_STDERR); }

static void file(step *step) {
  size_t size = (size_t)strtoull(word(step, 2), NULL, 10);
  unsigned char *bytes = pattern(size);
  pie_event *event = next_of(step, PIE_EVENT_FILE);
  if (event != NULL && (event->size != size || memcmp(event->data, bytes, size) != 0))
    complain(step, "wanted a file of %zu bytes, got other %zu bytes", size, event->size);
  pie_event_free(event);
  free(bytes);
}

static void file_text(step *step) {
  pie_event *event = next_of(step, PIE_EVENT_FILE);
  if (event != NULL && (event->name == NULL || strcmp(event->name, word(step, 2)) != 0))
    complain(step, "wanted the name %s, got %s", word(step, 2), event->name ? event->name : "none");
  if (event != NULL && strcmp(event->data, word(step, 3)) != 0) complain(step, "wanted '%s', got '%.200s'", word(step, 3), event->data);
  pie_event_free(event);
}

static void overflow(step *step) {
  for (;;) {
    pie_event *event = next(step);
    if (event == NULL) return;
    int32_t kind = event->kind;
    if (kind == PIE_EVENT_OVERFLOW && event->current < 1) complain(step, "no event was dropped");
    if (kind != PIE_EVENT_OVERFLOW && kind != PIE_EVENT_MESSAGE) complain(step, "wanted overflow, got %s", kind_name(kind));
    pie_event_free(event);
    if (kind != PIE_EVENT_MESSAGE) return;
  }
}

static void breaks(step *step) {
  pie_event *event = next_of(step, PIE_EVENT_ERROR);
  if (event == NULL) return;
  const char *got = pie_status_name(event->status), *text = pie_error_message(event->error);
  if (strcmp(got, word(step, 2)) != 0 || strstr(text, word(step, 3)) == NULL)
    complain(step, "wanted %s: %s, got %s: %s", word(step, 2), word(step, 3), got, text);
  pie_event_free(event);
}

static void ended(step *step) {
  named_process *process = process_of(step, word(step, 1));
  pie_event *event = NULL;
  if (process == NULL) return;
  pie_status status = pie_process_recv(process->handle, step->limit, &event, &step->error);
  if (status != PIE_END) complain(step, "wanted the end, got %s: %s", pie_status_name(status), event ? event->data : "");
  pie_event_free(event);
}

static void nothing(step *step) {
  named_process *process = process_of(step, word(step, 1));
  pie_event *event = NULL;
  if (process == NULL) return;
  pie_status status = pie_process_recv(process->handle, 0, &event, &step->error);
  if (status != PIE_EMPTY) complain(step, "wanted nothing, got %s: %s", pie_status_name(status), event ? event->data : "");
  pie_event_free(event);
}

static void received(step *step) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, "file:%s:", word(step, 2));
  pie_event *event = next_of(step, PIE_EVENT_MESSAGE);
  if (event != NULL && strncmp(event->data, wanted, strlen(wanted)) != 0) complain(step, "wanted %s, got %s", wanted, event->data);
  pie_event_free(event);
}

static void connection_event(step *step) {
  pie_event *event = NULL;
  step->status = pie_queue_recv(step->world->current->news, step->limit, &event, &step->error);
  if (step->status != PIE_OK) complain(step, "no event of the connection: %s", pie_status_name(step->status));
  if (event != NULL && event->kind != PIE_EVENT_CONNECTION) complain(step, "wanted CONNECTION, got kind %d", (int)event->kind);
  if (event != NULL && strcmp(pie_status_name(event->status), word(step, 1)) != 0)
    complain(step, "wanted %s, got %s: %s", word(step, 1), pie_status_name(event->status), pie_error_message(event->error));
  pie_event_free(event);
}

const verb stream_verbs[] = {{"out", 2, 2, out},
                             {"err", 2, 2, err},
                             {"message", 2, 2, message},
                             {"numbers", 2, 2, numbers},
                             {"file", 2, 2, file},
                             {"file_text", 3, 3, file_text},
                             {"overflow", 1, 1, overflow},
                             {"returns", 2, 2, returns},
                             {"breaks", 2, 3, breaks},
                             {"ended", 1, 1, ended},
                             {"nothing", 1, 1, nothing},
                             {"received", 2, 2, received},
                             {"connection", 1, 1, connection_event},
                             {NULL, 0, 0, NULL}};
