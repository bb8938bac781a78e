/* fork: a child neither answers a parent's request nor ends its server; the parent never hears of it. */
#include "mcp.h"


static void child(pie_client *client, pie_queue *queue, pie_event *event) {
  STATUS(pie_event_mcp_respond(event, 1, "{}", &error), PIE_E_FORKED);
  STATUS(try_program(client, "other", NULL, WAIT, &error), PIE_E_FORKED);
  STATUS(pie_client_register_mcp_handler(client, "other", queue, 0, WAIT, &error), PIE_E_FORKED);
  STATUS(pie_client_unregister_mcp_server(client, "tools", &error), PIE_E_FORKED);
  pie_event_free(event);
  pie_queue_free(queue);
  pie_client_free(client);
  pie_client *own = dial(PIE_GENERATION_0_4, NULL, NULL);
  add_program(own, "tools", NULL);
  ANSWERS(begin_ask(own, "tools", "echo", "1"), "ok:1");
  hang_up(own);
  OK(pie_shutdown(WAIT, &error));
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_queue *queue = pie_queue_new();
  add_program(client, "tools", NULL);
  OK(pie_client_register_mcp_handler(client, "app", queue, 0, WAIT, &error));
  pie_process *process = begin_ask(client, "app", "m", "{}");
  pie_event *event = take_from(queue);
  IN_CHILD(child(client, queue, event));
  OK(pie_event_mcp_respond(event, 1, "1", &error));
  pie_event_free(event);
  ANSWERS(process, "ok:1");
  ANSWERS(begin_ask(client, "tools", "echo", "1"), "ok:1");
  hang_up(client);
  pie_queue_free(queue);
  return finish();
}
