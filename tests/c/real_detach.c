/* On a real engine 0.5: a process launched with PIE_LAUNCH_NO_CAPTURE outlives its client; the next one finds it in the
   list, attaches to it, signals it and gets its stream to the end. What cannot be attached says why, and what a refused
   attach does is what its text says. */
#include "harness.h"

#define WORK "['recv',0],['sendn',3],['print','unheard'],['send_file',300000],['recv',0],['return','result']"

static int is_listed(pie_client *client, const char *id) {
  int listed = 0;
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  for (size_t i = 0; i < pie_process_list_size(list); i++) listed += strcmp(pie_process_list_get(list, i)->id, id) == 0;
  pie_process_list_free(list);
  return listed;
}

static void await_unlisted(pie_client *client, const char *id) {
  for (int64_t end = now_ms() + WAIT; is_listed(client, id); rest_ms(10)) CHECK(now_ms() < end);
}

static void outlives(void) {
  pie_client *first = dial_real();
  char *id = launch_apart(first, WORK);
  hang_up(first);
  pie_client *second = dial_real(), *third = dial_real();
  EQ(is_listed(second, id), 1);
  pie_launch_options options = PIE_LAUNCH_OPTIONS_INIT;
  pie_process *process = POISON, *none = POISON;
  options.tag = 7;
  OK(pie_client_attach_process(second, id, &options, WAIT, &process, &error));
  EQ_TEXT(pie_process_id(process), id);
  STATUS(pie_client_attach_process(second, id, NULL, WAIT, &none, &error), PIE_E_INVALID_STATE);
  OK(pie_process_signal(process, "one", &error));
  OK(pie_process_signal(process, "two", &error));
  STREAM(process, "msg:got:one|msg:0|msg:1|msg:2|file:300000|msg:got:two|return:result");
  await_unlisted(third, id);
  FAILS(pie_client_attach_process(third, id, NULL, WAIT, &none, &error), PIE_E_REJECTED, "Process not found");
  FAILS(pie_client_attach_process(third, "nonsense", NULL, WAIT, &none, &error), PIE_E_REJECTED, "nvalid process");
  CHECK(none == NULL);
  pie_process_free(process);
  hang_up(second);
  hang_up(third);
  free(id);
}

/* Attached, it ends with the connection that attached it. */
static void dies_with_its_attacher(void) {
  pie_client *stays = dial_real(), *goes = dial_real();
  char *id = launch_apart(stays, "['recv',0],['recv',0]");
  pie_process *process = attach(goes, id);
  OK(pie_process_signal(process, "x", &error));
  await_message(process, "got:x");
  hang_up(goes);
  ENDS_WITH(process, PIE_E_CLOSED);
  await_unlisted(stays, id);
  pie_process_free(process);
  hang_up(stays);
  free(id);
}

/* Refused, it ends with the connection that was refused. */
static void refused(void) {
  pie_client *owner = dial_real(), *stranger = dial_real();
  pie_process *process = launch(owner, "['send','ready'],['recv',0],['recv',0]"), *none = POISON;
  await_message(process, "ready");
  FAILS(pie_client_attach_process(stranger, pie_process_id(process), NULL, WAIT, &none, &error), PIE_E_REJECTED,
        "already attached", "ends");
  OK(pie_process_signal(process, "alive", &error));
  await_message(process, "got:alive");
  hang_up(stranger);
  ENDS_WITH(process, PIE_E_PROCESS);
  pie_process_free(process);
  hang_up(owner);
}

/* Many at once, and what they return. */
static void batches(void) {
  enum { COUNT = 40 };
  pie_client *client = dial_real();
  char *inputs[COUNT], wanted[COUNT * 8] = "[", *json = POISON;
  for (int i = 0; i < COUNT; i++) {
    char ops[64];
    snprintf(ops, sizeof ops, "['send','x'],['return','r%d']", i);
    inputs[i] = script(ops);
    snprintf(wanted + strlen(wanted), 8, "%s\"r%d\"", i ? "," : "", i);
  }
  strcat(wanted, "]");
  OK(pie_client_run_processes(client, ECHO, (const char *const *)inputs, COUNT, NULL, WAIT, &json, &error));
  EQ_TEXT(json, wanted);
  pie_string_free(json);
  free(inputs[COUNT - 1]);
  inputs[COUNT - 1] = script("['raise','it broke']");
  FAILS(pie_client_run_processes(client, ECHO, (const char *const *)inputs, COUNT, NULL, WAIT, &json, &error),
        PIE_E_PROCESS, "inputs[39]", "it broke");
  CHECK(json == NULL);
  pie_process *out[COUNT];
  STATUS(
      pie_client_launch_processes(client, "no-such@9.9.9", (const char *const *)inputs, COUNT, NULL, WAIT, out, &error),
      PIE_E_REJECTED);
  for (int i = 0; i < COUNT; i++) {
    CHECK(out[i] == NULL);
    free(inputs[i]);
  }
  FAILS(pie_client_launch_daemon(client, ECHO, 8080, NULL, WAIT, &error), PIE_E_UNSUPPORTED, "0.5");
  hang_up(client);
}

int main(void) {
  outlives();
  dies_with_its_attacher();
  refused();
  batches();
  return finish();
}
