/* What a DONE bears and nobody takes is released with the event, also when the event was never received: a client is
   closed, a process let go of. The engine's own counts tell. */
#include "twins.h"

static void connect_to(int generation, pie_queue *queue, uint64_t tag) {
  char *uri = engine_uri(generation, NULL);
  pie_options *options = options_of(generation);
  OK(pie_client_connect_async(uri, options, WAIT, queue, tag, NULL, &error));
  pie_options_free(options);
  free(uri);
}

static void clients(int generation) {
  pie_client *other = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  connect_to(generation, queue, 1);
  pie_event *done = take_done(queue, 1);
  EQ(done->status, PIE_OK);
  await_number(other, "connections", 2);
  pie_event_free(done);
  await_number(other, "connections", 1);
  /* It waits in the queue, whose handle goes. */
  connect_to(generation, queue, 2);
  await_number(other, "connections", 2);
  pie_queue_free(queue);
  await_number(other, "connections", 1);
  /* Its queue is gone before it comes. */
  queue = pie_queue_new();
  connect_to(generation, queue, 3);
  pie_queue_free(queue);
  await_number(other, "connections", 1);
  hang_up(other);
}

/* Let go of, not ended: it runs on, and none of its events is left anywhere. */
static void processes(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *dones = pie_queue_new(), *streams = pie_queue_new();
  char *ops = script("['send','a'],['recv',0],['send','b']");
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = ops;
  options.queue = streams;
  options.tag = 40;
  OK(pie_client_launch_process_async(client, ECHO, &options, WAIT, dones, 4, NULL, &error));
  pie_event *done = take_done(dones, 4);
  EQ(done->status, PIE_OK);
  pie_event *event = take_from(streams);
  EQ(event->tag, 40);
  char *id = join_text(pie_process_id(event->process), "", "");
  pie_event_free(done);
  EQ_TEXT(pie_process_id(event->process), id); /* an event taken is whole */
  pie_event_free(event);
  EQ(look_number(client, "processes"), 1);
  OK(pie_client_signal_process(client, id, "go", &error));
  await_number(client, "processes", 0); /* it ran on to its end */
  NONE(streams);
  free(id);
  free(ops);
  pie_queue_free(dones);
  pie_queue_free(streams);
  hang_up(client);
}

static void several(int generation) {
  static const char *const inputs[3] = {"{\"ops\":[[\"send\",\"a\"],[\"never\"]]}",
                                        "{\"ops\":[[\"send\",\"b\"],[\"never\"]]}",
                                        "{\"ops\":[[\"send\",\"c\"],[\"never\"]]}"};
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.queue = queue;
  OK(pie_client_launch_processes_async(client, ECHO, inputs, 3, &options, WAIT, queue, 0, NULL, &error));
  pie_event *done = take_done(queue, 0);
  EQ(done->current, 3);
  EQ(look_number(client, "processes"), 3);
  pie_event_free(done);
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* behind their messages */
  NONE(queue);
  EQ(look_number(client, "processes"), 3);
  end_processes(client);
  hang_up(client);
  pie_queue_free(queue);
}

static void attached_and_listed(int generation) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  char *id = launch_apart(first, "['recv',0]");
  OK(pie_client_list_processes_async(second, WAIT, queue, 1, NULL, &error));
  pie_event_free(take_done(queue, 1)); /* with the list in it */
  OK(pie_client_attach_process_async(second, id, NULL, WAIT, queue, 2, NULL, &error));
  pie_event *done = take_done(queue, 2);
  EQ(done->status, PIE_OK);
  pie_event_free(done);
  EQ(look_number(second, "processes"), 1);
  OK(pie_client_signal_process(second, id, "x", &error));
  await_number(second, "processes", 0);
  NONE(queue);
  pie_queue_free(queue);
  free(id);
  hang_up(second);
  hang_up(first);
}

/* A DONE that waits in a queue when its client is closed bears what it bore. */
static void waits_over_a_close(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  OK(pie_client_launch_process_async(client, ECHO, NULL, WAIT, queue, 1, NULL, &error));
  while (look_number(client, "processes") != 0 || count_sent(client, "launch_process") == 0) rest_ms(1);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_client_close(client, WAIT, &error));
  pie_event *done = take_done(queue, 1);
  EQ(done->status, PIE_OK);
  pie_process *process = pie_event_take_process(done);
  CHECK(process != NULL);
  pie_event_free(done);
  STREAM(process, "return:{}");
  pie_process_free(process);
  pie_client_free(client);
  pie_queue_free(queue);
}

int main(void) {
  EACH_GENERATION(generation) {
    clients(generation);
    processes(generation);
    several(generation);
    attached_and_listed(generation);
    waits_over_a_close(generation);
  }
  return finish();
}
