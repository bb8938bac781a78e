/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What Go cannot do in few calls: every call from Go into C costs some 40 ns. */
#ifndef PIE_GO_BRIDGE_H
#define PIE_GO_BRIDGE_H

#include <pie_client.h>
#include <stdlib.h>

#if PIE_ABI_VERSION < 1
#error "pie_client.h is too old for these bindings"
#endif

enum { PIE_GO_BATCH = 256 };

/* Lies in C memory, and Go reads it there: what the library allocated is no business of Go's collector. */
typedef struct {
  pie_event *events[PIE_GO_BATCH];
  const char *texts[PIE_GO_BATCH];     /* of events with an error: its text */
  int32_t is_retriable[PIE_GO_BATCH];
  size_t count;
} pie_go_batch;

static inline pie_status pie_go_receive(pie_queue *queue, pie_go_batch *batch) {
  pie_status status = pie_queue_recv_batch(queue, PIE_FOREVER, batch->events, PIE_GO_BATCH, &batch->count, NULL);
  for (size_t i = 0; i < batch->count; i++) {
    const pie_error *error = batch->events[i]->error;
    batch->texts[i] = error ? pie_error_message(error) : NULL;
    batch->is_retriable[i] = error ? pie_error_is_retriable(error) : 0;
  }
  return status;
}

static inline void pie_go_release(pie_go_batch *batch) { pie_events_free(batch->events, batch->count); }

#endif
