/* Waiting: a waiting request ends early by close from another thread, with PIE_E_CLOSED; after the close every
   pending operation has completed, also one that is stuck in the middle of a write. */
#include "harness.h"

typedef struct call {
  pie_client *client;
  pie_process *process, *second;
  gate began;
} call;

static void *ping(void *argument) {
  call *with = argument;
  gate_add(&with->began, 1);
  STATUS(pie_client_ping(with->client, PIE_FOREVER, NULL, &error), PIE_E_CLOSED);
  return NULL;
}

static void *list(void *argument) {
  call *with = argument;
  pie_process_list *none = POISON;
  gate_add(&with->began, 1);
  STATUS(pie_client_list_processes(with->client, PIE_FOREVER, &none, &error), PIE_E_CLOSED);
  CHECK(none == NULL);
  return NULL;
}

static void *result(void *argument) {
  call *with = argument;
  char *text = POISON;
  gate_add(&with->began, 1);
  STATUS(pie_process_result(with->process, PIE_FOREVER, &text, &error), PIE_E_CLOSED);
  CHECK(text == NULL);
  return NULL;
}

static void *receive(void *argument) {
  call *with = argument;
  gate_add(&with->began, 1);
  ENDS_WITH(with->second, PIE_E_CLOSED);
  return NULL;
}

static void *install(void *argument) {
  call *with = argument;
  size_t size = 24 << 20;
  unsigned char *bytes = pattern(size);
  gate_add(&with->began, 1);
  STATUS(pie_client_install_program_bytes(with->client, bytes, size, MANIFEST("big"), 0, PIE_FOREVER, &error),
         PIE_E_CLOSED);
  free(bytes);
  return NULL;
}

static void *close_too(void *argument) {
  OK(pie_client_close(argument, WAIT, &error));
  return NULL;
}

/* Stuck in the middle of a write, and closed by two at once. */
static void ends_an_upload(int generation) {
  call with = {dial(generation, "freeze_chunk=1", NULL), NULL, NULL, GATE_INIT};
  pthread_t upload = spawn(install, &with);
  gate_await(&with.began, 1);
  while (pie_client_ping(with.client, BRIEF, NULL, NULL) == PIE_OK) rest_ms(1);
  pthread_t one = spawn(close_too, with.client), two = spawn(close_too, with.client);
  join(one);
  join(two);
  join(upload);
  pie_client_free(with.client);
}

static void ends_calls(int generation) {
  call with = {dial(generation, "silent=ping,check_program,list_processes", NULL), NULL, NULL, GATE_INIT};
  with.process = launch(with.client, "['never']");
  with.second = launch(with.client, "['never']");
  pthread_t threads[] = {spawn(ping, &with), spawn(list, &with), spawn(result, &with), spawn(receive, &with)};
  gate_await(&with.began, 4);
  while (count_sent(with.client, "ping") + count_sent(with.client, "list_processes") < 2) rest_ms(1);
  OK(pie_client_close(with.client, WAIT, &error));
  for (int i = 0; i < 4; i++) join(threads[i]);
  STATUS(pie_client_ping(with.client, WAIT, NULL, &error), PIE_E_CLOSED);
  pie_process_free(with.process);
  pie_process_free(with.second);
  pie_client_free(with.client);
}

int main(void) {
  EACH_GENERATION(generation) {
    ends_calls(generation);
    ends_an_upload(generation);
  }
  return finish();
}
