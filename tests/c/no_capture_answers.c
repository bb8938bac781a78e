/* The engine is not trusted: when it answers a launch with PIE_LAUNCH_NO_CAPTURE on 0.4, whose answer is a list of one
   id, with anything else, that is PIE_E_PROTOCOL, and no process. */
#include "harness.h"

/* The correlation id that the launch of a fresh client has; engines and faults of a connection know it beforehand. It is
   that of the second launch_processes: the first asks whether the engine has it. */
static long launch_id(void) {
  pie_client *client = dial(PIE_GENERATION_0_4, NULL, NULL);
  pie_process *process = POISON;
  OK(try_launch(client, "['return','x']", WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error));
  pie_process_free(process);
  EQ(count_sent(client, "launch_processes"), 2);
  char *frames = look(client, "received");
  const char *at = frames, *last = NULL, *type = strstr(frames, "\"launch_processes\"");
  type = strstr(type + 1, "\"launch_processes\"");
  CHECK(type != NULL);
  while ((at = strstr(at, "\"corr_id\":")) != NULL && at < type) last = at++;
  CHECK(last != NULL);
  long id = strtol(last + 10, NULL, 10);
  CHECK(id > 0 && id < 128);
  pie_string_free(frames);
  hang_up(client);
  return id;
}

static void put(char *hex, const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) sprintf(hex + strlen(hex), "%02x", (unsigned char)bytes[i]);
}

/* {"type": "response", "corr_id": id, "ok": true, "result": answer} goes before the engine's own answer. */
static void answered(long id, const char *answer) {
  char fault[1024] = "garbage=", number = (char)id, head[3] = {(char)0xda, 0, (char)strlen(answer)};
  put(fault,
      "\x84\xa4type\xa8response\xa7"
      "corr_id",
      23);
  put(fault, &number, 1);
  put(fault, "\xa2ok\xc3\xa6result", 11);
  put(fault, head, 3);
  put(fault, answer, strlen(answer));
  pie_client *client = dial(PIE_GENERATION_0_4, fault, NULL);
  pie_process *process = POISON;
  pie_error *error = POISON;
  pie_status status = try_launch(client, "['return','x']", WAIT, PIE_LAUNCH_NO_CAPTURE, &process, &error);
  check_status(__FILE__, __LINE__, answer, status, PIE_E_PROTOCOL, error, NULL, NULL);
  CHECK(process == NULL);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  hang_up(client);
}

int main(void) {
  static const char *const answers[] = {"",       "[]",   "no list",       "{}",     "null",  "[1]",
                                        "[null]", "[[]]", "[\"a\",\"b\"]", "[\"a\"", "\"a\"", "[\"a\\u0000b\"]"};
  long id = launch_id();
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) answered(id, answers[i]);
  return finish();
}
