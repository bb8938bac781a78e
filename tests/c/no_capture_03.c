/* PIE_LAUNCH_NO_CAPTURE on an engine 0.3, which drops launch_processes without a word: the process is launched, and its id
   is "". An engine 0.4 that is slow to answer is not taken for one. */
#include "harness.h"

static void on_0_3(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "silent=launch_processes", NULL);
  for (int i = 0; i < 2; i++) {
    pie_process *process = POISON;
    pie_event *event = POISON;
    OK(try_launch(client, "['never']", WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
    EQ_TEXT(pie_process_id(process), "");
    STATUS(pie_process_recv(process, PIE_FOREVER, &event, &error), PIE_END);
    STATUS(pie_process_terminate(process, WAIT, &error), PIE_E_UNSUPPORTED);
    pie_process_free(process);
  }
  const char *inputs[2] = {NULL, NULL};
  pie_process *processes[2];
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  options.flags = PIE_LAUNCH_NO_CAPTURE;
  OK(pie_client_launch_processes(client, ECHO, inputs, 2, &options, WAIT, processes, &error));
  for (int i = 0; i < 2; i++) {
    EQ_TEXT(pie_process_id(processes[i]), "");
    pie_process_free(processes[i]);
  }
  EQ(count_sent(client, "launch_process"), 4);
  EQ(count_sent(client, "launch_processes"), 1);
  await_number(client, "processes", 2);
  hang_up(client);
}

static void on_a_slow_0_4(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "hold=launch_processes:100", NULL);
  for (int i = 0; i < 2; i++) {
    pie_process *process = POISON;
    OK(try_launch(client, "['never']", WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
    EQ(strlen(pie_process_id(process)), 36);
    OK(pie_process_terminate(process, WAIT, &error));
    pie_process_free(process);
  }
  EQ(count_sent(client, "launch_processes"), 3);
  EQ(count_sent(client, "launch_process"), 0);
  hang_up(client);
}

/* Which of the two it is cannot be told from one that is silent. */
static void on_a_silent_one(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "silent=launch_processes,ping", NULL);
  pie_process *process = POISON;
  FAILS(try_launch(client, "['never']", BRIEF, PIE_LAUNCH_NO_CAPTURE, &process, &error), PIE_E_TIMED_OUT,
        "launch_process", "nothing was launched");
  CHECK(process == NULL);
  EQ(look_number(client, "processes"), 2);
  hang_up(client);
}

int main(void) {
  on_0_3();
  on_a_slow_0_4();
  on_a_silent_one();
  return finish();
}
