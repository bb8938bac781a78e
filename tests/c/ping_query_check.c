/* ping (rtt_ns may be NULL), query, check_program, list_processes: their results. */
#include "harness.h"

static void check_program(pie_client *client) {
  int32_t exists = 7;
  char *path = temporary_file("wasm", 4);
  OK(pie_client_check_program(client, ECHO, NULL, NULL, WAIT, &exists, &error));
  EQ(exists, 1);
  OK(pie_client_check_program(client, ECHO, path, path, WAIT, &exists, &error));
  EQ(exists, 1);
  OK(pie_client_check_program(client, "nobody@0.1.0", NULL, NULL, WAIT, &exists, &error));
  EQ(exists, 0);
  exists = 7;
  FAILS(pie_client_check_program(client, ECHO, "/no/such.wasm", NULL, WAIT, &exists, &error), PIE_E_IO,
        "/no/such.wasm");
  FAILS(pie_client_check_program(client, ECHO, NULL, "/no/such.toml", WAIT, &exists, &error), PIE_E_IO,
        "/no/such.toml");
  EQ(exists, 0);
  unlink(path);
  free(path);
}

static void query(pie_client *client, int generation) {
  char *text = POISON;
  OK(pie_client_query(client, "model_status", "", WAIT, &text, &error));
  CHECK(is_json(text) && *text == '{');
  pie_string_free(text);
  /* 0.4 never answers an unknown subject. */
  if (generation == PIE_GENERATION_0_4)
    STATUS(pie_client_query(client, "no_such", "", BRIEF, &text, &error), PIE_E_TIMED_OUT);
  else
    FAILS(pie_client_query(client, "no_such", "", WAIT, &text, &error), PIE_E_REJECTED, "unknown query subject");
  CHECK(text == NULL);
}

static void list(pie_client *client) {
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), 0);
  CHECK(pie_process_list_get(list, 0) == NULL);
  pie_process_list_free(list);
  pie_process *one = launch(client, "['never'],['a,b','{}']"), *two = launch(client, "['never']");
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), 2);
  CHECK(pie_process_list_get(list, 2) == NULL && pie_process_list_get(list, SIZE_MAX) == NULL);
  int met = 0;
  for (size_t i = 0; i < 2; i++) {
    const pie_process_info *info = pie_process_list_get(list, i);
    CHECK(info != NULL && info == pie_process_list_get(list, i));
    CHECK(info->struct_size >= sizeof *info);
    EQ(info->flags, 0);
    EQ_TEXT(info->program, ECHO);
    CHECK(info->username != NULL && is_json(info->input));
    CHECK(info->elapsed_secs < 3600);
    if (strcmp(info->id, pie_process_id(one)) == 0)
      EQ_TEXT(info->input, "{\"ops\":[[\"never\"],[\"a,b\",\"{}\"]]}"), met++;
    if (strcmp(info->id, pie_process_id(two)) == 0) met++;
  }
  EQ(met, 2);
  pie_process_list_free(list);
  pie_process_free(one);
  pie_process_free(two);
}

int main(void) {
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, NULL);
    int64_t rtt = -1;
    OK(pie_client_ping(client, WAIT, NULL, &error));
    OK(pie_client_ping(client, WAIT, &rtt, &error));
    CHECK(rtt > 0 && rtt < (int64_t)WAIT * 1000000);
    query(client, generation);
    check_program(client);
    list(client);
    hang_up(client);
  }
  return finish();
}
