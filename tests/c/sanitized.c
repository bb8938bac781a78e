/* Of the sanitizers' builds: the library is instrumented, and what is wrong within it is told. A child breaks the contract,
   so that the library's own code races or reads past the end of an array. */
#include "harness.h"

#include <sys/wait.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if __has_feature(thread_sanitizer)

#define TOLD "ThreadSanitizer: data race"
#define CULPRIT "pie_options_set"

static void *set(void *options) {
  for (int i = 0; i < 1000; i++) OK(pie_options_set(options, "user_agent", i % 2 ? "a" : "b", &error));
  return NULL;
}

static void do_wrong(void) {
  pie_options *options = options_from("");
  pthread_t other = spawn(set, options);
  set(options);
  join(other);
}

#else

#define TOLD "AddressSanitizer: heap-buffer-overflow"
#define CULPRIT "pie_events_free"

static void do_wrong(void) {
  pie_event **one = have(calloc(1, sizeof *one));
  pie_events_free(one, 2);
  free(one);
}

#endif

/* What the child writes to its standard error until it ends. */
static char *told_by_child(void) {
  int ends[2];
  size_t room = 1 << 20, size = 0;
  char *text = have(calloc(1, room + 1));
  EQ(pipe(ends), 0);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    do_wrong();
    _exit(0);
  }
  close(ends[1]);
  for (ssize_t got = 1; got > 0 && size < room; size += got > 0 ? (size_t)got : 0)
    got = read(ends[0], text + size, room - size);
  close(ends[0]);
  EQ(waitpid(child, NULL, 0), child);
  return text;
}

int main(void) {
  char *text = told_by_child();
  HAS(text, TOLD);
  HAS(text, CULPRIT);
  free(text);
  return finish();
}
