/* Signals: the library installs no handler and blocks all signals on its threads; a signal does not cut a wait
 * short. */
#include "harness.h"

#include <signal.h>

static volatile sig_atomic_t handled, elsewhere;
static pthread_t host;

static void on_signal(int number) {
  (void)number;
  handled++;
  if (!pthread_equal(pthread_self(), host)) elsewhere = 1;
}

static gate storming = GATE_INIT;

/* Signals to the process: the kernel picks any thread that does not block them. */
static void *storm(void *argument) {
  (void)argument;
  while (!gate_value(&storming)) {
    EQ(kill(getpid(), SIGUSR1), 0);
    rest_ms(1);
  }
  return NULL;
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGCHLD, SIGPIPE, SIGALRM, SIGABRT};
enum { WATCHED = sizeof watched / sizeof *watched };

static void handlers(void (*of[WATCHED])(int)) {
  struct sigaction now;
  for (size_t i = 0; i < WATCHED; i++) {
    EQ(sigaction(watched[i], NULL, &now), 0);
    of[i] = now.sa_handler;
  }
}

int main(void) {
  void (*before_it[WATCHED])(int), (*with_it[WATCHED])(int);
  struct sigaction action;
  sigset_t usr1, pending;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  host = pthread_self();
  EQ(sigaction(SIGUSR1, &action, NULL), 0);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);

  handlers(before_it);
  pie_client *client = dial(PIE_GENERATION_0_5, NULL, NULL);
  pie_process *process = launch(client, "['recv',0]");
  handlers(with_it);
  for (size_t i = 0; i < WATCHED; i++) CHECK(before_it[i] == with_it[i]);

  pthread_sigmask(SIG_BLOCK, &usr1, NULL); /* inherited by the storm's thread */
  pthread_t thread = spawn(storm, NULL);
  pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
  pie_event *event = POISON;
  int64_t begun = now_ms();
  STATUS(pie_process_recv(process, 300, &event, &error), PIE_EMPTY);
  CHECK(now_ms() - begun >= 300);
  for (int i = 0; i < 50; i++) OK(pie_client_ping(client, WAIT, NULL, &error));
  unsigned char *bytes = pattern(3 << 20);
  OK(pie_client_install_program_bytes(client, bytes, 3 << 20, MANIFEST("storm"), 1, WAIT, &error));
  free(bytes);
  CHECK(handled > 0);

  /* With the host's threads blocking it too, nobody takes it: it stays pending. */
  pthread_sigmask(SIG_BLOCK, &usr1, NULL);
  sig_atomic_t before = handled;
  for (int i = 0; i < 50; i++) OK(pie_client_ping(client, WAIT, NULL, &error));
  gate_add(&storming, 1);
  join(thread);
  kill(getpid(), SIGUSR1);
  OK(pie_client_ping(client, WAIT, NULL, &error));
  EQ(sigpending(&pending), 0);
  EQ(sigismember(&pending, SIGUSR1), 1);
  EQ(handled, before);
  pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
  EQ(elsewhere, 0);

  OK(pie_process_signal(process, "x", &error));
  STREAM(process, "msg:got:x|return:done");
  pie_process_free(process);
  hang_up(client);
  return finish();
}
