/* Ends: a lost connection gives each running process one last ERROR event (PIE_E_DISCONNECTED) and each request
   that status; so do calls afterwards. */
#include "harness.h"

static void afterwards(pie_client *client, int generation, pie_process *process) {
  char *text = POISON;
  pie_process *none = POISON;
  pie_process_list *list = POISON;
  int32_t exists = 7;
  STATUS(pie_client_ping(client, PIE_FOREVER, NULL, &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_query(client, "s", "r", PIE_FOREVER, &text, &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_check_program(client, ECHO, NULL, NULL, PIE_FOREVER, &exists, &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_install_program_bytes(client, "p", 1, MANIFEST("p"), 0, PIE_FOREVER, &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_launch_process(client, ECHO, NULL, PIE_FOREVER, &none, &error), PIE_E_DISCONNECTED);
  batches_give(client, generation, PIE_FOREVER, PIE_E_DISCONNECTED);
  STATUS(pie_client_list_processes(client, PIE_FOREVER, &list, &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_signal_process(client, NO_SUCH_ID, "m", &error), PIE_E_DISCONNECTED);
  STATUS(pie_client_terminate_process(client, NO_SUCH_ID, PIE_FOREVER, &error), PIE_E_DISCONNECTED);
  STATUS(pie_process_signal(process, "m", &error), PIE_E_DISCONNECTED);
  STATUS(pie_process_terminate(process, PIE_FOREVER, &error), PIE_E_DISCONNECTED);
  STATUS(pie_process_transfer_file(process, "f", 1, PIE_FOREVER, &error), PIE_E_DISCONNECTED);
  STATUS(pie_process_result(process, PIE_FOREVER, &text, &error), PIE_E_DISCONNECTED);
  CHECK(text == NULL && none == NULL && list == NULL && exists == 0);
  OK(pie_client_close(client, WAIT, &error));
  pie_process_free(process);
  pie_client_free(client);
}

/* All of its processes learn it, each with what was sent before. */
static void in_a_stream(int generation, const char *end) {
  char ops[128];
  pie_client *client = dial(generation, NULL, NULL);
  pie_process *quiet = launch(client, "['send','a'],['never']"), *done = launch(client, "['send','a']");
  STREAM(done, "msg:a|return:done");
  snprintf(ops, sizeof ops, "['sendn',3],['wait_room'],['%s']", end);
  pie_process *process = launch(client, ops);
  /* A reset may overtake what was sent before it. */
  if (strcmp(end, "cut") == 0)
    ENDS_WITH(process, PIE_E_DISCONNECTED);
  else
    STREAM(process, "msg:0|msg:1|msg:2|error:PIE_E_DISCONNECTED");
  ENDS_WITH(quiet, PIE_E_DISCONNECTED);
  char *text = POISON;
  OK(pie_process_result(done, WAIT, &text, &error)); /* what had ended stays as it ended */
  pie_string_free(text);
  pie_process_free(done);
  pie_process_free(quiet);
  afterwards(client, generation, process);
}

static void in_a_request(int generation) {
  pie_client *client = dial(generation, "cut_on=list_processes", NULL);
  pie_process *process = launch(client, "['never']");
  pie_process_list *list = POISON;
  FAILS(pie_client_list_processes(client, PIE_FOREVER, &list, &error), PIE_E_DISCONNECTED, "");
  CHECK(list == NULL);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  afterwards(client, generation, process);
}

static void in_a_launch(int generation) {
  pie_client *client = dial(generation, "cut_on=launch_process", NULL);
  pie_process *process = POISON;
  STATUS(pie_client_launch_process(client, ECHO, NULL, PIE_FOREVER, &process, &error), PIE_E_DISCONNECTED);
  CHECK(process == NULL);
  hang_up(client);
}

static void in_an_upload(int generation) {
  size_t size = 24 << 20;
  unsigned char *bytes = pattern(size);
  pie_client *client = dial(generation, "cut_chunk=1", NULL);
  STATUS(pie_client_install_program_bytes(client, bytes, size, MANIFEST("cut"), 0, PIE_FOREVER, &error),
         PIE_E_DISCONNECTED);
  hang_up(client);
  client = dial(generation, "cut_chunk=2", NULL);
  pie_process *process = launch(client, "['send','ready'],['recv_file',0]");
  await_message(process, "ready");
  STATUS(pie_process_transfer_file(process, bytes, size, PIE_FOREVER, &error), PIE_E_DISCONNECTED);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  afterwards(client, generation, process);
  free(bytes);
}

int main(void) {
  static const char *const ends[] = {"cut", "fin", "close"};
  EACH_GENERATION(generation) {
    for (size_t i = 0; i < 3; i++) in_a_stream(generation, ends[i]);
    in_a_request(generation);
    in_a_launch(generation);
    in_an_upload(generation);
  }
  return finish();
}
