/* pie_shutdown with every asynchronous call under way: a callback gets one DONE of each with PIE_E_CLOSED before it
   ends, then its `drop` runs, once; who receives gets PIE_E_CLOSED. A call on an old handle fails at once. */
#include "twins.h"

typedef struct counts {
  pthread_mutex_t lock;
  int dones[2 * TWINS], drops, wrong;
} counts;

static void count_done(pie_event *event, void *user_data) {
  counts *seen = user_data;
  pthread_mutex_lock(&seen->lock);
  if (event->kind == PIE_EVENT_DONE) {
    seen->dones[event->tag]++;
    if (event->status != PIE_E_CLOSED) fprintf(stderr, "tag %d: %d\n", (int)event->tag, event->status), seen->wrong++;
    check_event(event);
  }
  EQ(seen->drops, 0);
  pthread_mutex_unlock(&seen->lock);
  pie_event_free(event);
}

static void count_drop(void *user_data) {
  counts *seen = user_data;
  pthread_mutex_lock(&seen->lock);
  seen->drops++;
  pthread_mutex_unlock(&seen->lock);
}

/* Moves the stage's queue to one that all share. */
static void share(stage *at, pie_queue *queue) {
  pie_queue_free(at->queue);
  at->queue = queue;
}

static void a_life(int generation, int taken_by_callback) {
  counts seen = {PTHREAD_MUTEX_INITIALIZER, {0}, 0, 0};
  stage stages[TWINS];
  pie_op *ops[TWINS] = {NULL};
  pie_queue *queue = pie_queue_new();
  if (taken_by_callback) OK(pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, count_done, &seen, count_drop, &error));
  for (uint64_t i = 0; i < TWINS; i++) {
    if (twins[i].only_04 && generation != PIE_GENERATION_0_4) continue;
    stages[i] = set_stage(&twins[i], generation, SILENT);
    share(&stages[i], queue);
    ops[i] = begin(&twins[i], &stages[i], PIE_FOREVER, i);
  }
  OK(pie_shutdown(WAIT, &error));
  pthread_mutex_lock(&seen.lock); /* for what the compiler knows of threads: nothing runs any more */
  EQ(seen.drops, taken_by_callback);
  EQ(seen.wrong, 0);
  for (int i = 0; i < TWINS; i++) {
    if (seen.dones[i] != (taken_by_callback && ops[i] != NULL)) fprintf(stderr, "%s\n", twins[i].name);
    EQ(seen.dones[i], taken_by_callback && ops[i] != NULL);
  }
  pthread_mutex_unlock(&seen.lock);
  pie_event *event = POISON;
  STATUS(pie_queue_recv(queue, WAIT, &event, &error), PIE_E_CLOSED);
  for (uint64_t i = 0; i < TWINS; i++) {
    if (ops[i] == NULL) continue;
    pie_op *op = POISON;
    STATUS(twins[i].begin(&stages[i], WAIT, i, &op, &error), PIE_E_CLOSED);
    CHECK(op == NULL);
    pie_op_cancel(ops[i]);
    pie_op_free(ops[i]);
    pie_client_free(stages[i].client);
    stages[i].client = NULL;
    stages[i].queue = NULL;
    strike_stage(&stages[i]);
  }
  pie_queue_free(queue);
  OK(pie_shutdown(WAIT, &error));
}

int main(void) {
  EACH_GENERATION(generation) {
    a_life(generation, 1);
    a_life(generation, 0);
  }
  return finish();
}
