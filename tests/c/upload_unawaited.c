/* pie_process_transfer_file: engines drop a file without a word unless the process waits for one, so PIE_OK means that
   it was handed to the connection; a process that says when it is ready gets the next. */
#include "harness.h"

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    pie_process *process = launch(client, "['recv',0],['send','ready'],['recv_file',0],['return','end']");
    OK(pie_process_transfer_file(process, "too early", 9, WAIT, &error));
    OK(pie_process_signal(process, "now", &error)); /* behind the file, which is gone by then */
    await_message(process, "ready");
    OK(pie_process_transfer_file(process, NULL, 0, WAIT, &error));
    STREAM(process, "msg:file:0:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262|return:end");
    pie_process_free(process);
    hang_up(client);
  }
  return finish();
}
