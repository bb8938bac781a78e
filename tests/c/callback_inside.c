/* From inside a callback, what would wait for that callback gives PIE_E_WOULD_DEADLOCK and has changed nothing: clear,
   dispatch, shutdown, and on the queue's own thread the close of a client whose events come there. Frees and _async
   calls always work there, and so does every other call. */
#include "callbacks.h"

typedef struct host {
  int mode;
  pie_client *client, *other;
  pie_process *process;
  pie_queue *queue, *elsewhere;
  void (*act)(struct host *host);
  gate calls, drops;
  int at; /* it acts in this run: the first, or the second where all that the process says has come then */
} host;

static void act_once(pie_event *event, void *user_data) {
  host *self = user_data;
  pie_event_free(event);
  EQ(gate_value(&self->drops), 0);
  if (self->calls.value == self->at) self->act(self);
  gate_add(&self->calls, 1);
}

static void host_drop(void *user_data) { gate_add(&((host *)user_data)->drops, 1); }

static host set_up(int generation, int mode, void (*act)(host *)) {
  host self = {mode, NULL, NULL, NULL, NULL, NULL, act, GATE_INIT, GATE_INIT, 0};
  self.client = dial(generation, NULL, "close_timeout_ms=20");
  self.other = dial_bystander(generation);
  self.queue = pie_queue_new();
  self.elsewhere = pie_queue_new();
  self.process = launch_to(self.client, "['sendn',2],['recv',0],['send','x']", self.queue, 0);
  return self;
}

static void run_until(host *self, int calls) {
  if (self->mode == PIE_DISPATCH_THREAD) {
    gate_await(&self->calls, calls);
    return;
  }
  while (self->calls.value < calls) dispatch(self->queue, 0);
}

static void set_callback(host *self) {
  OK(pie_queue_set_callback(self->queue, self->mode, act_once, self, host_drop, &error));
}

static void take_down(host *self) {
  pie_process_free(self->process);
  pie_queue_free(self->queue);
  pie_queue_free(self->elsewhere);
  if (self->client != NULL) hang_up(self->client);
  end_processes(self->other);
  hang_up(self->other);
}

/* What would wait for itself. */
static void refused(host *self) {
  size_t count = 7;
  STATUS(pie_queue_clear_callback(self->queue, PIE_FOREVER, &error), PIE_E_WOULD_DEADLOCK);
  STATUS(pie_queue_clear_callback(self->queue, WAIT, &error), PIE_E_WOULD_DEADLOCK);
  STATUS(pie_shutdown(WAIT, &error), PIE_E_WOULD_DEADLOCK);
  STATUS(pie_shutdown(PIE_FOREVER, &error), PIE_E_WOULD_DEADLOCK);
  STATUS(pie_queue_dispatch(self->queue, 1, &count, &error),
         self->mode == PIE_DISPATCH_MANUAL ? PIE_E_WOULD_DEADLOCK : PIE_E_INVALID_STATE);
  EQ(count, 0);
  if (self->mode == PIE_DISPATCH_THREAD) {
    STATUS(pie_client_close(self->client, WAIT, &error), PIE_E_WOULD_DEADLOCK);
    STATUS(pie_client_close(self->client, PIE_FOREVER, &error), PIE_E_WOULD_DEADLOCK);
  }
}

/* All goes on as before. */
static void nothing_changed(int generation, int mode) {
  host self = set_up(generation, mode, refused);
  set_callback(&self);
  run_until(&self, 2);
  OK(pie_client_ping(self.client, WAIT, NULL, &error));
  OK(pie_process_signal(self.process, "go", &error));
  run_until(&self, 5); /* 0, 1, got, x, return */
  EQ(gate_value(&self.drops), 0);
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  EQ(self.drops.value, 1);
  EQ(self.calls.value, 5);
  take_down(&self);
}

/* With the limit 0 it begins there too. */
static void clear_0(host *self) {
  pie_error *error = POISON;
  pie_status status = pie_queue_clear_callback(self->queue, 0, &error);
  EQ(status, PIE_E_TIMED_OUT); /* it is still running */
  pie_error_free(error);
  EQ(gate_value(&self->drops), 0);
}

static void cleared_inside(int generation, int mode) {
  host self = set_up(generation, mode, clear_0);
  pie_event *first = take_from(self.queue), *second = take_from(self.queue);
  pie_event_free(first);
  pie_event_free(second);
  OK(pie_process_signal(self.process, "go", &error));
  set_callback(&self);
  run_until(&self, 1);
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  EQ(self.drops.value, 1);
  EQ(self.calls.value, 1);
  pie_event *rest = take_from(self.queue); /* "got:go" was the callback's, "x" is not */
  EQ_TEXT(rest->data, "x");
  pie_event_free(rest);
  take_down(&self);
}

static void free_queue(host *self) {
  pie_queue_free(self->queue);
  self->queue = NULL;
}

