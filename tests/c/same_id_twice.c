/* The engine is not trusted: when it gives one process id twice, the first process ends with PIE_E_PROTOCOL and
   the second has the id; each stream has one last event. */
#include "harness.h"

#define ID "11111111-1111-4111-8111-111111111111"

int main(void) {
  EACH_GENERATION(generation) {
    char *text = POISON;
    pie_client *client = dial(generation, "process_id=" ID, NULL);
    pie_process *first = launch(client, "['send','first'],['never']");
    await_message(first, "first");
    pie_process *second = launch(client, "['recv',0],['send','second'],['never']");
    EQ_TEXT(pie_process_id(first), ID);
    EQ_TEXT(pie_process_id(second), ID);
    EQ(ENDS_WITH(first, PIE_E_PROTOCOL), 0);
    STATUS(pie_process_result(first, WAIT, &text, &error), PIE_E_PROTOCOL);
    OK(pie_process_signal(second, "x", &error));
    await_message(second, "second");
    /* A close ends what still runs, and the first one not again. */
    OK(pie_client_close(client, WAIT, &error));
    EQ(ENDS_WITH(second, PIE_E_CLOSED), 0);
    STATUS(pie_process_result(first, WAIT, &text, &error), PIE_E_PROTOCOL);
    pie_process_free(first);
    pie_process_free(second);
    pie_client_free(client);
  }
  return finish();
}
