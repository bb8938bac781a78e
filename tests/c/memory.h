/* How much memory the process takes up. */
#ifndef MEMORY_H
#define MEMORY_H

#include "harness.h"

#include <fcntl.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Whether the memory of the process is its own and can be seen: not under valgrind, nor with the sanitizers' allocator, nor on
   Windows. */
static inline int is_measurable(void) {
  char line[512];
#ifdef _WIN32
  int plain = 0;
#else
  int plain = !SANITIZED;
#endif
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) return 0;
  while (fgets(line, sizeof line, maps) != NULL) plain = plain && strstr(line, "vgpreload") == NULL;
  fclose(maps);
  return plain;
}

static inline long peak_kb(void) {
  char line[256];
  long peak = -1;
  FILE *status = fopen("/proc/self/status", "r");
  CHECK(status != NULL);
  while (fgets(line, sizeof line, status) != NULL) sscanf(line, "VmHWM: %ld", &peak);
  fclose(status);
  CHECK(peak > 0);
  return peak;
}

/* The peak is what is there now. */
static inline void reset_peak(void) {
  int file = open("/proc/self/clear_refs", O_WRONLY);
  CHECK(file >= 0);
  EQ(write(file, "5", 1), 1);
  close(file);
}

#endif
