/* How long the library takes to load, in a program that does nothing else: load LIBRARY; milliseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv) {
  struct timespec begun, now;
  if (argc != 2) return fprintf(stderr, "usage: load LIBRARY\n"), 2;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  if (dlopen(argv[1], RTLD_NOW) == NULL) return fprintf(stderr, "load: %s\n", dlerror()), 1;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%.3f\n", (double)(now.tv_sec - begun.tv_sec) * 1e3 + (double)(now.tv_nsec - begun.tv_nsec) / 1e6);
  return 0;
}
