/* pie_client_attach_process on an engine 0.4 that does what its documentation says (no released one does): a process
   whose connection ended is detached, and its latest events come to whoever attaches it, right behind the reply or
   before it. */
#include "harness.h"

/* The id, freed by the caller: launched by a client that is gone, and past what it had to say. */
static char *left_alone(const char *ops, const char *waits_for) {
  pie_client *first = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = launch(first, ops);
  char *id = strdup(pie_process_id(process));
  CHECK(id != NULL);
  if (waits_for) await_message(process, waits_for);
  OK(pie_process_signal(process, "go on", &error));
  hang_up(first);
  ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
  return id;
}

/* Its listener is there, so nothing it says is for the first client, which is gone before it is told to go on. */
static void kept(const char *faults) {
  pie_client *watch = dial(PIE_GENERATION_0_4, NULL, NULL);
  char *id = left_alone(
      "['send','ready'],['sleep',0.05],['print','out'],['send','a'],['send','b'],['recv',0],"
      "['send','c'],['recv',0],['return','end']",
      "ready");
  await_number(watch, "connections", 1);
  pie_client *second = dial(PIE_GENERATION_0_4, faults, NULL);
  pie_process *process = attach(second, id), *none = POISON;
  OK(pie_process_signal(process, "x", &error));
  /* How much of it the first client got before it was gone is not told; the rest is here, and in order. */
  char *got = transcript(process);
  const char *whole = "out:out|msg:a|msg:b|msg:got:go on|msg:c|msg:got:x|return:end";
  CHECK(strlen(got) <= strlen(whole));
  EQ_TEXT(got, whole + strlen(whole) - strlen(got));
  HAS(got, "msg:got:x|return:end");
  STATUS(pie_client_attach_process(watch, id, NULL, WAIT, &none, &error), PIE_E_REJECTED);
  free(got);
  pie_process_free(process);
  hang_up(second);
  hang_up(watch);
  free(id);
}

/* Ended while nobody was there: what it returned is kept too. Whether the first client was gone in time is found by
   trying: tells whether it was. */
static int ended_meanwhile(const char *faults, double rest) {
  char ops[128];
  snprintf(ops, sizeof ops, "['recv',0],['sleep',%g],['send','last'],['return','kept']", rest);
  pie_client *watch = dial(PIE_GENERATION_0_4, NULL, NULL);
  char *id = left_alone(ops, NULL);
  await_number(watch, "connections", 1);
  await_number(watch, "processes", 0);
  pie_client *second = dial(PIE_GENERATION_0_4, faults, NULL);
  pie_process *process = POISON;
  pie_error *error = POISON;
  pie_status status = pie_client_attach_process(second, id, NULL, WAIT, &process, &error);
  if (status == PIE_OK) {
    char *text = POISON;
    STREAM(process, "msg:last|return:kept");
    OK(pie_process_result(process, WAIT, &text, &error));
    EQ_TEXT(text, "kept");
    pie_string_free(text);
    pie_process_free(process);
  } else {
    check_status(__FILE__, __LINE__, "attach", status, PIE_E_REJECTED, error, NULL, NULL);
  }
  hang_up(second);
  hang_up(watch);
  free(id);
  return status == PIE_OK;
}

static void kept_end(const char *faults) {
  double rest = 0.2;
  while (!ended_meanwhile(faults, rest)) CHECK((rest *= 2) < 60);
}

/* Again and again: detached with the connection, attached by the next. */
static void again(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = launch(client, "['recv',0],['recv',0],['recv',0],['return','end']");
  char id[64];
  snprintf(id, sizeof id, "%s", pie_process_id(process));
  for (int i = 0; i < 3; i++) {
    OK(pie_process_signal(process, "x", &error));
    await_message(process, "got:x");
    if (i == 2) break;
    hang_up(client);
    ENDS_WITH(process, PIE_E_CLOSED);
    pie_process_free(process);
    client = dial(PIE_GENERATION_0_4, NULL, NULL);
    await_number(client, "connections", 1);
    process = attach(client, id);
  }
  STREAM(process, "return:end");
  pie_process_free(process);
  hang_up(client);
}

int main(void) {
  static const char *const faults[] = {NULL,      "join=20",   "delay=attach_process:50", "hold=attach_process:50",
                                       "split=7", "unknown=1", "duplicate=attach_process"};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    kept(faults[i]);
    kept_end(faults[i]);
  }
  again();
  return finish();
}
