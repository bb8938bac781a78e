/* On a real engine 0.5: connect, ping, query, check, install, launch, every kind of event, signals, list, terminate. */
#include "harness.h"

/* A real engine cuts output where it likes: what of a kind belongs together is joined. */
static void output(pie_client *client) {
  char out[256] = "", err[256] = "", messages[256] = "";
  pie_process *process = launch(client,
                                "['print','hello '],['eprint','oh '],['print','world\\n'],['eprint','no\\n'],"
                                "['sendn',3],['send','gr\xc3\xbc\xc3\x9f'],['send_file',10],['return',{'a':1}]");
  int files = 0;
  uint64_t next = 0;
  pie_event *event = take(process);
  for (; event->kind != PIE_EVENT_RETURN; event = take(process)) {
    EQ(event->sequence, next++);
    CHECK(event->kind != PIE_EVENT_ERROR && event->size < 64);
    if (event->kind == PIE_EVENT_STDOUT) strcat(out, event->data);
    if (event->kind == PIE_EVENT_STDERR) strcat(err, event->data);
    if (event->kind == PIE_EVENT_MESSAGE) strcat(strcat(messages, event->data), "|");
    if (event->kind == PIE_EVENT_FILE) files++, EQ(event->size, 10);
    pie_event_free(event);
  }
  EQ_TEXT(event->data, "{\"a\":1}");
  pie_event_free(event);
  EQ_TEXT(out, "hello world\n");
  EQ_TEXT(err, "oh no\n");
  EQ_TEXT(messages, "0|1|2|gr\xc3\xbc\xc3\x9f|");
  EQ(files, 1);
  CHECK(take(process) == NULL);
  pie_process_free(process);
}

static void ends(pie_client *client) {
  char *text = POISON;
  pie_process *process = launch(client, "['raise','it broke']");
  FAILS(pie_process_result(process, WAIT, &text, &error), PIE_E_PROCESS, "it broke");
  pie_process_free(process);
  process = launch(client, "['panic','it fell']");
  ENDS_WITH(process, PIE_E_PROCESS);
  pie_process_free(process);
  process = launch(client, "['send','ready'],['recv',0]");
  await_message(process, "ready");
  OK(pie_process_terminate(process, WAIT, &error));
  ENDS_WITH(process, PIE_E_CANCELLED);
  pie_process_free(process);
  FAILS(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, &error), PIE_E_REJECTED, "Process not found");
}

static void signals(pie_client *client) {
  pie_process *process = launch(client, "['recv',0],['recv',0],['return','end']");
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  int listed = 0;
  for (size_t i = 0; i < pie_process_list_size(list); i++)
    listed += strcmp(pie_process_list_get(list, i)->id, pie_process_id(process)) == 0;
  EQ(listed, 1);
  pie_process_list_free(list);
  OK(pie_process_signal(process, "one", &error));
  OK(pie_client_signal_process(client, pie_process_id(process), "two", &error));
  STREAM(process, "msg:got:one|msg:got:two|return:end");
  pie_process_free(process);
}

static void no_capture(pie_client *client) {
  pie_process *process = POISON;
  pie_event *event = POISON;
  OK(try_launch(client, "['send','x']", WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
  EQ_TEXT(pie_process_id(process), "");
  STATUS(pie_process_recv(process, WAIT, &event, &error), PIE_END);
  pie_process_free(process);
}

int main(void) {
  pie_client *client = dial_real();
  int64_t rtt = 0;
  char *text = POISON;
  int32_t exists = 7;
  OK(pie_client_ping(client, WAIT, &rtt, &error));
  CHECK(rtt > 0);
  OK(pie_client_query(client, "model_status", "", WAIT, &text, &error));
  CHECK(is_json(text));
  pie_string_free(text);
  OK(pie_client_check_program(client, ECHO, NULL, NULL, WAIT, &exists, &error));
  EQ(exists, 1);
  OK(pie_client_check_program(client, "no-such-inferlet@9.9.9", NULL, NULL, WAIT, &exists, &error));
  EQ(exists, 0);
  pie_process *process = POISON;
  STATUS(pie_client_launch_process(client, "no-such-inferlet@9.9.9", NULL, WAIT, &process, &error), PIE_E_REJECTED);
  FAILS(pie_client_install_program_bytes(client, "p", 1, "no toml [", 0, WAIT, &error), PIE_E_REJECTED, "manifest");
  FAILS(pie_client_auth_by_token(client, "t", WAIT, &error), PIE_E_UNSUPPORTED, "auth_by_token", "0.5");
  OK(pie_client_authenticate(client, "somebody", NULL, WAIT, &error));
  output(client);
  ends(client);
  signals(client);
  no_capture(client);
  process = launch(client, "['send','a'],['recv',0]");
  await_message(process, "a");
  hang_up(client);
  ENDS_WITH(process, PIE_E_CLOSED);
  pie_process_free(process);
  return finish();
}
