/* A close answers what is open, taken or not, before its goodbye: processes that ask do not wait for ever. Requests whose
   time is over count until their events are freed. */
#include "mcp.h"

static size_t running(pie_client *client) {
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  size_t size = pie_process_list_size(list);
  pie_process_list_free(list);
  return size;
}

static void closed(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL), *other = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_queue *requests = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "app", requests, 0, WAIT, &error));
  add_program(client, "s", NULL);
  pie_process *asking[] = {begin_ask(client, "app", "m", "{}"), begin_ask(client, "app", "m", "{}"),
                           begin_ask(client, "s", "never", "{}")};
  await_held(client, "s", 1);
  pie_event *taken = take_from(requests);
  CHECK(running(other) >= 3);
  OK(pie_client_close(client, WAIT, &error));
  for (int64_t end = now_ms() + WAIT; running(other) > 0; rest_ms(5)) CHECK(now_ms() < end);
  STATUS(pie_event_mcp_respond(taken, 1, "1", &error), PIE_E_CLOSED);
  pie_event_free(taken);
  for (int i = 0; i < 3; i++) pie_process_free(asking[i]);
  pie_client_free(client);
  hang_up(other);
  pie_queue_free(requests);
}

static void too_late(void) {
  enum { PROCESSES = 60, EACH = 80, MOST = 4096 };
  static char ops[EACH * 40];
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, "mcp_timeout_ms=10");
  pie_queue *requests = pie_queue_new(), *out = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "late", requests, 0, WAIT, &error));
  for (int i = 0; i < EACH; i++) strcat(ops, i == 0 ? "['mcp','late','m','{}']" : ",['mcp','late','m','{}']");
  pie_process *processes[PROCESSES];
  for (int i = 0; i < PROCESSES; i++) processes[i] = launch_to(client, ops, out, 0);
  for (int ended = 0; ended < PROCESSES;) {
    pie_event *event = take_from(out);
    ended += event->kind == PIE_EVENT_RETURN;
    pie_event_free(event);
  }
  pie_event *event = NULL;
  int waited = 0;
  for (; pie_queue_recv(requests, 0, &event, NULL) == PIE_OK; waited++) pie_event_free(event);
  EQ(waited, MOST);
  for (int i = 0; i < PROCESSES; i++) pie_process_free(processes[i]);
  hang_up(client);
  pie_queue_free(requests);
  pie_queue_free(out);
}

int main(void) {
  closed();
  too_late();
  return finish();
}
