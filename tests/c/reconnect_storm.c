/* Threads with all kinds of calls on one client while its connection is cut again and again: each call ends, with PIE_OK
   or a status that such a call may have; each stream ends; nothing stays behind.

   reconnect_storm [SECONDS] */
#include "lost.h"
#include "memory.h"

#include <malloc.h>
#include <stdatomic.h>

enum { THREADS = 10 };

static atomic_int over;
static atomic_long calls, lost;

/* PIE_OK and PIE_E_DISCONNECTED are always allowed; where a call may have another status, so is that one. */
static pie_status may(pie_status got, pie_status allowed) {
  calls++;
  if (got == PIE_E_DISCONNECTED) {
    lost++;
    rest_ms(1);
  }
  if (got != PIE_OK && got != PIE_E_DISCONNECTED && got != allowed) {
    fprintf(stderr, "a call gave %s\n", pie_status_name(got));
    CHECK(!"a status that cannot be");
  }
  return got;
}
#define MAY(call) may((call), PIE_OK)

static void drain(pie_process *process) {
  for (;;) {
    pie_event *event = NULL;
    pie_status status = pie_process_recv(process, WAIT, &event, NULL);
    CHECK(status == PIE_OK || status == PIE_END);
    if (status == PIE_END) return;
    int is_last = event->kind == PIE_EVENT_RETURN || event->kind == PIE_EVENT_ERROR;
    if (event->kind == PIE_EVENT_ERROR) may(event->status, PIE_E_CANCELLED);
    pie_event_free(event);
    if (is_last) return;
  }
}

static void small_calls(pie_client *client) {
  char *text = NULL;
  pie_process_list *list = NULL;
  int32_t is_there = 0;
  MAY(pie_client_ping(client, WAIT, NULL, NULL));
  if (MAY(pie_client_query(client, "model_status", "", WAIT, &text, NULL)) == PIE_OK) pie_string_free(text);
  if (MAY(pie_client_list_processes(client, WAIT, &list, NULL)) == PIE_OK) pie_process_list_free(list);
  MAY(pie_client_check_program(client, ECHO, NULL, NULL, WAIT, &is_there, NULL));
  MAY(pie_client_signal_process(client, NO_SUCH_ID, "x", NULL));
  may(pie_client_terminate_process(client, NO_SUCH_ID, WAIT, NULL), PIE_E_REJECTED);
}

static void launches(pie_client *client) {
  pie_process *process = NULL;
  if (MAY(try_launch(client, "['send','a'],['print','b'],['sleep',0.01],['return','c']", WAIT, 0, &process, NULL)))
    return;
  drain(process);
  pie_process_free(process);
}

static void terminates(pie_client *client) {
  pie_process *process = NULL;
  if (MAY(try_launch(client, "['print','a'],['recv',0],['recv',0]", WAIT, 0, &process, NULL))) return;
  may(pie_process_signal(process, "x", NULL), PIE_E_INVALID_STATE);
  while (may(pie_process_terminate(process, WAIT, NULL), PIE_E_REJECTED) == PIE_E_DISCONNECTED) rest_ms(5);
  drain(process);
  pie_process_free(process);
}

static void forgets(pie_client *client) {
  pie_process *process = NULL;
  if (MAY(try_launch(client, "['sleep',0.05],['send','a']", WAIT, 0, &process, NULL)) == PIE_OK) pie_process_free(process);
}

static const char *const two[2] = {"{\"ops\":[[\"sleep\",0.02],[\"return\",\"a\"]]}", "{\"ops\":[[\"return\",\"b\"]]}"};

static void runs(pie_client *client) {
  char *text = NULL;
  if (MAY(pie_client_run_processes(client, ECHO, two, 2, NULL, WAIT, &text, NULL)) == PIE_OK) pie_string_free(text);
}

static void batches(pie_client *client) {
  pie_process *both[2] = {NULL, NULL};
  if (MAY(pie_client_launch_processes(client, ECHO, two, 2, NULL, WAIT, both, NULL))) return;
  for (int i = 0; i < 2; i++) drain(both[i]), pie_process_free(both[i]);
}

