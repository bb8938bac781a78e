/* pie_client_attach_process: an engine takes a process's id in every spelling of UUIDs, with braces or as a URN too;
   such an attach is refused, or its handle gets the process's events like any other. Never is it PIE_OK and silent. */
#include "harness.h"

static void spelled(int generation, const char *before, const char *behind) {
  pie_client *first = dial(generation, NULL, NULL), *second = dial(generation, NULL, NULL);
  char *id = launch_apart(first, "['recv',0],['return','end']"), other[96];
  snprintf(other, sizeof other, "%s%s%s", before, id, behind);
  pie_process *process = POISON;
  pie_error *error = POISON;
  pie_status status = pie_client_attach_process(second, other, NULL, WAIT, &process, &error);
  if (status == PIE_OK) {
    EQ_TEXT(pie_process_id(process), id);
    OK(pie_process_signal(process, "x", &error));
    STREAM(process, "msg:got:x|return:end");
    pie_process_free(process);
  } else {
    CHECK(process == NULL);
    check_status(__FILE__, __LINE__, other, status, PIE_E_INVALID_ARGUMENT, error, "process_id", NULL);
    OK(pie_client_terminate_process(first, id, WAIT, &error));
  }
  hang_up(first);
  hang_up(second);
  free(id);
}

int main(void) {
  EACH_GENERATION(generation) {
    spelled(generation, "{", "}");
    spelled(generation, "urn:uuid:", "");
  }
  return finish();
}
