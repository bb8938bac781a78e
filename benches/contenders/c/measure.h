/* One measured section of a contender: wall time, and what the process used meanwhile. Printed as one line of JSON. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct measure {
  struct timespec wall;
  struct rusage used;
  long resident;
};

static inline double measure_seconds(struct timeval a, struct timeval b) {
  return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_usec - a.tv_usec) / 1e6;
}

/* A number of /proc/self/status: VmRSS, VmHWM, Threads. */
static inline long measure_status(const char *field) {
  char line[256];
  long value = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, field, strlen(field)) == 0) value = strtol(line + strlen(field) + 1, NULL, 10);
  }
  if (file != NULL) fclose(file);
  return value;
}

static inline struct measure measure_now(void) {
  struct measure now;
  FILE *peak = fopen("/proc/self/clear_refs", "w");
  if (peak != NULL) fputs("5", peak), fclose(peak); /* the peak is counted from here on */
  now.resident = measure_status("VmRSS");
  getrusage(RUSAGE_SELF, &now.used);
  clock_gettime(CLOCK_MONOTONIC, &now.wall);
  return now;
}

static inline void measure_print(struct measure since, const char *extra) {
  struct measure now;
  clock_gettime(CLOCK_MONOTONIC, &now.wall);
  getrusage(RUSAGE_SELF, &now.used);
  printf("{\"seconds\": %.9f, \"cpu\": %.6f, \"switches\": %ld, \"peak_kib\": %ld%s}\n",
         (double)(now.wall.tv_sec - since.wall.tv_sec) + (double)(now.wall.tv_nsec - since.wall.tv_nsec) / 1e9,
         measure_seconds(since.used.ru_utime, now.used.ru_utime) + measure_seconds(since.used.ru_stime, now.used.ru_stime),
         now.used.ru_nvcsw - since.used.ru_nvcsw + now.used.ru_nivcsw - since.used.ru_nivcsw,
         measure_status("VmHWM") - since.resident, extra);
}

#endif
