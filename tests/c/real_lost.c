/* On a real engine: it answers pings while an inferlet is at work and says nothing, so it is not taken for gone; cut off,
   the connection is made again, and works as before. What ran on it has ended with it, as 0.5 engines do. */
#include "proxy.h"

static void news(pie_queue *queue, pie_status wanted) {
  pie_event *event = take_from(queue);
  EQ(event->kind, PIE_EVENT_CONNECTION);
  EQ(event->status, wanted);
  pie_event_free(event);
}

int main(void) {
  pie_client *first = dial_real(), *client = POISON; /* it installs the inferlet */
  hang_up(first);
  proxy proxy;
  char uri[64];
  proxy_start(&proxy, port_of(environment("PIE_TEST_URI_REAL")));
  snprintf(uri, sizeof uri, "ws://127.0.0.1:%d", proxy.port);
  pie_options *options = options_from("keepalive_interval_ms=100 keepalive_timeout_ms=1500 reconnect=on");
  OK(pie_client_connect(uri, options, WAIT, &client, &error));
  pie_options_free(options);
  pie_queue *queue = pie_client_queue(client);
  news(queue, PIE_OK);

  pie_process *process = launch(client, "['sleep',4],['send','awake']"); /* longer than both together */
  STREAM(process, "msg:awake|return:done");
  pie_process_free(process);

  process = launch(client, "['send','here'],['recv',0]");
  await_message(process, "here");
  proxy.cut = 1;
  news(queue, PIE_E_DISCONNECTED);
  ENDS_WITH(process, PIE_E_DISCONNECTED);
  pie_process_free(process);
  news(queue, PIE_OK);
  process = launch(client, "['send','again']");
  STREAM(process, "msg:again|return:done");
  pie_process_free(process);

  proxy.from_engine = 0; /* the network falls silent */
  news(queue, PIE_E_DISCONNECTED);
  proxy.from_engine = PROXY_FAST;
  pie_queue_free(queue);
  hang_up(client);
  proxy_stop(&proxy);
  return finish();
}
