/* No lock of the library is held while a wakeup runs: it may take a mutex that another thread holds while that calls
   the library, and it may take its time. */
#include "callbacks.h"

typedef struct locked {
  pthread_mutex_t mutex;
  pie_client *client;
  pie_process *process;
  pie_queue *queue;
  gate fired, stop;
} locked;

/* As a host's event loop does it. */
static void take_the_mutex(void *user_data) {
  locked *with = user_data;
  pthread_mutex_lock(&with->mutex);
  pthread_mutex_unlock(&with->mutex);
  gate_add(&with->fired, 1);
}

/* Each of these meets a wakeup that waits for the mutex. A call that may itself make an event of this queue, and so run
   its wakeup, is made without it. */
static void *call_with_the_mutex(void *argument) {
  locked *with = argument;
  for (int i = 0; i < 100; i++) {
    OK(pie_client_ping_async(with->client, WAIT, with->queue, 1, NULL, &error));
    pthread_mutex_lock(&with->mutex);
    pie_event *event = NULL;
    OK(pie_process_signal(with->process, "x", &error));
    pie_status status = pie_queue_recv(with->queue, 0, &event, NULL);
    CHECK(status == PIE_OK || status == PIE_EMPTY || status == PIE_INTERRUPTED);
    pie_event_free(event);
    pie_queue_interrupt(with->queue);
    pthread_mutex_unlock(&with->mutex);
  }
  gate_add(&with->stop, 1);
  return NULL;
}

static void drop_nothing(void *user_data) { (void)user_data; }

static void a_mutex_of_the_host(int generation) {
  locked with = {PTHREAD_MUTEX_INITIALIZER, dial(generation, NULL, NULL), NULL, pie_queue_new(), GATE_INIT, GATE_INIT};
  OK(pie_queue_set_wakeup(with.queue, take_the_mutex, &with, drop_nothing, &error));
  with.process = launch(with.client, "['never']");
  pthread_t threads[2] = {spawn(call_with_the_mutex, &with), spawn(call_with_the_mutex, &with)};
  while (gate_value(&with.stop) < 2) { /* each empty turn fires again */
    pie_event *event = NULL;
    pie_status status = pie_queue_recv(with.queue, 1, &event, NULL);
    CHECK(status == PIE_OK || status == PIE_EMPTY || status == PIE_INTERRUPTED);
    pie_event_free(event);
  }
  for (int i = 0; i < 2; i++) join(threads[i]);
  gate_await(&with.fired, 1);
  OK(pie_process_terminate(with.process, WAIT, &error));
  pie_process_free(with.process);
  hang_up(with.client);
  pie_queue_free(with.queue);
}

/* The mutex is held over the call that makes the event: were the wakeup run on that thread, within the call, it would
   wait for itself; so the call must not make one. A receive that waits is such a call for another thread's wakeup. */
static void held_over_a_receive(int generation) {
  locked with = {PTHREAD_MUTEX_INITIALIZER, dial(generation, NULL, NULL), NULL, pie_queue_new(), GATE_INIT, GATE_INIT};
  OK(pie_queue_set_wakeup(with.queue, take_the_mutex, &with, drop_nothing, &error));
  with.process = launch(with.client, "['recv',0],['send','b']");
  pie_process *other = launch_to(with.client, "['recv',0],['send','a'],['recv',0]", with.queue, 0);
  pthread_mutex_lock(&with.mutex);
  OK(pie_process_signal(other, "x", &error));
  pie_event *event = take_from(with.queue); /* there before the wakeup has come back */
  EQ_TEXT(event->data, "got:x");
  pie_event_free(event);
  OK(pie_process_signal(with.process, "x", &error));
  OK(pie_process_signal(other, "x", &error));
  pthread_mutex_unlock(&with.mutex);
  STREAM(with.process, "msg:got:x|msg:b|return:done");
  gate_await(&with.fired, 1);
  pie_process_free(with.process);
  pie_process_free(other);
  hang_up(with.client);
  pie_queue_free(with.queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    a_mutex_of_the_host(generation);
    held_over_a_receive(generation);
  }
  return finish();
}
