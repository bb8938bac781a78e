/* What the tests of overflow=pause share. */
#ifndef PAUSE_H
#define PAUSE_H

#include "harness.h"

/* The number of a message that `spam` has made; -1 for any other event. */
static inline long spam_number(const pie_event *event) {
  return event->kind == PIE_EVENT_MESSAGE ? strtol(event->data, NULL, 10) : -1;
}

/* That an event is the next one of a stream of `spam` and then its end; frees it. Whether it was the last. */
static inline int is_next(pie_event *event, long *next, long count) {
  CHECK(event->kind != PIE_EVENT_OVERFLOW);
  EQ(event->sequence, *next);
  int last = event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR;
  if (!last) EQ(spam_number(event), *next);
  if (last && count >= 0) EQ(*next, count);
  ++*next;
  pie_event_free(event);
  return last;
}

/* Until the connection is paused, as a ping that cannot be answered tells. What follows in the text is `who`. */
static inline void await_pause(pie_client *client, const char *who) {
  for (int paused = 0; !paused;) {
    pie_error *error = POISON;
    pie_status status = pie_client_ping(client, BRIEF, NULL, &error);
    if (status == PIE_OK) continue;
    EQ(status, PIE_E_TIMED_OUT);
    paused = strstr(pie_error_message(error), "overflow=pause") != NULL;
    if (paused) HAS(pie_error_message(error), who);
    pie_error_free(error);
  }
}

/* n messages of `size` bytes, which are made as fast as they are read; freed by the caller. */
static inline char *spam_ops(long rounds, int each, int size) {
  char *ops = have(malloc((size_t)rounds * 64 + 64));
  size_t used = 0;
  for (long i = 0; i < rounds; i++)
    used += (size_t)sprintf(ops + used, "%s['spam',%d,%d],['wait_room']", i ? "," : "", each, size);
  return ops;
}

#endif
