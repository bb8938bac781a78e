/* an engine that lives but does not answer: the request is out of time, the connection goes on. */
#include "harness.h"

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation,
                              "silent=ping,check_program,launch_process,list_processes,terminate_process,add_program,"
                              "attach_process,launch_daemon",
                              NULL);
    int32_t exists = 7;
    pie_process *process = POISON;
    pie_process_list *list = POISON;
    for (int i = 0; i < 2; i++) {
      STATUS(pie_client_ping(client, 50, NULL, &error), PIE_E_TIMED_OUT);
      STATUS(pie_client_check_program(client, ECHO, NULL, NULL, 50, &exists, &error), PIE_E_TIMED_OUT);
      STATUS(pie_client_install_program_bytes(client, "p", 1, MANIFEST("s"), 0, 50, &error), PIE_E_TIMED_OUT);
      STATUS(pie_client_launch_process(client, ECHO, NULL, 50, &process, &error), PIE_E_TIMED_OUT);
      STATUS(pie_client_list_processes(client, 50, &list, &error), PIE_E_TIMED_OUT);
      STATUS(pie_client_terminate_process(client, NO_SUCH_ID, 50, &error), PIE_E_TIMED_OUT);
      batches_give(client, generation, 50, PIE_E_TIMED_OUT);
      CHECK(exists == 0 && process == NULL && list == NULL);
      EQ(look_number(client, "connections"), 1);
    }
    hang_up(client);
  }
  /* A login too: whoever was not logged in still is not. */
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, "silent=auth_identify", NULL);
  STATUS(pie_client_authenticate(client, "u", NULL, BRIEF, &error), PIE_E_TIMED_OUT);
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  return finish();
}
