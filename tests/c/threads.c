/* Threads: every function may be called from any thread, also at once on one handle. */
#include "harness.h"

enum { THREADS = 8, ROUNDS = 25 };

static void *work(void *argument) {
  pie_client *client = argument;
  for (int i = 0; i < ROUNDS; i++) {
    int32_t exists = 7;
    pie_process_list *list = POISON;
    OK(pie_client_ping(client, WAIT, NULL, &error));
    pie_process *process = launch(client, "['send','ready'],['recv',0],['return','end']");
    await_message(process, "ready");
    OK(pie_process_signal(process, "go", &error));
    OK(pie_client_check_program(client, ECHO, NULL, NULL, WAIT, &exists, &error));
    EQ(exists, 1);
    OK(pie_client_list_processes(client, WAIT, &list, &error));
    pie_process_list_free(list);
    STREAM(process, "msg:got:go|return:end");
    pie_process_free(process);
    static const char *const inputs[3] = {"1", NULL, "[3]"};
    char *json = POISON;
    OK(pie_client_run_processes(client, ECHO, inputs, 3, NULL, WAIT, &json, &error));
    EQ_TEXT(json, "[\"1\",\"{}\",\"[3]\"]");
    pie_string_free(json);
  }
  return NULL;
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) threads[i] = spawn(work, client);
    for (int i = 0; i < THREADS; i++) join(threads[i]);
    hang_up(client);
  }
  return finish();
}
