/* frames cut into TCP segments anywhere, or many in one, change nothing. */
#include "harness.h"

int main(void) {
  static const char *const faults[] = {"split=1", "split=2", "split=13", "split=1000", "split=65536", "join=10"};
  EACH_GENERATION(generation) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
      int tiny = i < 3;
      pie_client *client = dial(generation, faults[i], NULL);
      pie_process *process = launch(client, tiny ? "['sendn',3],['sendbig',300],['send_file',70]"
                                                 : "['sendn',3],['sendbig',100000],['send_file',300000]");
      STREAM(process, tiny ? "msg:0|msg:1|msg:2|msg:#300|file:70|return:done"
                           : "msg:0|msg:1|msg:2|msg:#100000|file:300000|return:done");
      pie_process_free(process);
      hang_up(client);
    }
  }
  return finish();
}
