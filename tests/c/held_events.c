/* Events that come before a launch is answered are held for its DONE. When the launch is cancelled meanwhile, they go
   with it and its process is terminated; when the outcome was there first, all of them follow. When only the queue of
   the DONE is freed, nobody can have the process, and its events go; those of other processes stay. */
#include "twins.h"

static const char talk[] = "['early',[['sendn',50]]],['sendn',50],['never']";
static const char finite[] = "['early',[['sendn',50]]],['event','message','on'],['return','end']";

static pie_op *begin_launch_to(pie_client *client, const char *ops, pie_queue *stream, pie_queue *dones) {
  char *input = script(ops);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.input = input;
  options.queue = stream;
  options.tag = 5;
  pie_op *op = POISON;
  OK(pie_client_launch_process_async(client, ECHO, &options, WAIT, dones, 6, &op, &error));
  free(input);
  return op;
}

/* Its events are there when it is cancelled, the reply is not. */
static void cancelled(int generation, int shared) {
  pie_client *client = dial(generation, "delay=launch_process:1500", NULL), *other = dial(generation, NULL, NULL);
  pie_queue *stream = pie_queue_new(), *dones = shared ? stream : pie_queue_new();
  pie_op *op = begin_launch_to(client, talk, stream, dones);
  await_number(other, "processes", 1);
  rest_ms(10);
  pie_op_cancel(op);
  pie_op_free(op);
  int done = 0;
  while (!done) {
    pie_event *event = take_from(dones);
    done = event->kind == PIE_EVENT_DONE;
    if (done) EQ(event->status, PIE_E_CANCELLED);
    CHECK(done || !shared); /* none comes before it */
    pie_event_free(event);
  }
  await_number(other, "processes", 0); /* its reply came, and it was terminated */
  OK(pie_client_ping(client, WAIT, NULL, &error));
  if (!shared) {
    for (pie_event *event = NULL; pie_queue_recv(stream, 0, &event, NULL) == PIE_OK;) pie_event_free(event);
    pie_queue_free(stream);
  }
  NONE(dones);
  pie_queue_free(dones);
  hang_up(client);
  hang_up(other);
}

/* The rest of a stream that is whole: 50 early ones, "on", the end. */
static void whole(pie_queue *stream, uint64_t next) {
  for (; next < 52; next++) {
    pie_event *event = take_from(stream);
    EQ(event->tag, 5);
    EQ(event->sequence, next);
    EQ(event->kind, next == 51 ? PIE_EVENT_RETURN : PIE_EVENT_MESSAGE);
    pie_event_free(event);
  }
  NONE(stream);
}

/* At any moment: PIE_E_CANCELLED and nothing, or PIE_OK and everything. */
static void at_all_times(int generation) {
  pie_client *client = dial(generation, "delay=launch_process:4", NULL);
  pie_queue *stream = pie_queue_new();
  for (int i = 0; i < 80; i++) {
    pie_op *op = begin_launch_to(client, finite, stream, stream);
    rest_ms(i % 9);
    pie_op_cancel(op);
    pie_op_free(op);
    pie_event *event = take_from(stream);
    EQ(event->kind, PIE_EVENT_DONE);
    if (event->status == PIE_OK) {
      pie_process *process = pie_event_take_process(event);
      whole(stream, 0);
      pie_process_free(process);
    } else {
      EQ(event->status, PIE_E_CANCELLED);
    }
    pie_event_free(event);
    await_number(client, "processes", 0);
    NONE(stream);
  }
  hang_up(client);
  pie_queue_free(stream);
}

/* The DONE is lost with its queue; a process next to it in the stream's queue loses nothing. */
static void dones_freed(int generation) {
  pie_client *client = dial(generation, "delay=launch_process:60", NULL), *other = dial(generation, NULL, NULL);
  pie_queue *stream = pie_queue_new(), *dones = pie_queue_new();
  pie_op_free(begin_launch_to(client, talk, stream, dones));
  await_number(other, "processes", 1);
  pie_queue_free(dones);
  pie_process *process = launch_to(client, finite, stream, 7); /* answered behind the first */
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  EQ_TEXT(text, "end");
  pie_string_free(text);
  uint64_t next = 0;
  for (pie_event *event = NULL; next < 52; pie_event_free(event)) {
    event = take_from(stream);
    if (event->tag == 7) EQ(event->sequence, next++);
  }
  hang_up(client); /* the last event of the first is nobody's either */
  pie_event *event = POISON;
  while (pie_queue_recv(stream, 0, &event, NULL) == PIE_OK) {
    EQ(event->tag, 5);
    CHECK(event->kind == PIE_EVENT_MESSAGE); /* what came before it was let go */
    pie_event_free(event);
  }
  pie_process_free(process);
  pie_queue_free(stream);
  end_processes(other);
  hang_up(other);
}

/* The stream's queue is freed while its events are held: the launch goes on, its result is known. */
static void stream_freed(int generation) {
  pie_client *client = dial(generation, "delay=launch_process:60", NULL), *other = dial(generation, NULL, NULL);
  pie_queue *stream = pie_queue_new(), *dones = pie_queue_new();
  pie_op_free(begin_launch_to(client, "['early',[['sendn',50]]],['recv',0],['return','end']", stream, dones));
  await_number(other, "processes", 1);
  pie_queue_free(stream);
  pie_event *done = take_done(dones, 6);
  EQ(done->status, PIE_OK);
  pie_process *process = pie_event_take_process(done);
  pie_event_free(done);
  OK(pie_process_signal(process, "go", &error));
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  EQ_TEXT(text, "end");
  pie_string_free(text);
  pie_process_free(process);
  pie_queue_free(dones);
  hang_up(client);
  hang_up(other);
}

int main(void) {
  EACH_GENERATION(generation) {
    cancelled(generation, 1);
    cancelled(generation, 0);
    at_all_times(generation);
    dones_freed(generation);
    stream_freed(generation);
  }
  return finish();
}
