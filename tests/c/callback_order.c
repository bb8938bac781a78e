/* A callback, in both modes: it gets every event of its queue, those that waited first, in order, one at a time; with
   PIE_DISPATCH_THREAD on one thread that is none of the host's, with all signals blocked, while other queues go on;
   with PIE_DISPATCH_MANUAL on the thread that dispatches, and only there. */
#include "callbacks.h"

#include <signal.h>

enum { MESSAGES = 3000 };

static void thread_mode(pie_client *client) {
  char ops[64];
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  snprintf(ops, sizeof ops, "['sendn',%d],['recv',0]", MESSAGES);
  pie_process *process = launch_to(client, ops, queue, 0);
  pie_event_free(take_from(queue)); /* something waits, something is still to come */
  seen.next = 1;
  by_thread(queue, &seen);
  gate_await(&seen.calls, MESSAGES - 1);
  OK(pie_process_signal(process, "go", &error));
  gate_await(&seen.ends, 1);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  EQ(seen.next, MESSAGES + 2);
  EQ(seen.drops.value, 1);
  CHECK(!pthread_equal(seen.thread, pthread_self()));
  pie_process_free(process);
  pie_queue_free(queue);
}

static void manual_mode(pie_client *client) {
  record seen = RECORD_INIT;
  pie_queue *queue = pie_queue_new();
  by_hand(queue, &seen);
  pie_process *process = fill(client, queue, MESSAGES);
  EQ(seen.calls.value, 0); /* not on its own */
  EQ(dispatch(queue, 0), MESSAGES + 1);
  EQ(seen.calls.value, MESSAGES + 1);
  CHECK(pthread_equal(seen.thread, pthread_self()));
  EQ(dispatch(queue, 0), 0);
  OK(pie_queue_clear_callback(queue, 0, &error));
  EQ(seen.drops.value, 1);
  pie_process_free(process);
  pie_queue_free(queue);
}

/* A process's own queue. */
static void of_a_process(pie_client *client) {
  record seen = RECORD_INIT;
  pie_process *process = launch(client, "['sendn',100],['recv',0]");
  OK(pie_process_set_callback(process, write_down, &seen, write_drop, &error));
  gate_await(&seen.calls, 100);
  OK(pie_process_signal(process, "go", &error));
  gate_await(&seen.ends, 1);
  OK(pie_process_clear_callback(process, WAIT, &error));
  EQ(seen.drops.value, 1);
  CHECK(take(process) == NULL); /* the stream was taken to its end */
  pie_process_free(process);
}

/* One that does not come back holds up nobody. */
static void others_go_on(pie_client *client) {
  gate open = GATE_INIT;
  record slow = RECORD_INIT, fast = RECORD_INIT;
  slow.let_go = &open;
  pie_queue *one = pie_queue_new(), *two = pie_queue_new();
  by_thread(one, &slow);
  by_thread(two, &fast);
  pie_process *a = launch_to(client, "['sendn',10]", one, 0);
  gate_await(&slow.inside, 1);
  pie_process *b = launch_to(client, "['sendn',10]", two, 0);
  gate_await(&fast.ends, 1);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process *c = launch(client, "['sendn',2]");
  STREAM(c, "msg:0|msg:1|return:done");
  EQ(gate_value(&slow.calls), 0);
  CHECK(!pthread_equal(slow.thread, fast.thread));
  gate_add(&open, 1);
  gate_await(&slow.ends, 1);
  EQ(slow.calls.value, 11);
  OK(pie_queue_clear_callback(one, WAIT, &error));
  OK(pie_queue_clear_callback(two, WAIT, &error));
  pie_process_free(a), pie_process_free(b), pie_process_free(c);
  pie_queue_free(one), pie_queue_free(two);
}

#ifndef _WIN32
static gate blocked = GATE_INIT;

static void look_at_signals(pie_event *event, void *user_data) {
  sigset_t now;
  pie_event_free(event);
  EQ(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
  for (int i = 0; i < 3; i++) {
    static const int signals[] = {SIGINT, SIGTERM, SIGUSR1};
    EQ(sigismember(&now, signals[i]), 1);
  }
  CHECK(user_data == NULL);
  gate_add(&blocked, 1);
}

static void signals(pie_client *client) {
  int before = blocked.value;
  pie_process *process = launch(client, "['send','x']");
  OK(pie_process_set_callback(process, look_at_signals, NULL, NULL, &error));
  gate_await(&blocked, before + 2);
  OK(pie_process_clear_callback(process, WAIT, &error));
  pie_process_free(process);
}
#else
static void signals(pie_client *client) { (void)client; }
#endif

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    thread_mode(client);
    manual_mode(client);
    of_a_process(client);
    others_go_on(client);
    signals(client);
    hang_up(client);
  }
  return finish();
}
