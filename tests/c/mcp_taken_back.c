/* A registration that is taken back while the engine is being asked fails; and whatever becomes of registrations, an
   engine is told a name once: it would list it twice. */
#include "mcp.h"

static gate over = GATE_INIT;
static pie_queue *queue;

static void *registers(void *client) {
  FAILS(pie_client_register_mcp_handler(client, "x", queue, 0, WAIT, &error), PIE_E_INVALID_STATE, "unregistered");
  gate_add(&over, 1);
  return NULL;
}

/* The engine answers when a second request waits for its answer. */
static void taken_back(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "reorder=2", NULL);
  pthread_t thread = spawn(registers, client);
  rest_ms(BRIEF); /* most likely the request is under way */
  while (pie_client_unregister_mcp_server(client, "x", NULL) != PIE_OK) rest_ms(1);
  while (!gate_value(&over)) pie_client_ping(client, BRIEF, NULL, NULL);
  join(thread);
  FAILS(pie_client_unregister_mcp_server(client, "x", &error), PIE_E_INVALID_STATE, "'x'");
  hang_up(client);
}

/* The engine knows the name although it did not say so. */
static void told_once(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "silent=register_mcp_server", NULL);
  do {
    STATUS(pie_client_register_mcp_handler(client, "x", queue, 0, BRIEF, &error), PIE_E_TIMED_OUT);
  } while (count_sent(client, "register_mcp_server") == 0);
  OK(pie_client_register_mcp_handler(client, "x", queue, 0, WAIT, &error));
  EQ(count_sent(client, "register_mcp_server"), 1);
  hang_up(client);
}

/* What was refused may be told again. */
static void refused(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, "refuse=register_mcp_server:no", NULL);
  for (int i = 0; i < 2; i++)
    STATUS(pie_client_register_mcp_handler(client, "x", queue, 0, WAIT, &error), PIE_E_REJECTED);
  EQ(count_sent(client, "register_mcp_server"), 2);
  hang_up(client);
}

int main(void) {
  queue = pie_queue_new();
  taken_back();
  told_once();
  refused();
  pie_queue_free(queue);
  return finish();
}
