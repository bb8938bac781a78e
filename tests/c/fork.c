/* fork: in a child every call on an inherited handle is PIE_E_FORKED, frees neither lock nor write to the parent's
   socket, and new clients can be made. Descriptors are close-on-exec. */
#include "harness.h"

#include <fcntl.h>

typedef struct inherited {
  pie_client *client;
  pie_process *process, *shared;
  pie_queue *queue;
  pie_event *event;
} inherited;

static int32_t sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size,
                    void *user_data) {
  (void)challenge, (void)size, (void)signature, (void)signature_size, (void)user_data;
  return 1;
}

static void refused(const inherited *old, int generation) {
  char *text = POISON;
  int32_t exists = 7;
  size_t count = 7;
  pie_event *event = POISON, *room[2];
  pie_process *none = POISON;
  pie_process_list *list = POISON;
  STATUS(pie_client_ping(old->client, PIE_FOREVER, NULL, &error), PIE_E_FORKED);
  STATUS(pie_client_authenticate(old->client, "u", NULL, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_authenticate_with_signer(old->client, "u", sign, NULL, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_authenticate_with_agent(old->client, "u", NULL, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_auth_by_token(old->client, "t", PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_query(old->client, "s", "r", PIE_FOREVER, &text, &error), PIE_E_FORKED);
  STATUS(pie_client_resolve_version(old->client, "a@1.0.0", NULL, PIE_FOREVER, &text, &error), PIE_E_FORKED);
  STATUS(pie_client_check_program(old->client, ECHO, NULL, NULL, PIE_FOREVER, &exists, &error), PIE_E_FORKED);
  STATUS(pie_client_install_program_bytes(old->client, "p", 1, MANIFEST("p"), 0, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_install_program(old->client, "/p", "/m", 0, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_launch_process(old->client, ECHO, NULL, PIE_FOREVER, &none, &error), PIE_E_FORKED);
  batches_give(old->client, generation, PIE_FOREVER, PIE_E_FORKED);
  STATUS(pie_client_list_processes(old->client, PIE_FOREVER, &list, &error), PIE_E_FORKED);
  STATUS(pie_client_signal_process(old->client, NO_SUCH_ID, "m", &error), PIE_E_FORKED);
  STATUS(pie_client_terminate_process(old->client, NO_SUCH_ID, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_client_close(old->client, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_process_recv(old->process, PIE_FOREVER, &event, &error), PIE_E_FORKED);
  STATUS(pie_process_signal(old->process, "m", &error), PIE_E_FORKED);
  STATUS(pie_process_transfer_file(old->process, "f", 1, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_process_transfer_path(old->process, "/p", PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_process_terminate(old->process, PIE_FOREVER, &error), PIE_E_FORKED);
  STATUS(pie_process_result(old->process, PIE_FOREVER, &text, &error), PIE_E_FORKED);
  STATUS(pie_queue_recv(old->queue, PIE_FOREVER, &event, &error), PIE_E_FORKED);
  STATUS(pie_queue_recv_batch(old->queue, PIE_FOREVER, room, 2, &count, &error), PIE_E_FORKED);
  pie_queue_interrupt(old->queue);
  CHECK(!text && !event && !none && !list && exists == 0 && count == 0);
}

static void child(const inherited *old, int generation, int use_first) {
  pie_client *client =
      use_first ? dial(generation, NULL, NULL) : NULL; /* before or after the inherited ones are touched */
  refused(old, generation);
  pie_event_free(old->event);
  pie_process_free(old->process);
  pie_process_free(old->shared);
  pie_queue_free(old->queue);
  pie_client_free(old->client);
  if (client == NULL) client = dial(generation, NULL, NULL);
  pie_process *process = launch(client, "['send','child']");
  STREAM(process, "msg:child|return:done");
  pie_process_free(process);
  hang_up(client);
  OK(pie_shutdown(WAIT, &error));
}

static void close_on_exec(void) {
  int library_has = 0;
  for (int descriptor = 3; descriptor < 1024; descriptor++) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC)) library_has++;
  }
  CHECK(library_has >= 1);
}

int main(void) {
  int before[1024];
  for (int i = 0; i < 1024; i++) before[i] = fcntl(i, F_GETFD) >= 0;
  EACH_GENERATION(generation) {
    for (int use_first = 0; use_first <= 1; use_first++) {
      inherited old = {dial(generation, NULL, NULL), NULL, NULL, pie_queue_new(), NULL};
      old.process = launch(old.client, "['send','a'],['recv',0],['send','b']");
      old.shared = launch_to(old.client, "['never']", old.queue, 0);
      old.event = take(old.process);
      for (int i = 3; i < 1024; i++)
        if (!before[i] && fcntl(i, F_GETFD) >= 0) CHECK(fcntl(i, F_GETFD) & FD_CLOEXEC);
      close_on_exec();
      IN_CHILD(child(&old, generation, use_first));
      /* The parent's connection never heard of it. */
      OK(pie_client_ping(old.client, WAIT, NULL, &error));
      OK(pie_process_signal(old.process, "go", &error));
      STREAM(old.process, "msg:got:go|msg:b|return:done");
      pie_event_free(old.event);
      pie_process_free(old.process);
      pie_process_free(old.shared);
      pie_queue_free(old.queue);
      hang_up(old.client);
    }
  }
  return finish();
}
