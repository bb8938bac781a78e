/* ping (rtt_ns may be NULL), query, check_program, list_processes: their results. */
#include "harness.h"

/* BLAKE3 of the texts `wasm` and `manifest`. */
#define WASM_HASH "107d2022ae9e6c9054a44bedd13ef7684736ac6018ea56c0b9128f51f73cc6fb"
#define MANIFEST_HASH "0d197521d9a48760576da1c87dfd828a60d397ea1e16f92a5b7c44b4f4060ce1"

/* The answer is waited for, and its time told in nanoseconds. */
static void ping(int generation) {
  pie_client *client = dial(generation, "delay=ping:200", NULL);
  int64_t rtt = -1, begun = now_ms();
  OK(pie_client_ping(client, WAIT, NULL, &error));
  OK(pie_client_ping(client, WAIT, &rtt, &error));
  CHECK(rtt >= (int64_t)200 * 1000000);
  CHECK(rtt <= (now_ms() - begun) * 1000000);
  hang_up(client);
}

/* 0.4 is told the hashes of the files, 0.5 takes none. */
static void hashes(pie_client *client, int generation) {
  char *wasm = temporary_file("wasm", 4), *manifest = temporary_file("manifest", 8);
  int32_t exists = 7;
  OK(pie_client_check_program(client, ECHO, wasm, manifest, WAIT, &exists, &error));
  char *frames = look(client, "received");
  size_t told = generation == PIE_GENERATION_0_4 ? 1 : 0;
  EQ(count_text(frames, "\"wasm_hash\":\"" WASM_HASH "\""), told);
  EQ(count_text(frames, "\"manifest_hash\":\"" MANIFEST_HASH "\""), told);
  EQ(count_text(frames, "hash\":\""), 2 * told);
  pie_string_free(frames);
  unlink(wasm), unlink(manifest);
  free(wasm), free(manifest);
}

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
  HAS(text, generation == PIE_GENERATION_0_4 ? "\"default.kv_pages_total\":256," : "\"default.kv_pages_total\":64,");
  pie_string_free(text);
  /* 0.4 never answers an unknown subject. */
  if (generation == PIE_GENERATION_0_4)
    STATUS(pie_client_query(client, "no_such", "", BRIEF, &text, &error), PIE_E_TIMED_OUT);
  else
    FAILS(pie_client_query(client, "no_such", "", WAIT, &text, &error), PIE_E_REJECTED, "unknown query subject");
  CHECK(text == NULL);
}

/* How long the one process has been running, in whole seconds. */
static uint64_t elapsed(pie_client *client) {
  pie_process_list *list = POISON;
  OK(pie_client_list_processes(client, WAIT, &list, &error));
  EQ(pie_process_list_size(list), 1);
  uint64_t seconds = pie_process_list_get(list, 0)->elapsed_secs;
  pie_process_list_free(list);
  return seconds;
}

static void runs_for_a_while(pie_client *client) {
  int64_t begun = now_ms();
  pie_process *process = launch(client, "['never']");
  uint64_t seconds = 0;
  while ((seconds = elapsed(client)) == 0 && now_ms() - begun < WAIT / 4) rest_ms(50);
  CHECK(seconds > 0 && seconds <= (uint64_t)(now_ms() - begun) / 1000);
  OK(pie_process_terminate(process, WAIT, &error));
  pie_process_free(process);
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
    ping(generation);
    query(client, generation);
    hashes(client, generation);
    check_program(client);
    runs_for_a_while(client);
    list(client);
    hang_up(client);
  }
  return finish();
}
