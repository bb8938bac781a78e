/* What counts as a sign of life: any byte of the engine, and whatever the kernel takes of an upload that had stalled; not
   the host's own reading. An engine that gives none is lost; with keepalive_interval_ms=0 or keepalive_timeout_ms=0
   nobody is. */
#include "lost.h"
#include "proxy.h"

#define FAST "keepalive_interval_ms=100 keepalive_timeout_ms=1000"
#define OFF "keepalive_interval_ms=0 keepalive_timeout_ms=100"
#define PING_ONLY "keepalive_interval_ms=100 keepalive_timeout_ms=0"

enum { LONG = 2500 }; /* far more than both together */

/* Messages come, but no pong; nobody takes them. */
static void any_byte(int generation) {
  pie_client *client = dial(generation, "mute_pings=1", FAST);
  char ops[4096] = "['send','0']";
  for (int i = 0; i < LONG / 50; i++) strcat(ops, ",['sleep',0.05],['send','x']");
  pie_process *process = launch(client, ops);
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  pie_string_free(text);
  /* Now nothing comes. */
  pie_queue *queue = news_of(client);
  NEWS(queue, PIE_E_DISCONNECTED, 0, 0);
  FAILS(pie_client_ping(client, WAIT, NULL, &error), PIE_E_DISCONNECTED, "keepalive_timeout_ms", "keepalive_interval_ms");
  pie_queue_free(queue);
  pie_process_free(process);
  pie_client_free(client);
}

/* More comes than is kept, and the host takes nothing. */
static void unread(int generation) {
  pie_client *client = dial(generation, NULL, FAST " queue_max_bytes=4096");
  pie_process *process = launch(client, "['spam',10000,100],['sleep',2],['return','x']");
  char *text = POISON;
  OK(pie_process_result(process, WAIT, &text, &error));
  pie_string_free(text);
  pie_process_free(process);
  hang_up(client);
}

static void not_judged(int generation, const char *options) {
  pie_client *client = dial(generation, "mute_pings=1", options);
  pie_process *process = launch(client, "['sleep',1.5],['return','x']");
  STREAM(process, "return:x");
  OK(pie_client_ping(client, WAIT, NULL, &error));
  pie_process_free(process);
  hang_up(client);
}

/* The network takes the upload slowly: a ping, if one can go out at all, is behind it. */
static void slow_upload(int generation) {
  enum { SIZE = 3 << 20 };
  proxy proxy;
  char *uri = engine_uri(generation, NULL);
  proxy_start(&proxy, port_of(uri));
  pie_client *client = dial_proxy(&proxy, generation == PIE_GENERATION_0_4 ? "generation=0.4" : "generation=0.5",
                                  "", FAST " upload_window_bytes=65536");
  unsigned char *bytes = pattern(SIZE);
  proxy.from_client = 24 << 10; /* 2.4 MB a second */
  int64_t begun = now_ms();
  OK(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("slow"), 1, WAIT, &error));
  CHECK(now_ms() - begun > 1200); /* longer than both limits, or this shows nothing */
  /* Then it stops for good. */
  proxy.from_client = 0;
  RETRIABLE(pie_client_install_program_bytes(client, bytes, SIZE, MANIFEST("stuck"), 1, WAIT, &error),
            PIE_E_DISCONNECTED, 0);
  pie_client_free(client);
  proxy_stop(&proxy);
  free(bytes);
  free(uri);
}

int main(void) {
  EACH_GENERATION(generation) {
    any_byte(generation);
    unread(generation);
    not_judged(generation, OFF);
    not_judged(generation, PING_ONLY);
    slow_upload(generation);
  }
  return finish();
}
