/* pie_client_launch_daemon: what is sent and what is refused here, the port above all: an engine 0.4 would take it
   modulo 65536. A daemon is no process of the list. Engines 0.5 have none. */
#include "harness.h"

static void sent(pie_client *client) {
  OK(pie_client_launch_daemon(client, ECHO, 1, NULL, WAIT, &error));
  OK(pie_client_launch_daemon(client, ECHO, 65535, "{\"a\": [1, \"gr\xc3\xbc\xc3\x9f\"]}", WAIT, &error));
  OK(pie_client_launch_daemon(client, ECHO, 8080, "null", WAIT, &error));
  char *frames = look(client, "received");
  HAS(frames, "\"inferlet\":\"" ECHO "\"");
  HAS(frames, "\"port\":1,");
  HAS(frames, "\"port\":65535,");
  EQ(count_text(frames, "\"input\":\"{}\""), 1);
  EQ(count_text(frames, "\"input\":\"{\\\"a\\\": [1, \\\"gr\xc3\xbc\xc3\x9f\\\"]}\""), 1);
  EQ(count_text(frames, "\"input\":\"null\""), 1);
  pie_string_free(frames);
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), 0);
  pie_process_list_free(list);
}

static void refused_here(pie_client *client) {
  static const uint32_t ports[] = {0, 65536, 65537, 70000, 93729, 1u << 31, UINT32_MAX};
  size_t before = count_sent(client, "launch_daemon");
  for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
    char number[16];
    snprintf(number, sizeof number, "%lu", (unsigned long)ports[i]);
    NAMES(pie_client_launch_daemon(client, ECHO, ports[i], NULL, WAIT, &error), "port");
    FAILS(pie_client_launch_daemon(client, ECHO, ports[i], NULL, WAIT, &error), PIE_E_INVALID_ARGUMENT, number,
          "65535");
  }
  static const char *const no_json[] = {"", "{", "no", "{} {}"};
  for (size_t i = 0; i < sizeof no_json / sizeof *no_json; i++)
    NAMES(pie_client_launch_daemon(client, ECHO, 80, no_json[i], WAIT, &error), "input");
  static const char *const no_names[] = {"", "echo", "echo@1", "../echo@0.1.0", "echo@0.1.0.0"};
  for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
    NAMES(pie_client_launch_daemon(client, no_names[i], 80, NULL, WAIT, &error), "inferlet");
  EQ(count_sent(client, "launch_daemon"), before);
}

int main(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  sent(client);
  refused_here(client);
  FAILS(pie_client_launch_daemon(client, "nobody@1.0.0", 80, NULL, WAIT, &error), PIE_E_REJECTED, "nobody");
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);

  client = dial(PIE_GENERATION_0_4, "refuse=launch_daemon:no%20%22daemons%22%20today", NULL);
  FAILS(pie_client_launch_daemon(client, ECHO, 80, NULL, WAIT, &error), PIE_E_REJECTED, "no \"daemons\" today");
  hang_up(client);
  client = dial(PIE_GENERATION_0_4, "silent=launch_daemon", NULL);
  STATUS(pie_client_launch_daemon(client, ECHO, 80, NULL, BRIEF, &error), PIE_E_TIMED_OUT);
  hang_up(client);
  client = dial(PIE_GENERATION_0_4, "cut_on=launch_daemon", NULL);
  STATUS(pie_client_launch_daemon(client, ECHO, 80, NULL, WAIT, &error), PIE_E_DISCONNECTED);
  pie_client_free(client);
  client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  STATUS(pie_client_launch_daemon(client, ECHO, 80, NULL, WAIT, &error), PIE_E_AUTH);
  hang_up(client);

  client = dial(PIE_GENERATION_0_5, NULL, NULL);
  FAILS(pie_client_launch_daemon(client, ECHO, 80, NULL, WAIT, &error), PIE_E_UNSUPPORTED, "launch_daemon", "0.5");
  NAMES(pie_client_launch_daemon(client, ECHO, 70000, NULL, WAIT, &error), "port");
  EQ(count_sent(client, "launch_daemon"), 0);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
  return finish();
}
