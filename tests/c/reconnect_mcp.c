/* MCP over a lost connection: programs and handlers are announced again, once each, and are asked and answer as before.
   What was asked on the lost connection is answered nowhere. */
#include "mcp.h"
#include "lost.h"

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, AGAIN);
  pie_queue *queue = news_of(client), *requests = pie_queue_new();
  OK(pie_client_register_mcp_handler(client, "app", requests, 5, WAIT, &error));
  OK(pie_client_register_mcp_handler(client, "gone", requests, 6, WAIT, &error));
  add_program(client, "program", NULL);
  pid_t pid = pid_of(client, "program");
  OK(pie_client_unregister_mcp_server(client, "gone", &error));
  for (int round = 0; round < 3; round++) {
    pie_process *process = begin_ask(client, "app", "m", "{\"old\":1}");
    pie_event *old = take_from(requests);
    HAS(old->data, "old");
    cut_and_back(client, queue);
    EQ(count_sent(client, "register_mcp_server"), 2);
    RETRIABLE(pie_event_mcp_respond(old, 1, "{}", &error), PIE_E_DISCONNECTED, 0);
    pie_process_free(process);
    process = begin_ask(client, "app", "m", "{\"new\":1}");
    pie_event *fresh = take_from(requests);
    HAS(fresh->data, "new");
    /* The engine's ids are the same as before. */
    RETRIABLE(pie_event_mcp_respond(old, 1, "{\"wrong\":1}", &error), PIE_E_DISCONNECTED, 0);
    pie_event_free(old);
    OK(pie_event_mcp_respond(fresh, 1, "{\"right\":1}", &error));
    pie_event_free(fresh);
    ANSWERS(process, "ok:{\"right\":1}");
    EQ(pid_of(client, "program"), pid); /* it runs on */
    EQ(count_sent(client, "mcp_response"), 2);
  }
  FAILS(pie_client_register_mcp_handler(client, "app", requests, 7, WAIT, &error), PIE_E_INVALID_STATE, "registered");
  OK(pie_client_unregister_mcp_server(client, "app", &error));
  OK(pie_client_register_mcp_handler(client, "app", requests, 7, WAIT, &error));
  EQ(count_sent(client, "register_mcp_server"), 2); /* the engine knows the name */
  cut_and_back(client, queue);
  TELLS(begin_ask(client, "gone", "m", "{}"), "not registered");
  pie_queue_free(queue);
  pie_queue_free(requests);
  hang_up(client);
  await_gone(pid);
  return finish();
}