static void free_all(host *self) {
  pie_queue_free(self->queue);
  pie_process_free(self->process);
  pie_client_free(self->client);
  self->queue = NULL;
  self->process = NULL;
  self->client = NULL;
}

static void free_process(host *self) {
  pie_process_free(self->process);
  self->process = NULL;
}

static void free_client(host *self) {
  pie_client_free(self->client);
  self->client = NULL;
}

static void freed_inside(int generation, int mode) {
  /* The queue: nothing more comes, and the drop follows when the callback is back. */
  host self = set_up(generation, mode, free_queue);
  set_callback(&self);
  if (mode == PIE_DISPATCH_THREAD) {
    gate_await(&self.drops, 1);
  } else {
    size_t count = 7;
    pie_queue *queue = self.queue;
    while (self.calls.value == 0) OK(pie_queue_dispatch(queue, 1, &count, &error)); /* it borrows the handle */
    gate_await(&self.drops, 1);
  }
  EQ(self.calls.value, 1);
  take_down(&self);
  /* Everything at once. */
  self = set_up(generation, PIE_DISPATCH_THREAD, free_all);
  set_callback(&self);
  gate_await(&self.drops, 1);
  EQ(self.calls.value, 1);
  take_down(&self);
  /* The process: its other events go, those of another one stay. */
  self = set_up(generation, mode, free_process);
  OK(pie_client_ping(self.client, WAIT, NULL, &error)); /* on 0.4 behind both messages */
  pie_process *another = launch_to(self.client, "['recv',0]", self.queue, 1);
  set_callback(&self);
  run_until(&self, 1);
  int met = gate_value(&self.calls);
  OK(pie_process_signal(another, "go", &error));
  run_until(&self, met + 2);
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  EQ(self.drops.value, 1);
  pie_process_free(another);
  take_down(&self);
  /* The client: the process ends, which the callback still gets. */
  self = set_up(generation, mode, free_client);
  self.at = 1; /* by then both messages are here */
  set_callback(&self);
  run_until(&self, 3);
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  EQ(self.calls.value, 3);
  EQ(self.drops.value, 1);
  take_down(&self);
}

/* What does not wait for this callback. */
static void every_other_call(host *self) {
  pie_queue *queue = pie_queue_new();
  pie_event *event = POISON;
  OK(pie_client_ping(self->client, WAIT, NULL, &error));
  OK(pie_client_ping(self->other, WAIT, NULL, &error));
  pie_process *process = launch(self->client, "['send','in']");
  STREAM(process, "msg:in|return:done");
  pie_process_free(process);
  STATUS(pie_queue_recv(self->queue, 0, &event, &error), PIE_E_INVALID_STATE);
  STATUS(pie_queue_recv(queue, 1, &event, &error), PIE_EMPTY);
  OK(pie_client_ping_async(self->client, WAIT, queue, 1, NULL, &error));
  DONE(queue, 1, PIE_OK);
  OK(pie_queue_clear_callback(queue, WAIT, &error));
  pie_client *more = dial(pie_client_generation(self->client), NULL, NULL);
  pie_process *longer = launch(more, "['never']");
  OK(pie_client_close(more, WAIT, &error)); /* its events go elsewhere */
  ENDS_WITH(longer, PIE_E_CLOSED);
  pie_process_free(longer);
  pie_client_free(more);
  pie_queue_free(queue);
  pie_client_close_async(self->client, WAIT, self->elsewhere, 4, NULL, NULL);
}

static void others_work(int generation, int mode) {
  host self = set_up(generation, mode, every_other_call);
  self.at = 1;
  set_callback(&self);
  run_until(&self, 3); /* 0, 1, and the end that the close brings */
  DONE(self.elsewhere, 4, PIE_OK);
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  EQ(self.calls.value, 3);
  take_down(&self);
}

/* A dispatch waits for nobody: the close inside one is a close like any other. With the limit 0 it begins everywhere.
 */
static void close_it(host *self) {
  if (self->mode == PIE_DISPATCH_MANUAL) {
    OK(pie_client_close(self->client, WAIT, &error));
    return;
  }
  pie_status status = pie_client_close(self->client, 0, NULL);
  if (status != PIE_OK) EQ(status, PIE_E_TIMED_OUT);
}

static void closed_inside(int generation, int mode) {
  host self = set_up(generation, mode, close_it);
  self.at = 1; /* by then both messages are here */
  set_callback(&self);
  run_until(&self, 3);
  OK(pie_client_close(self.client, WAIT, &error));
  OK(pie_queue_clear_callback(self.queue, WAIT, &error));
  EQ(self.calls.value, 3);
  take_down(&self);
}

int main(void) {
  EACH_GENERATION(generation) {
    for (int mode = PIE_DISPATCH_MANUAL; mode <= PIE_DISPATCH_THREAD; mode++) {
      nothing_changed(generation, mode);
      cleared_inside(generation, mode);
      freed_inside(generation, mode);
      others_work(generation, mode);
      closed_inside(generation, mode);
    }
  }
  return finish();
}