static void uploads(pie_client *client) {
  static unsigned char *bytes;
  static atomic_int turn;
  if (bytes == NULL) bytes = pattern(2 << 20); /* one thread does this */
  bytes[0] = (unsigned char)++turn;
  MAY(pie_client_install_program_bytes(client, bytes, 2 << 20, MANIFEST("storm"), 1, WAIT, NULL));
  pie_process *process = NULL;
  if (MAY(try_launch(client, "['echo_file',0]", WAIT, 0, &process, NULL))) return;
  may(pie_process_transfer_file(process, bytes, 1 << 20, WAIT, NULL), PIE_E_INVALID_STATE);
  while (may(pie_process_terminate(process, WAIT, NULL), PIE_E_REJECTED) == PIE_E_DISCONNECTED) rest_ms(5);
  drain(process);
  pie_process_free(process);
}

static void registers(pie_client *client) {
  static pie_queue *queue; /* one thread does this */
  if (queue == NULL) queue = pie_queue_new();
  may(pie_client_register_mcp_handler(client, "app", queue, 1, WAIT, NULL), PIE_E_INVALID_STATE);
  pie_process *process = NULL;
  if (!MAY(try_launch(client, "['mcp','app','m','{}']", WAIT, 0, &process, NULL))) {
    pie_event *event = NULL;
    while (pie_queue_recv(queue, 5, &event, NULL) == PIE_OK) {
      MAY(pie_event_mcp_respond(event, 1, "{}", NULL));
      pie_event_free(event);
    }
    pie_process_free(process);
  }
  may(pie_client_unregister_mcp_server(client, "app", NULL), PIE_E_INVALID_STATE);
  if (atomic_load(&over)) pie_queue_free(queue), queue = NULL;
}

static void logs_in(pie_client *client) {
  MAY(pie_client_authenticate(client, "tester", NULL, WAIT, NULL));
  rest_ms(1);
}

/* Between 50 and 200 ms. */
static void cuts(pie_client *client) {
  static unsigned state = 1;
  pie_process *process = NULL;
  state = state * 1103515245 + 12345;
  rest_ms(50 + state / 65536 % 150);
  if (MAY(try_launch(client, "['cut']", WAIT, 0, &process, NULL)) == PIE_OK) pie_process_free(process);
}

typedef struct worker {
  pie_client *client;
  void (*work)(pie_client *client);
} worker;

static void *work(void *argument) {
  worker *at = argument;
  do at->work(at->client);
  while (!atomic_load(&over));
  return NULL;
}

static size_t in_use(void) {
#ifdef _WIN32
  return 0;
#else
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

static void storm(pie_client *client, int generation, double seconds) {
  worker workers[THREADS] = {{client, cuts},     {client, small_calls}, {client, launches}, {client, terminates},
                             {client, forgets},  {client, runs},        {client, batches},  {client, uploads},
                             {client, launches}, {client, generation == PIE_GENERATION_0_4 ? logs_in : small_calls}};
  pthread_t threads[THREADS + 1];
  worker of_mcp = {client, registers};
  atomic_store(&over, 0);
  for (int i = 0; i < THREADS; i++) threads[i] = spawn(work, &workers[i]);
  if (generation == PIE_GENERATION_0_4) threads[THREADS] = spawn(work, &of_mcp);
  rest_ms((long)(seconds * 1000));
  atomic_store(&over, 1);
  for (int i = 0; i < THREADS + (generation == PIE_GENERATION_0_4); i++) join(threads[i]);
}

static void await_up(pie_client *client) {
  while (pie_client_ping(client, WAIT, NULL, NULL) != PIE_OK) rest_ms(5);
}

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 3;
  EACH_GENERATION(generation) {
    pie_client *client = dial(generation, NULL, "reconnect=on reconnect_max_delay_ms=30 reconnect_max_attempts=1000");
    storm(client, generation, seconds / 2); /* what is made once */
    await_up(client);
    size_t before = in_use();
    storm(client, generation, seconds);
    await_up(client);
    size_t after = in_use();
    if (is_measurable() && after > before + (2 << 20)) fprintf(stderr, "the heap grew from %zu to %zu\n", before, after);
    CHECK(!is_measurable() || after <= before + (2 << 20));
    CHECK(calls > 100 && lost > 10);
    hang_up(client);
  }
  printf("%ld of %ld calls met a lost connection\n", (long)lost, (long)calls);
  return finish();
}
