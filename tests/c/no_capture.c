/* NO_CAPTURE launches have no stream: receives give PIE_END at once. Where the id is "", result, signal, transfer
   and terminate give PIE_E_UNSUPPORTED. The library gets the id where an engine lets it (0.4). */
#include "harness.h"

static pie_process *uncaptured(pie_client *client, const char *ops) {
  pie_process *process = POISON;
  OK(try_launch(client, ops, WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
  CHECK(process != NULL);
  pie_event *event = POISON;
  for (int i = 0; i < 2; i++) STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_END);
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_END);
  CHECK(event == NULL);
  return process;
}

static void without_id(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_process *process = uncaptured(client, "['send','unheard'],['sleep',0.01]");
  char *text = POISON;
  EQ_TEXT(pie_process_id(process), "");
  STATUS(pie_process_result(process, WAIT, &text, &error), PIE_E_UNSUPPORTED);
  CHECK(text == NULL);
  FAILS(pie_process_signal(process, "m", &error), PIE_E_UNSUPPORTED, "pie_process_signal", "PIE_LAUNCH_NO_CAPTURE",
        "pie_client_list_processes", "0.5");
  STATUS(pie_process_transfer_file(process, "f", 1, WAIT, &error), PIE_E_UNSUPPORTED);
  STATUS(pie_process_transfer_path(process, "/tmp", WAIT, &error), PIE_E_UNSUPPORTED);
  STATUS(pie_process_terminate(process, WAIT, &error), PIE_E_UNSUPPORTED);
  pie_process_free(process);
  await_number(client, "processes", 0);
  hang_up(client);
}

static void with_id(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = uncaptured(client, "['print','x'],['never']");
  char *text = POISON;
  EQ(strlen(pie_process_id(process)), 36);
  EQ(look_number(client, "processes"), 1);
  STATUS(pie_process_result(process, WAIT, &text, &error), PIE_E_UNSUPPORTED);
  OK(pie_process_terminate(process, WAIT, &error));
  await_number(client, "processes", 0);
  /* Nobody told this handle of the end. */
  FAILS(pie_process_terminate(process, WAIT, &error), PIE_E_REJECTED, "Process not found");
  OK(pie_process_signal(process, "m", &error));
  STATUS(pie_process_result(process, WAIT, &text, &error), PIE_E_UNSUPPORTED);
  CHECK(text == NULL);
  pie_event *event = POISON;
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_END);
  pie_process_free(process);
  hang_up(client);
}

/* Nothing comes to a queue that such a launch names, so the process itself says that it is over. */
static void with_queue(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON;
  pie_event *event = POISON;
  options.flags = PIE_LAUNCH_NO_CAPTURE;
  options.input = "{\"ops\":[[\"send\",\"unheard\"]]}";
  options.queue = pie_queue_new();
  OK(pie_client_launch_process(client, ECHO, &options, WAIT, &process, &error));
  for (int i = 0; i < 2; i++) STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_END);
  await_number(client, "processes", 0);
  STATUS(pie_process_recv(process, 0, &event, &error), PIE_END);
  STATUS(pie_queue_recv(options.queue, 0, &event, &error), PIE_EMPTY);
  CHECK(event == NULL);
  pie_process_free(process);
  pie_queue_free(options.queue);
  hang_up(client);
}

/* Two of them share nothing. */
static void several(int generation) {
  pie_client *client = dial(generation, NULL, NULL);
  pie_process *one = uncaptured(client, "['sendn',10]"), *two = uncaptured(client, "['sendn',10]");
  pie_process *heard = launch(client, "['send','x']");
  STREAM(heard, "msg:x|return:done");
  pie_process_free(one);
  pie_process_free(two);
  pie_process_free(heard);
  await_number(client, "processes", 0);
  hang_up(client);
}

int main(void) {
  without_id();
  with_id();
  EACH_GENERATION(generation) {
    with_queue(generation);
    several(generation);
  }
  return finish();
}
