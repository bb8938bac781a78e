/* An asynchronous register_mcp_server that is cancelled, at whatever moment: its program is ended and the name is free,
   as after every failure; and a close does not wait for what nobody ends. */
#include "mcp.h"

#include <dirent.h>

/* How many child processes this one has, zombies included. */
static int children(void) {
  int number = 0;
  DIR *tasks = opendir("/proc/self/task");
  CHECK(tasks != NULL);
  for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
    char name[512], list[4096] = "";
    if (*task->d_name == '.') continue;
    snprintf(name, sizeof name, "/proc/self/task/%s/children", task->d_name);
    FILE *file = fopen(name, "r");
    if (file == NULL) continue; /* the thread has just ended */
    size_t size = fread(list, 1, sizeof list - 1, file);
    for (size_t i = 0; i < size; i++) number += list[i] == ' ';
    fclose(file);
  }
  closedir(tasks);
  return number;
}

/* Returns how it ended: where the engine knows the name already, it may be done before it is cancelled. */
static pie_status begin_and_cancel(pie_client *client, const char *how, long after_ms) {
  char path[4096];
  pie_queue *queue = pie_queue_new();
  pie_op *op = POISON;
  snprintf(path, sizeof path, "%s/server.py", environment("PIE_TEST_MCP"));
  const char *args[] = {path, how};
  pie_mcp_server server = PIE_MCP_SERVER_INIT;
  server.command = "python3";
  server.args = args;
  server.arg_count = how == NULL ? 1 : 2;
  OK(pie_client_register_mcp_server_async(client, "app", &server, PIE_FOREVER, queue, 1, &op, &error));
  if (after_ms > 0) rest_ms(after_ms);
  pie_op_cancel(op);
  pie_event *done = take_from(queue);
  pie_status status = done->status;
  EQ(done->kind, PIE_EVENT_DONE);
  pie_event_free(done);
  pie_op_free(op);
  pie_queue_free(queue);
  return status;
}

/* Servers that are not stubborn end at once when their input does. */
static void program_is_ended(long after_ms) {
  pie_client *client = dial(PIE_GENERATION_0_4, "silent=register_mcp_server", "close_timeout_ms=50");
  EQ(begin_and_cancel(client, NULL, after_ms), PIE_E_CANCELLED);
  for (int64_t end = now_ms() + 30000; children() > 0; rest_ms(5))
    if (now_ms() > end) {
      fprintf(stderr, "cancelled after %ld ms: its program still runs\n", after_ms);
      CHECK(children() == 0);
    }
  pie_status again = begin_and_cancel(client, NULL, after_ms); /* the name is free */
  CHECK(again == PIE_E_CANCELLED || again == PIE_OK);
  hang_up(client);
}

static void close_comes_back(long after_ms) {
  pie_client *client = dial(PIE_GENERATION_0_4, "silent=register_mcp_server", "close_timeout_ms=50");
  EQ(begin_and_cancel(client, NULL, after_ms), PIE_E_CANCELLED);
  pie_error *error = POISON;
  pie_status status = pie_client_close(client, 30000, &error);
  if (status != PIE_OK) fprintf(stderr, "closed after a cancel after %ld ms: %s\n", after_ms, pie_error_message(error));
  EQ(status, PIE_OK);
  EQ(children(), 0);
  pie_client_free(client);
}

int main(void) {
  for (long after_ms = 0; after_ms < 40; after_ms += 4) close_comes_back(after_ms);
  for (long after_ms = 0; after_ms < 40; after_ms += 4) program_is_ended(after_ms);
  return finish();
}
