/* Cancelled or out of time, asynchronous launches leave no process behind: launch_processes terminates those that were
   started and those whose answers come later, run_processes all of them. A process whose attach was given up lives on.
 */
#include "twins.h"

enum { COUNT = 4 };

static const char never[] = "{\"ops\":[[\"send\",\"unheard\"],[\"never\"]]}";
static const char *const inputs[COUNT] = {never, never, never, never};

static void cancelled(pie_queue *queue, pie_op *op) {
  pie_op_cancel(op);
  check_failure(__FILE__, __LINE__, "cancelled", queue, 1, PIE_OK, PIE_E_CANCELLED, op, NULL, NULL);
}

/* The replies come when nobody waits any more. */
static void launches(int generation, int cancel) {
  pie_client *client = dial(generation, "delay=launch_process:1500", NULL), *other = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new(), *streams = pie_queue_new();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = streams;
  if (cancel) {
    pie_op *op = POISON;
    OK(pie_client_launch_processes_async(client, ECHO, inputs, COUNT, &options, WAIT, queue, 1, &op, &error));
    await_number(other, "processes", COUNT);
    cancelled(queue, op);
  } else {
    FAILS_ASYNC(queue, 1,
                pie_client_launch_processes_async(client, ECHO, inputs, COUNT, &options, 50, queue, 1, &op, &error),
                PIE_E_TIMED_OUT);
  }
  size_t sent = count_sent(client, "launch_process"); /* a slow machine is out of time before it has sent all */
  while (count_sent(client, "terminate_process") < sent) rest_ms(5);
  await_number(other, "processes", 0);
  NONE(streams);
  NONE(queue);
  pie_queue_free(queue);
  pie_queue_free(streams);
  hang_up(client);
  hang_up(other);
}

/* All are running. */
static void runs(int generation, int cancel) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  if (cancel) {
    pie_op *op = POISON;
    OK(pie_client_run_processes_async(client, ECHO, inputs, COUNT, NULL, PIE_FOREVER, queue, 1, &op, &error));
    await_number(client, "processes", COUNT);
    cancelled(queue, op);
  } else {
    FAILS_ASYNC(queue, 1, pie_client_run_processes_async(client, ECHO, inputs, COUNT, NULL, 300, queue, 1, &op, &error),
                PIE_E_TIMED_OUT);
  }
  await_number(client, "processes", 0);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  NONE(queue);
  pie_queue_free(queue);
  hang_up(client);
}

/* One of several fails: the others are ended before or behind the DONE, which says which. */
static void one_fails(int generation) {
  static const char *const mixed[3] = {never, "{\"ops\":[[\"raise\",\"oh, no\"]]}", never};
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  pie_op *op = POISON;
  pie_error *error = POISON;
  pie_status status = pie_client_run_processes_async(client, ECHO, mixed, 3, NULL, WAIT, queue, 1, &op, &error);
  if (status != PIE_OK) HAS(pie_error_message(error), "inputs[1]");
  check_failure(__FILE__, __LINE__, "run_processes", queue, 1, status, PIE_E_PROCESS, op, error, "oh, no");
  await_number(client, "processes", 0);
  pie_queue_free(queue);
  hang_up(client);
}

static void attach_given_up(int generation) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, "delay=attach_process:300", NULL);
  pie_queue *queue = pie_queue_new();
  char *id = launch_apart(first, "['recv',0]");
  pie_op *op = POISON;
  OK(pie_client_attach_process_async(second, id, NULL, PIE_FOREVER, queue, 1, &op, &error));
  cancelled(queue, op);
  rest_ms(500); /* its reply comes, and harms nobody */
  OK(pie_client_ping(second, WAIT, NULL, &error));
  EQ(count_sent(second, "terminate_process"), 0);
  EQ(look_number(first, "processes"), 1);
  NONE(queue);
  end_processes(first);
  pie_queue_free(queue);
  free(id);
  hang_up(second);
  hang_up(first);
}

int main(void) {
  EACH_GENERATION(generation) {
    for (int cancel = 0; cancel < 2; cancel++) launches(generation, cancel), runs(generation, cancel);
    one_fails(generation);
    attach_given_up(generation);
  }
  return finish();
}
