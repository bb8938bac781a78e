/* An engine of another generation that answers in the place of the lost one is a failed attempt, and told as such; when
   the right one is back, so is the connection. An engine that is not there at all is waited for. */
#include "lost.h"
#include "proxy.h"

static void other(int first, int second) {
  proxy proxy;
  char *here = engine_uri(first, NULL), *there = engine_uri(second, NULL);
  proxy_start(&proxy, port_of(here));
  pie_client *client =
      dial_proxy(&proxy, "generation=auto", "", "reconnect=on reconnect_max_delay_ms=20 reconnect_max_attempts=1000");
  EQ(pie_client_generation(client), first);
  pie_queue *queue = news_of(client);
  proxy.target = port_of(there);
  proxy.cut = 1;
  NEWS(queue, PIE_E_DISCONNECTED, 0, 1000);
  pie_event *event = take_from(queue);
  EQ(event->status, PIE_E_CONNECT);
  EQ(event->current, 1);
  HAS(pie_error_message(event->error), "another generation");
  pie_event_free(event);
  RETRIABLE(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, 1);
  proxy.target = closed_port();
  for (uint64_t refused = 0; refused < 3;) {
    event = take_from(queue);
    CHECK(event->status < 0);
    refused += strstr(pie_error_message(event->error), "another generation") == NULL;
    pie_event_free(event);
  }
  proxy.target = port_of(here);
  do {
    event = take_from(queue);
    pie_status status = event->status;
    EQ(event->total, 1000);
    pie_event_free(event);
    if (status == PIE_OK) break;
  } while (1);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  EQ(pie_client_generation(client), first);
  pie_queue_free(queue);
  hang_up(client);
  proxy_stop(&proxy);
  free(here), free(there);
}

int main(void) {
  other(PIE_GENERATION_0_4, PIE_GENERATION_0_5);
  other(PIE_GENERATION_0_5, PIE_GENERATION_0_4);
  return finish();
}
