/* pie_client_list_processes: what is asked for is what runs: neither what has ended nor daemons; inputs and names come
   as they were given, and the list outlives its client. */
#include "harness.h"

static size_t size_of(pie_client *client) {
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  size_t size = pie_process_list_size(list);
  pie_process_list_free(list);
  return size;
}

/* Commas, braces, quotes and other alphabets: others have cut such a list into pieces. */
static void inputs(pie_client *client) {
  static const char *const odd[] = {"{\"ops\":[[\"never\"],[\"a,b\",\"},{\\\"id\\\":\\\"x\\\"\"]]}",
                                    "{\"ops\":[[\"never\"],[\"gr\xc3\xbc\xc3\x9f \xf0\x9f\xa5\xa7\"]]}",
                                    "{ \"ops\" : [ [ \"never\" ] ] }"};
  enum { COUNT = 3 };
  pie_process *processes[COUNT];
  OK(pie_client_launch_processes(client, ECHO, odd, COUNT, NULL, WAIT, processes, &error));
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    int met = 0;
    for (size_t j = 0; j < COUNT; j++) {
      const pie_process_info *info = pie_process_list_get(list, j);
      if (strcmp(info->id, pie_process_id(processes[i])) != 0) continue;
      EQ_TEXT(info->input, odd[i]);
      EQ_TEXT(info->program, ECHO);
      met++;
    }
    EQ(met, 1);
  }
  pie_process_list_free(list);
  OK(pie_process_terminate(processes[0], WAIT, &error));
  EQ(size_of(client), COUNT - 1);
  for (size_t i = 0; i < COUNT; i++) {
    OK(pie_process_terminate(processes[i], WAIT, &error));
    pie_process_free(processes[i]);
  }
  EQ(size_of(client), 0);
}

/* 0.4 lists the user's own, 0.5 everybody's. */
static void whose(int generation) {
  pie_client *mine = dial(generation, NULL, NULL), *theirs = dial_without_login(generation, NULL, NULL);
  OK(pie_client_authenticate(theirs, "somebody else", NULL, WAIT, &error));
  pie_process *process = launch(mine, "['never']");
  pie_process_list *list = POISON;
  EQ(size_of(theirs), generation == PIE_GENERATION_0_4 ? 0 : 1);
  OK(pie_client_list_processes(mine, WAIT, &list, &error));
  hang_up(mine);
  const pie_process_info *info = pie_process_list_get(list, 0);
  EQ_TEXT(info->id, pie_process_id(process));
  EQ_TEXT(info->username, generation == PIE_GENERATION_0_4 ? "tester" : "internal");
  pie_process_list_free(list);
  pie_process_free(process);
  hang_up(theirs);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    inputs(client);
    if (generation == PIE_GENERATION_0_4) OK(pie_client_launch_daemon(client, ECHO, 8080, NULL, WAIT, &error));
    EQ(size_of(client), 0);
    hang_up(client);
    whose(generation);
  }
  return finish();
}
