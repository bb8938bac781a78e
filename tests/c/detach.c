/* How a process outlives its client, which works on every engine: launched with PIE_LAUNCH_NO_CAPTURE, found in the
   list by the next client, attached, told to go on, and listened to until its end. */
#include "harness.h"

#define WORK "['recv',0],['sendn',3],['send_file',1000],['recv',0],['return','result']"

static void outlives(int generation, int abort) {
  pie_client *first = dial(generation, NULL, NULL), *watch = dial(generation, NULL, NULL);
  char *id = launch_apart(first, WORK);
  if (abort) {
    pie_process *process = launch(first, "['cut']");
    ENDS_WITH(process, PIE_E_DISCONNECTED);
    pie_process_free(process);
    pie_client_free(first);
  } else {
    hang_up(first);
  }
  await_number(watch, "connections", 1);

  pie_client *second = dial(generation, NULL, NULL);
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(second, WAIT, &list, &error));
  EQ_TEXT(pie_process_list_get(list, pie_process_list_size(list) - 1)->id, id);
  const char *listed = pie_process_list_get(list, pie_process_list_size(list) - 1)->id;
  pie_process *process = attach(second, listed);
  pie_process_list_free(list);
  OK(pie_process_signal(process, "one", &error));
  OK(pie_process_signal(process, "two", &error));
  STREAM(process, "msg:got:one|msg:0|msg:1|msg:2|file:1000|msg:got:two|return:result");
  pie_process_free(process);
  hang_up(second);
  await_number(watch, "processes", 0);
  hang_up(watch);
  free(id);
}

int main(void) {
  EACH_GENERATION(generation) {
    outlives(generation, 0);
    outlives(generation, 1);
  }
  return finish();
}
