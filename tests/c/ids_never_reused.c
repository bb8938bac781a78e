/* §1 A request given up means "not waited for": its late answer, a second answer, or an answer out of order goes to
   nobody else. */
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
    pie_status status = pie_client_check_program(client, i % 2 ? ECHO : "nobody@1.1.1", NULL, NULL, 1 + i % 30, &exists, NULL);
    if (status == PIE_OK) EQ(exists, i % 2), in_time++;
    else EQ(status, PIE_E_TIMED_OUT);
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

/* Four answers that cannot be taken for each other. */
static void *ask(void *argument) {
  pie_client *client = ((void **)argument)[0];
  size_t which = *(size_t *)((void **)argument)[1];
  char *text = POISON;
  int32_t exists = 7;
  switch (which) {
    case 0:
      OK(pie_client_query(client, "scripted", "received", WAIT, &text, &error));
      EQ(strncmp(text, "[{", 2), 0);
      break;
    case 1:
      OK(pie_client_query(client, "model_status", "", WAIT, &text, &error));
      EQ(*text, '{');
      break;
    default:
      text = NULL;
      OK(pie_client_check_program(client, which == 2 ? ECHO : "nobody@1.1.1", NULL, NULL, WAIT, &exists, &error));
      EQ(exists, which == 2);
  }
  pie_string_free(text);
  return NULL;
}

/* No login on 0.5, so the first four requests are ours. */
static void reordered(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, "reorder=4", NULL);
  for (int round = 0; round < 20; round++) {
    pthread_t threads[4];
    size_t which[4];
    void *arguments[4][2];
    for (size_t i = 0; i < 4; i++) {
      which[i] = i;
      arguments[i][0] = client;
      arguments[i][1] = &which[i];
      threads[i] = spawn(ask, arguments[i]);
    }
    for (size_t i = 0; i < 4; i++) join(threads[i]);
  }
  hang_up(client);
}

static void *launch_one(void *argument) {
  pie_process *process = launch(argument, "['send','mine'],['return','end']");
  STREAM(process, "msg:mine|return:end");
  pie_process_free(process);
  return NULL;
}

/* Events come before the launch reply they belong to, and behind that of another. */
static void reordered_launches(void) {
  pie_client *client = dial(PIE_GENERATION_0_5, "reorder=3", NULL);
  for (int round = 0; round < 20; round++) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) threads[i] = spawn(launch_one, client);
    for (int i = 0; i < 3; i++) join(threads[i]);
  }
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
  reordered();
  reordered_launches();
  return finish();
}
