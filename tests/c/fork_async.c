/* fork with callbacks, wakeups, descriptors and asynchronous calls at work: in a child every call on an inherited
   handle is PIE_E_FORKED, frees leak, and no callback, wakeup or `drop` runs there, not even with the child's own
   shutdown; new queues with callbacks work. The parent's go on. */
#include "callbacks.h"


typedef struct inherited {
  pie_client *client;
  pie_process *process;
  pie_queue *threaded, *manual, *plain;
  pie_op *op;
  pie_event *done; /* with a process in it */
  record seen[2];
  gate told;
} inherited;

static pid_t parent;

static void tell(void *user_data) {
  CHECK(getpid() == parent);
  gate_add(user_data, 1);
}

static void count_in_the_parent(pie_event *event, void *user_data) {
  record *to = user_data;
  CHECK(getpid() == parent);
  pie_event_free(event);
  gate_add(&to->calls, 1);
}

static void drop_in_the_parent(void *user_data) {
  CHECK(getpid() == parent);
  gate_add(&((record *)user_data)->drops, 1);
}

static void set_up(inherited *old, int generation) {
  record empty = RECORD_INIT;
  gate none = GATE_INIT;
  old->seen[0] = old->seen[1] = empty;
  old->told = none;
  old->client = dial(generation, "silent=ping", "close_timeout_ms=20");
  old->threaded = pie_queue_new();
  old->manual = pie_queue_new();
  old->plain = pie_queue_new();
  intptr_t fd = 0;
  OK(pie_queue_set_callback(old->threaded, PIE_DISPATCH_THREAD, count_in_the_parent, &old->seen[0], drop_in_the_parent,
                            &error));
  OK(pie_queue_set_callback(old->manual, PIE_DISPATCH_MANUAL, count_in_the_parent, &old->seen[1], drop_in_the_parent,
                            &error));
  OK(pie_queue_set_wakeup(old->plain, tell, &old->told, tell, &error));
  OK(pie_queue_fd(old->plain, &fd, &error));
  old->process = launch_to(old->client, "['spam',100,10],['recv',0],['send','last']", old->threaded, 0);
  OK(pie_client_launch_process_async(old->client, ECHO, NULL, WAIT, old->plain, 1, NULL, &error));
  old->done = take_done(old->plain, 1);
  OK(pie_client_ping_async(old->client, PIE_FOREVER, old->plain, 2, &old->op, &error));
  OK(pie_client_list_processes_async(old->client, WAIT, old->manual, 3, NULL, &error));
}

static void queues_refuse(const inherited *old) {
  size_t count = 7;
  intptr_t fd = 7;
  pie_queue *const queues[] = {old->threaded, old->manual, old->plain};
  for (int i = 0; i < 3; i++) {
    STATUS(pie_queue_set_callback(queues[i], 1, count_in_the_parent, NULL, NULL, &error), PIE_E_FORKED);
    STATUS(pie_queue_clear_callback(queues[i], PIE_FOREVER, &error), PIE_E_FORKED);
    STATUS(pie_queue_dispatch(queues[i], 0, &count, &error), PIE_E_FORKED);
    STATUS(pie_queue_set_wakeup(queues[i], NULL, NULL, NULL, &error), PIE_E_FORKED);
    STATUS(pie_queue_fd(queues[i], &fd, &error), PIE_E_FORKED);
    CHECK(count == 0 && fd == 0);
  }
  STATUS(pie_process_set_callback(old->process, count_in_the_parent, NULL, NULL, &error), PIE_E_FORKED);
  STATUS(pie_process_clear_callback(old->process, PIE_FOREVER, &error), PIE_E_FORKED);
  CHECK(pie_client_queue(old->client) == NULL);
}

static void calls_refuse(inherited *old) {
  pie_queue *fresh = pie_queue_new();
  stage at = {
      PIE_GENERATION_0_4, ANSWERED, old->client, old->process, old->plain, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL};
  at.id = join_text(NO_SUCH_ID, "", "");
  at.program = at.manifest = at.uri = at.registry = join_text("ws://127.0.0.1:1", "", "");
  for (const twin *twin = twins; twin != twins + TWINS; twin++) {
    pie_op *op = POISON;
    STATUS(twin->begin(&at, PIE_FOREVER, 9, &op, &error), PIE_E_FORKED); /* the queue is old in each */
    CHECK(op == NULL);
    at.queue = fresh;
    if (!is_about(twin, "connect")) STATUS(twin->begin(&at, PIE_FOREVER, 9, &op, &error), PIE_E_FORKED);
    at.queue = old->plain;
  }
  STATUS(pie_client_close_async(old->client, WAIT, fresh, 9, NULL, &error), PIE_E_FORKED);
  NONE(fresh);
  pie_queue_free(fresh);
  free(at.id);
  free(at.uri);
}

static void child(inherited *old, int generation) {
  queues_refuse(old);
  calls_refuse(old);
  pie_op_cancel(old->op);
  pie_op_free(old->op);
  pie_event_free(old->done);
  pie_queue_free(old->threaded);
  pie_queue_free(old->manual);
  pie_queue_free(old->plain);
  pie_process_free(old->process);
  pie_client_free(old->client);
  /* A life of its own. */
  parent = getpid();
  record seen = RECORD_INIT;
  pie_client *client = dial(generation, NULL, "close_timeout_ms=20");
  pie_queue *queue = pie_queue_new();
  by_thread(queue, &seen);
  pie_process *process = launch_to(client, "['sendn',5]", queue, 0);
  gate_await(&seen.ends, 1);
  OK(pie_client_ping_async(client, WAIT, queue, 1, NULL, &error));
  gate_await(&seen.calls, 7);
  parent = 0; /* the inherited ones must not run */
  OK(pie_shutdown(WAIT, &error));
  EQ(seen.drops.value, 1);
  pie_process_free(process);
  pie_queue_free(queue);
  pie_client_free(client);
}

static void parent_goes_on(inherited *old) {
  gate_await(&old->seen[0].calls, 100);
  OK(pie_process_signal(old->process, "go", &error));
  gate_await(&old->seen[0].calls, 103);
  while (gate_value(&old->seen[1].calls) == 0) dispatch(old->manual, 0);
  pie_op_cancel(old->op);
  DONE(old->plain, 2, PIE_E_CANCELLED);
  pie_op_free(old->op);
  pie_process *process = pie_event_take_process(old->done);
  CHECK(process != NULL);
  pie_event_free(old->done);
  STREAM(process, "return:{}");
  pie_process_free(process);
  for (int i = 0; i < 2; i++) EQ(gate_value(&old->seen[i].drops), 0);
  pie_process_free(old->process);
  pie_queue_free(old->threaded);
  pie_queue_free(old->manual);
  pie_queue_free(old->plain);
  for (int i = 0; i < 2; i++) gate_await(&old->seen[i].drops, 1);
  hang_up(old->client);
}

int main(void) {
  EACH_GENERATION(generation) {
    static inherited old;
    parent = getpid();
    set_up(&old, generation);
    IN_CHILD(child(&old, generation));
    parent_goes_on(&old);
  }
  return finish();
}
