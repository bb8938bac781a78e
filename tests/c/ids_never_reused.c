/* A request given up means "not waited for": its late answer, or a second answer, goes to nobody else. */
#include "harness.h"

/* Each kind of call knows its own answer. */
static void right_answers(pie_client *client) {
  char *text = POISON;
  int32_t exists = 7;
  OK(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_client_check_program(client, ECHO, NULL, NULL, WAIT, &exists, &error));
  EQ(exists, 1);
  OK(pie_client_query(client, "model_status", "", WAIT, &text, &error));
  EQ(*text, '{');
  pie_string_free(text);
  OK(pie_client_check_program(client, "nobody@1.1.1", NULL, NULL, WAIT, &exists, &error));
  EQ(exists, 0);
  pie_process *process = launch(client, "['send','a']");
  STREAM(process, "msg:a|return:done");
  pie_process_free(process);
}

static void late(int generation) {
  pie_client *client = dial(generation, "delay=check_program:20", NULL);
  int in_time = 0;
  for (int i = 0; i < 60; i++) {
    int32_t exists = 7;
    pie_status status =
        pie_client_check_program(client, i % 2 ? ECHO : "nobody@1.1.1", NULL, NULL, 1 + i % 30, &exists, NULL);
    if (status == PIE_OK)
      EQ(exists, i % 2), in_time++;
    else
      EQ(status, PIE_E_TIMED_OUT);
    OK(pie_client_ping(client, WAIT, NULL, &error));
  }
  right_answers(client);
  CHECK(in_time < 60);
  hang_up(client);
}

/* A hundred identifiers given up, each answered at last. */
static void many_late(int generation) {
  pie_client *client = dial(generation, "delay=ping:300", NULL);
  for (int i = 0; i < 100; i++) STATUS(pie_client_ping(client, 1, NULL, &error), PIE_E_TIMED_OUT);
  int32_t exists = 7;
  for (int i = 0; i < 100; i++) {
    OK(pie_client_check_program(client, i % 2 ? ECHO : "nobody@1.1.1", NULL, NULL, WAIT, &exists, &error));
    EQ(exists, i % 2);
  }
  OK(pie_client_ping(client, WAIT, NULL, &error)); /* behind all the late ones */
  right_answers(client);
  hang_up(client);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, "duplicate=*", NULL);
    for (int i = 0; i < 30; i++) right_answers(client);
    hang_up(client);
    late(generation);
    many_late(generation);
  }
  return finish();
}
