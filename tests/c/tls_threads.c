/* Many threads write to one connection over TLS while it is read: nothing is lost or mixed up, whatever its size. */
#include "tls.h"

enum { THREADS = 8, ROUNDS = 30 };

static void *work(void *argument) {
  pie_client *client = argument;
  static const size_t sizes[] = {1, 100, 16384, 16385, 200000};
  for (int round = 0; round < ROUNDS; round++) {
    size_t size = sizes[round % 5];
    char *text = have(malloc(size + 1));
    memset(text, 'a' + round % 26, size);
    text[size] = '\0';
    pie_process *process = launch(client, "['send','ready'],['recv',0]");
    await_message(process, "ready");
    pie_status status;
    while ((status = pie_process_signal(process, text, NULL)) == PIE_E_BUSY) rest_ms(1);
    EQ(status, PIE_OK);
    pie_event *event = take(process);
    EQ(event->kind, PIE_EVENT_MESSAGE);
    EQ(event->size, size + 4);
    CHECK(strcmp((const char *)event->data + 4, text) == 0);
    pie_event_free(event);
    STREAM(process, "return:done");
    pie_process_free(process);
    free(text);
  }
  return NULL;
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial_tls(generation, NULL, NULL);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) threads[i] = spawn(work, client);
    for (int i = 0; i < THREADS; i++) join(threads[i]);
    hang_up(client);
  }
  return finish();
}
