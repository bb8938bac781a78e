/* Asynchronous calls that the engine answers: exactly one DONE each, with the tag of the call, PIE_OK, and what the
   call gives, in `current`, in `data` or to be taken. */
#include "twins.h"

static void one(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, ANSWERED);
  pie_op *op = begin(twin, &at, WAIT, 77);
  pie_event *done = take_done(at.queue, 77);
  if (done->status != PIE_OK) fprintf(stderr, "%s: %s\n", twin->name, pie_error_message(done->error));
  EQ(done->status, PIE_OK);
  twin->bears(&at, done);
  pie_event_free(done);
  pie_op_cancel(op); /* too late */
  pie_op_free(op);
  if (at.client != NULL) OK(pie_client_close(at.client, WAIT, &error));
  if (at.client != NULL) NONE(at.queue);
  strike_stage(&at);
}

/* Neither the handle nor an error is asked for. */
static void without_handle(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, ANSWERED);
  EQ(twin->begin(&at, PIE_FOREVER, UINT64_MAX, NULL, NULL), PIE_OK);
  DONE(at.queue, UINT64_MAX, PIE_OK);
  strike_stage(&at);
}

int main(void) {
  EACH_TWIN(generation, twin) one(twin, generation), without_handle(twin, generation);
  return finish();
}
