/* A connection that is lost meanwhile: each asynchronous call under way ends in one DONE with PIE_E_DISCONNECTED, and
   later ones fail with it. What needs no engine goes on. */
#include "twins.h"

static void one(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, CUT);
  pie_op *op = POISON;
  pie_error *error = POISON;
  pie_status status = twin->begin(&at, PIE_FOREVER, 1, &op, &error);
  check_failure(__FILE__, __LINE__, twin->name, at.queue, 1, status, PIE_E_DISCONNECTED, op, error, NULL);
  for (uint64_t i = 2; i < 4; i++)
    FAILS_ASYNC(at.queue, i, twin->begin(&at, PIE_FOREVER, i, &op, &error), PIE_E_DISCONNECTED);
  OK(pie_client_close(at.client, WAIT, &error));
  NONE(at.queue);
  strike_stage(&at);
}

/* The loss comes from somewhere else. */
static void bystanders(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, SILENT);
  char *ops = script("['recv',0],['cut']");
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = NULL;
  options.input = ops;
  OK(pie_client_launch_process(at.client, ECHO, &options, WAIT, &process, &error));
  free(ops);
  pie_op *op = begin(twin, &at, PIE_FOREVER, 1);
  OK(pie_process_signal(process, "go", &error));
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  if (needs_engine(twin)) {
    DONE(at.queue, 1, PIE_E_DISCONNECTED);
  } else { /* the registry is still silent */
    pie_op_cancel(op);
    DONE(at.queue, 1, PIE_E_CANCELLED);
  }
  pie_op_free(op);
  NONE(at.queue);
  pie_process_free(process);
  strike_stage(&at);
}

static void strangers(int generation) {
  stage at = set_stage(&twins[0], generation, CUT);
  pie_op *op = POISON;
  pie_status status = pie_client_connect_async(at.uri, NULL, WAIT, at.queue, 6, &op, NULL);
  if (status == PIE_OK) {
    pie_event *done = take_done(at.queue, 6);
    status = done->status;
    pie_event_free(done);
  }
  if (status != PIE_E_PROTOCOL && status != PIE_E_DISCONNECTED) EQ(status, PIE_E_CONNECT);
  pie_op_free(op);
  NONE(at.queue);
  strike_stage(&at);
}

/* Whether another process lives on a connection on which this call is under way. */
static int has_bystanders(const twin *twin) {
  return !is_about(twin, "connect") && !is_login(twin) && !is_transfer(twin) && !strstr(twin->types, "launch_process");
}

int main(void) {
  EACH_TWIN(generation, twin) {
    if (needs_engine(twin)) one(twin, generation);
    if (has_bystanders(twin)) bystanders(twin, generation);
  }
  EACH_GENERATION(generation) strangers(generation);
  return finish();
}
