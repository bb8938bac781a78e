/* pie_op_cancel: the DONE of a call under way comes with PIE_E_CANCELLED, once, from whatever thread and however often
   it is asked; what the call had taken (a connection, a name, its turn) is given back. */
#include "twins.h"

static void *cancel(void *op) {
  pie_op_cancel(op);
  return NULL;
}

static void cancelled(pie_queue *queue, const twin *twin, uint64_t tag) {
  pie_event *done = take_done(queue, tag);
  if (done->status != PIE_E_CANCELLED)
    fprintf(stderr, "%s: %s %s\n", twin->name, pie_status_name(done->status), pie_error_message(done->error));
  EQ(done->status, PIE_E_CANCELLED);
  EQ(done->current, 0);
  CHECK(pie_event_take_client(done) == NULL && pie_event_take_process(done) == NULL);
  EQ(pie_event_take_processes(done, NULL, 0), 0);
  pie_event_free(done);
}

static void one(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, SILENT);
  for (uint64_t i = 0; i < rounds(twin, 4); i++) {
    pie_op *op = begin(twin, &at, PIE_FOREVER, i);
    if (i % 2) rest_ms(5); /* mostly sent by now */
    if (i < 2)
      pie_op_cancel(op);
    else
      join(spawn(cancel, op));
    pie_op_cancel(op);
    cancelled(at.queue, twin, i);
    pie_op_cancel(op);
    pie_op_free(op);
  }
  if (at.client != NULL) OK(pie_client_close(at.client, WAIT, &error));
  NONE(at.queue);
  strike_stage(&at);
}

/* The connection that connect had begun ends. */
static void connections(int generation) {
  pie_client *other = dial(generation, NULL, NULL);
  stage at = set_stage(&twins[0], generation, SILENT);
  pie_op *op = begin(&twins[0], &at, PIE_FOREVER, 1);
  await_number(other, "connections", 2);
  pie_op_cancel(op);
  DONE(at.queue, 1, PIE_E_CANCELLED);
  await_number(other, "connections", 1);
  pie_op_free(op);
  strike_stage(&at);
  hang_up(other);
}

/* Many at once, cancelled in another order: each ends as it was asked to. */
static void among_others(int generation) {
  enum { MANY = 40 };
  pie_client *client = dial(generation, "silent=ping", NULL);
  pie_queue *queue = pie_queue_new();
  pie_op *ops[MANY];
  int seen[MANY] = {0};
  for (uint64_t i = 0; i < MANY; i++) OK(pie_client_ping_async(client, PIE_FOREVER, queue, i, &ops[i], &error));
  for (int i = MANY - 1; i >= 0; i -= 2) pie_op_cancel(ops[i]);
  for (int i = 0; i < MANY / 2; i++) {
    pie_event *done = take_from(queue);
    EQ(done->status, PIE_E_CANCELLED);
    EQ(done->tag % 2, 1);
    EQ(seen[done->tag]++, 0);
    pie_event_free(done);
  }
  NONE(queue);
  OK(pie_client_close(client, WAIT, &error));
  for (int i = 0; i < MANY / 2; i++) {
    pie_event *done = take_from(queue);
    EQ(done->status, PIE_E_CLOSED);
    EQ(done->tag % 2, 0);
    EQ(seen[done->tag]++, 0);
    pie_event_free(done);
  }
  NONE(queue);
  for (int i = 0; i < MANY; i++) pie_op_free(ops[i]);
  pie_client_free(client);
  pie_queue_free(queue);
}

/* Whether the outcome or the request to end came first: one DONE, which says what became of it. */
static void at_all_times(int generation) {
  pie_client *client = dial(generation, "delay=ping:3", NULL);
  pie_queue *queue = pie_queue_new();
  int came = 0;
  for (uint64_t i = 0; i < 100; i++) {
    pie_op *op = POISON;
    OK(pie_client_ping_async(client, WAIT, queue, i, &op, &error));
    rest_ms((long)(i % 7));
    pie_op_cancel(op);
    pie_op_free(op);
    pie_event *done = take_done(queue, i);
    if (done->status != PIE_OK) EQ(done->status, PIE_E_CANCELLED);
    came += done->status == PIE_OK;
    pie_event_free(done);
  }
  CHECK(came < 100);
  hang_up(client);
  NONE(queue);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) connections(generation); /* first: no frozen connection of another is left then */
  EACH_TWIN(generation, twin) one(twin, generation);
  EACH_GENERATION(generation) among_others(generation), at_all_times(generation);
  return finish();
}
