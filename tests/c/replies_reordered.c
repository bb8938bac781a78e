/* Threads, replies out of order each go to the call they belong to, and events to their process. */
#include "harness.h"

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
  reordered();
  reordered_launches();
  return finish();
}
