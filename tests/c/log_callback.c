/* pie_set_log_callback: silent by default; when it returns, the former fn does not run any more; pie_shutdown
   removes it. secrets never appear in a log. */
#include "harness.h"

typedef struct log {
  pthread_mutex_t lock;
  int lines, highest, told, removed;
} log;

static void on_log(int32_t level, const char *target, const char *message, void *user_data) {
  log *to = user_data;
  pthread_mutex_lock(&to->lock);
  CHECK(!to->removed);
  CHECK(level >= PIE_LOG_ERROR && level <= PIE_LOG_TRACE);
  CHECK(target != NULL && strncmp(target, "pie_client", 10) == 0 && message != NULL); /* nobody else's lines */
  to->lines++;
  if (level > to->highest) to->highest = level;
  if (strstr(message, "scripted-token") != NULL || strstr(message, "very-secret") != NULL) to->told = 1;
  pthread_mutex_unlock(&to->lock);
}

/* Gone right away: nothing may run when the setter has returned. */
static void end(log *of) {
  pthread_mutex_lock(&of->lock);
  of->removed = 1;
  pthread_mutex_unlock(&of->lock);
}

static void use(int refused) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_4, "unknown=1&garbage=c1", NULL);
  OK(pie_client_auth_by_token(client, "scripted-token", WAIT, &error));
  pie_process *process = launch(client, "['send','a']");
  STREAM(process, "msg:a|return:done");
  pie_process_free(process);
  hang_up(client);
  if (!refused) return;
  client = dial_without_login(PIE_GENERATION_0_4, NULL, NULL);
  STATUS(pie_client_auth_by_token(client, "very-secret", WAIT, &error), PIE_E_AUTH);
  hang_up(client);
}

static gate over = GATE_INIT;

static void *ping(void *argument) {
  pie_client *client = argument;
  for (int going = 1; going;) {
    OK(pie_client_ping(client, WAIT, NULL, &error));
    pthread_mutex_lock(&over.lock);
    going = !over.value;
    pthread_mutex_unlock(&over.lock);
  }
  return NULL;
}

/* Removed while others make it run. */
static void in_the_middle(void) {
  static log logs[200];
  pie_client *client = dial_without_login(PIE_GENERATION_0_5, "unknown=1", NULL);
  pthread_t one = spawn(ping, client), two = spawn(ping, client);
  for (int i = 0; i < 200; i++) {
    pthread_mutex_init(&logs[i].lock, NULL);
    pie_set_log_callback(PIE_LOG_TRACE, on_log, &logs[i]);
    if (i % 10 == 0) rest_ms(1);
    if (i % 2 == 0)
      pie_set_log_callback(PIE_LOG_OFF, NULL, NULL), end(&logs[i]);
    else if (i > 1)
      end(&logs[i - 1]);
  }
  pie_set_log_callback(PIE_LOG_OFF, NULL, NULL);
  for (int i = 0; i < 200; i++) end(&logs[i]);
  gate_add(&over, 1);
  join(one);
  join(two);
  hang_up(client);
}

static gate inside = GATE_INIT;
static int busy; /* under the gate's lock */

static void on_slow_log(int32_t level, const char *target, const char *message, void *user_data) {
  (void)level, (void)target, (void)message, (void)user_data;
  pthread_mutex_lock(&inside.lock);
  busy++;
  pthread_mutex_unlock(&inside.lock);
  gate_add(&inside, 1);
  rest_ms(50);
  pthread_mutex_lock(&inside.lock);
  busy--;
  pthread_mutex_unlock(&inside.lock);
}

static void *one_ping(void *argument) {
  OK(pie_client_ping(argument, WAIT, NULL, &error));
  return NULL;
}

/* A line that is being logged is waited for. */
static void waits_for_lines(void) {
  pie_client *client = dial_without_login(PIE_GENERATION_0_5, "unknown=1", NULL);
  pie_set_log_callback(PIE_LOG_TRACE, on_slow_log, NULL);
  pthread_t other = spawn(one_ping, client);
  gate_await(&inside, 1);
  pie_set_log_callback(PIE_LOG_OFF, NULL, NULL);
  pthread_mutex_lock(&inside.lock);
  EQ(busy, 0);
  pthread_mutex_unlock(&inside.lock);
  join(other);
  hang_up(client);
}

int main(void) {
  static log first = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, 0}, second = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, 0};
  static log off = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, 1};
  pie_set_log_callback(PIE_LOG_TRACE, on_log, &first);
  use(1);
  CHECK(first.lines > 0);
  CHECK(!first.told);
  pie_set_log_callback(PIE_LOG_WARN, on_log, &second);
  end(&first);
  use(0);
  CHECK(second.highest <= PIE_LOG_WARN);
  CHECK(!second.told);
  pie_set_log_callback(PIE_LOG_OFF, on_log, &off);
  end(&second);
  use(0);
  pie_set_log_callback(PIE_LOG_TRACE, NULL, NULL);
  use(0);
  static log last = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, 0};
  pie_set_log_callback(PIE_LOG_TRACE, on_log, &last);
  OK(pie_shutdown(WAIT, &error));
  end(&last);
  use(0);
  in_the_middle();
  waits_for_lines();
  pie_set_log_callback(99, NULL, NULL);
  return finish();
}
