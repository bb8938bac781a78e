/* Time limits of asynchronous calls. Below -1 is PIE_E_INVALID_ARGUMENT, and no DONE comes; 0 is PIE_E_TIMED_OUT with
   nothing sent; one that passes while the engine is silent is PIE_E_TIMED_OUT. One DONE each, also when the answer
   comes after it. */
#include "twins.h"

static void below(const twin *twin, stage *at) {
  static const int64_t wrong[] = {-2, -1000, INT64_MIN};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    pie_op *op = POISON;
    NAMES(twin->begin(at, wrong[i], 1, &op, &error), "timeout_ms");
    CHECK(op == NULL);
    EQ(twin->begin(at, wrong[i], 1, NULL, NULL), PIE_E_INVALID_ARGUMENT);
  }
  NONE(at->queue);
}

static size_t requests(stage *at, const twin *twin) {
  char *types = join_text(twin->types, "", ""), *rest = NULL;
  size_t count = 0;
  for (char *type = strtok_r(types, ",", &rest); type; type = strtok_r(NULL, ",", &rest))
    count += count_sent(at->client, type);
  free(types);
  return count;
}

static void nothing_sent(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, ANSWERED);
  int countable = at.client != NULL && !is_login(twin) && !is_about(twin, "query");
  size_t before = countable ? requests(&at, twin) : 0;
  below(twin, &at);
  pie_op *op = POISON;
  pie_error *error = POISON;
  pie_status status = twin->begin(&at, 0, 2, &op, &error);
  if (status != PIE_OK) CHECK(strstr(pie_error_message(error), "may still be carried out") == NULL);
  check_failure(__FILE__, __LINE__, twin->name, at.queue, 2, status, PIE_E_TIMED_OUT, op, error, NULL);
  if (countable) EQ(requests(&at, twin), before);
  strike_stage(&at);
}

static void silent(const twin *twin, int generation) {
  stage at = set_stage(twin, generation, SILENT);
  for (uint64_t i = 0; i < rounds(twin, 3); i++) {
    pie_op *op = POISON;
    pie_error *error = POISON;
    pie_status status = twin->begin(&at, 1 + 30 * (int64_t)i, 10 + i, &op, &error);
    check_failure(__FILE__, __LINE__, twin->name, at.queue, 10 + i, status, PIE_E_TIMED_OUT, op, error, NULL);
  }
  if (at.client != NULL) OK(pie_client_close(at.client, WAIT, &error));
  NONE(at.queue);
  strike_stage(&at);
}

/* The answer comes when nobody waits for it any more. */
static void late(int generation) {
  pie_client *client = dial(generation, "delay=ping:600,launch_process:600,list_processes:600", NULL);
  pie_queue *queue = pie_queue_new();
  OK(pie_client_ping_async(client, 20, queue, 1, NULL, &error));
  DONE(queue, 1, PIE_E_TIMED_OUT);
  OK(pie_client_launch_process_async(client, ECHO, NULL, 20, queue, 2, NULL, &error));
  DONE(queue, 2, PIE_E_TIMED_OUT);
  OK(pie_client_list_processes_async(client, 20, queue, 3, NULL, &error));
  DONE(queue, 3, PIE_E_TIMED_OUT);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* behind the three */
  await_number(client, "processes", 0);
  NONE(queue);
  hang_up(client);
  NONE(queue);
  pie_queue_free(queue);
}

int main(void) {
  EACH_TWIN(generation, twin) {
    nothing_sent(twin, generation);
    silent(twin, generation);
  }
  EACH_GENERATION(generation) late(generation);
  return finish();
}
