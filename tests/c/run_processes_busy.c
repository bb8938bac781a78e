/* pie_client_run_processes: other calls and processes of the client go on meanwhile (0.4's own call of that name holds
   up the whole connection), and a second run too. */
#include "harness.h"

enum { COUNT = 8 };

typedef struct run {
  pie_client *client;
  gate done;
} run;

/* Each ends when it is told to. */
static void *run_all(void *argument) {
  run *with = argument;
  char *waits = script("['recv',0],['return','told']"), *json = POISON;
  const char *inputs[COUNT] = {waits, waits, waits, waits, waits, waits, waits, waits};
  OK(pie_client_run_processes(with->client, ECHO, inputs, COUNT, NULL, WAIT, &json, &error));
  EQ_TEXT(json, "[\"told\",\"told\",\"told\",\"told\",\"told\",\"told\",\"told\",\"told\"]");
  pie_string_free(json);
  free(waits);
  gate_add(&with->done, 1);
  return NULL;
}

int main(void) {
  EACH_GENERATION(generation) {
    run with = {dial(generation, NULL, NULL), GATE_INIT};
    pthread_t one = spawn(run_all, &with), two = spawn(run_all, &with);
    await_number(with.client, "processes", 2 * COUNT);
    for (int i = 0; i < 100; i++) OK(pie_client_ping(with.client, WAIT, NULL, &error));
    pie_process *process = launch(with.client, "['send','x']");
    STREAM(process, "msg:x|return:done");
    pie_process_free(process);
    char *json = POISON;
    const char *inputs[2] = {"1", "2"};
    OK(pie_client_run_processes(with.client, ECHO, inputs, 2, NULL, WAIT, &json, &error));
    EQ_TEXT(json, "[\"1\",\"2\"]");
    pie_string_free(json);
    EQ(gate_value(&with.done), 0);
    EQ(look_number(with.client, "processes"), 2 * COUNT);
    pie_process_list *list = POISON;
    OK(pie_client_list_processes(with.client, WAIT, &list, &error));
    EQ(pie_process_list_size(list), 2 * COUNT);
    for (size_t i = 0; i < pie_process_list_size(list); i++)
      OK(pie_client_signal_process(with.client, pie_process_list_get(list, i)->id, "go", &error));
    pie_process_list_free(list);
    gate_await(&with.done, 2);
    join(one);
    join(two);
    hang_up(with.client);
  }
  return finish();
}
