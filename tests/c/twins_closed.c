/* A client that is closed or freed meanwhile: each asynchronous call under way ends with PIE_E_CLOSED, in one DONE,
   which is there when pie_client_close has returned. A process that is freed meanwhile ends nothing. On a closed client
   a call fails at once. */
#include "twins.h"

static void closed(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, SILENT);
  pie_op *ops[2] = {NULL, NULL};
  for (uint64_t i = 0; i < at_once(twin, 2); i++) ops[i] = begin(twin, &at, i ? WAIT : PIE_FOREVER, i);
  if (generation == PIE_GENERATION_0_5) rest_ms(5); /* mostly sent by now */
  OK(pie_client_close(at.client, WAIT, &error));
  unsigned seen = 0;
  while (seen != (at_once(twin, 2) == 1 ? 1 : 3)) {
    pie_event *event = POISON;
    OK(pie_queue_recv(at.queue, 0, &event, &error)); /* without waiting, in whichever order */
    check_event(event);
    if (event->kind != PIE_EVENT_PROGRESS) {
      EQ(event->kind, PIE_EVENT_DONE);
      if (event->status != PIE_E_CLOSED) fprintf(stderr, "%s\n", twin->name);
      EQ(event->status, PIE_E_CLOSED);
      EQ(seen >> event->tag & 1, 0);
      seen |= 1u << event->tag;
    }
    pie_event_free(event);
  }
  for (int i = 0; i < 2; i++) pie_op_free(ops[i]);
  NONE(at.queue);
  FAILS_ASYNC(at.queue, 7, twin->begin(&at, WAIT, 7, &op, &error), PIE_E_CLOSED);
  strike_stage(&at);
}

static void freed(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, SILENT);
  pie_op *op = begin(twin, &at, PIE_FOREVER, 3);
  pie_client_free(at.client);
  at.client = NULL;
  pie_event *done = take_done(at.queue, 3);
  if (done->status != PIE_E_CLOSED) fprintf(stderr, "%s\n", twin->name);
  EQ(done->status, PIE_E_CLOSED);
  pie_event_free(done);
  pie_op_free(op);
  NONE(at.queue);
  strike_stage(&at);
}

static void process_freed(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, ANSWERED);
  pie_op *op = begin(twin, &at, WAIT, 4);
  pie_process_free(at.process);
  at.process = NULL;
  DONE(at.queue, 4, PIE_OK);
  pie_op_free(op);
  pie_client *other = dial_bystander(generation);
  await_number(other, "processes", 0); /* it was ended, or has got its file and ends */
  hang_up(other);
  NONE(at.queue);
  strike_stage(&at);
}

/* The queue's handle goes: nobody gets the DONE, and what it bears is released. */
static void queue_freed(const twin *twin, int generation, situation how) {
  stage at = set_stage(twin, generation, how);
  pie_op *op = begin(twin, &at, WAIT, 5);
  pie_queue_free(at.queue);
  at.queue = NULL;
  pie_op_cancel(op);
  pie_op_free(op);
  strike_stage(&at);
}

int main(void) {
  EACH_TWIN(generation, twin) {
    if (!is_about(twin, "connect")) closed(twin, generation), freed(twin, generation);
    if (is_of_a_process(twin)) process_freed(twin, generation);
    queue_freed(twin, generation, ANSWERED), queue_freed(twin, generation, SILENT);
  }
  return finish();
}
